package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/secret"
)

// program is one run of the program with global flags, which asks for what it
// has to.
func (p *person) program(args ...string) *program {
	p.t.Helper()
	run := &program{Env: Env{
		Args: args, Stdin: strings.NewReader(p.stdin), Stdout: io.Discard, Stderr: io.Discard, Dir: p.dir, Environ: p.environ,
		Ask: p.ask, Descriptor: p.descriptor,
	}}
	if err := run.root().ParseFlags(args); err != nil {
		p.t.Fatal(err)
	}
	return run
}

// firstTry is what the program would try to unlock a profile with first.
func (p *person) firstTry(args ...string) (string, error) {
	p.t.Helper()
	from, err := p.program(args...).passphrases(filepath.Join(p.dir, "profile"))
	if err != nil {
		return "", err
	}
	text, err := from.ask(p.t.Context(), false)
	return string(text.Expose()), err
}

// types answers all questions.
func types(answers ...string) func(context.Context, string) (secret.Bytes, error) {
	return func(context.Context, string) (secret.Bytes, error) {
		if len(answers) == 0 {
			return secret.Bytes{}, io.EOF
		}
		answer := answers[0]
		answers = answers[1:]
		return secret.New([]byte(answer)), nil
	}
}

// mkdir makes a directory in the person's.
func (p *person) mkdir(name string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Join(p.dir, name), 0o700); err != nil {
		p.t.Fatal(err)
	}
}

// TestWhereThePassphraseIsFrom has all sources at once, and takes them away one
// by one, the strongest first.
func TestWhereThePassphraseIsFrom(t *testing.T) {
	t.Parallel()
	p := newPerson(t, "PATH=/usr/bin:/bin")
	p.mkdir(".config/seance")
	p.mkdir("profile")
	p.write("by flag", "by flag\n")
	p.write("by variable", "by variable\n")
	p.write("profile/config.toml", "passphrase_command = ['printf', 'by command of the profile\\n']\n")
	p.write(".config/seance/config.toml", "passphrase_command = ['/bin/echo', 'by command of the user']\n")
	p.ask = types("by hand")
	p.environ = append(p.environ, "SEANCE_PASSPHRASE_FILE=by variable")
	want := func(want string, args ...string) {
		t.Helper()
		p.descriptors = map[int]string{7: "by descriptor\n"}
		if got, err := p.firstTry(args...); got != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", args, got, err, want)
		}
	}
	want("by flag", "--passphrase-file", "by flag", "--passphrase-fd", "7")
	want("by descriptor", "--passphrase-fd", "7")
	want("by variable")
	p.environ = append(p.environ, "SEANCE_PASSPHRASE_FILE=")
	want("by command of the profile")
	p.write("profile/config.toml", "")
	want("by command of the user")
	p.write("profile/config.toml", "passphrase_command = []\n")
	want("by hand")
	p.write("profile/config.toml", "")
	p.environ = append(p.environ, "XDG_CONFIG_HOME="+filepath.Join(p.dir, "elsewhere"))
	p.ask = types("by hand again")
	want("by hand again")
	p.mkdir("elsewhere/seance")
	p.write("elsewhere/seance/config.toml", "passphrase_command = ['echo', 'from elsewhere']")
	want("from elsewhere")
	p.environ = append(p.environ, "XDG_CONFIG_HOME=elsewhere") // relative, so void
	want("by command of the user")
}

func TestWhatIsReadIsExact(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxPassphrase)
	for name, c := range map[string]struct{ text, want, says string }{
		"one line":          {"correct horse\n", "correct horse", ""},
		"without an end":    {"correct horse", "correct horse", ""},
		"only one newline":  {"a\n\n", "a\n", ""},
		"carriage return":   {"a\r\n", "a\r", ""},
		"spaces":            {"  a \t\n", "  a \t", ""},
		"several lines":     {"\na\nb\n", "\na\nb", ""},
		"bytes":             {"\x00\xff\n", "\x00\xff", ""},
		"as long as it may": {long + "\n", long, ""},
		"too long":          {long + "x", "", "larger than 64 KB"},
		"far too long":      {strings.Repeat(long, 16), "", "larger than 64 KB"},
		"empty":             {"", "", "empty"},
		"a newline":         {"\n", "", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPerson(t)
			p.mkdir("profile")
			p.write("f", c.text)
			p.write("profile/config.toml", "passphrase_command = ['/bin/cat', 'f']")
			p.descriptors = map[int]string{3: c.text}
			p.stdin = c.text
			for source, args := range map[string][]string{
				"the passphrase from f ":                  {"--passphrase-file", "f"},
				"the passphrase from descriptor 3 ":       {"--passphrase-fd", "3"},
				"the passphrase from descriptor 0 ":       {"--passphrase-fd", "0"},
				"the passphrase from passphrase_command ": {},
			} {
				got, err := p.firstTry(args...)
				switch {
				case c.says == "" && (err != nil || got != c.want):
					t.Errorf("%s: got %.40q, %v", source, got, err)
				case c.says != "" && (status(err) != statusLocked || !strings.HasPrefix(err.Error(), source) || !strings.Contains(err.Error(), c.says)):
					t.Errorf("got %.40q, %v, want %q", got, err, c.says)
				}
			}
		})
	}
}

