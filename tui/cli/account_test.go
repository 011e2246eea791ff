package cli

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seance/messaging/identity"
	"seance/tui/render"
)

func TestAccountIsRestoredFromItsPhrase(t *testing.T) {
	t.Parallel()
	alice := newPerson(t)
	made := alice.ok("account", "create", "--name", "Alice <é>", "--show-recovery-phrase", "--json")
	if !strings.Contains(made.out, `"name":"Alice <é>"`) {
		t.Errorf("the name is not exact in %s", made.out)
	}
	o := made.object()
	phrase := o.text("recovery_phrase")
	if len(o) != 3 || len(strings.Fields(phrase)) != identity.PhraseWords {
		t.Fatalf("create printed %v", o)
	}
	if o := alice.ok("account", "show", "--json").object(); len(o) != 2 || o["name"] != "Alice <é>" {
		t.Errorf("show printed %v", o)
	}
	if o := alice.ok("account", "show", "--json", "--recovery-phrase", "--yes").object(); o.text("recovery_phrase") != phrase {
		t.Errorf("show printed another phrase: %v", o)
	}

	again := newPerson(t)
	again.stdin = " \t" + strings.ToUpper(phrase) + "\r\n"
	restored := again.ok("account", "restore", "--json").object()
	if len(restored) != 2 || restored["account_id"] != o["account_id"] || restored["name"] != "" {
		t.Errorf("restore printed %v", restored)
	}
	again.stdin = phrase
	again.run("account", "restore").is(1).says("has an account already")

	file := newPerson(t)
	file.write("phrase", phrase+"\n")
	if out := file.ok("account", "restore", "--name", "Al", "--recovery-phrase-file", "phrase").out; out != o.text("account_id")+"\n" {
		t.Errorf("restore printed %q", out)
	}
	file.run("account", "restore", "--recovery-phrase-file", "missing", "--profile", "other").is(1).says("missing")
}

func TestWrongPhrase(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	seed, err := identity.SeedFromBytes(make([]byte, identity.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(seed.Phrase())
	for name, c := range map[string]struct{ phrase, says string }{
		"empty":        {"", "13 words, this one has 0"},
		"short":        {strings.Join(words[:12], " "), "13 words, this one has 12"},
		"unknown":      {"zzzz " + strings.Join(words[1:], " "), "word 1"},
		"no words":     {"\x1b[31m" + strings.Join(words[1:], " "), "words"},
		"check word":   {strings.Join(words[:12], " ") + " zoom", "last word"},
		"far too long": {strings.Repeat("word ", 10_000), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &person{t: t, dir: p.dir, environ: p.environ}
			for _, command := range []string{"restore", "derive"} {
				p.stdin = c.phrase
				r := p.run("account", command).is(1).says(c.says)
				if strings.Contains(r.errors, "\x1b") {
					t.Errorf("an escape character came through: %q", r.errors)
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(p.dir, ".local")); err == nil {
		t.Error("a wrong phrase left a profile behind")
	}
}

func TestDeriveVectors(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "../../messaging/identity/testdata"
	}
	text, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Seed      string `json:"seed"`
			Ed25519   string `json:"ed25519_pubkey"`
			X25519    string `json:"x25519_pubkey"`
			AccountID string `json:"session_id"`
			MustFail  bool   `json:"must_fail"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	p := newPerson(t)
	tried := 0
	for _, c := range file.Cases {
		raw, err := hex.DecodeString(c.Seed)
		if c.MustFail || err != nil || len(raw) != identity.SeedSize {
			continue // only seeds of accounts have a phrase
		}
		seed, err := identity.SeedFromBytes(raw)
		if err != nil {
			t.Fatal(err)
		}
		tried++
		p.stdin = seed.Phrase() + "\n"
		want := `{"account_id":"` + c.AccountID + `","ed25519":"` + c.Ed25519 + `","x25519":"` + c.X25519 + "\"}\n"
		if got := p.ok("account", "derive").out; got != want {
			t.Errorf("derive of %s printed %s, want %s", c.Seed, got, want)
		}
	}
	if tried == 0 {
		t.Error("no case has the seed of an account")
	}
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 0 {
		t.Errorf("derive left %v behind", left)
	}
}

func TestQR(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	account := p.create("Alice")
	phrase := p.ok("account", "show", "--recovery-phrase", "--yes", "--json").object().text("recovery_phrase")
	draws := func(out, text string) {
		t.Helper()
		rows, _, err := render.QR(text)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(out, strings.Join(rows, "\n")+"\n") {
			t.Errorf("the code of %s is not drawn in %q", text, out)
		}
	}
	seed, err := identity.ParsePhrase(phrase)
	if err != nil {
		t.Fatal(err)
	}
	draws(p.ok("account", "show", "--qr").out, account)
	draws(p.ok("account", "show", "--qr", "--recovery-phrase", "--yes").out, hex.EncodeToString(seed.Expose()))
}

// TestPhraseHasToBeMeant: it is on the screen of whoever looks over a shoulder.
func TestPhraseHasToBeMeant(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.create("Alice")
	phrase := p.ok("account", "show", "--recovery-phrase", "--yes", "--json").object().text("recovery_phrase")
	for _, args := range [][]string{{"--recovery-phrase"}, {"--recovery-phrase", "--qr"}, {"--recovery-phrase", "--json"}} {
		args = append([]string{"account", "show"}, args...)
		if r := p.ok(args...); !strings.Contains(r.out, phrase) {
			t.Errorf("%q printed %q to a script", args, r.out)
		}
		if status, said := p.asked("no\n", args...); status != 1 || strings.Contains(said, phrase) || strings.Contains(said, "▀") {
			t.Errorf("%q, not confirmed: %d, %s", args, status, said)
		}
		if status, said := p.asked("yes\n", args...); status != 0 || !strings.Contains(said, phrase) {
			t.Errorf("%q, confirmed: %d, %s", args, status, said)
		}
	}
}
