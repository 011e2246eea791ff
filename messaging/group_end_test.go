package messaging

import (
	"testing"
	"time"

	"seance/store"
)

// Of a group that an admin has ended nothing stays but that it was there.
func TestEndOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		w.acquaint(alice, bob)
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob)})
		w.check(err)
		w.round(alice, bob)
		alice.write(g.ID, "secret")
		w.round(bob)
		w.hasLast("Bob", bob, g.ID, "Alice: secret")
		bob.unplugged.Store(true)
		w.check(alice.Leave(w.Context(), g.ID, true))
		_, err = bob.Send(w.Context(), g.ID, Draft{Text: "too late"})
		w.check(err)
		time.Sleep(time.Minute)
		bob.unplugged.Store(false)
		time.Sleep(time.Minute)
		w.round(bob)
		if v, err := bob.Conversation(w.Context(), g.ID); err != nil || v.Membership != store.Destroyed {
			t.Errorf("Bob: %v, %v", v.Membership, err)
		}
		bob.forgotten(g.ID)
		if _, waits, err := bob.db.NextDue(w.Context()); err != nil || waits {
			t.Errorf("something waits: %v, %v", waits, err)
		}
	})
}
