package messaging

import (
	"bytes"
	"net/url"
	"os"
	"testing"
	"time"

	"seance/store"
)

// Files of 1 byte to the most that can be sent arrive as they were, each once,
// though the line is cut in the midst of every upload and every download, and the
// programs end there too. SEANCE_LONG=1 sends 50 each way.
func TestFilesGoOnAfterInterruptions(t *testing.T) {
	slow(t)
	sizes := []int{1, 5000, 300_001, 1_000_000}
	if os.Getenv("SEANCE_LONG") != "" {
		sizes = nil
		for i := range 50 {
			sizes = append(sizes, 1+(MaxFile-1)/(49*49*49)*i*i*i)
		}
		sizes[49] = MaxFile
	}
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		bob.say(alice, "hello")
		alice.receive()
		sent := 1
		cut := func(d *device, size int) { d.fuse.Store(int64(size/2 + 1)) }
		again := func(d *device, ends bool) {
			if ends {
				d.reopen()
			}
			d.plugIn()
			time.Sleep(time.Minute)
		}
		for i, size := range sizes {
			for _, way := range [][2]*device{{alice, bob}, {bob, alice}} {
				from, to := way[0], way[1]
				data := noise(size)
				cut(from, size)
				m, err := from.Send(w.Context(), from.with(to), Draft{Files: []File{{Name: "a.bin", Content: bytes.NewReader(data)}}})
				w.check(err)
				time.Sleep(time.Minute)
				if m, err = from.Message(w.Context(), m.ID()); err != nil || m.State != store.StateSending || !from.unplugged.Load() {
					w.Fatalf("%d bytes: interrupted, it is %s %s, %v", size, m.State, m.Failure, err)
				}
				again(from, i%2 == 0)
				if m, err = from.Wait(w.Context(), m.ID()); err != nil || m.State != store.StateSent {
					w.Fatalf("%d bytes: it is %s %s, %v", size, m.State, m.Failure, err)
				}
				sent++

				to.receive()
				got := to.newest(to.with(from))
				cut(to, size)
				if err := to.Download(w.Context(), got.ID(), 0); err == nil {
					w.Fatalf("%d bytes: downloaded without a line", size)
				}
				again(to, i%2 == 1)
				if err := to.Download(w.Context(), got.ID(), 0); err != nil {
					w.Fatalf("%d bytes: %v", size, err)
				}
				if !bytes.Equal(to.content(got, 0), data) {
					w.Fatalf("%d bytes: the content differs", size)
				}
			}
		}
		for _, d := range []*device{alice, bob} {
			other := map[*device]*device{alice: bob, bob: alice}[d]
			n := 0
			for _, line := range d.texts(other) {
				if line == "" || line == "> " || line == "hello" || line == "> hello" {
					n++
				}
			}
			if n != sent {
				w.Errorf("%d messages, %d were sent", n, sent)
			}
		}
	})
}

// An upload that hangs can be cancelled; what it was for is sent when somebody
// asks for it again.
func TestCancelledFilesAreSentAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		bob.say(alice, "hello")
		alice.receive()
		server, err := url.Parse(w.dev.NetworkFile().FileServer.URL)
		w.check(err)
		w.silent.Store(server.Host, true)
		data := noise(50_000)
		m, err := alice.Send(w.Context(), alice.with(bob), Draft{Text: "look", Files: []File{{Name: "a.bin", Content: bytes.NewReader(data)}}})
		w.check(err)
		time.Sleep(time.Second)
		w.check(alice.Cancel(m.ID(), 0))
		if m, err = alice.Wait(w.Context(), m.ID()); err != nil || m.State != store.StateFailed {
			w.Fatalf("cancelled, it is %s, %v", m.State, err)
		}
		w.silent.Delete(server.Host)
		w.check(alice.Retry(w.Context(), m.ID()))
		if m, err = alice.Wait(w.Context(), m.ID()); err != nil || m.State != store.StateSent {
			w.Fatalf("it is %s %s, %v", m.State, m.Failure, err)
		}
		bob.receive()
		got := bob.newest(bob.with(alice))
		if err := bob.Download(w.Context(), got.ID(), 0); err != nil || got.Text != "look" || !bytes.Equal(bob.content(got, 0), data) {
			w.Errorf("%+v, %v", got, err)
		}
	})
}
