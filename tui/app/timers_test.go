package app_test

import (
	"testing"
	"time"

	"seance/messaging"
	"seance/store"
	"seance/tui/app"
)

// TestTimeLeft: a message says how long it is there yet, and the screen rests
// until that is told otherwise.
func TestTimeLeft(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			w.say(bob, alice, "hello")
			w.say(alice, bob, "hello")
			after := func(c, to *messaging.Client, text string, mode store.ExpireMode) {
				w.Helper()
				timer := &store.Timer{Mode: mode, Seconds: 300}
				if _, err := c.Send(w.Context(), with(to), messaging.Draft{Text: text, Expire: timer}); err != nil {
					w.Fatal(err)
				}
			}
			after(alice, bob, "when you have read it", store.ExpireAfterRead)
			time.Sleep(time.Minute)
			s := w.open(width, height, app.Options{Client: bob, Open: with(alice)})
			s.wait()
			s.shows("when you have read it", "5 min left")
			s.typed("mine")
			s.press("enter")
			s.wait()
			after(bob, alice, "after a while", store.ExpireAfterSend)
			s.wait()
			s.shows("sent · 5 min left")
			time.Sleep(2 * time.Minute)
			s.settle()
			s.shows("sent · 3 min left")
			s.hides("5 min left")
			time.Sleep(30 * time.Second)
			s.settle()
			before := s.written.Load()
			time.Sleep(20 * time.Second)
			s.settle()
			if n := s.written.Load() - before; n > 0 {
				w.Errorf("%d bytes were written though nothing changed", n)
			}
			time.Sleep(70 * time.Second)
			s.settle()
			s.shows("under 1 min left")
			time.Sleep(2 * time.Minute)
			s.settle()
			s.hides("left", "when you have read it", "after a while")
		})
	})
}

// TestTimerThatIsSet: choosing a timer begins at the one that is set, also if it is
// none of those that are offered.
func TestTimerThatIsSet(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.still("Bob")
			w.say(alice, bob, "hello")
			day := store.Timer{Mode: store.ExpireAfterRead, Seconds: 86400}
			w.check(alice.Configure(w.Context(), with(bob), messaging.Settings{Timer: &day}))
			hour := time.Hour
			group, err := alice.CreateGroup(w.Context(), messaging.NewGroup{Name: "Garden"})
			w.check(err)
			w.check(alice.ConfigureGroup(w.Context(), group.ID, messaging.GroupChange{Timer: &hour}))
			s := w.open(width, height, app.Options{Client: alice, Open: with(bob)})
			s.press("esc", "S")
			s.typed("disappear")
			s.press("enter")
			s.shows("▌ 1 day after reading")
			s.press("enter")
			s.wait()
			if v, _ := w.settings(alice, with(bob)); v.Timer != day {
				t.Errorf("the timer is %+v", v.Timer)
			}
			s.quit()
			s = w.open(width, height, app.Options{Client: alice, Open: group.ID})
			s.run("Have messages of the group disappear")
			s.shows("Never", "▌ 1 hour after sending", "12 hours after sending")
			s.press("enter")
			s.wait()
			if v, _ := w.settings(alice, group.ID); v.Timer.Seconds != 3600 {
				t.Errorf("the timer of the group is %+v", v.Timer)
			}
		})
	})
}
