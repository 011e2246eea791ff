package messaging

import (
	"bytes"
	"context"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/secret"
	"seance/store"
)

// A command ends, and does not ask without end, though a group that was joined has no key
// to answer with.
func TestFlushWithAGroupWithoutKeys(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		seed := secret.New(bytes.Repeat([]byte{7}, group.SeedSize))
		name, err := group.IDOf(seed)
		w.check(err)
		g, err := group.Open(name, alice.keys, seed, group.Dumps{})
		w.check(err)
		auth, err := g.Auth(bob.id())
		w.check(err)
		w.check(bob.edit(w.Context(), func(tx *store.Tx) error {
			entry := config.Group{ID: name, Name: "Garden", Auth: auth, GroupSettings: config.GroupSettings{Joined: time.Now()}}
			return bob.joined(tx, entry, &changes{})
		}))
		ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
		defer cancel()
		before := bob.writes.Load()
		if err := bob.Flush(ctx); err != nil {
			t.Errorf("flush: %v", err)
		}
		if n := bob.writes.Load() - before; n > 100 {
			t.Errorf("%d writes to the network", n)
		}
	})
}
