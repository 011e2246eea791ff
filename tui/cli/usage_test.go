package cli

import (
	"os"
	"strings"
	"testing"
)

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.create("Alice")
	account := "05" + strings.Repeat("ab", 32)
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"recieve", 2, `no command "recieve"`},
		{"account", 2, "needs a command"},
		{"account make", 2, `no command "make"`},
		{"network fast", 2, `no command "fast"`},
		{"version now", 2, "number of arguments"},
		{"completion", 2, "needs a command"},
		{"completion korn", 2, `no command "korn"`},
		{"completion bash now", 2, "seance completion bash --help"},
		{"--bogus", 2, "unknown flag"},
		{"version --bogus", 2, "unknown flag"},
		{"version --log-level loud", 2, "--log-level"},
		{"", 2, "terminal"},
		{"demo", 2, "terminal"},
		{"demo --script --nodes 5", 2, "--nodes"},
		{"devnet", 2, "--dir"},
		{"devnet --dir d --nodes 3", 2, "--nodes"},
		{"account create", 2, "--name"},
		{"account create --name Bob", 1, "has an account already"},
		{"account create --name Bob --profile other --passphrase-file missing", 1, "missing"},
		{"account create --name " + strings.Repeat("x", 101) + " --profile other", 2, "name"},
		{"account show --qr --json", 2, "--qr"},
		{"send", 2, "number of arguments"},
		{"send me", 2, "nothing to send"},
		{"send me one two", 2, "number of arguments"},
		{"send me hello --timeout soon", 2, `"soon" for "--timeout" flag; see 'seance send --help'`},
		{"messages me --limit many", 2, `"many" for "--limit" flag; see`},
		{"send me hello --timeout 0s", 2, "--timeout"},
		{"send me " + strings.Repeat("x", 2001), 2, "2000"},
		{"send " + account[:65] + " hello", 2, "66 hexadecimal digits"},
		{"send " + account[:65] + "g hello", 2, "digits"},
		{"send 04" + account[2:] + " hello", 2, "does not start with"},
		{"send 03" + account[2:] + " hello", 4, "no such group"},
		{"send Nobody hello", 4, `"Nobody"`},
		{"messages", 2, "number of arguments"},
		{"messages Nobody", 4, `"Nobody": 'seance conversations'`},
		{"messages " + account, 4, "no such conversation"},
		{"messages " + account[:65], 2, "66 hexadecimal digits"},
		{"messages me --limit 0", 2, "--limit"},
		{"messages me --before 7", 2, "message's ID"},
		{"messages me --before m7", 4, "prints their IDs"},
		{"messages me --around m7", 4, "this conversation has no message m7"},
		{"messages me --around noon", 2, "a date such as 2026-01-31"},
		{"messages me --around 2026-02-30", 2, "a date such as"},
		{"messages me --around m7 --before m8", 2, "leave one out"},
		{"search", 2, "number of arguments"},
		{"search word --before soon", 2, `"soon" for "--before" flag`},
		{"search word --limit 0", 2, "--limit"},
		{"search word --before -1", 2, "--before"},
		{"search word --in Nobody", 4, `"Nobody"`},
		{"search from:Nobody", 4, `"Nobody"`},
		{"search has:money", 2, "has:"},
		{"search before:soon", 2, "2026-01-31"},
		{"passphrase", 2, "needs a command"},
		{"passphrase ask", 2, `no command "ask"`},
		{"passphrase set now", 2, "number of arguments"},
		{"passphrase remove --new-passphrase-file f", 2, "unknown flag"},
		{"passphrase set --new-passphrase-fd three", 2, `"three" for "--new-passphrase-fd" flag`},
		{"passphrase change", 1, "no passphrase: 'seance passphrase set'"},
		{"passphrase remove", 1, "no passphrase"},
		{"passphrase set", 1, "--new-passphrase-file"},
		{"passphrase set --new-passphrase-file missing", 1, "missing"},
		{"passphrase set --profile empty", 4, "account create"},
		{"read " + account, 4, "no such conversation"},
		{"accept " + account, 4, "no such conversation"},
		{"decline " + account, 4, "no such"},
		{"unblock " + account, 4, "no such conversation"},
		{"block me", 2, "your own"},
		{"block Nobody", 4, `"Nobody"`},
		{"contact", 2, "needs a command"},
		{"contact list all", 2, "number of arguments"},
		{"contact set", 2, "number of arguments"},
		{"contact set Nobody --pin", 4, `"Nobody"`},
		{"contact set " + account + " --pin", 4, "no such conversation"},
		{"contact set " + account, 2, "nothing to change"},
		{"contact set Nobody --pin --unpin", 2, "pin unpin"},
		{"contact set Nobody --hide --unhide", 2, "hide unhide"},
		{"contact set Nobody --mute soon", 2, "--mute"},
		{"contact set Nobody --mute -8h", 2, "--mute"},
		{"contact set Nobody --notify loud", 2, "--notify"},
		{"contact set Nobody --expire soon", 2, "--expire"},
		{"contact set 03" + account[2:] + " --pin", 4, "no such group"},
		{"contact remove", 2, "number of arguments"},
		{"contact remove Nobody --yes", 4, `"Nobody"`},
		{"contact remove " + account + " --yes", 4, "no such conversation"},
		{"account name", 2, "number of arguments"},
		{"receive --timeout -1s", 2, "--timeout"},
		{"events --since -1", 2, "--since"},
		{"network status --timeout 0s", 2, "--timeout"},
		{"account show --profile empty", 4, "no account in this profile"},
		{"receive --profile empty", 4, "account create"},
	} {
		p.run(strings.Fields(c.args)...).is(c.status).says(c.says)
	}
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 1 {
		t.Errorf("besides Alice's profile there is %v, %v", left, err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	o := p.ok("version", "--json").object()
	if len(o) != 3 || o.text("version") == "" || !strings.HasPrefix(o.text("go"), "go1.") {
		t.Errorf("version is %v", o)
	}
	if _, ok := o["commit"]; !ok {
		t.Error("version has no commit")
	}
	if out := p.ok("version").out; !strings.HasPrefix(out, "seance ") {
		t.Errorf("version printed %q", out)
	}
}

func TestHelpAndCompletion(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	if out := p.ok("--help").out; !strings.Contains(out, "receive") || !strings.Contains(out, "devnet") {
		t.Errorf("help is %q", out)
	}
	for name := range commands(p.program().root()) {
		out := p.ok(append(strings.Fields(name), "--help")...).out
		if !strings.Contains(out, "--passphrase-fd NUMBER") || strings.Contains(out, "default -1") {
			t.Errorf("%s: the help is %s", name, out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := p.ok("completion", shell).out; !strings.Contains(out, "seance") {
			t.Errorf("completion for %s is %.80q", shell, out)
		}
	}
}
