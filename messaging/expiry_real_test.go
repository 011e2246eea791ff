package messaging

import (
	"context"
	"testing"
	"time"

	"seance/network/node/devnet"
	"seance/store"
)

// gone waits until nothing that disappears is on the device's disk any more, which
// is within the next minute and not before its time.
func (d *device) gone(events *Subscription, endMS int64) {
	d.w.Helper()
	ctx, cancel := context.WithTimeout(d.w.Context(), time.Minute)
	defer cancel()
	for d.rows() > 0 {
		if _, err := events.Next(ctx); err != nil {
			d.w.Fatalf("%d messages stay: %v", d.rows(), err)
		}
	}
	if early := endMS - time.Now().UnixMilli(); early > 1500 {
		d.w.Errorf("it went %d ms early", early)
	}
}

// Once with the machine's clock and real connections: a timer of a few seconds,
// three devices, one of which is restarted while it runs.
func TestTimersForReal(t *testing.T) {
	slow(t)
	dev, err := devnet.Start(t.Context(), devnet.Options{Dir: t.TempDir(), Nodes: 6})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, dev: dev}
	defer w.end()
	alice, bob, laptop := w.friends()
	const seconds = 10
	began := time.Now().UnixMilli()
	m, err := alice.Send(t.Context(), alice.with(bob), Draft{Text: "gone soon", Expire: &store.Timer{Mode: store.ExpireAfterSend, Seconds: seconds}})
	if err != nil {
		t.Fatal(err)
	}
	atAlice := alice.Subscribe()
	defer atAlice.Close()
	if m, err = alice.Wait(t.Context(), m.ID()); err != nil || m.State != store.StateSent {
		t.Fatalf("it is %s %s, %v", m.State, m.Failure, err)
	}
	bob.receive()
	atLaptop := laptop.Subscribe()
	defer atLaptop.Close()
	laptop.receive()
	end := m.Expire.AtMS
	if end < began+seconds*1000-1500 {
		t.Errorf("it ends %d ms after it was written", end-began)
	}
	w.near("at the recipient", bob.end(bob.with(alice), "gone soon"), end)
	w.near("at the other device", laptop.end(bob.with(alice), "gone soon"), end)
	bob.reopen()
	atBob := bob.Subscribe()
	defer atBob.Close()
	w.near("after the restart", bob.end(bob.with(alice), "gone soon"), end)
	alice.gone(atAlice, end)
	bob.gone(atBob, end)
	laptop.gone(atLaptop, end)
	for _, texts := range [][]string{alice.texts(bob), bob.texts(alice), laptop.texts(alice)} {
		for _, text := range texts {
			if text == "gone soon" || text == "> gone soon" {
				t.Errorf("it is still there: %q", texts)
			}
		}
	}
}
