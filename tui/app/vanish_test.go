package app_test

import (
	"context"
	"testing"
	"time"

	"seance/messaging"
	"seance/store"
	"seance/tui/app"
)

// TestExpiredInNoFrame: what has expired is not drawn any more, even if nothing
// told the screen of it: its engine stands still here.
func TestExpiredInNoFrame(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.still("Bob")
			ctx, stop := context.WithCancel(w.Context())
			ran := make(chan error, 1)
			go func() { ran <- bob.Run(ctx) }()
			w.say(alice, bob, "hello")
			w.say(bob, alice, "hello Alice")
			draft := messaging.Draft{Text: "gone soon", Expire: &store.Timer{Mode: store.ExpireAfterSend, Seconds: 60}}
			if _, err := alice.Send(w.Context(), with(bob), draft); err != nil {
				w.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			w.check(bob.Receive(w.Context()))
			stop()
			if err := <-ran; err != nil {
				w.Error(err)
			}
			where := map[string]func(s *screen){
				"the chat":   func(s *screen) { s.press("esc", "G") },
				"the list":   func(s *screen) { s.press("esc", "esc") },
				"about it":   func(s *screen) { s.press("esc", "G", "i") },
				"the search": func(s *screen) { s.press("ctrl+f"); s.typed("soon") },
				"an answer":  func(s *screen) { s.press("esc", "G", "r") },
			}
			var screens []*screen
			for name, to := range where {
				s := w.open(width, height, app.Options{Client: bob, Open: with(alice)})
				to(s)
				if s.shows("gone"); w.Failed() {
					w.Fatal(name)
				}
				screens = append(screens, s)
			}
			time.Sleep(time.Minute)
			for _, s := range screens {
				s.resize(width+1, height) // a frame, and nothing else
				s.hides("gone soon")
				s.quit()
			}
		})
	})
}
