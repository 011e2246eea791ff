package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/network/netfile"
	"seance/tui/app"
)

// TestPseudoTerminal runs the screen on a real device: what is typed comes
// through as it is, the size is the device's, and it is given back as it was.
func TestPseudoTerminal(t *testing.T) {
	master, device := openPTY(t)
	before, err := term.GetState(int(device.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	screen := vt.NewSafeEmulator(120, 36)
	changed := make(chan struct{}, 1)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			_, _ = screen.Write(buf[:n])
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	go func() { _, _ = io.Copy(master, screen) }() // the terminal's answers
	resize := func(width, height int) {
		screen.Resize(width, height)
		if err := unix.IoctlSetWinsize(int(device.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)}); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
			t.Fatal(err)
		}
	}
	wait := func(what string, ok func(string) bool) {
		t.Helper()
		patience := time.After(20 * time.Second)
		for {
			text := ansi.Strip(screen.Render())
			if ok(text) {
				return
			}
			select {
			case <-changed:
			case <-patience:
				t.Fatalf("%s:\n%s", what, text)
			}
		}
	}
	shows := func(texts ...string) {
		t.Helper()
		for _, s := range texts {
			wait(s+" is not on the screen", func(screen string) bool { return strings.Contains(screen, s) })
		}
	}

	resize(120, 36)
	c, stop := lonely(t)
	defer stop()
	done := make(chan error, 1)
	go func() {
		done <- app.Run(context.Background(), app.Options{
			Client: c, Open: id.With(c.Self().Account), In: device, Out: device, Environ: []string{"TERM=xterm-256color"}, Zone: time.UTC,
		})
	}()
	shows("Seance", "Type a message")
	_, _ = io.WriteString(master, "hello ")
	shows("› hello")
	_, _ = io.WriteString(master, "there\r")
	shows("hello there", "sending")
	resize(60, 15)
	wait("the list is still there", func(screen string) bool {
		return !strings.Contains(screen, "Seance") && strings.Contains(screen, "hello there")
	})
	resize(120, 36)
	shows("Seance", "hello there")
	_, _ = io.WriteString(master, "\x03")
	if err := <-done; err != nil {
		t.Error(err)
	}
	after, err := term.GetState(int(device.Fd()))
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the terminal was not given back as it was: %v", err)
	}
}

// openPTY makes a pseudo-terminal: the end of who looks, and that of the program.
func openPTY(t *testing.T) (master, device *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		device, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { device.Close() })
	return master, device
}

// lonely is a running client in real time that reaches nobody.
func lonely(t *testing.T) (*messaging.Client, func()) {
	t.Helper()
	seed, err := identity.SeedFromBytes(make([]byte, identity.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	nobody := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody is there") }
	c, err := messaging.Create(t.Context(), messaging.Options{Dir: t.TempDir(), Dial: nobody}, messaging.NewAccount{Seed: seed, Name: "Sam", Network: netfile.Session()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
