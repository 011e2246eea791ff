package messaging

import (
	"strings"
	"testing"
)

// Who left and was invited again is not removed by an admin's new device, which reads of
// the leaving too.
func TestAnOldFarewell(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		w.check(bob.Leave(w.Context(), g.ID, false))
		w.round(alice)
		if got := alice.group(g.ID); strings.Contains(got, bob.id().Short()) {
			t.Fatalf("Bob has left, and is still in: %s", got)
		}
		w.check(alice.Invite(w.Context(), g.ID, idsOf(bob), false))
		w.round(alice, bob)
		before := w.unanimous(g.ID, alice, bob)
		w.settle(alice)
		second := w.restore(alice)
		w.round(second, alice, bob)
		if got := w.unanimous(g.ID, alice, bob, second); got != before {
			t.Errorf("%s, want %s", got, before)
		}
	})
}

// What somebody wrote before they were removed answers no new invitation, also not on a
// device that reads it later.
func TestAnOldMessageIsNoAnswer(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		bob.write(g.ID, "of old")
		w.round(alice, bob)
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(bob), false))
		w.round(alice, bob)
		bob.unplugged.Store(true)
		w.check(alice.Invite(w.Context(), g.ID, idsOf(bob), false))
		w.round(alice)
		w.settle(alice)
		second := w.restore(alice)
		w.round(second, alice)
		if got := w.unanimous(g.ID, alice, second); !strings.Contains(got, bob.id().Short()+" invited") {
			t.Errorf("Bob has not answered: %s", got)
		}
		bob.unplugged.Store(false)
		w.round(bob, second, alice)
		if got := w.unanimous(g.ID, alice, second, bob); strings.Contains(got, "invited") {
			t.Errorf("Bob has answered: %s", got)
		}
	})
}
