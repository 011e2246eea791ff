package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seance/store"
)

func number(n int) json.Number { return json.Number(string(rune('0' + n))) }

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	bob := history(p)
	before := p.ok("export", bob, "--json").out
	r := p.ok("backup", "file", "--json")
	if r.warning != bare {
		t.Errorf("it warned of %q", r.warning)
	}
	if o := r.object(); o.text("file") != filepath.Join(p.dir, "file") || o["protected"] != false || o["attachments"] != number(2) || o["missing"] != number(0) {
		t.Errorf("%v", o)
	}
	p.run("backup", "file").is(1).says("--force overwrites it")
	p.ok("backup", "file", "--force")
	p.run("backup", "other", "--profile", "none").is(4).says("no account")
	p.run("restore-backup", "file").is(1).says("has an account already")
	p.run("restore-backup", "none", "--profile", "new").is(1).says("no file none")
	p.run("restore-backup", ".", "--profile", "new").is(1).says("not a backup")
	r = p.ok("restore-backup", "file", "--profile", "new", "--json")
	if o := r.object(); o.text("account_id") != p.ok("account", "show", "--json").object().text("account_id") || o.text("name") != "Alice" ||
		o["attachments"] != number(1) || o["missing"] != number(1) {
		t.Errorf("%v", o)
	}
	if after := p.ok("export", bob, "--json", "--profile", "new").out; after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
	if out := p.ok("restore-backup", "file", "--profile", "newer").out; !strings.Contains(out, "outbox") {
		t.Errorf("it said %q", out)
	}
	for name, want := range map[string]string{"file": "-rw-------", "new": "drwx------", "new/seance.db": "-rw-------"} {
		if info, err := os.Stat(filepath.Join(p.dir, name)); err != nil || info.Mode().String() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestBackupWithAPassphrase(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.write("right", "correct horse\n")
	p.write("wrong", "battery staple\n")
	p.ok("account", "create", "--name", "Alice", "--passphrase-file", "right")
	if r := p.ok("backup", "file", "--passphrase-file", "right"); r.warning != "" {
		t.Errorf("it warned of %q", r.warning)
	}
	p.run("restore-backup", "file", "--profile", "new").is(5).says("passphrase")
	p.run("restore-backup", "file", "--profile", "new", "--passphrase-file", "wrong").is(5).says("wrong")
	if _, err := os.Lstat(filepath.Join(p.dir, "new")); !os.IsNotExist(err) {
		t.Errorf("something is left of it: %v", err)
	}
	p.ok("restore-backup", "file", "--profile", "new", "--passphrase-file", "right")
	p.run("check", "--profile", "new", "--passphrase-file", "wrong").is(5)
}

func TestBackupAndCheckOfAProfileInUse(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	history(p)
	lock, err := store.LockProfile(p.profile(), "seance receive")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	p.ok("backup", "file")
	if r := p.run("check", "--json").is(1); r.object().text("about") != "attachments" || !strings.Contains(r.errors, inUse) {
		t.Errorf("%+v", r)
	}
	p.run("check", "--repair").is(1).says("in use by seance receive")
	p.run("wipe", "--yes").is(1).says("in use by seance receive")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.create("Alice")
	if out := p.ok("check").out; out != "Nothing is wrong.\n" {
		t.Errorf("it said %q", out)
	}
	if out := p.ok("check", "--json").out; out != "" {
		t.Errorf("it said %q", out)
	}
	key := filepath.Join(p.profile(), "key.json")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if o := p.run("check", "--json").is(1).says("--repair' puts right 1 of 1").object(); len(o) != 4 || o.text("about") != "modes" ||
		o["repairable"] != true || o["repaired"] != false || !strings.Contains(o.text("text"), "key.json") {
		t.Errorf("%v", o)
	}
	if out := p.ok("check", "--repair").out; !strings.HasPrefix(out, "Repairing") || !strings.Contains(out, "[repaired]") || !strings.HasSuffix(out, "All of it is repaired.\n") {
		t.Errorf("it said %q", out)
	}
	if out := p.ok("check").out; out != "Nothing is wrong.\n" {
		t.Errorf("afterwards it said %q", out)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if out := p.run("check", "--repair").is(1).says("a backup may have").out; !strings.Contains(out, "key: ") {
		t.Errorf("without a key it said %q", out)
	}
	p.run("check", "--profile", "none").is(4).says("no account")
}

func TestWipe(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.create("Alice")
	foreign := filepath.Join(p.profile(), "diary")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.run("wipe").is(2).says("--yes")
	ask := func(typed string) (int, string) {
		var out, errors bytes.Buffer
		status := Run(t.Context(), Env{
			Args: []string{"wipe"}, Stdin: strings.NewReader(typed), Stdout: &out, Stderr: &errors, Dir: p.dir, Environ: p.environ, Terminal: true,
		})
		return status, out.String() + errors.String()
	}
	for _, typed := range []string{"", "\n", "yes\n", "Wipe\n"} {
		if status, said := ask(typed); status != 1 || !strings.Contains(said, "nothing was wiped") {
			t.Errorf("%q: %d, %s", typed, status, said)
		}
	}
	p.ok("account", "show")
	if status, said := ask("wipe\n"); status != 0 || !strings.Contains(said, "recovery phrase") || !strings.Contains(said, "still there: diary") {
		t.Errorf("%d, %s", status, said)
	}
	if left, err := os.ReadDir(p.profile()); err != nil || len(left) != 1 {
		t.Errorf("there is %v, %v", left, err)
	}
	p.run("account", "show").is(4)
	p.run("wipe", "--yes").is(4)
	p.create("Bob") // the directory can be used again
	if o := p.ok("wipe", "--yes", "--json").object(); o["wiped"] != true || len(o["remained"].([]any)) != 1 {
		t.Errorf("%v", o)
	}
}

func TestWrongUsageOfUpkeep(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.create("Alice")
	for args, says := range map[string]string{
		"export":                        "--all",
		"export me --all --out x":       "--all",
		"export --all":                  "--out",
		"export me --format pdf":        "--format",
		"export me you":                 "number of arguments",
		"backup":                        "number of arguments",
		"restore-backup":                "number of arguments",
		"wipe now":                      "number of arguments",
		"check all":                     "number of arguments",
		"export 05ab05ab --format text": "digits",
	} {
		p.run(strings.Fields(args)...).is(2).says(says)
	}
	p.run("export", "Nobody").is(4)
}
