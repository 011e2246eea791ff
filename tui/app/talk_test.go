package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/store"
	"seance/tui/app"
)

// talking is a world in which Bob has the conversation with Alice open, in
// which both said something.
func talking(t *testing.T, width, height int, f func(w *world, s *screen, alice, bob *messaging.Client)) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(bob, alice, "Did the build pass?")
		w.check(alice.Receive(w.Context()))
		w.say(alice, bob, "It did. The log is long.")
		w.check(bob.Receive(w.Context()))
		defer alice.Attend()()
		s := w.open(width, height, app.Options{Client: bob, Open: with(alice)})
		s.shows("Did the build pass?", "It did. The log is long.")
		f(w, s, alice, bob)
	})
}

// both runs a test on a wide and on the smallest screen.
func both(t *testing.T, f func(t *testing.T, width, height int)) {
	t.Run("wide", func(t *testing.T) { f(t, 120, 36) })
	t.Run("small", func(t *testing.T) { f(t, 60, 15) })
}

// everywhere fails unless the texts are on a wide screen and on the smallest.
func (s *screen) everywhere(texts ...string) {
	s.Helper()
	s.shows(texts...)
	s.resize(60, 15)
	s.shows(texts...)
	s.resize(120, 36)
}

// last is the newest message that a client has with another.
func (w *world) last(c, other *messaging.Client) messaging.Message {
	w.Helper()
	list, err := c.Messages(w.Context(), with(other), messaging.Page{Limit: 1})
	if err != nil || len(list) != 1 {
		w.Fatalf("messages: %v, %v", list, err)
	}
	return list[0]
}

// onFirst selects the first of the two messages. Between them stands the line that a
// request was accepted.
func (s *screen) onFirst() { s.press("esc", "k", "k") }

// wait gives everybody the time to fetch what was written.
func (s *screen) wait() {
	time.Sleep(4 * time.Second)
	s.settle()
}

func TestReply(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			s.onFirst()
			s.press("r")
			s.shows("Reply to yourself: Did the build pass?")
			s.press("esc")
			s.hides("Reply to")
			s.typed("not lost")
			s.press("esc", "r")
			s.shows("Reply to Alice: It did.", "not lost")
			s.press("enter")
			s.wait()
			s.hides("Reply to")
			s.shows("│ Alice: It did. The log is long.", "not lost")
			m := w.last(alice, bob)
			if m.Text != "not lost" || m.Quote == nil || m.Quote.Text != "It did. The log is long." {
				t.Fatalf("Alice has %q with %+v", m.Text, m.Quote)
			}

			// To the original and back.
			s.press("esc", "g", "r", "y")
			if got := s.copied(); got != "It did. The log is long." {
				t.Errorf("the original is %q", got)
			}
			s.press("g", "b", "y")
			if got := s.copied(); got != "not lost" {
				t.Errorf("back at %q", got)
			}
		})
	})
}

func TestReplyStaysWithItsDraft(t *testing.T) {
	talking(t, 120, 36, func(w *world, s *screen, alice, bob *messaging.Client) {
		s.press("esc", "r")
		s.typed("half a")
		s.press("ctrl+p")
		s.typed("open the note to self")
		if s.press("enter"); strings.Contains(s.text(), "Reply to") {
			t.Fatalf("the reply went along:\n%s", s.text())
		}
		s.press("ctrl+k")
		s.typed("alice")
		s.press("enter")
		s.shows("Reply to Alice: It did.", "half a")
	})
}

func TestReact(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			s.press("esc", "e")
			s.shows("Name of an emoji", "😂", "🥰")
			s.typed("tada")
			s.press("enter")
			s.wait()
			s.shows("🎉 You")
			if m := w.last(alice, bob); len(m.Reactions) != 1 || m.Reactions[0].Emoji != "🎉" {
				t.Fatalf("Alice has %v", m.Reactions)
			}
			if _, err := alice.React(w.Context(), w.last(alice, bob).ID(), "🎉", false); err != nil {
				t.Fatal(err)
			}
			s.wait()
			s.shows("🎉 2")

			// What was given is offered first, and taken back by choosing it again.
			s.press("e")
			s.shows("yours: takes it back")
			s.press("enter")
			s.wait()
			s.shows("🎉 Alice")
			if m := w.last(alice, bob); len(m.Reactions) != 1 {
				t.Errorf("Alice has %v", m.Reactions)
			}
		})
	})
}

