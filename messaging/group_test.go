package messaging

import (
	"slices"
	"strings"
	"testing"
	"time"

	"seance/store"
)

func TestAGroupOfThree(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol")
		all := []*device{alice, bob, carol}
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Description: "Weeds", Members: idsOf(bob, carol)})
		w.check(err)
		w.round(all...)
		// Bob knows Alice and is in, Carol does not and is asked.
		if got := bob.group(g.ID); !strings.Contains(got, `"Garden" "Weeds"`) {
			t.Errorf("Bob: %s", got)
		}
		carol.is(g.ID, store.Invited)
		w.check(carol.AcceptInvitation(w.Context(), g.ID))
		w.round(all...)
		want := alice.group(g.ID)
		if strings.Contains(want, "invite") {
			t.Error(want)
		}
		for i, d := range all {
			if got := d.group(g.ID); got != want {
				t.Errorf("device %d: %s, want %s", i, got, want)
			}
		}
		alice.write(g.ID, "one")
		w.round(bob, carol)
		bob.write(g.ID, "two")
		w.round(alice, carol)
		carol.write(g.ID, "three")
		w.round(alice, bob)
		w.equal("Alice", alice.inGroup(g.ID), []string{"(You invited Bob and Carol to the group.)", "> one", "Bob: two", "Carol: three"})
		w.equal("Carol", carol.inGroup(g.ID), []string{"(Alice invited you and Bob to the group.)", `(Alice invited you to the group "Garden".)`, "Alice: one", "Bob: two", "> three"})
	})
}

