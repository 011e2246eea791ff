package messaging

import (
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// forgotten checks that a device has nothing of a group any more.
func (d *device) forgotten(conv id.Conversation) {
	d.w.Helper()
	name, _ := conv.Group()
	d.w.equal("messages", d.inGroup(conv), nil)
	d.w.check(d.edit(d.w.Context(), func(tx *store.Tx) error {
		dump, err := tx.ConfigDump(name.Pubkey(), nsGroupKeys)
		if len(dump) > 0 || d.groups.open[name] != nil {
			d.w.Error("the keys are still there")
		}
		if d.configs.hasConvo(conv) {
			d.w.Error("how far it was read is still there")
		}
		return err
	}))
}

// Of a group that the account was removed from nothing stays on its devices, also on
// those that hear of it from another one.
func TestRemovalHeardElsewhere(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		laptop := w.second(bob)
		g := w.garden(alice, bob, laptop)
		alice.write(g.ID, "secret")
		w.round(bob, laptop)
		w.hasLast("laptop", laptop, g.ID, "Alice: secret")
		w.check(laptop.MarkRead(w.Context(), g.ID, time.Now().UnixMilli()))
		w.round(laptop, bob)
		name, _ := g.ID.Group()
		laptop.unplugged.Store(true)
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(bob), false))
		w.round(alice, bob)
		bob.forgotten(g.ID)
		laptop.groups.later(name, time.Hour)
		laptop.unplugged.Store(false)
		time.Sleep(time.Minute)
		w.check(laptop.receiveOwn(w.Context()))
		laptop.forgotten(g.ID)
		w.unanimous(g.ID, bob, laptop)
		w.settle(bob, laptop)
		bob.forgotten(g.ID)
	})
}

// Who left as an admin on one device and is invited again is an admin on none.
func TestLeftElsewhereAndInvitedAgain(t *testing.T) {
	for _, away := range []bool{false, true} {
		inWorld(t, func(w *world) {
			alice, bob := w.two()
			laptop := w.second(bob)
			g := w.garden(alice, bob, laptop)
			w.check(alice.Promote(w.Context(), g.ID, idsOf(bob)))
			w.round(alice, bob, laptop)
			if info, err := laptop.Group(w.Context(), g.ID); err != nil || !info.Admin {
				t.Fatalf("the laptop is no admin, %v", err)
			}
			laptop.unplugged.Store(away)
			w.check(bob.Leave(w.Context(), g.ID, false))
			w.round(alice, bob)
			if !away {
				w.round(laptop)
			}
			w.check(alice.Invite(w.Context(), g.ID, idsOf(bob), false))
			w.round(alice, bob)
			laptop.unplugged.Store(false)
			time.Sleep(time.Minute)
			w.round(laptop, alice, bob)
			w.unanimous(g.ID, alice, bob, laptop)
			for i, d := range []*device{bob, laptop} {
				if info, err := d.Group(w.Context(), g.ID); err != nil || info.Admin {
					t.Errorf("device %d: admin %v, %v", i, info.Admin, err)
				}
			}
			if laptop.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: pointer("Mine")}) == nil {
				t.Error("the laptop renames the group")
			}
			alice.write(g.ID, "again")
			w.round(laptop)
			w.hasLast("laptop", laptop, g.ID, "Alice: again")
		})
	}
}
