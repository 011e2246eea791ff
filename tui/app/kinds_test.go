package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/store"
	"seance/tui/app"
)

// knowing makes an account that has some conversations, as if other devices had
// told of them.
func (w *world) knowing(list ...store.Conversation) *messaging.Client {
	w.Helper()
	seed, err := identity.SeedFromBytes([]byte("sixteen bytes, A"))
	w.check(err)
	o := messaging.Options{Dir: w.TempDir(), Dial: w.net.Dial}
	c, err := messaging.Create(w.Context(), o, messaging.NewAccount{Seed: seed, Name: "Alice", Network: w.file})
	if err == nil {
		err = c.Close()
	}
	w.check(err)
	db, err := store.Open(w.Context(), o.Dir, store.Options{})
	w.check(err)
	for _, v := range list {
		err = errors.Join(err, db.Update(w.Context(), func(tx *store.Tx) error { return tx.PutConversation(v) }))
	}
	w.check(errors.Join(err, db.Close()))
	if c, err = messaging.Open(w.Context(), o); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { w.closed(c) })
	return c
}

// sizes are the screens on which everything has to be seen.
func sizes(t *testing.T, f func(t *testing.T, width, height int)) {
	t.Run("wide", func(t *testing.T) { f(t, 120, 36) })
	t.Run("small", func(t *testing.T) { f(t, 60, 15) })
}

// TestBarred: what cannot be written into says why, and takes no key for text.
func TestBarred(t *testing.T) {
	group := func(n string) id.Conversation { return id.Conversation("03" + strings.Repeat(n, 32)) }
	kinds := []struct {
		store.Conversation
		listed, says string
		settings     bool
	}{
		{store.Conversation{ID: group("0b"), Kind: id.KindGroup, Name: "Chess", Membership: store.Invited}, "1 message request", "You are invited to this group", false},
		{store.Conversation{ID: group("0c"), Kind: id.KindGroup, Name: "Ex", Membership: store.Kicked}, "You were removed", "You were removed from this group", true},
		{store.Conversation{ID: group("0d"), Kind: id.KindGroup, Name: "Gone", Membership: store.Destroyed}, "Deleted group", "This group was deleted", true},
		{store.Conversation{ID: id.WithLegacy(id.Account{5, 1}), Kind: id.KindGroup, Name: "Old", Membership: store.Archived}, "Group of the old kind", "of the old kind, and can only be read", false},
		{store.Conversation{ID: "https://open.example/lobby", Kind: id.KindCommunity, Name: "Lobby"}, "Community", "cannot write to communities yet", true},
	}
	sizes(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			var list []store.Conversation
			for i, k := range kinds {
				k.CreatedMS = time.Now().UnixMilli() - int64(i)
				list = append(list, k.Conversation)
			}
			alice := w.knowing(list...)
			for _, k := range kinds {
				s := w.open(width, height, app.Options{Client: alice, Open: k.ID})
				s.shows(k.Name, k.says)
				s.hides("Type a message", "What you write goes")
				s.vt.Paste("hello")
				s.press("enter", "x", "ctrl+o")
				s.shows(k.says)
				s.hides("hello")
				s.press("s")
				if k.settings {
					s.shows("Settings of "+k.Name, "Notifications", "Pinned")
					s.hides("Nickname", "disappear", "Delete th")
					s.press("esc")
				} else {
					s.hides("Settings of")
				}
				s.press("esc")
				s.shows(k.listed)
				s.press("d", "D", "e", "t")
				s.hides("y delete", "What you call", "Part of a choice")
				s.press("tab")
				s.shows(k.says)
				s.quit()
				if sent, err := alice.Messages(w.Context(), k.ID, messaging.Page{}); err != nil || len(sent) != 0 {
					t.Errorf("%s has %v, %v", k.Name, sent, err)
				}
			}
		})
	})
}

