package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seance/messaging/secret"
)

// contents are the files below the person's profile, as sums of what they hold.
func (p *person) contents() map[string][sha256.Size]byte {
	p.t.Helper()
	files := map[string][sha256.Size]byte{}
	err := filepath.WalkDir(p.profile(), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		files[name] = sha256.Sum256(text)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return files
}

// TestPassphrase goes through the life of one, from none to none. It tries few:
// each takes as long as it shall take those who guess.
func TestPassphrase(t *testing.T) {
	t.Parallel()
	const first, second = "first passphrase", " second, with spaces "
	p := newPerson(t, "SEANCE_NETWORK=nobody.toml")
	p.write("nobody.toml", nobody)
	made := p.ok("account", "create", "--name", "Alice")
	if made.warning != unprotected {
		t.Error("nothing was said of the passphrase that there is not")
	}
	p.run("send", "me", "remember this").is(3)
	knows := func(args ...string) {
		t.Helper()
		if got := texts(p.ok(append([]string{"messages", "me", "--json"}, args...)...).objects()); len(got) != 1 || got[0] != "remember this" {
			t.Errorf("the profile has the messages %q", got)
		}
	}
	refuses := func(status int, says string, args ...string) {
		t.Helper()
		before := p.contents()
		p.run(args...).is(status).says(says)
		if !maps.Equal(before, p.contents()) {
			t.Errorf("%q changed files of the profile", args)
		}
	}
	prints := func(want, warning string, args ...string) {
		t.Helper()
		if r := p.ok(args...); r.out != want+"\n" || r.warning != warning {
			t.Errorf("%q printed %q and warned %q", args, r.out, r.warning)
		}
	}

	// A passphrase that is named for a profile without one is not looked at.
	knows("--passphrase-file", "missing")
	p.write("first", first+"\n")
	prints(`{"protected":true,"rekeyed":false}`, laidBare, "passphrase", "set", "--new-passphrase-file", "first", "--json")

	refuses(5, "seance: the profile has a passphrase, and there is no terminal", "messages", "me")
	refuses(5, "seance: the passphrase cannot be read: open ", "account", "show", "--passphrase-file", "missing")
	p.write("wrong", first+" ")
	refuses(5, "seance: the passphrase from wrong is wrong\n", "messages", "me", "--passphrase-file", "wrong")
	refuses(1, "has a passphrase already", "passphrase", "set", "--passphrase-fd", "3")

	// By hand: the old one, then the new one twice, though not at once.
	p.ask = types(first, second, first, second, second)
	prints("The profile has another passphrase.", "", "passphrase", "change", "--rekey")
	p.ask = types()
	refuses(5, "no passphrase was entered", "passphrase", "remove")
	p.stdin = second
	prints("The profile has no passphrase any more.", unprotected, "passphrase", "remove", "--passphrase-fd", "0")
	knows()
}

func TestNewProfileWithAPassphrase(t *testing.T) {
	t.Parallel()
	p := newPerson(t, "SEANCE_PASSPHRASE_FILE=secret")
	p.run("account", "create", "--name", "Alice").is(1).says("secret")
	p.write("secret", "")
	p.run("account", "create", "--name", "Alice").is(1).says("the passphrase from secret is empty")
	if _, err := os.Stat(p.profile()); err == nil {
		t.Error("a passphrase that cannot be read left a profile behind")
	}
	p.write("secret", "open sesame\n")
	made := p.ok("account", "create", "--name", "Alice", "--json", "--show-recovery-phrase")
	if made.warning != "" {
		t.Errorf("warned %q", made.warning)
	}
	p.environ = append(p.environ, "SEANCE_PASSPHRASE_FILE=")
	p.run("account", "show").is(5).says("--passphrase-file")
	p.run("account", "create", "--name", "Bob").is(5)

	again := newPerson(t)
	again.stdin = made.object().text("recovery_phrase")
	again.descriptors = map[int]string{5: "open sesame"}
	if r := again.ok("account", "restore", "--passphrase-fd", "5"); r.warning != "" {
		t.Errorf("warned %q", r.warning)
	}
	again.run("account", "show").is(5)
}

func TestNewPassphraseByHand(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such device")
	for name, c := range map[string]struct {
		answers []string // "EOF", "^C" and "broken" end it
		want    string
		says    string
	}{
		"twice the same":    {[]string{"a", "a"}, "a", ""},
		"at the third time": {[]string{"a", "b", "a", " a", "a", "a"}, "a", ""},
		"never":             {[]string{"a", "b", "a", "b", "a", "b"}, "", "not the same, 3 times"},
		"empty":             {[]string{""}, "", "empty"},
		"left":              {[]string{"EOF"}, "", "no new passphrase was entered"},
		"left in between":   {[]string{"a", "EOF"}, "", "no new passphrase was entered"},
		"interrupted":       {[]string{"a", "^C"}, "", "context canceled"},
		"no terminal":       {[]string{"broken"}, "", "--new-passphrase-fd"},
	} {
		t.Run(name, func(t *testing.T) {
			given := types(c.answers...)
			p := newPerson(t)
			p.ask = func(ctx context.Context, question string) (secret.Bytes, error) {
				text, err := given(ctx, question)
				switch string(text.Expose()) {
				case "EOF":
					return secret.Bytes{}, io.EOF
				case "^C":
					return secret.Bytes{}, context.Canceled
				case "broken":
					return secret.Bytes{}, broken
				}
				return text, err
			}
			from := &newPassphrase{p: p.program(), fd: noDescriptor}
			got, err := from.read(t.Context())
			if string(got.Expose()) != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, %v", got.Expose(), err)
			}
			if status(err) == statusLocked {
				t.Errorf("exit status %d for a new passphrase", status(err))
			}
		})
	}
}
