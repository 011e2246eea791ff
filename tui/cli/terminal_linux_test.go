package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal is a real one, and all that it was told to show.
type terminal struct {
	t      *testing.T
	keys   *os.File // what is written to it is typed
	device *os.File

	mu    sync.Mutex // guards shown
	more  *sync.Cond
	shown bytes.Buffer
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	n, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	device, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, keys: keys, device: device}
	s.more = sync.NewCond(&s.mu)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			s.mu.Lock()
			s.shown.Write(buf[:n])
			s.more.Broadcast()
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		device.Close()
		<-ended // with the device gone
		keys.Close()
	})
	return s
}

// when types something as soon as a text is shown, behind all that was before.
func (s *terminal) when(text, keys string) {
	s.t.Helper()
	s.mu.Lock()
	late := false
	patience := time.AfterFunc(time.Minute, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.more.Broadcast()
	})
	for !strings.Contains(s.shown.String(), text) {
		if late {
			defer s.mu.Unlock()
			s.t.Fatalf("%q is not shown: %q", text, s.shown.String())
		}
		s.more.Wait()
	}
	patience.Stop()
	_, rest, _ := strings.Cut(s.shown.String(), text)
	s.shown.Reset()
	s.shown.WriteString(rest)
	s.mu.Unlock()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.t.Fatal(err)
	}
}

// on starts the program with the terminal as the one that controls it, and
// gives what to wait for it with. Streams that are nil are the terminal too.
func (p *person) on(s *terminal, in io.Reader, out io.Writer, args ...string) (wait func(status int) (errors string)) {
	p.t.Helper()
	before, err := term.GetState(int(s.device.Fd()))
	if err != nil {
		p.t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.dir, in, out, &said
	if in == nil {
		cmd.Stdin = s.device
	}
	if out == nil {
		cmd.Stdout = s.device
	}
	cmd.Env = append([]string{programEnv + "=1", "TERM=xterm-256color", "TMPDIR=" + os.TempDir()}, p.environ...)
	cmd.ExtraFiles = []*os.File{s.device}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	return func(status int) string {
		p.t.Helper()
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != status {
			p.t.Errorf("%q exited with %d, want %d: %s", args, got, status, &said)
		}
		after, err := term.GetState(int(s.device.Fd()))
		if err != nil || !reflect.DeepEqual(before, after) {
			p.t.Errorf("%q did not leave the terminal as it was: %v", args, err)
		}
		return said.String()
	}
}

// TestPassphraseAtTheTerminal has the program ask on the terminal that controls
// it while its streams are something else, and before the screen takes it over.
func TestPassphraseAtTheTerminal(t *testing.T) {
	t.Parallel()
	const passphrase = "tîp tâp"
	p := lonely(t)
	question := "Passphrase of " + p.profile() + ": "
	s := newTerminal(t)
	quiet := func(shown ...string) {
		t.Helper()
		for _, text := range shown {
			if strings.Contains(text, "tâp") {
				t.Errorf("a passphrase is shown in %q", text)
			}
		}
	}

	var out bytes.Buffer
	wait := p.on(s, strings.NewReader("no passphrase\n"), &out, "passphrase", "set", "--rekey", "--json")
	s.when("New passphrase: ", passphrase+"\r")
	s.when("\r\nThe same again: ", passphrase+"\r")
	quiet(wait(0), out.String())
	if out.String() != `{"protected":true,"rekeyed":true}`+"\n" {
		t.Errorf("set printed %q", &out)
	}

	out.Reset()
	wait = p.on(s, strings.NewReader(""), &out, "account", "show", "--json")
	s.when(question, "tâp\r")
	s.when("That is not it. "+question, passphrase+"!\x7f\r")
	quiet(wait(0), out.String())
	if !strings.Contains(out.String(), `"name":"Alice"`) {
		t.Errorf("show printed %q", &out)
	}

	wait = p.on(s, strings.NewReader(""), io.Discard, "account", "show")
	s.when(question, "half\x03")
	if said := wait(1); said != "seance: interrupted\n" {
		t.Errorf("an interrupt was answered by %q", said)
	}

	wait = p.on(s, nil, nil)
	s.when(question, passphrase+"\r")
	s.when("Seance", "\x03")
	quiet(wait(0))
	s.mu.Lock()
	quiet(s.shown.String())
	s.mu.Unlock()

	// Without a terminal of its own.
	alone := exec.Command("/proc/self/exe", "account", "show")
	alone.Dir, alone.Env = p.dir, append([]string{programEnv + "=1"}, p.environ...)
	alone.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	said, _ := alone.CombinedOutput()
	if alone.ProcessState.ExitCode() != 5 || !strings.Contains(string(said), "--passphrase-file") || bytes.Count(said, []byte("\n")) != 1 {
		t.Errorf("without a terminal it exited with %d: %s", alone.ProcessState.ExitCode(), said)
	}
}
