package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/preview"
	"seance/network/netfile"
	"seance/network/node/devnet"
	"seance/network/pipenet"
	"seance/tui/app"
)

// The runtime starts a goroutine for signals when it is first asked for them.
// It waits in the kernel, so it must not belong to a bubble.
func TestMain(m *testing.M) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	os.Exit(m.Run())
}

// world is a network over pipes, in a bubble whose clock stands in November 2026.
type world struct {
	*testing.T
	net      *pipenet.Net
	file     netfile.File
	previews *preview.Fetcher
}

// offline is a world without a network.
func offline(t *testing.T, f func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		file := netfile.Session()
		f(&world{T: t, net: pipenet.New(), file: file})
	})
}

// online is a world with a devnet of twelve nodes.
func online(t *testing.T, f func(*world)) {
	offline(t, func(w *world) {
		dev, err := devnet.Start(w.Context(), devnet.Options{Dir: w.TempDir(), Nodes: 12, Listen: w.net.Listen, Dial: w.net.Dial})
		w.check(err)
		defer func() {
			if err := dev.Close(); err != nil {
				w.Error(err)
			}
		}()
		w.file = dev.NetworkFile()
		f(w)
	})
}

// client makes an account and runs it until the test ends.
func (w *world) client(name string) *messaging.Client {
	w.Helper()
	c := w.create(name)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
		w.closed(c)
	})
	return c
}

// still is a client that does nothing by itself, until the test ends.
func (w *world) still(name string) *messaging.Client {
	w.Helper()
	c := w.create(name)
	w.Cleanup(func() { w.closed(c) })
	return c
}

func (w *world) create(name string) *messaging.Client {
	w.Helper()
	var raw [identity.SeedSize]byte
	copy(raw[:], name)
	seed, err := identity.SeedFromBytes(raw[:])
	w.check(err)
	c, err := messaging.Create(w.Context(), messaging.Options{Dir: w.TempDir(), Dial: w.net.Dial, Previews: w.previews}, messaging.NewAccount{Seed: seed, Name: name, Network: w.file})
	w.check(err)
	return c
}

// closed closes a client that does not run any more.
func (w *world) closed(c *messaging.Client) {
	if err := c.Close(); err != nil {
		w.Error(err)
	}
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func with(c *messaging.Client) id.Conversation { return id.With(c.Self().Account) }

// say has one client write to another.
func (w *world) say(from, to *messaging.Client, text string) {
	w.Helper()
	m, err := from.Send(w.Context(), with(to), messaging.Draft{Text: text})
	w.check(err)
	if m, err = from.Wait(w.Context(), m.ID()); err != nil || m.State != "sent" {
		w.Fatalf("%q is %s %s, %v", text, m.State, m.Failure, err)
	}
	time.Sleep(time.Second)
}

// writes has a client write to another one, a minute between any two.
func (w *world) writes(from, to *messaging.Client, texts ...string) {
	w.Helper()
	for _, text := range texts {
		if _, err := from.Send(w.Context(), with(to), messaging.Draft{Text: text}); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Minute)
	}
}

// screen is a terminal on which Seance runs.
type screen struct {
	*world
	vt      *vt.SafeEmulator
	sizes   chan app.Size
	done    chan error
	written atomic.Int64
	clip    atomic.Value // the string that was copied last
}

// Write is where Seance writes to.
func (s *screen) Write(p []byte) (int, error) {
	s.written.Add(int64(len(p)))
	return s.vt.Write(p)
}

func (s *screen) Read(p []byte) (int, error) { return s.vt.Read(p) }

// open starts Seance on a terminal of some size, after it was prepared.
func (w *world) open(width, height int, o app.Options, prepare ...func(*screen)) *screen {
	w.Helper()
	s := &screen{world: w, vt: vt.NewSafeEmulator(width, height), sizes: make(chan app.Size), done: make(chan error, 1)}
	o.In, o.Out, o.Size, o.Sizes, o.Zone = s, s, app.Size{Width: width, Height: height}, s.sizes, time.UTC
	if o.Environ == nil {
		o.Environ = []string{"TERM=xterm-256color", "LANG=C.UTF-8"}
	}
	s.vt.RegisterOscHandler(52, func(data []byte) bool {
		text, err := base64.StdEncoding.DecodeString(string(data[bytes.LastIndexByte(data, ';')+1:]))
		s.clip.Store(string(text))
		return err == nil
	})
	for _, f := range prepare {
		f(s)
	}
	go func() { s.done <- app.Run(context.Background(), o) }()
	s.settle()
	w.Cleanup(s.quit)
	return s
}

