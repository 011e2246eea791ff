package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
	"seance/tui/app"
)

func TestSendAndReceive(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(bob, alice, "Hello, it's Bob")
		time.Sleep(10 * time.Second)
		s := w.open(120, 36, app.Options{Client: alice})
		s.shows("1 message request", "2 paths  3 hops")

		s.press("R")
		s.shows("Bob", "Hello, it's Bob")
		s.press("a")
		s.shows("Type a message", "Hello, it's Bob")
		s.hides("message request")

		s.typed("Hi Bob, I see you")
		s.shows("› Hi Bob, I see you")
		s.press("enter")
		s.shows("Type a message", "You")
		time.Sleep(5 * time.Second)
		s.settle()
		s.shows("sent")

		time.Sleep(10 * time.Second)
		list, err := bob.Messages(w.Context(), with(alice), messaging.Page{})
		if err != nil || list[len(list)-1].Text != "Hi Bob, I see you" {
			t.Fatalf("Bob has %v, %v", list, err)
		}
		w.say(bob, alice, "And I you")
		time.Sleep(10 * time.Second)
		s.settle()
		s.shows("And I you")
		v, err := alice.Conversation(w.Context(), with(bob))
		if err != nil || v.Unread != 0 {
			t.Errorf("what was on the screen is unread: %d, %v", v.Unread, err)
		}
	})
}

func TestReadingNeedsFocus(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "first")
		s := w.open(100, 30, app.Options{Client: alice, Open: with(bob)})
		s.vt.Blur()
		s.settle()
		w.say(bob, alice, "are you there?")
		time.Sleep(10 * time.Second)
		s.settle()
		s.shows("are you there?")
		v, err := alice.Conversation(w.Context(), with(bob))
		if err != nil || v.Unread != 1 {
			t.Fatalf("nobody looks, and yet %d are unread, %v", v.Unread, err)
		}
		s.vt.Focus()
		s.settle()
		if v, err = alice.Conversation(w.Context(), with(bob)); err != nil || v.Unread != 0 {
			t.Errorf("somebody looks, and yet %d are unread, %v", v.Unread, err)
		}
	})
}

func TestUnreadLine(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "first")
		for i := range 40 {
			w.say(bob, alice, fmt.Sprintf("news %d of 40", i+1))
		}
		w.check(alice.Receive(w.Context()))
		s := w.open(100, 30, app.Options{Client: alice, Open: with(bob)})
		s.shows(" new ", "news 1 of 40", "more below")
		s.hides("·  news 40 of 40")
		s.press("esc", "G")
		s.shows("·  news 40 of 40")
		s.press("U")
		s.shows(" new ", "news 1 of 40")
	})
}

func TestScrolledUpStaysInPlace(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		for i := range 60 {
			if _, err := alice.Send(w.Context(), with(bob), messaging.Draft{Text: fmt.Sprintf("line %d of 60", i+1)}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Minute)
		s := w.open(100, 30, app.Options{Client: alice, Open: with(bob)})
		s.press("pgup", "pgup")
		const chat, end = 33, 26
		before := s.pane(chat)[:end]
		w.say(bob, alice, "something new")
		time.Sleep(10 * time.Second)
		s.settle()
		s.shows("1 new")
		if after := s.pane(chat)[2:end]; !slices.Equal(after, before[2:]) {
			t.Fatalf("what was read has moved:\n%s\n\nbefore:\n%s", s.text(), strings.Join(before, "\n"))
		}
	})
}

func TestSwitchKeepsDrafts(t *testing.T) {
	offline(t, func(w *world) {
		alice, bob, eve := w.client("Alice"), w.still("Bob"), w.still("Eve")
		w.writes(alice, bob, "hi")
		w.writes(alice, eve, "hi")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob)})
		s.typed("for Bob only")
		s.press("ctrl+k")
		s.shows("Jump to")
		s.typed(eve.Self().Account.String()[:8])
		s.press("enter")
		s.shows("Draft: for Bob only")
		s.hides("› for Bob only")
		s.typed("for Eve")
		s.press("ctrl+k")
		s.typed(bob.Self().Account.String()[:8])
		s.press("enter")
		s.shows("› for Bob only", "Draft: for Eve")
		s.quit()
		v, err := alice.Conversation(w.Context(), with(bob))
		if err != nil || v.Draft != "for Bob only" {
			t.Errorf("the draft on disk is %q, %v", v.Draft, err)
		}
	})
}