func TestDelete(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			s.onFirst()
			s.press("d")
			s.shows("On this device", "On all my devices", "For everyone")
			s.press("down", "down", "enter")
			s.wait()
			s.hides("Did the build pass?")
			s.shows("This message was deleted.")
			list, err := alice.Messages(w.Context(), with(bob), messaging.Page{Limit: 9})
			if err != nil || !list[0].Deleted || strings.Contains(list[0].Text, "build") {
				t.Errorf("Alice has %v, %v", list, err)
			}

			// Another's message has no such choice; what is gone leaves no line.
			s.press("j", "j", "d")
			s.hides("For everyone")
			s.shows("official desktops keep it")
			s.press("enter")
			s.hides("It did.")
			for range 2 { // that the request was accepted, and that something was deleted
				s.press("d")
				s.shows("Delete this line?")
				s.press("y")
			}
			s.hides("deleted", "Did the build")
			if list, _ := bob.Messages(w.Context(), with(alice), messaging.Page{Limit: 9}); len(list) != 0 {
				t.Errorf("Bob still has %v", list)
			}
		})
	})
}

// TestDeletedMeanwhile: what is being answered may be deleted by its author.
func TestDeletedMeanwhile(t *testing.T) {
	talking(t, 120, 36, func(w *world, s *screen, alice, bob *messaging.Client) {
		s.press("esc", "r")
		s.shows("Reply to Alice")
		w.check(alice.Delete(w.Context(), w.last(alice, bob).ID(), messaging.Everyone))
		s.wait()
		s.hides("Reply to Alice", "It did.")
		s.press("esc", "r", "e", "f")
		s.hides("Reply to", "Name of an emoji", "Forward to")
	})
}

func TestAboutMessage(t *testing.T) {
	talking(t, 120, 36, func(w *world, s *screen, alice, bob *messaging.Client) {
		if _, err := alice.React(w.Context(), w.own(alice, bob), "🎉", false); err != nil {
			t.Fatal(err)
		}
		s.wait()
		s.onFirst()
		s.press("i")
		var all strings.Builder
		all.WriteString(s.text())
		s.resize(60, 15)
		for range 6 {
			all.WriteString(s.text())
			s.press("pgdown")
		}
		for _, want := range []string{"Mon 23 Nov 2026, 12:0", "19 characters", "stored in the recipient's swarm", "Hash", "Alice, Mon 23 Nov", "🎉",
			"To the recipient's swarm", "you → ", "Stored by", "To your own swarm"} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%q is not told:\n%s", want, all.String())
			}
		}
	})
}

// own is the ID at one client of the newest message that the other wrote.
func (w *world) own(c, by *messaging.Client) string {
	w.Helper()
	list, err := c.Messages(w.Context(), with(by), messaging.Page{Limit: 50})
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Direction == store.In {
			return list[i].ID()
		}
	}
	w.Fatalf("no message: %v", err)
	return ""
}

func TestForward(t *testing.T) {
	talking(t, 60, 15, func(w *world, s *screen, alice, bob *messaging.Client) {
		carol := w.client("Carol")
		defer carol.Attend()()
		w.say(carol, bob, "hello")
		w.say(bob, carol, "hello")
		s.wait()
		s.press("esc", "f")
		s.shows("Forward to", "Carol")
		s.typed("car")
		s.press("enter")
		s.wait()
		s.shows("Forwarded to Carol.", "Did the build pass?")
		if m := w.last(carol, bob); m.Text != "It did. The log is long." || m.Quote != nil {
			t.Errorf("Carol has %q", m.Text)
		}
	})
}

