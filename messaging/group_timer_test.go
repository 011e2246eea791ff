package messaging

import (
	"testing"
	"time"

	"seance/store"
)

// The line about a new timer of a group says what it is, on every device.
func TestLineAboutTheTimerOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		laptop := w.second(alice)
		g := w.garden(alice, bob, laptop)
		for _, tt := range []struct {
			after time.Duration
			what  string
			want  store.Timer
		}{
			{time.Hour, " set messages to disappear 1 hour after they are sent.", store.Timer{Mode: store.ExpireAfterSend, Seconds: 3600}},
			{0, " turned disappearing messages off.", store.Timer{}},
		} {
			w.check(alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Timer: &tt.after}))
			w.round(alice, bob, laptop)
			for d, who := range map[*device]string{alice: "You", bob: "Alice", laptop: "You"} {
				page, err := d.Messages(w.Context(), g.ID, Page{Limit: 1})
				w.check(err)
				if m := page[0]; m.Text != who+tt.what || m.Timer == nil || *m.Timer != tt.want {
					t.Errorf("%s has %q, %+v", d.Self().Name, m.Text, m.Timer)
				}
			}
		}
	})
}

// What is told of changes disappears like what people write, but not the wish to be
// removed, which admins may hear of late.
func TestLinesOfAGroupDisappear(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice, bob)
		g := w.garden(alice, bob)
		before := [][]string{alice.inGroup(g.ID), bob.inGroup(g.ID)}
		hour := time.Hour
		w.check(alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Timer: &hour}))
		w.check(alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: pointer("Park")}))
		w.check(alice.Invite(w.Context(), g.ID, idsOf(carol), false))
		w.round(alice, bob, carol)
		w.check(carol.Leave(w.Context(), g.ID, false))
		w.round(alice, bob)
		for _, d := range []*device{alice, bob} {
			page, err := d.Messages(w.Context(), g.ID, Page{Limit: 4})
			w.check(err)
			for _, m := range page {
				if m.Expire.Seconds != 3600 || m.Expire.AtMS == 0 || m.Expire.AtMS > time.Now().Add(hour).UnixMilli() {
					t.Errorf("%s has %q with %+v", d.Self().Name, m.Text, m.Expire)
				}
			}
		}
		var short, long int
		for _, m := range alice.groupSwarm(g.ID, space{nsGroupMessages, -1}).answers[nsGroupMessages] {
			if m.Expiration.Before(time.Now().Add(hour)) {
				short++
			} else {
				long++
			}
		}
		// Bob and Carol were invited, answered, and Carol left.
		if short != 4 || long != 4 {
			t.Errorf("the swarm keeps %d for an hour and %d for longer", short, long)
		}
		time.Sleep(hour + time.Minute)
		w.equal("Alice", alice.inGroup(g.ID), before[0])
		w.equal("Bob", bob.inGroup(g.ID), before[1])
	})
}
