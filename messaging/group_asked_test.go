package messaging

import (
	"testing"
	"time"

	"seance/messaging/group"
	"seance/messaging/id"
	"seance/store"
)

// promoteAnyway sends somebody the seed of a group's key, member or not.
func (d *device) promoteAnyway(conv id.Conversation, who *device) {
	d.w.Helper()
	d.withGroup(conv, func(tx *store.Tx, g *group.Group) error { return d.sendPromotion(tx, g, who.id()) })
	time.Sleep(10 * time.Second)
}

// Nobody who is not known brings an account back into a group that it was removed from:
// it is asked, unless who asks is blocked. Who is known does.
func TestBroughtBack(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		carol := w.person("Carol", alice, bob)
		all := []*device{alice, bob, carol}
		g := w.garden(alice, bob, carol)
		bob.is(g.ID, store.Invited)
		w.check(bob.AcceptInvitation(w.Context(), g.ID))
		w.round(all...)
		w.check(alice.Promote(w.Context(), g.ID, idsOf(carol)))
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(bob), false))
		w.round(all...)
		bob.is(g.ID, store.Kicked)

		w.check(bob.Block(w.Context(), alice.id()))
		alice.promoteAnyway(g.ID, bob)
		w.round(bob)
		bob.is(g.ID, store.Kicked)
		w.check(bob.Unblock(w.Context(), alice.id()))
		alice.promoteAnyway(g.ID, bob)
		w.round(bob)
		bob.is(g.ID, store.Invited)
		w.equal("Bob", bob.inGroup(g.ID), []string{`(Alice invited you to the group "Garden".)`})
		carol.promoteAnyway(g.ID, bob)
		w.round(bob)
		bob.is(g.ID, store.Member)
	})
}

// An invitation that waits for an answer needs none once somebody sends it who is known.
func TestInvitedBySomebodyKnownToo(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		carol := w.person("Carol", alice, bob)
		all := []*device{alice, bob, carol}
		g := w.garden(alice, bob, carol)
		bob.is(g.ID, store.Invited)
		w.check(alice.Promote(w.Context(), g.ID, idsOf(carol)))
		w.round(alice, carol)
		w.check(carol.Invite(w.Context(), g.ID, idsOf(bob), false))
		w.round(carol, bob, alice)
		bob.is(g.ID, store.Member)
		w.unanimous(g.ID, all...)
	})
}
