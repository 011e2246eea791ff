package app_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/tui/app"
)

func TestNewConversation(t *testing.T) {
	offline(t, func(w *world) {
		alice, bob := w.client("Alice"), w.still("Bob")
		s := w.open(100, 30, app.Options{Client: alice})
		s.shows("No conversations yet")
		s.press("n")
		s.typed("05abc")
		s.press("enter")
		s.shows("An Account ID has 66 hexadecimal digits")
		s.press("ctrl+u")
		s.vt.Paste(" " + bob.Self().Account.String() + "\n")
		s.settle()
		s.press("enter")
		s.shows("No messages yet", "Type a message")
		s.typed("hello")
		s.press("enter")
		s.shows("hello", "sending")
		s.hides("No messages yet")
		list, err := alice.Messages(w.Context(), with(bob), messaging.Page{})
		if err != nil || len(list) != 1 || list[0].Text != "hello" {
			t.Fatalf("the outbox has %v, %v", list, err)
		}
	})
}

func TestPaste(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		s := w.open(100, 30, app.Options{Client: alice, Open: with(alice)})
		s.vt.Paste("one\ntwo\n\nfour " + strings.Repeat("x", 3))
		s.settle()
		s.shows("› one", "two", "four xxx")
		s.press("enter")
		s.shows("Type a message")
		list, err := alice.Messages(w.Context(), with(alice), messaging.Page{})
		if err != nil || len(list) != 1 || list[0].Text != "one\ntwo\n\nfour xxx" {
			t.Fatalf("sent %v, %v", list, err)
		}
		s.vt.Paste(strings.Repeat("é", 2001))
		s.settle()
		s.shows("1 too many")
		s.press("enter")
		s.shows("too long", "1 too many")
		s.press("backspace")
		s.shows("0 left")
		s.press("enter")
		if list, err = alice.Messages(w.Context(), with(alice), messaging.Page{}); err != nil || len(list) != 2 {
			t.Errorf("%d messages, %v", len(list), err)
		}
	})
}

// TestOrder types faster than the engine takes messages.
func TestOrder(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		s := w.open(100, 40, app.Options{Client: alice, Open: with(alice)})
		var all strings.Builder
		for c := 'a'; c <= 't'; c++ {
			all.WriteString(string(c) + "\r")
		}
		s.typed(all.String())
		list, err := alice.Messages(w.Context(), with(alice), messaging.Page{})
		if err != nil || len(list) != 20 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		for i, m := range list {
			if want := string(rune('a' + i)); m.Text != want {
				t.Errorf("message %d is %q, want %q", i, m.Text, want)
			}
		}
	})
}

func TestPalette(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(alice)})
		s.press("ctrl+p")
		s.shows("What do you want to do?", "Jump to a conversation", "Ctrl-K")
		s.typed("your acc")
		s.press("enter")
		s.shows("Your Account ID", alice.Self().Account.String()[:33])
		s.press("n")
		s.typed(" Liddell")
		s.press("enter")
		if name := alice.Self().Name; name != "Alice Liddell" {
			t.Errorf("the name is %q", name)
		}
		s.press("f1")
		s.shows("While writing", "Send the message")
		s.press("esc", "ctrl+t")
		s.hides("Seance")
		s.press("ctrl+t")
		s.shows("Seance")
		s.press("ctrl+p")
		s.typed("recovery")
		s.press("enter")
		word := strings.Fields(alice.RecoveryPhrase())
		s.hides(word[0] + " ")
		s.press("y")
		s.shows(word...)
	})
}

func TestBlock(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(bob, alice, "spam, spam")
		w.check(alice.Receive(w.Context()))
		s := w.open(100, 30, app.Options{Client: alice})
		s.press("R", "b")
		s.shows("Block Bob?")
		s.press("n")
		s.shows("spam, spam")
		s.press("b", "y")
		s.hides("spam, spam", "1 message request")
		v, err := alice.Conversation(w.Context(), with(bob))
		if err != nil || !v.Blocked {
			t.Errorf("blocked: %v, %v", v.Blocked, err)
		}
	})
}

