package messaging

import (
	"testing"
	"time"

	"seance/store"
)

// Who was made an admin by one while another, who had not heard of it, removed them, is
// out and knows it.
func TestPromotedAndRemovedAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		all := []*device{alice, bob, carol}
		w.acquaint(all...)
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob, carol)})
		w.check(err)
		w.round(all...)
		w.check(alice.Promote(w.Context(), g.ID, idsOf(bob)))
		w.round(all...)
		alice.unplugged.Store(true)
		w.check(bob.Promote(w.Context(), g.ID, idsOf(carol)))
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(carol), false))
		w.round(bob, carol, bob)
		alice.unplugged.Store(false)
		time.Sleep(5 * time.Minute)
		w.round(alice, bob, carol)
		w.unanimous(g.ID, alice, bob)
		if v, err := carol.Conversation(w.Context(), g.ID); err != nil || v.Membership != store.Kicked {
			t.Errorf("Carol: %v, %v", v.Membership, err)
		}
	})
}