// Five people, and two devices of one of them, live in a group.
func TestLifeOfAGroup(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol, dave, erin := w.person("Carol", alice), w.person("Dave", alice), w.person("Erin", alice)
		laptop := w.second(bob)
		all := []*device{alice, bob, carol, dave, erin, laptop}
		ctx := w.Context()
		g := w.garden(alice, bob, carol, laptop)
		w.unanimous(g.ID, alice, bob, carol, laptop)

		// What is written on one device stands on the other, and no copy goes elsewhere.
		bob.write(g.ID, "from the phone")
		w.round(laptop, alice)
		w.hasLast("laptop", laptop, g.ID, "> from the phone")
		laptop.write(g.ID, "from the laptop")
		w.round(bob, alice)
		w.hasLast("phone", bob, g.ID, "> from the laptop")
		w.hasLast("Alice", alice, g.ID, "Bob: from the laptop")

		// Bob becomes an admin, on both devices, and adds Dave with the history.
		w.check(alice.Promote(ctx, g.ID, idsOf(bob)))
		w.round(alice, bob, laptop, carol)
		if got := w.unanimous(g.ID, alice, bob, carol, laptop); strings.Count(got, "*") != 2 || strings.Contains(got, "promot") {
			w.Errorf("promoted: %s", got)
		}
		w.acquaint(bob, dave)
		w.check(laptop.Invite(ctx, g.ID, idsOf(dave), true))
		w.round(laptop, bob, alice, dave, carol)
		w.unanimous(g.ID, alice, bob, carol, laptop, dave)
		if texts := dave.inGroup(g.ID); !slices.Contains(texts, "Bob: from the phone") {
			w.Errorf("Dave has no history: %q", texts)
		}
		// Erin comes without it.
		w.check(alice.Invite(ctx, g.ID, idsOf(erin), false))
		w.round(alice, erin, bob, laptop, carol, dave)
		w.unanimous(g.ID, all...)
		if texts := erin.inGroup(g.ID); slices.Contains(texts, "Bob: from the phone") {
			w.Errorf("Erin has the history: %q", texts)
		}
		m := erin.write(g.ID, "I am here")
		w.round(alice, carol)
		w.hasLast("Carol", carol, g.ID, "Erin: I am here")

		// Name, description, timer.
		name, about, hour := "Park", "Trees", time.Hour
		w.check(bob.ConfigureGroup(ctx, g.ID, GroupChange{Name: &name, Description: &about, Timer: &hour}))
		w.round(bob, alice, carol, dave, erin, laptop)
		if got := w.unanimous(g.ID, all...); !strings.HasPrefix(got, `"Park" "Trees"  {after_send 3600}`) {
			w.Error(got)
		}
		if texts := carol.inGroup(g.ID); !slices.Contains(texts, `(Bob renamed the group to "Park".)`) {
			w.Errorf("%q", last(texts, 3))
		}
		never := time.Duration(0)
		w.check(alice.ConfigureGroup(ctx, g.ID, GroupChange{Timer: &never}))
		w.round(all...)

		// Reactions, and deleting one's own and another's.
		texts := alice.inGroup(g.ID)
		page, err := alice.Messages(ctx, g.ID, Page{Limit: len(texts)})
		w.check(err)
		at := slices.IndexFunc(page, func(m Message) bool { return m.Text == "I am here" })
		_, err = alice.React(ctx, page[at].ID(), "🌱", false)
		w.check(err)
		w.round(alice, erin, bob)
		got, err := erin.Message(ctx, m.ID())
		w.check(err)
		if len(got.Reactions) != 1 {
			w.Errorf("reactions: %v", got.Reactions)
		}
		w.check(bob.Delete(ctx, bob.find(g.ID, "I am here").ID(), Everyone))
		carols := carol.write(g.ID, "a slip")
		w.round(alice, bob, erin)
		w.check(carol.Delete(ctx, carols.ID(), Everyone))
		w.round(carol, bob, alice, erin, dave, laptop)
		for i, d := range all {
			if texts := d.inGroup(g.ID); slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "I am here") || strings.Contains(s, "a slip") }) {
				w.Errorf("device %d still has what was deleted: %q", i, last(texts, 5))
			}
		}
		if err := dave.Delete(ctx, dave.find(g.ID, "from the phone").ID(), Everyone); err == nil {
			w.Error("a member deleted what another wrote")
		}

		// Dave is removed, with what he wrote, and reads nothing that comes after.
		dave.write(g.ID, "before I go")
		w.round(alice, erin)
		w.check(alice.RemoveMembers(ctx, g.ID, idsOf(dave), true))
		w.round(alice, bob, erin, carol, laptop)
		dave.receive()
		dave.is(g.ID, store.Kicked)
		if _, err := dave.Send(ctx, g.ID, Draft{Text: "still here?"}); err == nil {
			w.Error("Dave writes")
		}
		alice.write(g.ID, "among us")
		w.round(alice, bob, erin, carol, laptop, dave)
		w.unanimous(g.ID, alice, bob, carol, erin, laptop)
		if texts := erin.inGroup(g.ID); slices.Contains(texts, "Dave: before I go") {
			w.Errorf("%q", last(texts, 4))
		}
		if texts := dave.inGroup(g.ID); len(texts) > 0 {
			w.Errorf("Dave has %q", texts)
		}

		// He is invited again.
		w.check(alice.Invite(ctx, g.ID, idsOf(dave), false))
		w.round(alice, dave, bob, carol, erin, laptop)
		w.unanimous(g.ID, all...)
		dave.write(g.ID, "back")
		w.round(alice)
		w.hasLast("Alice", alice, g.ID, "Dave: back")

		// Carol leaves: the admins see to it.
		w.check(carol.Leave(ctx, g.ID, false))
		w.round(alice, bob, dave, erin, laptop)
		if _, err := carol.Conversation(ctx, g.ID); err == nil {
			w.Error("Carol still has the group")
		}
		if got := w.unanimous(g.ID, alice, bob, dave, erin, laptop); strings.Contains(got, carol.id().Short()) {
			w.Errorf("Carol is still in: %s", got)
		}
		if texts := erin.inGroup(g.ID); !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "left the group") }) {
			w.Errorf("%q", last(texts, 3))
		}

		// The end.
		w.check(alice.Leave(ctx, g.ID, true))
		w.round(bob, dave, erin, laptop)
		for _, d := range []*device{bob, dave, erin, laptop} {
			d.is(g.ID, store.Destroyed)
		}
	})
}
