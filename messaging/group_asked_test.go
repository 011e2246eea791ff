package messaging

import (
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// promoteAnyway sends somebody the seed of a group's key, member or not.
func (d *device) promoteAnyway(conv id.Conversation, who *device) {
	d.w.Helper()
	name, _ := conv.Group()
	d.w.check(d.edit(d.w.Context(), func(tx *store.Tx) error {
		g, err := d.Client.group(tx, name)
		if err != nil {
			return err
		}
		return d.sendPromotion(tx, g, who.id())
	}))
	time.Sleep(10 * time.Second)
}

func (d *device) is(conv id.Conversation, want store.Membership) {
	d.w.Helper()
	if v, err := d.Conversation(d.w.Context(), conv); err != nil || v.Membership != want {
		d.w.Fatalf("%s is %q, want %q, %v", d.Self().Name, v.Membership, want, err)
	}
}

// Nobody who is not known brings an account back into a group that it was removed from:
// it is asked, unless who asks is blocked. Who is known does.
func TestBroughtBack(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		all := []*device{alice, bob, carol}
		w.acquaint(alice, carol)
		w.acquaint(bob, carol)
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob, carol)})
		w.check(err)
		w.round(all...)
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
		alice, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		all := []*device{alice, bob, carol}
		w.acquaint(alice, carol)
		w.acquaint(bob, carol)
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob, carol)})
		w.check(err)
		w.round(all...)
		bob.is(g.ID, store.Invited)
		w.check(alice.Promote(w.Context(), g.ID, idsOf(carol)))
		w.round(alice, carol)
		w.check(carol.Invite(w.Context(), g.ID, idsOf(bob), false))
		w.round(carol, bob, alice)
		bob.is(g.ID, store.Member)
		w.unanimous(g.ID, all...)
	})
}
