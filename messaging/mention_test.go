package messaging

import (
	"slices"
	"strings"
	"testing"

	"seance/messaging/id"
	"seance/store"
)

// TestMentionsIn: the places of the IDs, and what is read there.
func TestMentionsIn(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		bob := id.Account{5, 1}
		name := func(who id.Sender) string { return map[bool]string{true: "Bob", false: "?"}[who == bob.Sender()] }
		me, other := "@"+alice.id().String(), "@"+strings.ToUpper(bob.String())
		for text, want := range map[string]string{
			"": "", "nobody": "nobody", "@": "@", "a@b.example": "a@b.example", me: "@You", "(" + other + ")": "(@Bob)",
			other + me + "!": "@Bob@You!", other[:66]: other[:66], "@15" + other[3:]: "@?", "@35" + other[3:]: "@35" + other[3:],
			"\xff" + other + "\xff": "\xff@Bob\xff",
		} {
			list := alice.mentions(text, name)
			if got := withNames(text, list); got != want {
				t.Errorf("%q reads %q, want %q", text, got, want)
			}
			for _, m := range list {
				if m.Own != (text[m.From:m.To] == me) {
					t.Errorf("%q: %+v", text, m)
				}
			}
		}
	})
}

// TestMentionsInAGroup: who is mentioned, or answered, is told apart from the rest, and
// everybody reads names where IDs were sent.
func TestMentionsInAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		ctx := w.Context()
		g := w.garden(alice, bob)
		text := "ask @" + bob.id().String() + " or @" + alice.id().String()
		alice.write(g.ID, "nobody in particular")
		asked := alice.write(g.ID, text)
		w.round(alice, bob)
		page, err := bob.Messages(ctx, g.ID, Page{})
		w.check(err)
		last := page[len(page)-1]
		if last.Text != text || last.Readable() != "ask @You or @Alice" || !last.Mentioned || page[len(page)-2].Mentioned {
			t.Errorf("Bob has %+v", last)
		}
		if asked.Mentioned || asked.Readable() != "ask @Bob or @You" {
			t.Errorf("Alice has %+v", asked)
		}

		v, err := bob.Conversation(ctx, g.ID)
		w.check(err)
		if v.Unread != 2 || v.Mentions != 1 || v.Last.Text != "ask @You or @Alice" {
			t.Errorf("%+v", v)
		}
		now := bob.net.Now().UnixMilli()
		for mode, want := range map[store.Notify]int{store.NotifyDefault: 2, store.NotifyAll: 2, store.NotifyMentions: 1, store.NotifyNone: 0} {
			w.check(bob.Configure(ctx, g.ID, Settings{Notify: &mode}))
			v, err := bob.Conversation(ctx, g.ID)
			if err != nil || v.Told(now) != want {
				t.Errorf("%q: one is told of %d, %v, want %d", mode, v.Told(now), err, want)
			}
		}

		// An answer counts as a mention of who is answered, and names them too.
		sent, err := bob.Send(ctx, g.ID, Draft{Text: "me?", ReplyTo: last.ID()})
		w.check(err)
		_, err = bob.React(ctx, last.ID(), "🎉", false)
		w.check(err)
		w.round(alice, bob)
		page, err = alice.Messages(ctx, g.ID, Page{})
		w.check(err)
		at := slices.IndexFunc(page, func(m Message) bool { return m.Text == "me?" })
		if m := page[at]; !m.Mentioned || m.ReadableQuote() != "ask @Bob or @You" || m.Quote.Text != text || m.Names[m.Quote.Author] != "Alice" {
			t.Errorf("Alice has %+v with %q", m, m.ReadableQuote())
		} else if got := m.Renamed(strings.ToUpper).ReadableQuote(); got != "ask @BOB or @YOU" {
			t.Errorf("renamed, it answers %q", got)
		}
		if m := page[at-1]; m.Names[bob.id().Sender()] != "Bob" {
			t.Errorf("reacted: %v", m.Names)
		}
		if m, err := bob.Message(ctx, sent.ID()); err != nil || m.Mentioned {
			t.Errorf("one's own: %+v, %v", m, err)
		}
	})
}
