package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal is a real one, and what it shows.
type terminal struct {
	t      *testing.T
	keys   *os.File // what is written to it is typed
	device *os.File
	before *term.State

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
	before, err := term.GetState(number(t, device))
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, keys: keys, device: device, before: before}
	s.more = sync.NewCond(&s.mu)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 1000)
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

// number is the number of a descriptor that goes on being waited for by the
// runtime, which Fd may end.
func number(t *testing.T, f *os.File) (n int) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err == nil {
		err = conn.Control(func(fd uintptr) { n = int(fd) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *terminal) types(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, text); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits for a text.
func (s *terminal) shows(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.shown.String(), text) {
		s.more.Wait()
	}
}

// isAsBefore checks that the terminal was left as it was.
func (s *terminal) isAsBefore() {
	s.t.Helper()
	after, err := term.GetState(number(s.t, s.device))
	if err != nil || !reflect.DeepEqual(s.before, after) {
		s.t.Errorf("the terminal is not as it was: %v", err)
	}
}

type answer struct {
	text string
	err  error
}

// asks asks on it, and hands over the answer when there is one.
func (s *terminal) asks(ctx context.Context) <-chan answer {
	done := make(chan answer, 1)
	go func() {
		text, err := ask(ctx, s.device, "Secret: ")
		done <- answer{string(text.Expose()), err}
	}()
	s.shows("Secret: ")
	return done
}

func TestWhatIsTyped(t *testing.T) {
	for name, c := range map[string]struct {
		keys, want string
		err        error
	}{
		"a line":         {"correct horse\r", "correct horse", nil},
		"by a line feed": {"x\n", "x", nil},
		"spaces stay":    {"  x \t \r", "  x \t ", nil},
		"nothing":        {"\r", "", nil},
		"backspace":      {"pä\x7f\x7fx\by\r", "y", nil},
		"too much of it": {"\x7f\x7fx\r", "x", nil},
		"the whole line": {"mistake\x15x\r", "x", nil},
		"no UTF-8":       {"\xff\xfe\x7fx\r", "\xffx", nil},
		"stop":           {"x\x1a\x13\r", "x\x1a\x13", nil},
		"interrupt":      {"abc\x03", "", context.Canceled},
		"end":            {"\x04", "", io.EOF},
		"end of a line":  {"abc\x04\r", "abc", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTerminal(t)
			done := s.asks(t.Context())
			s.types(c.keys)
			if got := <-done; got.text != c.want || !errors.Is(got.err, c.err) {
				t.Errorf("got %q, %v, want %q, %v", got.text, got.err, c.want, c.err)
			}
			s.isAsBefore()
			s.shows("Secret: \r\n")
			s.mu.Lock()
			defer s.mu.Unlock()
			if shown := s.shown.String(); shown != "Secret: \r\n" {
				t.Errorf("the terminal shows %q", shown)
			}
		})
	}
}

// What was typed ahead is the answer to the next question.
func TestTwoQuestions(t *testing.T) {
	s := newTerminal(t)
	done := s.asks(t.Context())
	s.types("one\rtwo\r")
	if got := <-done; got.text != "one" {
		t.Errorf("the first answer is %q, %v", got.text, got.err)
	}
	if got := <-s.asks(t.Context()); got.text != "two" {
		t.Errorf("the second answer is %q, %v", got.text, got.err)
	}
	s.isAsBefore()
}

func TestInterruptedQuestion(t *testing.T) {
	s := newTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := s.asks(ctx)
	s.types("half a pass")
	cancel()
	if got := <-done; got.text != "" || !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %q, %v", got.text, got.err)
	}
	s.isAsBefore()
	if _, err := ask(ctx, s.device, "Again: "); !errors.Is(err, context.Canceled) {
		t.Errorf("asked though the end had come: %v", err)
	}
}

func TestLongLine(t *testing.T) {
	if text, err := readLine(strings.NewReader(strings.Repeat("x", maxLine) + "\r")); err != nil || text.Len() != maxLine {
		t.Errorf("a line of %d bytes: %v", maxLine, err)
	}
	if text, err := readLine(strings.NewReader(strings.Repeat("x", maxLine+1) + "\r")); err == nil || text.Len() != 0 {
		t.Errorf("a line of %d bytes was taken", maxLine+1)
	}
}

func TestNoTerminal(t *testing.T) {
	r, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := ask(t.Context(), r, "?"); err == nil {
		t.Error("a pipe was asked")
	}
}