func TestResize(t *testing.T) {
	offline(t, func(w *world) {
		alice, bob := w.client("Alice"), w.still("Bob")
		for i := range 50 {
			if _, err := alice.Send(w.Context(), with(bob), messaging.Draft{Text: fmt.Sprintf("line %d of 50, and a few words more so that it has to be broken when it is narrow", i+1)}); err != nil {
				t.Fatal(err)
			}
		}
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob)})
		s.typed("half a thought")
		s.press("esc", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up")
		s.shows("line 38 of 50")
		for _, size := range []app.Size{{Width: 80, Height: 24}, {Width: 60, Height: 15}, {Width: 200, Height: 60}, {Width: 40, Height: 10}, {Width: 60, Height: 15}, {Width: 120, Height: 36}} {
			s.resize(size.Width, size.Height)
			if size.Width < 60 {
				s.shows("Seance needs 60 columns and 15 rows")
				continue
			}
			s.shows("▌ ", "line 38 of 50", "› half a thought")
			if rows := s.rows(); len(rows) != size.Height || !strings.Contains(rows[size.Height-1], "help") {
				t.Fatalf("%v: no bottom line:\n%s", size, s.text())
			}
		}
	})
}

// TestHostileText looks whether what others write can reach beyond its place.
func TestHostileText(t *testing.T) {
	online(t, func(w *world) {
		evil := "\x1b[2J\x1b[1;1H\u202eEve\u2066" + strings.Repeat("\u0301", 40) + "👩\u200d👩\u200d👧 क्षि 1️⃣\n\t"
		alice, eve := w.client("Alice"), w.client(evil[:min(len(evil), 90)])
		w.say(alice, eve, "hello")
		for _, text := range []string{
			evil,
			"\x1b]0;owned\a\x1b]52;c;b3duZWQ=\a\x1b[?1049l\x1bc\u009b2J",
			strings.Repeat("Z"+strings.Repeat("\u0300", 9), 100),
			strings.Repeat("\u202eabc\u2067", 60),
			strings.Repeat("👨‍👩‍👧‍👦", 60), strings.Repeat("हिन्दी", 60), strings.Repeat("\u115f\u3164", 60),
			strings.Repeat("\n", 20) + "end", strings.Repeat("x", 1500),
		} {
			w.say(eve, alice, text)
		}
		time.Sleep(10 * time.Second)
		s := w.open(100, 30, app.Options{Client: alice, Open: with(eve)})
		check := func() {
			t.Helper()
			rows := s.rows()
			if !strings.HasPrefix(rows[0], "  Seance") || !strings.HasPrefix(rows[1][33:], "  ───") || !strings.Contains(rows[29], "2 paths") {
				t.Fatalf("the frame is damaged:\n%s", s.text())
			}
			for y := 3; y < 28; y++ {
				if c := s.vt.CellAt(32, y); c != nil && c.Content != "" && c.Content != " " {
					t.Fatalf("row %d reaches beyond the list: %q\n%s", y, c.Content, s.text())
				}
			}
		}
		check()
		for range 14 {
			s.press("pgup")
			check()
		}
		s.press("esc", "i")
		check()
		s.press("esc", "ctrl+k")
		check()
	})
}

func TestBytesForATypedCharacter(t *testing.T) {
	offline(t, func(w *world) {
		alice, bob := w.client("Alice 👩🏽‍💻"), w.still("Bob")
		w.writes(alice, bob, "漢字 👍🏽 ❤️ हिन्दी")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob)})
		s.typed("x")
		const text = "the quick brown fox jumps over the lazy dog"
		before := s.written.Load()
		for _, c := range text {
			s.typed(string(c))
		}
		if n := s.written.Load() - before; n > 2*int64(len(text)) {
			t.Errorf("%d characters took %d bytes", len(text), n)
		}
		before = s.written.Load()
		time.Sleep(time.Minute)
		s.settle()
		if n := s.written.Load() - before; n > 200 {
			t.Errorf("an idle minute took %d bytes", n)
		}
	})
}