func TestSettingsPage(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			bob := id.With(id.Account{5, 2})
			alice := w.knowing(
				store.Conversation{ID: bob, Kind: id.KindContact, Name: "Bob", Approved: true, CreatedMS: 2},
				store.Conversation{ID: "https://open.example/lobby", Kind: id.KindCommunity, Name: "Lobby", CreatedMS: 1},
			)
			now := func(conv id.Conversation) store.Conversation { v, _ := w.settings(alice, conv); return v.Conversation }
			s := w.open(width, height, app.Options{Client: alice, Open: bob})
			s.press("esc", "s")
			s.shows("Settings of Bob", "Notifications", "All messages", "Muted", "Messages disappear", "never", "Nickname")
			s.press("pgdown")
			s.shows("Delete this contact")
			s.press("pgup")
			set := func(label string) {
				t.Helper()
				s.typed(label)
				s.press("enter")
				time.Sleep(time.Second)
				s.settle()
			}

			// The choices are those of the apps, and lead back.
			set("disappear")
			for _, text := range []string{"5 minutes after reading", "12 hours after reading", "2 weeks after reading", "12 hours after sending"} {
				s.shows(text)
			}
			s.hides("5 minutes after sending", "seconds")
			set("1 day after reading")
			s.shows("Settings of Bob", "1 day after reading")
			if got := now(bob).Timer; got != (store.Timer{Mode: store.ExpireAfterRead, Seconds: 86400}) {
				t.Errorf("messages disappear %v", got)
			}
			set("notifications")
			s.hides("Mentions")
			set("none")
			if got := now(bob).Notify; got != store.NotifyNone {
				t.Errorf("one is told of %q", got)
			}
			set("muted")
			set("for a week")
			s.shows("until 30 Nov 12:")
			if left := time.Until(time.UnixMilli(now(bob).MutedUntilMS)); left < 6*24*time.Hour || left > 7*24*time.Hour {
				t.Errorf("it is muted for %s", left)
			}
			set("muted")
			set("not muted")
			s.shows("All messages")
			if v := now(bob); v.MutedUntilMS != 0 || v.Notify != store.NotifyDefault {
				t.Errorf("it is muted until %d, and one is told of %q", v.MutedUntilMS, v.Notify)
			}
			set("nickname")
			set("Bobby")
			s.shows("Settings of Bobby")
			set("pinned")
			set("unread")
			if v := now(bob); v.Nickname != "Bobby" || v.Priority != 1 || !v.MarkedUnread {
				t.Errorf("%+v", v)
			}
			s.press("esc")
			s.shows("Bobby", "disappears 1 day after reading")

			// A question stands over the page, which stays if it is declined.
			s.press("s")
			set("delete the")
			s.shows("Delete your messages with Bobby")
			s.press("n")
			s.shows("Settings of Bobby")
			s.press("esc", "esc", "G", "enter")
			s.press("s")
			set("notifications")
			s.shows("Mentions of you")
			set("all")
			if got := now("https://open.example/lobby").Notify; got != store.NotifyAll {
				t.Errorf("one is told of %q in a room", got)
			}
		})
	})
}

// TestMarkedUnread: the mark is seen, and gone once the conversation is opened,
// not merely shown.
func TestMarkedUnread(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		offline(t, func(w *world) {
			bob, eve := id.With(id.Account{5, 2}), id.With(id.Account{5, 3})
			alice := w.knowing(
				store.Conversation{ID: bob, Kind: id.KindContact, Name: "Bob", Approved: true, CreatedMS: 2},
				store.Conversation{ID: eve, Kind: id.KindContact, Name: "Eve", Approved: true, CreatedMS: 1},
			)
			marked := func(conv id.Conversation) bool { v, _ := w.settings(alice, conv); return v.MarkedUnread }
			s := w.open(width, height, app.Options{Client: alice, Open: eve})
			s.press("tab", "r")
			time.Sleep(time.Second)
			s.settle()
			s.shows("•")
			if !marked(eve) {
				t.Error("it is not marked")
			}
			s.press("r")
			time.Sleep(time.Second)
			s.settle()
			s.hides("•")
			if marked(eve) {
				t.Error("it is still marked")
			}
			s.press("k", "r") // Bob's, above
			time.Sleep(time.Second)
			s.press("u")
			time.Sleep(time.Second)
			s.settle()
			s.hides("•", "Nothing is unread")
			s.shows("Bob", "Type a message")
			if marked(bob) {
				t.Error("it was opened, and is still marked")
			}
			s.press("tab", "r")
			s.quit()
			w.open(120, 36, app.Options{Client: alice}) // shows the first one by itself
			if !marked(bob) {
				t.Error("nobody has opened it, and the mark is gone")
			}
		})
	})
}
