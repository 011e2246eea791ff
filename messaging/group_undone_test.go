package messaging

import "testing"

// What an admin was refused has changed nothing of a group.
func TestAChangeOfAGroupThatWasRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		before := w.unanimous(g.ID, alice, bob)
		if err := alice.RemoveMembers(w.Context(), g.ID, idsOf(bob, alice), false); err == nil {
			t.Fatal("an admin was removed")
		}
		w.round(alice, bob)
		if got := w.unanimous(g.ID, alice, bob); got != before {
			t.Errorf("%s, want %s", got, before)
		}
	})
}
