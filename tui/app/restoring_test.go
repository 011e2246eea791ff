package app_test

import (
	"context"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/identity"
	"seance/tui/app"
)

// restored makes the profile of another device of an account, which does not
// run yet.
func (w *world) restored(phrase string) (c *messaging.Client, run func()) {
	w.Helper()
	seed, err := identity.ParsePhrase(phrase)
	w.check(err)
	c, err = messaging.Create(w.Context(), messaging.Options{Dir: w.TempDir(), Dial: w.net.Dial}, messaging.NewAccount{Seed: seed, Network: w.file, Restored: true})
	w.check(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	done <- nil
	w.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
		w.closed(c)
	})
	return c, func() {
		<-done
		go func() { done <- c.Run(ctx) }()
	}
}

// TestRestoring: what is not here yet is told of, and then it is here.
func TestRestoring(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			w.say(alice, bob, "hello")
			w.say(bob, alice, "hello Alice")
			time.Sleep(time.Minute) // for the settings to be pushed
			again, run := w.restored(alice.RecoveryPhrase())
			s := w.open(width, height, app.Options{Client: again})
			s.shows("Restoring your account.", "Asking the network")
			s.hides("No conversations yet", "Choose a conversation")
			run()
			time.Sleep(time.Minute)
			s.settle()
			s.hides("Restoring", "Asking the network")
			s.shows("Bob")
			if again.Restoring() {
				t.Error("it is not done")
			}
			if width < 70 {
				s.press("enter")
			}
			s.shows("hello Alice", "Type a message")
		})
	})
}

// TestRestoringOffline: the screen works while it waits, and says what for.
func TestRestoringOffline(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			alice := w.create("Alice")
			phrase := alice.RecoveryPhrase()
			w.check(alice.Close())
			again, run := w.restored(phrase)
			s := w.open(width, height, app.Options{Client: again})
			run()
			time.Sleep(5 * time.Minute)
			s.settle()
			s.shows("Restoring your account.", "The network cannot be reached", "offline")
			s.press("A")
			s.shows("Your Account ID", again.Self().Account.String()[:33])
			s.press("esc", "ctrl+k")
			s.shows("Jump to")
			s.press("esc")
			s.shows("Restoring your account.")
		})
	})
}

func TestAccountPage(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			alice := w.client("Alice")
			may := func() bool {
				on, err := alice.CommunityRequests(w.Context())
				w.check(err)
				return on
			}
			s := w.open(width, height, app.Options{Client: alice})
			s.press("A")
			s.shows("Alice", "from communities may write to you")
			s.press("r")
			s.shows("from communities may not write to you", "cannot write to you any more")
			if may() {
				t.Error("they may still write")
			}
			s.press("r")
			s.shows("from communities may write to you")
			if !may() {
				t.Error("they may not write")
			}

			fits := height > 24
			code := func() {
				t.Helper()
				s.press("c")
				if fits {
					s.shows("▀", "█")
				} else {
					s.shows("does not fit")
					s.hides("█")
				}
			}
			code()
			s.press("esc")
			s.shows("Your Account ID")

			// The words, and the code of them, only for who means it.
			s.press("p")
			s.shows("Anyone who sees these words")
			s.press("n", "c", "esc", "p", "y")
			s.shows("Your recovery phrase", "restore your account")
			code()
			s.shows("Your recovery phrase")
			s.press("esc", "esc")
			s.shows("Your Account ID", "Strangers")
		})
	})
}
