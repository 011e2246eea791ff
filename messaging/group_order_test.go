package messaging

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/store"
)

// What is said of changes made while one was away is encrypted with a key that the
// others have, though each change made another.
func TestManyChangesWhileAway(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol, dave, erin := w.person("Carol", alice), w.person("Dave", alice), w.person("Erin", alice)
		people := []*device{alice, bob, carol, dave, erin}
		g := w.garden(alice, bob, carol)
		bob.write(g.ID, "an insult")
		w.round(people...)
		alice.unplugged.Store(true)
		w.check(alice.Invite(w.Context(), g.ID, idsOf(dave), false))
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(bob), true))
		w.check(alice.Invite(w.Context(), g.ID, idsOf(erin), true))
		alice.unplugged.Store(false)
		time.Sleep(5 * time.Minute)
		w.round(people...)
		texts := carol.inGroup(g.ID)
		for _, what := range []string{"Alice invited Dave", "Alice removed ", "Alice invited Erin"} {
			if !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, what) }) {
				t.Errorf("Carol did not hear that %s: %q", what, texts)
			}
		}
		if slices.Contains(texts, "Bob: an insult") {
			t.Errorf("Carol still has what was deleted: %q", texts)
		}
		w.unanimous(g.ID, alice, carol, dave, erin)
	})
}

// Who is invited again is let in before, whatever else waits for the group.
func TestInvitedAgainWhileSomethingWaits(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		name, _ := g.ID.Group()
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(bob), false))
		w.round(alice, bob)
		w.check(alice.edit(w.Context(), func(tx *store.Tx) error {
			entry, err := tx.Enqueue(store.Outgoing{
				Kind: store.OutgoingSignal, Target: name.Pubkey(), Namespace: nsGroupMessages, Data: []byte("x"),
				TimestampMS: alice.net.Now().UnixMilli(), TTLMS: timeToLive.Milliseconds(),
			})
			if err != nil {
				return err
			}
			return tx.OutgoingFailed(entry, "busy", time.Now().Add(2*time.Minute).UnixMilli())
		}))
		w.check(alice.Invite(w.Context(), g.ID, idsOf(bob), false))
		time.Sleep(10 * time.Minute)
		w.round(alice, bob)
		w.unanimous(g.ID, alice, bob)
		bob.is(g.ID, store.Member)
	})
}

// A node revokes fifty members at once, and more are removed too.
func TestManyAreRemoved(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		var many []id.Account
		for i := range 70 {
			many = append(many, mustSeed(t, fmt.Sprint("member ", i)).Keys().Account())
		}
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: many})
		w.check(err)
		w.round(alice)
		time.Sleep(time.Minute)
		w.check(alice.RemoveMembers(w.Context(), g.ID, many[:60], false))
		time.Sleep(5 * time.Minute)
		info, err := alice.Group(w.Context(), g.ID)
		w.check(err)
		if len(info.Members) != 11 {
			t.Errorf("%d members are left, want 11: %+v", len(info.Members), info.Members)
		}
	})
}

// What another admin's app wanted removed, with what they wrote, goes on every device.
func TestARemovalThatAnotherBegan(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice, bob)
		g := w.garden(alice, bob, carol)
		carol.write(g.ID, "an insult")
		w.round(alice, bob, carol)
		alice.withGroup(g.ID, func(_ *store.Tx, g *group.Group) error {
			m, _ := g.Members.Get(carol.id())
			m.Removed = config.RemovedWithMessages
			return g.Members.Set(m)
		})
		w.round(alice, bob, carol)
		w.unanimous(g.ID, alice, bob)
		for _, d := range []*device{alice, bob} {
			if texts := d.inGroup(g.ID); slices.Contains(texts, "Carol: an insult") {
				t.Errorf("%s still has %q", d.Self().Name, texts)
			}
		}
	})
}

// Asking somebody once more is no news to the others, and keeps that the history is
// shared with them.
func TestAskedOnceMore(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol")
		g := w.garden(alice, bob)
		w.check(alice.Invite(w.Context(), g.ID, idsOf(carol), true))
		w.round(alice, bob)
		before, keys := bob.inGroup(g.ID), alice.keysOf(g.ID)
		w.check(alice.Invite(w.Context(), g.ID, idsOf(carol), false))
		w.round(alice, bob, carol)
		w.equal("Bob", bob.inGroup(g.ID), before)
		if string(alice.keysOf(g.ID)) != string(keys) {
			t.Error("there is another key")
		}
		bob.write(g.ID, "welcome")
		w.check(carol.AcceptInvitation(w.Context(), g.ID))
		time.Sleep(5 * time.Minute)
		w.round(alice, bob, carol)
		w.unanimous(g.ID, alice, bob, carol)
		if texts := carol.inGroup(g.ID); !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "Alice invited you") }) {
			t.Errorf("%q", texts)
		}
	})
}
