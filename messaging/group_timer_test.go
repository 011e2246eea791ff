package messaging

import (
	"testing"
	"time"

	"seance/store"
)

// The line about a new timer of a group says what it is, on every device.
func TestLineAboutTheTimerOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		w.acquaint(alice, bob)
		w.settle(alice)
		laptop := w.restore(alice)
		laptop.receive()
		defer func() { alice.stop(); bob.stop(); laptop.stop() }()
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob)})
		w.check(err)
		w.round(alice, bob, laptop)
		for _, tt := range []struct {
			after time.Duration
			what  string
			want  store.Timer
		}{
			{time.Hour, " set messages to disappear 1 h after they are sent.", store.Timer{Mode: store.ExpireAfterSend, Seconds: 3600}},
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
