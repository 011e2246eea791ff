package messaging

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// story is a conversation as a device has it, in lines that can be compared: who
// wrote what, in answer to what, with which files and reactions. Files are
// downloaded first.
func (d *device) story(with id.Conversation) (lines []string) {
	d.w.Helper()
	ctx := d.w.Context()
	page, err := d.Messages(ctx, with, Page{Limit: 1000})
	d.w.check(err)
	for _, m := range page {
		if m.Kind == store.KindInfo {
			continue // each side is told something else
		}
		line := fmt.Sprintf("%s %d %q", id.Shorten(m.Author.String()), m.TimestampMS, m.Text)
		if m.Quote != nil {
			line += fmt.Sprintf(" answers %s %d %q", id.Shorten(m.Quote.Author.String()), m.Quote.TimestampMS, m.Quote.Text)
		}
		if m.Preview != nil {
			line += fmt.Sprintf(" shows %s %q", m.Preview.URL, m.Preview.Title)
		}
		for _, a := range m.Files() {
			if err := d.Download(ctx, m.ID(), a.Index); err != nil {
				d.w.Fatalf("%s: %v", a.Name, err)
			}
			line += fmt.Sprintf(" file %s %s %d %v %x", a.Name, a.ContentType, a.Size, a.Voice, sha256.Sum256(d.content(m, a.Index)))
		}
		var reactions []string
		for _, r := range m.Reactions {
			reactions = append(reactions, r.Emoji+" "+id.Shorten(r.Author.String()))
		}
		slices.Sort(reactions)
		lines = append(lines, strings.TrimSpace(line+" "+strings.Join(reactions, ", ")))
	}
	return lines
}

