package messaging

import (
	"testing"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/store"
)

// What cannot be read is asked for again with a new key only, not with every change of
// the group.
func TestWithoutAKeyNothingIsReadAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice)
		alice.write(g.ID, "not for Bob")
		w.check(alice.Invite(w.Context(), g.ID, idsOf(bob), false))
		w.round(alice, bob)
		name, _ := g.ID.Group()
		waits := func(want bool) {
			w.Helper()
			w.check(bob.db.Update(w.Context(), func(tx *store.Tx) error {
				early, err := tx.Setting(earlyKey(name))
				if got := len(early) > 0; got != want {
					t.Errorf("waits for a key: %v", got)
				}
				return err
			}))
		}
		waits(true)
		take := func(s space) {
			w.Helper()
			if fresh, err := bob.takeGroup(w.Context(), name, alice.groupSwarm(g.ID, s)); err != nil || fresh == 0 {
				t.Errorf("%d were new, %v", fresh, err)
			}
		}
		bob.unplugged.Store(true)
		w.check(alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Description: pointer("Weeds")}))
		w.round(alice)
		take(space{config.KindGroupInfo.Namespace(), -2})
		waits(true)
		w.check(alice.Invite(w.Context(), g.ID, []id.Account{mustSeed(t, "Carol").Keys().Account()}, false))
		w.round(alice)
		take(space{nsGroupKeys, -2})
		waits(false)
	})
}