func TestSourcesThatFail(t *testing.T) {
	t.Parallel()
	p := newPerson(t, "PATH=:relative:/nowhere:/usr/bin:/bin")
	p.mkdir("profile")
	p.mkdir("relative")
	p.write("relative/mine", "#!/bin/sh\necho stolen\n")
	if err := os.Chmod(filepath.Join(p.dir, "relative/mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	fails := func(says string, args ...string) {
		t.Helper()
		got, err := p.firstTry(args...)
		if got != "" || status(err) != statusLocked || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %q, %v, want %q", got, err, says)
		}
	}
	fails("open "+filepath.Join(p.dir, "missing"), "--passphrase-file", "missing")
	fails("cannot be read", "--passphrase-file", ".")
	fails("descriptor 9", "--passphrase-fd", "9")
	fails("descriptor 1", "--passphrase-fd", "1")
	fails("descriptor -7", "--passphrase-fd", "-7")
	for command, says := range map[string]string{
		"['false']":                            "passphrase_command failed: exit status 1",
		"['/bin/sh', '-c', 'echo x; exit 3']":  "exit status 3",
		"['true']":                             "passphrase_command is empty",
		"['mine']":                             `no program "mine" in PATH`,
		"['/nowhere/at all']":                  "/nowhere/at all",
		"['/bin/echo $HOME']":                  "/bin/echo $HOME", // no shell
		"['/bin/sh', '-c', 'cat /dev/stdin']":  "empty",           // no standard input
		"['/bin/sh', '-c', 'cat /dev/zero']":   "larger than",
		"['/bin/sh', '-c', 'kill -9 $$']":      "killed",
		"['/bin/sh', '-c', 'exec cat <&-']":    "failed",
		"['/bin/sh', '-c', 'sleep 99 >&2 & ']": "empty", // what it leaves behind is not waited for
	} {
		p.stdin = "from standard input"
		p.write("profile/config.toml", "passphrase_command = "+command)
		fails(says)
	}
	p.write("profile/config.toml", "\npassphrase_command = 'x'")
	if _, err := p.firstTry(); status(err) != statusFailed || !strings.Contains(err.Error(), "config.toml, line 2: passphrase_command must be") {
		t.Errorf("err = %v", err)
	}
}

func TestSourcesAreLeftWithTheContext(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.mkdir("profile")
	p.write("profile/config.toml", "passphrase_command = ['/bin/sh', '-c', 'echo ready >&2; sleep 99 & sleep 99']")
	ready, out := io.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := p.program()
	run.Stderr = out
	from, err := run.passphrases(filepath.Join(p.dir, "profile"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := from.ask(ctx, false)
		ended <- err
	}()
	if _, err := io.ReadFull(ready, make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, ready) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such device")
	for name, c := range map[string]struct {
		answers []error // nil is a wrong passphrase
		asker   bool
		says    string
		status  int
	}{
		"three wrong ones":   {[]error{nil, nil, nil}, true, "wrong, 3 times", statusLocked},
		"the end":            {[]error{io.EOF}, true, "no passphrase was entered", statusLocked},
		"the end, later":     {[]error{nil, io.EOF}, true, "no passphrase was entered", statusLocked},
		"an interrupt":       {[]error{nil, context.Canceled}, true, "interrupted", statusFailed},
		"no terminal":        {[]error{broken}, true, "SEANCE_PASSPHRASE_FILE", statusLocked},
		"nobody to be asked": {nil, false, "--passphrase-fd, or a passphrase_command in config.toml", statusLocked},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			var questions []string
			if c.asker {
				p.ask = func(_ context.Context, question string) (secret.Bytes, error) {
					if len(questions) == len(c.answers) {
						return secret.Bytes{}, fmt.Errorf("question %d", len(questions)+1)
					}
					questions = append(questions, question)
					return secret.New([]byte("x")), c.answers[len(questions)-1]
				}
			}
			dir := filepath.Join(p.dir, "my \x1b[31mprofile")
			run := p.program()
			var said bytes.Buffer
			run.Stderr = &said
			from, err := run.passphrases(dir)
			if err != nil {
				t.Fatal(err)
			}
			for wrong := false; err == nil; wrong = true {
				_, err = from.ask(t.Context(), wrong)
			}
			run.complain(err)
			if status(err) != c.status || !strings.Contains(said.String(), c.says) || strings.Count(said.String(), "\n") != 1 {
				t.Errorf("status %d: %q", status(err), said.String())
			}
			if c.status == statusLocked != errors.Is(err, messaging.ErrPassphrase) {
				t.Errorf("err = %v", err)
			}
			if len(questions) != len(c.answers) {
				t.Errorf("there were %d questions", len(questions))
			}
			for i, q := range questions {
				if !strings.Contains(q, "Passphrase of "+p.dir+"/my profile: ") || strings.Contains(q, "not it") != (i > 0) {
					t.Errorf("question %d is %q", i, q)
				}
			}
		})
	}
}
