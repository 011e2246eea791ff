package messaging

import (
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

func TestListOf(t *testing.T) {
	for _, tt := range []struct{ names, want string }{
		{"You", "you"}, {"Bob", "Bob"}, {"Young,You", "you and Young"}, {"A,B,You", "you, A and B"},
		{"A,B,C,D,E", "A, B, C, D and E"}, {"A,B,C,D,E,You", "you, A, B, C and 2 others"},
	} {
		names := strings.Split(tt.names, ",")
		if got := listOf(names); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.names, got, tt.want)
		}
		if got := strings.Join(names, ","); got != tt.names {
			t.Errorf("%s became %s", tt.names, got)
		}
	}
}

// An invitation that is sent again neither changes the key nor is told to the others; and
// who looks at the members hears that it went out.
func TestInvitationAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, carol := w.person("Alice"), w.person("Carol")
		events := alice.Subscribe()
		defer events.Close()
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(carol)})
		w.check(err)
		heard := func() (n int) {
			for e, more := events.TryNext(); more; e, more = events.TryNext() {
				if e, is := e.(ConversationChanged); is && e.Conversation.ID == g.ID {
					n++
				}
			}
			return n
		}
		heard()
		w.round(alice)
		if n := heard(); n == 0 || !strings.Contains(alice.group(g.ID), " invited") {
			t.Errorf("heard %d times of %s", n, alice.group(g.ID))
		}
		before := alice.inGroup(g.ID)
		w.check(alice.Invite(w.Context(), g.ID, idsOf(carol), false))
		if got := alice.group(g.ID); !strings.Contains(got, "invite_not_sent") {
			t.Error(got)
		}
		w.round(alice, carol)
		w.equal("Alice", alice.inGroup(g.ID), before)
		w.check(carol.AcceptInvitation(w.Context(), g.ID))
		alice.write(g.ID, "hello")
		w.round(carol, alice)
		if got := carol.inGroup(g.ID); !slices.Contains(got, "Alice: hello") {
			t.Errorf("Carol has %q", got)
		}
		if got := alice.group(g.ID); strings.Contains(got, "invite") {
			t.Error(got)
		}
	})
}

// Lines say what timer was set, and names outlive membership.
func TestLinesOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice)
		all := []*device{alice, bob, carol}
		ctx := w.Context()
		g := w.garden(alice, bob, carol)
		carol.write(g.ID, "hello")
		w.round(all...)
		day, never := 24*time.Hour, time.Duration(0)
		w.check(alice.ConfigureGroup(ctx, g.ID, GroupChange{Timer: &day}))
		w.round(all...)
		for d, who := range map[*device]string{alice: "You", bob: "Alice"} {
			texts := d.inGroup(g.ID)
			if last, want := texts[len(texts)-1], "("+who+" set messages to disappear 1 day after they are sent.)"; last != want {
				t.Errorf("%q, want %q", last, want)
			}
			page, err := d.Messages(ctx, g.ID, Page{Limit: 1})
			w.check(err)
			if m := page[0]; m.Expire.AtMS == 0 || m.Expire.AtMS > m.ReceivedMS+day.Milliseconds() {
				t.Errorf("the line disappears at %+v", m.Expire)
			}
			if v, err := d.Conversation(ctx, g.ID); err != nil || v.Last.Text != "Messages disappear 1 day after they are sent." {
				t.Errorf("%+v, %v", v.Last, err)
			}
		}
		w.check(alice.ConfigureGroup(ctx, g.ID, GroupChange{Timer: &never}))
		time.Sleep(time.Second)
		w.check(carol.Leave(ctx, g.ID, false))
		w.round(alice, bob)
		texts := bob.inGroup(g.ID)
		for _, want := range []string{"(Alice turned disappearing messages off.)", "(Carol left the group.)", "Carol: hello"} {
			if !slices.Contains(texts, want) {
				t.Errorf("%q is not in %q", want, texts)
			}
		}
		if v, err := bob.Conversation(w.Context(), g.ID); err != nil || v.Last.Text != "Carol left the group." {
			t.Errorf("the last line in the list: %q, %v", v.Last.Text, err)
		}
		if got := bob.group(g.ID); strings.Contains(got, carol.id().Short()) {
			t.Errorf("she is still there: %s", got)
		}
	})
}

// A name is a name, also one that is written as lines write whom they mean.
func TestNamesInLinesAreOnlyNames(t *testing.T) {
	alice, bob := mustSeed(t, "Alice").Keys().Account(), mustSeed(t, "Bob").Keys().Account()
	names := map[id.Sender]string{alice.Sender(): "@" + bob.String(), bob.Sender(): "Bob"}
	for _, m := range []store.Message{
		{Text: "@" + alice.String() + " left the group."},
		{Text: missedText},
		{Timer: &store.Timer{}},
	} {
		m.Kind, m.Author, m.Direction = store.KindInfo, alice.Sender(), store.In
		shown := new(Client).shown(m, func(who id.Sender) string { return names[who] })
		if !strings.Contains(shown.Text, names[alice.Sender()]) || strings.Contains(shown.Text, "Bob") {
			t.Errorf("%q", shown.Text)
		}
	}
}
