package app_test

import (
	"testing"

	"seance/messaging"
	"seance/tui/app"
)

// TestBlockedPage: who is blocked is in no list but that of the blocked, from which
// they can be taken again.
func TestBlockedPage(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			alice, bob := w.client("Alice"), w.still("Bob")
			w.writes(alice, bob, "hi")
			name := "Robert"
			w.check(alice.Configure(w.Context(), with(bob), messaging.Settings{Nickname: &name}))
			w.check(alice.Block(w.Context(), bob.Self().Account))
			s := w.open(width, height, app.Options{Client: alice})
			s.hides("Robert")
			s.press("esc", "esc", "B")
			s.shows("Blocked", "Robert")
			s.press("enter")
			s.shows("Unblock Robert?", "y unblock   n cancel")
			s.press("y")
			s.shows("Nobody is blocked.")
			s.press("esc")
			s.shows("Robert")
			if v, _ := w.settings(alice, with(bob)); v.Blocked {
				t.Error("Bob is blocked yet")
			}
		})
	})
}

// TestPrivacyOfOne: what one person learns is among the settings of the conversation.
func TestPrivacyOfOne(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			s.press("esc", "S")
			s.typed("typing")
			s.shows("Read receipts and typing")
			s.press("enter")
			s.shows("Typing indicators for Alice", "as everywhere")
			s.press("down", "down", "down", "enter")
			if p, err := bob.Preference(w.Context(), with(alice)); err != nil || p.Typing == nil || !*p.Typing {
				t.Errorf("the preference is %+v, %v", p, err)
			}
			s.press("esc")
			s.shows("Settings of Alice")
			s.press("esc", "esc", "P")
			s.shows("Read receipts and typing", "Read receipts for Alice")
		})
	})
}