// TestWelcome: every way to an account is on the screen, with the keys that choose it,
// and what went wrong beside them.
func TestWelcome(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			fails := errors.New("this machine does not let programs listen, which is what the demo's nodes want to do")
			demo := func(context.Context) (*messaging.Client, id.Conversation, error) { return nil, "", fails }
			s := w.open(width, height, app.Options{Onboard: app.Onboard{Demo: demo}})
			ways := []string{"New account", "Restore an account", "Try the demo"}
			s.shows(append(ways, "needs no internet", "Up above", "Down below", "q quit")...)
			s.press("down", "down")
			s.shows("▌ Try the demo")
			s.press("enter")
			s.shows(append(ways, "want to do")...)
			s.press("q")
			s.left()
		})
	})
}

func TestOnboarding(t *testing.T) {
	offline(t, func(w *world) {
		made := w.client("Sam")
		phrase := made.RecoveryPhrase()
		var locked string // the passphrase of the account made last
		onboard := app.Onboard{
			Create: func(_ context.Context, name string, passphrase secret.Bytes) (*messaging.Client, string, error) {
				if name != "Sam" {
					return nil, "", errors.New("the name is " + name)
				}
				locked = string(passphrase.Expose())
				return made, phrase, nil
			},
			Restore: func(_ context.Context, entered, name string, passphrase secret.Bytes) (*messaging.Client, error) {
				if _, err := identity.ParsePhrase(entered); err != nil {
					return nil, err
				}
				locked = string(passphrase.Expose())
				return made, nil
			},
		}
		words := strings.Fields(phrase)
		t.Run("create", func(t *testing.T) {
			s := w.open(60, 15, app.Options{Onboard: onboard})
			s.shows("New account", "Restore an account")
			s.hides("Try the demo")
			s.press("enter", "enter")
			s.shows("Others are shown a name")
			s.typed("Sam")
			s.press("enter")
			s.shows("Passphrase, or nothing")
			s.hides("not protected")
			s.press("enter")
			s.shows("Then the history on this disk is not protected", "seance passphrase set")
			s.press("esc")
			s.hides("not protected")
			s.press("esc")
			s.shows("› Sam")
			s.press("enter", "enter", "enter")
			s.shows(words...)
			s.press("enter")
			s.shows("Written down?")
			s.press("enter")
			s.shows("No conversations yet")
			s.hides(words[3])
			s.quit()
			if locked != "" {
				t.Errorf("the passphrase is %q", locked)
			}
		})
		t.Run("restore", func(t *testing.T) {
			s := w.open(100, 30, app.Options{Onboard: onboard})
			s.press("down", "enter")
			wrong := append(append([]string{}, words[:4]...), "sessions")
			s.typed(strings.Join(append(wrong, words[5:]...), " "))
			s.press("enter")
			s.shows("Word 5", "sessions")
			for range 20 {
				s.press("ctrl+w")
			}
			s.vt.Paste("  " + strings.ToUpper(phrase) + "\n")
			s.settle()
			s.press("enter", "enter")
			s.typed("correct hörse")
			s.shows("› •••••••••••••")
			s.hides("correct", "hörse")
			s.press("enter")
			s.typed("correct horse")
			s.press("enter")
			s.shows("two different ones")
			s.typed("correct hörse")
			s.press("enter")
			s.typed("correct hörse")
			s.press("enter")
			s.shows("No conversations yet")
			s.quit()
			if locked != "correct hörse" {
				t.Errorf("the passphrase is %q", locked)
			}
		})
		t.Run("shown", func(t *testing.T) {
			s := w.open(60, 15, app.Options{Onboard: onboard})
			s.press("enter")
			s.typed("Sam")
			s.press("enter", "tab")
			s.typed("battery")
			s.shows("› battery")
			s.press("tab")
			s.shows("› •••••••")
			s.press("tab", "enter")
			s.shows(words...)
			s.quit()
			if locked != "battery" {
				t.Errorf("the passphrase is %q", locked)
			}
		})
	})
}