func TestTyping(t *testing.T) {
	talking(t, 120, 36, func(w *world, s *screen, alice, bob *messaging.Client) {
		s.press("ctrl+p")
		s.typed("typing ind")
		s.press("enter")
		s.shows("Typing indicators", "off")
		s.press("down", "enter")
		s.shows("on")
		s.press("esc")
		if p, err := bob.Preferences(w.Context()); err != nil || !p.Typing || p.ReadReceipts {
			t.Fatalf("preferences: %+v, %v", p, err)
		}
		w.check(alice.SetPreferences(w.Context(), messaging.Preferences{Typing: true, ReadReceipts: true}))
		w.check(alice.Typing(w.Context(), with(bob), true))
		time.Sleep(4 * time.Second)
		s.settle()
		s.everywhere("Alice is typing")
		time.Sleep(20 * time.Second)
		s.settle()
		s.hides("Alice is typing")

		// And the other way round.
		events := alice.Subscribe()
		defer events.Close()
		s.typed("hm")
		time.Sleep(5 * time.Second)
		var told []messaging.Typing
		for e, ok := events.TryNext(); ok; e, ok = events.TryNext() {
			if e, is := e.(messaging.Typing); is {
				told = append(told, e)
			}
		}
		if len(told) != 1 || told[0].Until.IsZero() {
			t.Fatalf("Alice was told %v", told)
		}
		stopped := func() (is bool) {
			for e, ok := events.TryNext(); ok; e, ok = events.TryNext() {
				if e, typing := e.(messaging.Typing); typing {
					is = e.Until.IsZero()
				}
			}
			return is
		}
		s.press("backspace", "backspace")
		time.Sleep(5 * time.Second)
		if !stopped() {
			t.Error("Alice was not told that nothing is typed any more")
		}

		// Who leaves a text as it is does not type either.
		for range 3 {
			s.typed("hm")
			time.Sleep(6 * time.Second)
		}
		if stopped() {
			t.Error("Alice was told that nothing is typed")
		}
		time.Sleep(7 * time.Second)
		if !stopped() {
			t.Error("Alice was not told that Bob has paused")
		}
		s.typed("!")
		time.Sleep(4 * time.Second)
		typing := false
		for e, ok := events.TryNext(); ok; e, ok = events.TryNext() {
			if e, is := e.(messaging.Typing); is && !e.Until.IsZero() {
				typing = true
			}
		}
		if !typing {
			t.Error("Alice was not told that Bob goes on")
		}
	})
}

func TestRead(t *testing.T) {
	talking(t, 60, 15, func(w *world, s *screen, alice, bob *messaging.Client) {
		for _, c := range []*messaging.Client{alice, bob} {
			w.check(c.SetPreferences(w.Context(), messaging.Preferences{ReadReceipts: true}))
		}
		s.typed("see you")
		s.press("enter")
		s.wait()
		s.shows("sent")
		w.check(alice.MarkRead(w.Context(), with(bob), w.last(alice, bob).TimestampMS))
		s.wait()
		s.hides("sent")
		s.shows("read")
	})
}

func TestPeek(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(bob, alice, "hello")
		w.say(alice, bob, "a secret")
		s := w.open(60, 15, app.Options{Client: bob})
		s.wait()
		s.press("v")
		s.shows("a secret", "peeking")
		s.wait()
		if v, err := bob.Conversation(w.Context(), with(alice)); err != nil || v.Unread != 1 {
			t.Fatalf("%d are unread, %v", v.Unread, err)
		}
		s.press("ctrl+k")
		s.typed("alice")
		s.press("enter")
		s.wait()
		s.hides("peeking")
		if v, err := bob.Conversation(w.Context(), with(alice)); err != nil || v.Unread != 0 {
			t.Fatalf("%d are unread, %v", v.Unread, err)
		}
	})
}

func TestShortNames(t *testing.T) {
	talking(t, 120, 36, func(w *world, s *screen, alice, bob *messaging.Client) {
		s.typed("well done :thumb")
		s.everywhere(":+1:", ":-1:", "Tab complete")
		s.press("down", "tab")
		s.hides(":+1:")
		s.shows("well done 👎")
		s.typed(" :ta")
		s.press("esc", "enter")
		s.wait()
		if m := w.last(alice, bob); m.Text != "well done 👎 :ta" {
			t.Errorf("Alice has %q", m.Text)
		}
		s.typed(":tada:")
		s.press("enter")
		s.wait()
		if m := w.last(alice, bob); m.Text != "🎉" {
			t.Errorf("Alice has %q", m.Text)
		}
	})
}

func TestTooLong(t *testing.T) {
	talking(t, 60, 15, func(w *world, s *screen, alice, bob *messaging.Client) {
		s.vt.Paste(strings.Repeat("word ", 401))
		s.settle()
		s.shows("5 too many")
		s.press("enter")
		s.shows("5 characters too long")
		if m := w.last(bob, alice); strings.HasPrefix(m.Text, "word") {
			t.Error("it was sent")
		}
	})
}