// quit leaves Seance, if it still runs.
func (s *screen) quit() {
	if s.done == nil {
		return
	}
	s.press("ctrl+c")
	s.left()
}

// left waits for the end of Seance, which was told to quit.
func (s *screen) left() {
	s.Helper()
	if err := <-s.done; err != nil {
		s.Error("Run:", err)
	}
	s.done = nil
	_ = s.vt.InputPipe().(io.Closer).Close() // the emulator's own Close races with its Read
}

// copied is what was put into the clipboard last.
func (s *screen) copied() string {
	text, _ := s.clip.Load().(string)
	return text
}

// settle lets everything that is under way come to rest, and the screen be drawn.
func (s *screen) settle() {
	synctest.Wait()
	time.Sleep(300 * time.Millisecond)
	synctest.Wait()
}

func (s *screen) typed(text string) {
	s.vt.SendText(text)
	s.settle()
}

// press presses keys by their names.
func (s *screen) press(keys ...string) {
	s.Helper()
	named := map[string]uv.KeyPressEvent{
		"enter": {Code: uv.KeyEnter}, "esc": {Code: uv.KeyEscape}, "tab": {Code: uv.KeyTab}, "up": {Code: uv.KeyUp}, "down": {Code: uv.KeyDown},
		"pgup": {Code: uv.KeyPgUp}, "pgdown": {Code: uv.KeyPgDown}, "backspace": {Code: uv.KeyBackspace}, "f1": {Code: uv.KeyF1},
	}
	for _, k := range keys {
		if key, ok := named[k]; ok {
			s.vt.SendKey(key)
		} else if c, ok := strings.CutPrefix(k, "alt+"); ok {
			s.vt.SendKey(uv.KeyPressEvent{Code: rune(c[0]), Mod: uv.ModAlt})
		} else if c, ok := strings.CutPrefix(k, "ctrl+"); ok {
			s.vt.SendKey(uv.KeyPressEvent{Code: rune(c[0]), Mod: uv.ModCtrl})
		} else {
			s.vt.SendText(k)
		}
		s.settle()
	}
}

func (s *screen) resize(width, height int) {
	s.vt.Resize(width, height)
	s.sizes <- app.Size{Width: width, Height: height}
	s.settle()
}

// rows is what the terminal shows, without trailing blanks.
func (s *screen) rows() []string { return s.pane(0) }

// pane is what the terminal shows from a column on.
func (s *screen) pane(from int) []string {
	rows := make([]string, s.vt.Height())
	for y := range rows {
		var row bytes.Buffer
		for x := from; x < s.vt.Width(); {
			c := s.vt.CellAt(x, y)
			if c == nil || c.Content == "" {
				row.WriteByte(' ')
				x++
				continue
			}
			row.WriteString(c.Content)
			x += max(c.Width, 1)
		}
		rows[y] = strings.TrimRight(row.String(), " ")
	}
	return rows
}

func (s *screen) text() string { return strings.Join(s.rows(), "\n") }

// shows fails unless all of the texts are on the screen.
func (s *screen) shows(texts ...string) {
	s.Helper()
	screen := s.text()
	for _, t := range texts {
		if !strings.Contains(screen, t) {
			s.Fatalf("%q is not on the screen:\n%s", t, screen)
		}
	}
}

// hides fails if one of the texts is on the screen.
func (s *screen) hides(texts ...string) {
	s.Helper()
	screen := s.text()
	for _, t := range texts {
		if strings.Contains(screen, t) {
			s.Fatalf("%q is on the screen:\n%s", t, screen)
		}
	}
}
