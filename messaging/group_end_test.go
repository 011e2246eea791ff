package messaging

import (
	"testing"
	"time"

	"seance/store"
)

// Of a group that an admin has ended nothing stays but that it was there.
func TestEndOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		alice.write(g.ID, "secret")
		w.round(bob)
		w.hasLast("Bob", bob, g.ID, "Alice: secret")
		bob.unplugged.Store(true)
		w.check(alice.Leave(w.Context(), g.ID, true))
		_, err := bob.Send(w.Context(), g.ID, Draft{Text: "too late"})
		w.check(err)
		time.Sleep(time.Minute)
		bob.unplugged.Store(false)
		time.Sleep(time.Minute)
		w.round(bob)
		bob.is(g.ID, store.Destroyed)
		bob.forgotten(g.ID)
		if _, waits, err := bob.db.NextDue(w.Context()); err != nil || waits {
			t.Errorf("something waits: %v, %v", waits, err)
		}
	})
}