func TestOpenLinks(t *testing.T) {
	talking(t, 60, 15, func(w *world, s *screen, alice, bob *messaging.Client) {
		w.say(alice, bob, "see https://one.example/a_(b), not ftp://x")
		w.say(alice, bob, "or http://two.example and mailto:a@b.example.")
		s.wait()
		s.press("esc", "o")
		s.shows("http://two.example", "mailto:a@b.example")
		s.typed("mail")
		s.press("enter")
		if got := s.copied(); got != "mailto:a@b.example" {
			t.Errorf("copied %q", got)
		}
		s.press("k", "o")
		if got := s.copied(); got != "https://one.example/a_(b)" {
			t.Errorf("copied %q", got)
		}
	})
}

// TestMarkRead: when messages count as read is as the user wants it.
func TestMarkRead(t *testing.T) {
	for how, c := range map[app.MarkRead]struct{ away, scrolled, focused int }{
		app.WhenFocused: {30, 30, 0},
		app.WhenVisible: {30, 30, 0},
		app.WhenOpened:  {0, 0, 0},
		app.WhenTold:    {30, 30, 30},
	} {
		t.Run(string(how), func(t *testing.T) {
			online(t, func(w *world) {
				alice, bob := w.client("Alice"), w.client("Bob")
				w.say(bob, alice, "hello")
				for i := range 30 {
					w.say(alice, bob, fmt.Sprintf("line %d", i))
				}
				unread := func(when string, want int, exactly bool) {
					w.Helper()
					if v, err := bob.Conversation(w.Context(), with(alice)); err != nil || exactly && v.Unread != want || !exactly && v.Unread > want {
						w.Errorf("%s: %d are unread, want %d, %v", when, v.Unread, want, err)
					}
				}
				s := w.open(60, 15, app.Options{Client: bob, MarkRead: how})
				s.wait()
				s.vt.Blur()
				s.settle()
				s.press("enter")
				s.wait()
				unread("opened, but not looked at", c.away, how != app.WhenVisible)
				if how == app.WhenVisible {
					if v, err := bob.Conversation(w.Context(), with(alice)); err != nil || v.Unread == 30 {
						w.Errorf("what is on the screen is unread, %v", err)
					}
				}
				s.vt.Focus()
				s.settle()
				s.press("esc", "G")
				s.wait()
				unread("looked at to the end", c.focused, true)
			})
		})
	}
}

// TestTakeBack: what is sent can be taken back for a while, and goes out after
// that, or as the screen is left.
func TestTakeBack(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			w.say(alice, bob, "hello")
			w.say(bob, alice, "hello")
			written := func(want ...string) {
				w.Helper()
				list, err := alice.Messages(w.Context(), with(bob), messaging.Page{Limit: 10})
				var got []string
				for _, m := range list {
					if m.Direction == store.Out && m.Text != "" {
						got = append(got, m.Text)
					}
				}
				if err != nil || !slices.Equal(got, want) {
					w.Errorf("written %q, want %q, %v", got, want, err)
				}
			}
			s := w.open(width, height, app.Options{Client: alice, Open: with(bob), Undo: 5 * time.Second})
			s.settle()
			s.typed("to the wrong person")
			s.press("enter")
			s.shows("Going out: to the wrong person", "Ctrl-Z takes it back")
			s.press("ctrl+z")
			s.hides("Going out")
			s.shows("› to the wrong person")
			time.Sleep(10 * time.Second)
			s.settle()
			written("hello")
			s.typed(" after all")
			s.press("enter")
			time.Sleep(6 * time.Second)
			s.settle()
			s.hides("Going out")
			s.shows("to the wrong person after all")
			written("hello", "to the wrong person after all")
			s.typed("bye")
			s.press("enter")
			written("hello", "to the wrong person after all")
			s.quit()
			written("hello", "to the wrong person after all", "bye")
		})
	})
}

// TestFollowTimer: a timer that the other side has set can be set here, too.
func TestFollowTimer(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			w.say(alice, bob, "hello")
			w.say(bob, alice, "hello")
			timer := store.Timer{Mode: store.ExpireAfterRead, Seconds: 3600}
			w.check(bob.Configure(w.Context(), with(alice), messaging.Settings{Timer: &timer}))
			time.Sleep(30 * time.Second)
			s := w.open(width, height, app.Options{Client: alice, Open: with(bob)})
			s.wait()
			s.press("esc")
			s.shows("t do the same")
			s.press("t")
			s.wait()
			s.shows("too")
			if v, err := alice.Conversation(w.Context(), with(bob)); err != nil || v.Timer != timer {
				w.Errorf("%+v, %v", v.Timer, err)
			}
		})
	})
}
