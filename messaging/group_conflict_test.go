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
		alice, bob := w.two()
		carol := w.person("Carol", alice, bob)
		all := []*device{alice, bob, carol}
		g := w.garden(alice, bob, carol)
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
		carol.is(g.ID, store.Kicked)
	})
}
