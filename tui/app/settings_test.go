package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/app"
)

// settings is what the engine has of a conversation; false if it has none.
func (w *world) settings(c *messaging.Client, conv id.Conversation) (messaging.Conversation, bool) {
	w.Helper()
	v, err := c.Conversation(w.Context(), conv)
	if err != nil && !errors.Is(err, messaging.ErrUnknown) {
		w.Fatal(err)
	}
	return v, err == nil
}

func TestSettings(t *testing.T) {
	offline(t, func(w *world) {
		alice, bob, eve := w.client("Alice"), w.still("Bob"), w.still("Eve")
		w.writes(alice, bob, "hi")
		w.writes(alice, eve, "hi")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob)})
		of := func(text string) int {
			return slices.IndexFunc(s.rows(), func(row string) bool { return strings.Contains(row[:min(len(row), 40)], text) })
		}
		// A nickname from the palette, about the open conversation.
		s.press("ctrl+p")
		s.typed("nickname")
		s.press("enter")
		s.shows("What you call "+id.Shorten(string(with(bob))), "They do not learn it")
		s.typed(strings.Repeat("x", 101))
		s.press("enter")
		s.shows("at most 100 bytes")
		s.press("ctrl+u")
		s.typed("Robert")
		s.press("enter")
		s.shows("Robert", "Type a message")
		if v, _ := w.settings(alice, with(bob)); v.Nickname != "Robert" {
			t.Errorf("the nickname is %q", v.Nickname)
		}

		// Pins and mutes in the list: Bob wrote before Eve.
		if of("Robert") < of(id.Shorten(string(with(eve)))) {
			t.Fatalf("Bob stands above Eve:\n%s", s.text())
		}
		s.press("tab", "p")
		time.Sleep(time.Second)
		s.settle()
		if of("Robert") > of(id.Shorten(string(with(eve)))) {
			t.Errorf("what is pinned is not above:\n%s", s.text())
		}
		s.press("m")
		s.shows("Muted for 8 hours.")
		v, _ := w.settings(alice, with(bob))
		if left := time.Until(time.UnixMilli(v.MutedUntilMS)); v.Priority != 1 || left < 7*time.Hour || left > 8*time.Hour {
			t.Errorf("Bob has priority %d, and is muted for %s", v.Priority, left)
		}
		s.press("m", "p")
		if v, _ = w.settings(alice, with(bob)); v.MutedUntilMS != 0 || v.Priority != 0 {
			t.Errorf("Bob has priority %d, and is muted until %d", v.Priority, v.MutedUntilMS)
		}
		s.press("M")
		s.shows("Muted for good.")
		if v, _ = w.settings(alice, with(bob)); v.MutedUntilMS != messaging.Forever.UnixMilli() {
			t.Errorf("Bob is muted until %d", v.MutedUntilMS)
		}

		// Deleting a conversation keeps the contact; deleting them does not.
		s.press("d")
		s.shows("Delete your messages with Robert")
		s.press("n")
		s.shows("Robert")
		s.press("d", "y")
		time.Sleep(time.Second)
		s.settle()
		s.hides("Robert")
		if v, ok := w.settings(alice, with(bob)); !ok || !v.Hidden || !v.Approved || v.Last.Row != 0 {
			t.Errorf("of Bob is left %v, %t", v, ok)
		}
		s.press("enter") // Eve's, the only one
		s.typed("never sent")
		s.press("esc", "ctrl+p")
		s.typed("delete this contact")
		s.press("enter")
		s.shows("Delete " + id.Shorten(string(with(eve))) + " and your messages with them")
		s.press("y")
		time.Sleep(time.Second)
		s.settle()
		s.shows("No conversations yet")
		s.hides("never sent")
		if _, ok := w.settings(alice, with(eve)); ok {
			t.Error("Eve is still there")
		}
	})
}

// TestSettingsOfNotes: the note to self can be pinned and emptied, and no more.
func TestSettingsOfNotes(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		w.writes(alice, alice, "buy oat milk")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(alice)})
		s.press("ctrl+p")
		s.typed("conversation.mute")
		s.hides("Mute the conversation")
		s.press("esc", "tab", "m", "e", "D")
		s.shows("buy oat milk")
		s.hides("Delete", "What you call", "Muted")
		s.press("p")
		if v, _ := w.settings(alice, with(alice)); v.Priority != 1 {
			t.Errorf("the notes have priority %d", v.Priority)
		}
		s.press("d")
		s.shows("Delete all your notes")
		s.press("y")
		time.Sleep(time.Second)
		s.settle()
		s.hides("buy oat milk")
		if v, _ := w.settings(alice, with(alice)); !v.Hidden || v.Last.Row != 0 {
			t.Errorf("the notes are %v", v)
		}
	})
}

// TestQuestionBelowTheList: where the list has the whole screen, what is asked
// is to be seen there.
func TestQuestionBelowTheList(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			alice, bob := w.client("Alice"), w.still("Bob")
			w.writes(alice, bob, "hi")
			s := w.open(width, height, app.Options{Client: alice, Open: with(bob)})
			s.press("tab", "D")
			s.shows("Delete "+id.Shorten(string(with(bob)))+" and your messages", "y delete   n keep")
			s.press("n")
			s.hides("y delete")
			if _, ok := w.settings(alice, with(bob)); !ok {
				t.Error("Bob is gone")
			}
		})
	})
}