// Two people live through everything that a conversation of two has, one of them
// with a second device that was restored; in the end all three tell the same story.
func TestAConversationOfThreeDevices(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		second := w.restore(alice)
		ctx, all := w.Context(), []*device{alice, second, bob}
		same := func(what string) []string {
			w.Helper()
			w.settle(all...)
			want := alice.story(alice.with(bob))
			w.equal(what+": the second device", second.story(second.with(bob)), want)
			w.equal(what+": the other side", bob.story(bob.with(alice)), want)
			return want
		}

		// A request, accepted by an answer.
		w.check(alice.SetPicture(ctx, somePicture(w.T, 90)))
		alice.say(bob, "hello, I am Alice")
		w.settle(all...)
		if v := bob.conversation(alice); !v.Request || v.Picture.URL == "" {
			w.Errorf("a request: %+v", v)
		}
		w.check(bob.Accept(ctx, alice.id()))
		bob.say(alice, "hello Alice")
		same("a request")
		if v := second.conversation(bob); v.Request || !v.Approved || !v.ApprovedMe {
			w.Errorf("accepted: %+v", v)
		}

		// Replies, from all devices.
		second.sent(bob, Draft{Text: "an answer from the second device", ReplyTo: second.find(second.with(bob), "hello Alice").ID()})
		w.settle(all...)
		bob.sent(alice, Draft{Text: "an answer to the answer", ReplyTo: bob.find(bob.with(alice), "an answer from the second device").ID()})
		same("replies")

		// Files, an image and a voice message.
		alice.sent(bob, Draft{Text: "look", Files: []File{{Name: "look.png", Content: bytes.NewReader(somePicture(w.T, 20))}, {Name: "notes.txt", Content: strings.NewReader("some notes")}}})
		bob.sent(alice, Draft{Files: []File{{Name: "voice.m4a", Content: bytes.NewReader(noise(5000)), Voice: true}}})
		same("files")

		// Links, with what is behind them.
		site := w.site()
		defer site.Close()
		shown, err := site.fetcher().Fetch(ctx, "https://example.com/tides")
		w.check(err)
		second.sent(bob, Draft{Text: "see https://example.com/tides", Preview: shown})
		if lines := same("links"); !strings.Contains(lines[len(lines)-1], `shows https://example.com/tides "Tides" file  image/png`) {
			w.Errorf("a link: %s", lines[len(lines)-1])
		}

		// Reactions, and one taken back.
		for _, r := range []struct {
			d, with *device
			text    string
			emoji   string
			remove  bool
		}{
			{bob, alice, "look", "👍", false}, {alice, bob, "hello Alice", "❤️", false}, {second, bob, "an answer to the answer", "😂", false},
			{bob, alice, "look", "😮", false}, {second, bob, "hello Alice", "❤️", true},
		} {
			_, err := r.d.React(ctx, r.d.find(r.d.with(r.with), r.text).ID(), r.emoji, r.remove)
			w.check(err)
			w.settle(all...)
		}
		if story := same("reactions"); !strings.Contains(strings.Join(story, "\n"), "👍") {
			w.Errorf("no reaction: %q", story)
		}

		// Deleting: for everyone, from the other device of the account.
		alice.say(bob, "to be deleted by the second device")
		bob.say(alice, "to be deleted by Bob")
		w.settle(all...)
		w.check(second.Delete(ctx, second.find(second.with(bob), "to be deleted by the second device").ID(), Everyone))
		w.check(bob.Delete(ctx, bob.find(bob.with(alice), "to be deleted by Bob").ID(), Everyone))
		same("deleting")
		for i, d := range all {
			with := bob
			if d == bob {
				with = alice
			}
			if texts := strings.Join(d.texts(with), "\n"); strings.Contains(texts, "to be deleted") || strings.Count(texts, tombstone) != 2 {
				w.Errorf("device %d: %q", i, texts)
			}
		}
		// For all devices of one's own: the other side keeps it.
		bob.say(alice, "only Bob keeps this")
		w.settle(all...)
		w.check(alice.Delete(ctx, alice.find(alice.with(bob), "only Bob keeps this").ID(), MyDevices))
		w.settle(all...)
		if strings.Contains(strings.Join(second.texts(bob), "\n"), "only Bob") || !strings.Contains(strings.Join(bob.texts(alice), "\n"), "only Bob") {
			w.Errorf("deleted on one's own devices: %q, %q", second.texts(bob), bob.texts(alice))
		}
		w.check(bob.Delete(ctx, bob.find(bob.with(alice), "only Bob keeps this").ID(), ForMe))

		// Read receipts, when both want them; read on one device is read on the other.
		for _, d := range all {
			w.check(d.SetPreferences(ctx, Preferences{ReadReceipts: true, Typing: true}))
		}
		asked := bob.say(alice, "did you read this?")
		w.settle(all...)
		if v := second.conversation(bob); v.Unread == 0 {
			w.Errorf("unread: %+v", v)
		}
		w.check(alice.MarkRead(ctx, alice.with(bob), asked.TimestampMS))
		w.settle(all...)
		if v := second.conversation(bob); v.Unread != 0 {
			w.Errorf("read on the other device: %+v", v)
		}
		if m := bob.find(bob.with(alice), "did you read this?"); m.State != store.StateRead {
			w.Errorf("Bob is not told that it was read: %s", m.State)
		}

		// Typing is seen while it lasts.
		events := bob.Subscribe()
		w.check(alice.Typing(ctx, alice.with(bob), true))
		time.Sleep(2 * time.Second)
		bob.receive()
		typed := false
		for e, ok := events.TryNext(); ok; e, ok = events.TryNext() {
			if e, is := e.(Typing); is {
				typed = typed || e.Conversation == bob.with(alice)
			}
		}
		events.Close()
		if !typed {
			w.Error("nobody sees that Alice types")
		}

		// Settings of the conversation.
		second.configure(second.with(bob), Settings{Nickname: pointer("Bobby"), Pinned: pointer(true), MutedUntil: &Forever})
		w.check(alice.MarkRead(ctx, alice.with(bob), time.Now().UnixMilli()))
		alice.configure(alice.with(bob), Settings{Unread: pointer(true)})
		same("settings")
		w.agree(alice, second)
		for i, d := range all[:2] {
			if v := d.conversation(bob); v.Title != "Bobby" || v.Priority != 1 || !v.MarkedUnread || v.MutedUntilMS == 0 {
				w.Errorf("device %d: %+v", i, v)
			}
		}

		// Blocked, nobody is heard; unblocked, they are.
		w.check(alice.Block(ctx, bob.id()))
		w.settle(all...)
		bob.say(alice, "blocked")
		w.settle(all...)
		w.check(second.Unblock(ctx, bob.id()))
		w.settle(all...)
		bob.say(alice, "heard again")
		w.settle(all...)
		for i, d := range all[:2] {
			if texts := strings.Join(d.texts(bob), "\n"); strings.Contains(texts, "blocked") || !strings.Contains(texts, "heard again") {
				w.Errorf("device %d: %q", i, texts)
			}
		}
		w.check(bob.Delete(ctx, bob.find(bob.with(alice), "blocked").ID(), ForMe))

		// Notes to self, with a file, on both devices.
		alice.sent(alice, Draft{Text: "a note", Files: []File{{Name: "note.txt", Content: strings.NewReader("a note")}}})
		w.settle(all...)
		w.equal("notes", second.story(second.with(alice)), alice.story(alice.with(alice)))
		w.check(second.Delete(ctx, second.newest(second.with(alice)).ID(), MyDevices))
		w.settle(all...)
		if texts := alice.texts(alice); len(texts) != 0 {
			w.Errorf("notes: %q", texts)
		}
		alice.say(alice, "a note that stays")

		// All of it survives the end of the programs, and a third device that comes
		// later has what the swarm still has of it: no more, no less.
		alice.reopen()
		second.reopen()
		same("after a restart")
		third := w.restore(alice)
		w.settle(third)
		w.agree(alice, third)
		if got, want := third.story(third.with(bob)), alice.story(alice.with(bob)); len(got) < len(want)-3 {
			w.Errorf("a third device has\n%s\nthe first\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		w.check(alice.Forget(ctx, bob.id()))
		w.settle(alice, second, third)
		for i, d := range []*device{second, third} {
			if _, err := d.Conversation(context.Background(), d.with(bob)); err == nil {
				w.Errorf("device %d still knows Bob", i)
			}
		}
	})
}
