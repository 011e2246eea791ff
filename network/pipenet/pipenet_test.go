package pipenet

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func connect(t testing.TB) (net.Conn, net.Conn) {
	n := New()
	l, err := n.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := n.Dial(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func TestAddresses(t *testing.T) {
	n := New()
	first, err := n.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	second, _ := n.Listen("127.0.0.1:0")
	if first.Addr().String() == second.Addr().String() {
		t.Error("a port was given out twice")
	}
	if _, err := n.Listen(first.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("listening twice: %v", err)
	}
	if _, err := n.Dial(t.Context(), "tcp", "127.0.0.1:1"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens: %v", err)
	}
	waiting, err := n.Dial(t.Context(), "tcp", first.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	if _, err := waiting.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection that nobody accepted: %v", err)
	}
	if _, err := first.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accepting from a closed listener: %v", err)
	}
	if _, err := n.Dial(t.Context(), "tcp", first.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a closed listener: %v", err)
	}
	if again, err := n.Listen(first.Addr().String()); err != nil {
		t.Errorf("the address is not free again: %v", err)
	} else {
		again.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Dial(ctx, "tcp", second.Addr().String()); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: %v", err)
	}
	for _, address := range []string{"", "x", "127.0.0.1", "example.org:80", "127.0.0.1:99999"} {
		if _, err := n.Listen(address); err == nil {
			t.Errorf("listening at %q", address)
		}
		if _, err := n.Dial(t.Context(), "tcp", address); err == nil {
			t.Errorf("dialling %q", address)
		}
	}
	a, err := n.Dial(t.Context(), "tcp", second.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, _ := second.Accept()
	if a.LocalAddr().String() != b.RemoteAddr().String() || a.RemoteAddr().String() != second.Addr().String() || b.LocalAddr().String() != second.Addr().String() {
		t.Errorf("%v-%v, %v-%v", a.LocalAddr(), a.RemoteAddr(), b.LocalAddr(), b.RemoteAddr())
	}
}

func TestWhatIsSentArrives(t *testing.T) {
	a, b := connect(t)
	sent := make([]byte, 10*window+17)
	rand.Read(sent)
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)/3)
			if _, err := a.Write(rest[:n]); err != nil {
				t.Error(err)
			}
			rest = rest[n:]
		}
		a.Close()
	}()
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes of %d: %v", len(got), len(sent), err)
	}
}

func TestClosing(t *testing.T) {
	a, b := connect(t)
	a.Write([]byte("last"))
	a.Close()
	if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writing after Close: %v", err)
	}
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading after Close: %v", err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("writing to a closed end: %v", err)
	}
	if got, err := io.ReadAll(b); string(got) != "last" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	a, b = connect(t)
	a.(interface{ CloseWrite() error }).CloseWrite()
	b.Write([]byte("answer"))
	b.Close()
	if got, err := io.ReadAll(a); string(got) != "answer" || err != nil {
		t.Errorf("half closed: %q %v", got, err)
	}
}

// Waits are such that a faked clock goes on during them.
func TestDeadlinesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := connect(t)
		defer a.Close()
		defer b.Close()
		start := time.Now()
		a.SetReadDeadline(start.Add(time.Hour))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("reading: %v", err)
		}
		var timeout net.Error
		a.SetWriteDeadline(start.Add(2 * time.Hour))
		n, err := a.Write(make([]byte, 2*window))
		if !errors.As(err, &timeout) || !timeout.Timeout() || n != window {
			t.Errorf("writing: %d %v", n, err)
		}
		if took := time.Since(start); took != 2*time.Hour {
			t.Errorf("took %v", took)
		}
		a.SetDeadline(time.Now().Add(-1))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline that has passed: %v", err)
		}
		// A deadline that is replaced no longer counts, and a new one wakes a
		// read that is under way.
		a.SetReadDeadline(time.Now().Add(time.Minute))
		a.SetReadDeadline(time.Time{})
		go func() {
			time.Sleep(time.Hour)
			b.Write([]byte("x"))
			time.Sleep(time.Hour)
			a.SetReadDeadline(time.Now())
		}()
		if _, err := a.Read(make([]byte, 1)); err != nil {
			t.Errorf("reading without a deadline: %v", err)
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline during a read: %v", err)
		}
	})
}
