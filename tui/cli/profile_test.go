package cli

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/identity"
	"seance/network/netfile"
)

// nobody is a network whose seed refuses connections: port 1 is nobody's.
const nobody = "name = \"nobody\"\n[[seed]]\nurl = \"http://127.0.0.1:1/json_rpc\"\n"

func TestWhereTheProfileIs(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for name, c := range map[string]struct {
		environ []string
		args    []string
		want    string
	}{
		"home":               {nil, nil, ".local/share/seance/default"},
		"data directory":     {[]string{"XDG_DATA_HOME=" + data}, nil, filepath.Join(data, "seance/default")},
		"relative, so void":  {[]string{"XDG_DATA_HOME=data"}, nil, ".local/share/seance/default"},
		"variable":           {[]string{"SEANCE_PROFILE=mine"}, nil, "mine"},
		"flag over variable": {[]string{"SEANCE_PROFILE=mine"}, []string{"--profile", "yours"}, "yours"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, c.environ...)
			p.ok(append([]string{"account", "create", "--name", "A"}, c.args...)...)
			dir := c.want
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(p.dir, dir)
			}
			info, err := os.Stat(dir)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o700 {
				t.Errorf("the profile has mode %v", info.Mode())
			}
		})
	}
	none := newPerson(t)
	none.environ = nil
	none.run("account", "show").is(1).says("--profile")
}

func TestNetworkFiles(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.write("nobody.toml", nobody)
	p.write("broken.toml", "name = \"x\n")
	p.write("extra.toml", nobody+"colour = \"blue\"\n")
	p.write("other.toml", strings.ReplaceAll(nobody, ":1/", ":2/"))
	create := []string{"account", "create", "--name", "A", "--profile", "new", "--network"}
	p.run(append(create, "missing.toml")...).is(1).says("missing.toml")
	p.run(append(create, ".")...).is(1).says("network file")
	p.run(append(create, "broken.toml")...).is(1).says("line 1")
	p.run(append(create, "extra.toml")...).is(1).says("colour")
	if _, err := os.Stat(filepath.Join(p.dir, "new")); err == nil {
		t.Error("a network file that cannot be used left a profile behind")
	}

	p.ok(append(create, "nobody.toml")...)
	show := []string{"account", "show", "--profile", "new", "--network"}
	p.ok(append(show, "nobody.toml")...)
	p.run(append(show, "other.toml")...).is(2).says("another network")
	p.run(append(show, netfile.SessionName)...).is(2).says("another network")
	if err := os.Remove(filepath.Join(p.dir, "nobody.toml")); err != nil {
		t.Fatal(err)
	}
	if out := p.ok("account", "show", "--profile", "new").out; !strings.Contains(out, "nobody") {
		t.Errorf("the profile forgot its network: %q", out)
	}
}

func TestOutOfReach(t *testing.T) {
	t.Parallel()
	p := newPerson(t, "SEANCE_NETWORK=nobody.toml")
	p.write("nobody.toml", nobody)
	me := p.create("Alice")
	sent := p.run("send", "me", "for later", "--json").is(3).says("goes out with the next run").object()
	if len(sent) != 5 || sent["state"] != "sending" || sent["hash"] != nil || sent["conversation"] != me {
		t.Errorf("send printed %v", sent)
	}
	p.run("receive").is(3).says("cannot be reached")
	p.run("network", "nodes").is(3).says("cannot be reached")
	if o := p.run("network", "--json").is(3).object(); o["state"] != "offline" || o["network"] != "nobody" {
		t.Errorf("network printed %v", o)
	}
	if list := p.ok("messages", "me", "--json").objects(); len(list) != 1 || list[0]["id"] != sent["id"] {
		t.Errorf("the message was not kept: %v", list)
	}
	if out := p.ok("messages", "me").out; !strings.Contains(out, "for later  [not sent yet]") {
		t.Errorf("messages printed %q", out)
	}
}

func TestLockedProfile(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.create("Alice")
	holding := fmt.Sprintf("in use by seance receive --follow (process %d)", os.Getpid())
	holder, err := messaging.Open(t.Context(), messaging.Options{
		Dir: filepath.Join(p.dir, ".local/share/seance/default"), Holder: "seance receive --follow",
	})
	if err != nil {
		t.Fatal(err)
	}
	p.write("passphrase", "secret")
	// What each command is given; those with "" have nothing to do with the
	// profile, or can do their work beside who has it.
	given := map[string]string{
		"account create": "--name Bob", "account restore": "--recovery-phrase-file phrase", "account derive": "", "send": "me hello",
		"messages": "me", "search": "word", "read": "me", "accept": "Bob", "decline": "Bob", "block": "Bob", "unblock": "Bob",
		"react": "me m1 x", "unsend": "me m1", "download": "me m1", "delivery": "me m1", "resend": "me m1", "forward": "me m1 Bob",
		"account name": "Bob", "account picture": "--remove", "contact set": "Bob --pin", "contact remove": "Bob --yes", "contact lookup": "bob", "contact picture": "Bob",
		"passphrase set": "--new-passphrase-file passphrase", "passphrase change": "", "passphrase remove": "", // it has none
		"group accept": "Garden", "group decline": "Garden", "group create": "Garden", "group show": "Garden", "group invite": "Garden Bob",
		"group promote": "Garden Bob", "group remove": "Garden Bob", "group rename": "Garden Park", "group set": "Garden --expire 1d", "group leave": "Garden --yes",
		"devnet": "", "demo": "", "version": "", "help": "", "completion bash": "", "completion zsh": "", "completion fish": "", "completion powershell": "",
		"backup": "", "check": "", "export": "me", "restore-backup": "", "wipe": "--yes",
	}
	seed, err := identity.SeedFromBytes(make([]byte, identity.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	p.write("phrase", seed.Phrase())
	tried := 0
	for name := range commands(p.program().root()) {
		args, named := given[name]
		if named && args == "" {
			continue
		}
		tried++
		p.run(strings.Fields(name + " " + args)...).is(1).says(holding).says("end that process, or name another profile with --profile")
	}
	if tried < 15 {
		t.Errorf("only %d commands were tried", tried)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	p.ok("account", "show")
}

// commands are all that can be typed, by what is typed behind the program's name.
func commands(cmd *cobra.Command) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, c := range cmd.Commands() {
			if c.HasSubCommands() {
				for name := range commands(c) {
					if !yield(name) {
						return
					}
				}
			} else if _, name, _ := strings.Cut(c.CommandPath(), " "); !yield(name) {
				return
			}
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	p := newPerson(t, "SEANCE_NETWORK=nobody.toml")
	p.write("nobody.toml", nobody)
	me := p.create("Alice")
	p.run("send", "me", "quite secret", "--log-level", "debug", "--log-file", "logs/log").is(3)
	text, err := os.ReadFile(filepath.Join(p.dir, "logs/log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "level=") {
		t.Errorf("nothing was logged: %q", text)
	}
	for _, private := range []string{me, "quite secret", "Alice"} {
		if strings.Contains(string(text), private) {
			t.Errorf("the log has %q", private)
		}
	}
	info, err := os.Stat(filepath.Join(p.dir, "logs/log"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log is %v, %v", info, err)
	}

	p.write("logs/log", strings.Repeat("x", logLimit+1))
	p.run("receive", "--log-level", "debug", "--log-file", "logs/log").is(3)
	if old, err := os.Stat(filepath.Join(p.dir, "logs/log.1")); err != nil || old.Size() != logLimit+1 {
		t.Errorf("the long log was not set aside: %v, %v", old, err)
	}
}