func TestDeleteRequest(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(bob, alice, "do you remember me?")
		w.check(alice.Receive(w.Context()))
		s := w.open(60, 15, app.Options{Client: alice})
		s.press("R", "enter")
		s.shows("do you remember me?", "Writing back accepts the request")
		s.press("esc", "d")
		s.shows("Delete the request")
		s.press("y")
		s.hides("do you remember me?")
		if _, err := alice.Conversation(w.Context(), with(bob)); !errors.Is(err, messaging.ErrUnknown) {
			t.Errorf("the request is still there: %v", err)
		}
	})
}

// TestSlowLink: no list beside the chat, and a line scrolled costs little.
func TestSlowLink(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		for i := range 60 {
			if _, err := alice.Send(w.Context(), with(alice), messaging.Draft{Text: "line " + strings.Repeat("word ", i%7)}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		s := w.open(120, 36, app.Options{Client: alice, Open: with(alice), SlowLink: true})
		s.hides("Seance")
		s.press("esc")
		for range 33 {
			s.press("up")
		}
		before := s.written.Load()
		for range 10 {
			s.press("up")
		}
		if n := s.written.Load() - before; n > 10*250 {
			t.Errorf("scrolling by ten lines took %d bytes", n)
		}
	})
}

// TestLeavingLosesNothing: what was entered before the screen is left is in the
// outbox, and what was not is a draft.
func TestLeavingLosesNothing(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		s := w.open(100, 30, app.Options{Client: alice, Open: with(alice)})
		s.vt.SendText("one\rtwo\rthree\rfour\x03")
		if err := <-s.done; err != nil {
			t.Error(err)
		}
		s.done = nil
		list, err := alice.Messages(w.Context(), with(alice), messaging.Page{})
		if err != nil || len(list) != 3 || list[0].Text != "one" || list[2].Text != "three" {
			t.Errorf("sent %v, %v", list, err)
		}
		if v, err := alice.Conversation(w.Context(), with(alice)); err != nil || v.Draft != "four" {
			t.Errorf("the draft is %q, %v", v.Draft, err)
		}
		_ = s.vt.InputPipe().(io.Closer).Close()
	})
}

// TestLight: the background decides the colours.
func TestLight(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		colour := func(white bool) string {
			s := w.open(100, 30, app.Options{Client: alice, Open: with(alice)})
			defer s.quit()
			if white {
				s.vt.SendText("\x1b]11;rgb:ffff/ffff/ffff\a")
				s.settle()
			}
			return s.vt.CellAt(2, 0).Style.String()
		}
		if dark, light := colour(false), colour(true); dark == light {
			t.Errorf("on light and dark ground alike the title is %q", dark)
		}
	})
}

// TestFlood: more comes in at once than the screen is told of one by one.
func TestFlood(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		s := w.open(100, 30, app.Options{Client: alice, Open: with(alice)})
		for i := range 700 {
			if _, err := alice.Send(w.Context(), with(alice), messaging.Draft{Text: fmt.Sprintf("flood %d", i)}); err != nil {
				t.Fatal(err)
			}
		}
		s.settle()
		s.shows("flood 699", "flood 690")
		s.press("esc", "k", "k", "k")
		for range 20 {
			s.press("pgup")
		}
		s.hides("·  flood 699")
		s.press("G")
		s.shows("flood 699")
	})
}

// TestCodeDoesNotFit: where the code has no room, the page says what else can be
// done, and that works.
func TestCodeDoesNotFit(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.client("Alice")
		s := w.open(60, 15, app.Options{Client: alice})
		s.press("A", "c")
		s.shows("The code does not fit", "press Esc and then y")
		s.press("esc", "y")
		if got := s.copied(); got != alice.Self().Account.String() {
			t.Errorf("copied %q", got)
		}
	})
}
