package fileserver_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"seance/network"
	"seance/network/node/devnet"
)

// slow is a connection that takes and gives so many bytes a second.
type slow struct {
	net.Conn
	rate *atomic.Int64 // 0: any number; negative: what is sent is lost
}

func (s *slow) wait(n int) {
	if rate := s.rate.Load(); rate > 0 {
		time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
	}
}

func (s *slow) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	s.wait(n)
	return n, err
}

func (s *slow) Write(b []byte) (int, error) {
	if s.rate.Load() < 0 {
		return len(b), nil
	}
	s.wait(len(b))
	return s.Conn.Write(b)
}

// A file goes through a slow line, however long that takes; a line that is dead
// is given up. Nothing is told of progress after the end.
func TestSlowLine(t *testing.T) {
	var rate atomic.Int64
	inWorld(t, devnet.Options{}, func(c net.Conn) net.Conn { return &slow{c, &rate} }, func(w *world) {
		blob := noise(2_000_000)
		if _, err := w.files.Upload(w.Context(), w.home, blob[:1], 0, nil); err != nil {
			w.Fatal(err)
		}
		rate.Store(40_000) // devnet nodes read for a minute at most
		began := time.Now()
		var up steps
		f, err := w.files.Upload(w.Context(), w.home, blob, 0, up.tell)
		if err != nil || time.Since(began) < 45*time.Second {
			w.Fatalf("uploaded after %v: %v", time.Since(began), err)
		}
		up.check(w.T, "upload", 2_000_000, 2_000_000)
		got, err := w.files.Download(w.Context(), w.home, f.ID, 2_000_000, nil)
		if err != nil || !bytes.Equal(got, blob) {
			w.Fatalf("%d bytes, %v", len(got), err)
		}
		// The user gives up.
		ctx, cancel := context.WithTimeout(w.Context(), 10*time.Second)
		defer cancel()
		var given steps
		if _, err := w.files.Download(ctx, w.home, f.ID, 2_000_000, given.tell); !errors.Is(err, context.DeadlineExceeded) {
			w.Errorf("given up: %v", err)
		}
		told := len(given.done)
		// The line dies.
		rate.Store(-1)
		began = time.Now()
		if _, err := w.files.Download(w.Context(), w.home, f.ID, 2_000_000, nil); !errors.Is(err, network.ErrNoAnswer) && !errors.Is(err, network.ErrOffline) {
			w.Errorf("a dead line: %v", err)
		}
		if took := time.Since(began); took > 3*time.Minute {
			w.Errorf("a dead line was given up after %v", took)
		}
		if len(given.done) != told || told == 0 {
			w.Errorf("told %d times, then %d", told, len(given.done))
		}
	})
}
