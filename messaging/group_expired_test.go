package messaging

import (
	"errors"
	"testing"
	"time"

	"seance/messaging/group"
	"seance/messaging/id"
	"seance/store"
)

// After a month in which nobody was there a group has lost its keys. Who has none says so;
// an admin who still has them makes a new one, and everybody is back.
func TestAGroupThatExpired(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		laptop := w.second(alice)
		g := w.garden(alice, laptop, bob)
		before := w.unanimous(g.ID, alice, laptop, bob)
		name, _ := g.ID.Group()
		for _, d := range []*device{alice, laptop, bob} {
			d.stop()
		}
		time.Sleep(32 * 24 * time.Hour)
		// As if it was restored from what the laptop kept of the account.
		alice.unplugged.Store(true)
		alice.open()
		w.check(alice.edit(w.Context(), func(tx *store.Tx) error { return alice.groups.forget(tx, name) }))
		alice.unplugged.Store(false)
		time.Sleep(3 * time.Minute)
		alice.receive()
		alice.is(g.ID, store.Lapsed)
		if _, err := alice.Send(w.Context(), g.ID, Draft{Text: "hello?"}); !errors.Is(err, errExpired) {
			t.Errorf("sent: %v", err)
		}
		if err := alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: pointer("Park")}); !errors.Is(err, errExpired) {
			t.Errorf("renamed: %v", err)
		}
		laptop.open()
		w.round(laptop, alice)
		bob.open()
		w.round(laptop, alice, bob)
		if got := w.unanimous(g.ID, alice, laptop, bob); got != before {
			t.Errorf("%s, want %s", got, before)
		}
		bob.write(g.ID, "back again")
		w.round(alice, laptop)
		w.hasLast("Alice", alice, g.ID, "Bob: back again")
		w.hasLast("laptop", laptop, g.ID, "Bob: back again")
	})
}

// A group is expired once no message with its newest key is there.
func TestNewestKeyExpired(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		v, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden"})
		w.check(err)
		with := func(f func(*group.Group) error) {
			w.Helper()
			alice.withGroup(v.ID, func(_ *store.Tx, g *group.Group) error { return f(g) })
		}
		none := func(id.Hash) bool { return false }
		var old []id.Hash
		with(func(g *group.Group) error {
			if g.Expired(none) {
				t.Error("what was never stored has expired")
			}
			return nil
		})
		w.round(alice)
		with(func(g *group.Group) error {
			old = g.KeyHashes()
			if !g.Expired(none) || g.Expired(func(h id.Hash) bool { return h == old[0] }) {
				t.Error("the first key")
			}
			return g.Rekey()
		})
		w.round(alice)
		with(func(g *group.Group) error {
			if !g.Expired(func(h id.Hash) bool { return h == old[0] }) {
				t.Error("an old key keeps a group alive")
			}
			return nil
		})
	})
}
