package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"seance/messaging"
	"seance/tui/app"
)

// TestDraftSurvives: what is answered and what is attached is there after
// the screen was left, and goes with the message or with what it answers.
func TestDraftSurvives(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			file := filepath.Join(w.TempDir(), "build.log")
			w.check(os.WriteFile(file, []byte("all of it"), 0o600))
			again := func(o app.Options) {
				t.Helper()
				s.quit()
				o.Client = bob
				s = w.open(width, height, o)
			}
			s.press("esc", "r", "ctrl+x")
			s.typed(file)
			s.press("enter")
			s.typed("half a")
			again(app.Options{Open: with(alice)})
			s.shows("Reply to Alice: It did.", "build.log  9 B", "half a")
			s.press("alt+x", "esc")
			again(app.Options{Open: with(alice)})
			s.shows("half a")
			s.hides("Reply to", "build.log")

			s.press("esc", "r", "ctrl+x")
			s.typed(file)
			s.press("enter")
			for range "half a" {
				s.press("backspace")
			}
			again(app.Options{Open: with(bob)})
			if width > 100 {
				s.shows("Draft: 1 file")
			}
			again(app.Options{Open: with(alice)})
			s.press("enter")
			s.wait()
			if m := w.last(bob, alice); m.Quote == nil || m.Quote.Text != "It did. The log is long." || len(m.Attachments) != 1 {
				t.Errorf("sent: %+v", m)
			}
			again(app.Options{Open: with(alice)})
			s.hides("Reply to", "9 B  alt+x")

			s.press("esc", "k", "r")
			s.typed("half a")
			s.shows("Reply to Alice: It did.")
			s.quit()
			list, err := alice.Messages(w.Context(), with(bob), messaging.Page{})
			w.check(err)
			for _, m := range list {
				if m.Text == "It did. The log is long." {
					w.check(alice.Delete(w.Context(), m.ID(), messaging.Everyone))
				}
			}
			s = w.open(width, height, app.Options{Client: bob, Open: with(bob)})
			s.wait()
			again(app.Options{Open: with(alice)})
			s.shows("half a")
			s.hides("Reply to")
		})
	})
}
