package messaging

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// history is a conversation with all that hangs on its messages.
func (d *device) history(with id.Conversation) string {
	d.w.Helper()
	page, err := d.Messages(d.w.Context(), with, Page{Limit: 1000})
	d.w.check(err)
	var b strings.Builder
	for _, m := range page {
		fmt.Fprintf(&b, "%s %s %q", m.Kind, id.Shorten(m.Author.String()), m.Text)
		if m.Quote != nil {
			fmt.Fprintf(&b, " > %q", m.Quote.Text)
		}
		for _, r := range m.Reactions {
			fmt.Fprintf(&b, " %s by %s", r.Emoji, id.Shorten(r.Author.String()))
		}
		if m.Deleted {
			b.WriteString(" deleted")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// find is the message with a text.
func (d *device) find(with id.Conversation, text string) Message {
	d.w.Helper()
	page, err := d.Messages(d.w.Context(), with, Page{Limit: 1000})
	d.w.check(err)
	i := slices.IndexFunc(page, func(m Message) bool { return m.Text == text })
	if i < 0 {
		d.w.Fatalf("no message %q", text)
	}
	return page[i]
}

// exchange lets everybody send what waits and take what has come.
func (w *world) exchange(devices ...*device) {
	w.Helper()
	for range 2 {
		for _, d := range devices {
			w.check(d.Flush(w.Context()))
		}
		for _, d := range devices {
			time.Sleep(time.Second)
			d.receive()
		}
	}
}

// trio is Alice with two devices, and Bob, who know each other.
func trio(w *world, f func(first, second, bob *device)) {
	first, bob := w.person("Alice"), w.person("Bob")
	second := w.device(first.seed, "")
	first.say(bob, "did it pass?")
	w.exchange(first, second, bob)
	bob.say(first, "it did")
	w.exchange(first, second, bob)
	f(first, second, bob)
}

// same fails unless all three have the same history of a conversation.
func (w *world) same(what string, first, second, bob *device) string {
	w.Helper()
	w.exchange(first, second, bob)
	want := first.history(first.with(bob))
	for name, got := range map[string]string{"the second device": second.history(second.with(bob)), "the other side": bob.history(bob.with(first))} {
		// Who accepted is told to the other side alone.
		strip := func(s string) string {
			return strings.Join(slices.DeleteFunc(strings.SplitAfter(s, "\n"), func(l string) bool { return strings.Contains(l, "accepted") }), "")
		}
		if strip(got) != strip(want) {
			w.Fatalf("%s: %s has\n%s\nthe first device\n%s", what, name, got, want)
		}
	}
	return want
}

func TestRepliesReactionsAndDeletionsAreTheSameEverywhere(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			ctx, conv := w.Context(), first.with(bob)

			question := bob.find(bob.with(first), "did it pass?")
			_, err := bob.Send(ctx, bob.with(first), Draft{Text: "all of it", ReplyTo: question.ID()})
			w.check(err)
			_, err = second.Send(ctx, conv, Draft{Text: "even the slow ones?", ReplyTo: second.find(conv, "it did").ID()})
			w.check(err)
			h := w.same("replies", first, second, bob)
			if !strings.Contains(h, `"all of it" > "did it pass?"`) || !strings.Contains(h, `"even the slow ones?" > "it did"`) {
				t.Fatal("no quotes:\n" + h)
			}

			answer := first.find(conv, "it did")
			_, err = first.React(ctx, answer.ID(), "🎉", false)
			w.check(err)
			_, err = bob.React(ctx, bob.find(bob.with(first), "it did").ID(), "👍", false)
			w.check(err)
			_, err = second.React(ctx, second.find(conv, "did it pass?").ID(), "❤️", false)
			w.check(err)
			h = w.same("reactions", first, second, bob)
			if strings.Count(h, " by ") != 3 {
				t.Fatal("three reactions are missing:\n" + h)
			}
			if recent, err := first.RecentReactions(ctx); err != nil || recent[0] != "🎉" || len(recent) != 6 {
				t.Errorf("recent reactions are %q, %v", recent, err)
			}
			_, err = second.React(ctx, second.find(conv, "it did").ID(), "🎉", true)
			w.check(err)
			if h = w.same("a reaction taken back", first, second, bob); strings.Contains(h, "🎉") {
				t.Fatal("it is still there:\n" + h)
			}
			if first.conversation(bob).Unread != 2 {
				t.Errorf("reactions count as unread: %d", first.conversation(bob).Unread)
			}

			if err := first.Delete(ctx, answer.ID(), Everyone); !errors.Is(err, ErrInvalid) {
				t.Errorf("what others wrote was deleted for everyone: %v", err)
			}
			w.check(first.Delete(ctx, first.find(conv, "did it pass?").ID(), Everyone))
			h = w.same("a deletion", first, second, bob)
			if strings.Contains(h, "did it pass?") || !strings.Contains(h, `"all of it" > ""`) || strings.Count(h, "deleted") < 2 || strings.Contains(h, "❤️") {
				t.Fatal("something of it is still there:\n" + h)
			}
			if _, err := bob.React(ctx, question.ID(), "👍", false); !errors.Is(err, ErrInvalid) {
				t.Errorf("a reaction to what was deleted: %v", err)
			}
			for _, d := range []*device{first, second, bob} {
				if hits, err := d.Search(ctx, Query{Text: "pass"}); err != nil || len(hits) != 0 {
					t.Errorf("it is found: %v, %v", hits, err)
				}
			}

			w.check(bob.Delete(ctx, bob.find(bob.with(first), "all of it").ID(), Everyone))
			if h = w.same("a deletion by the other side", first, second, bob); strings.Contains(h, "all of it") {
				t.Fatal(h)
			}
			if n := first.conversation(bob).Unread; n != 1 {
				t.Errorf("%d messages are unread, of which one was deleted", n)
			}

			w.check(first.Delete(ctx, answer.ID(), MyDevices))
			w.exchange(first, second, bob)
			if strings.Contains(first.history(conv)+second.history(conv), `"it did"`) || !strings.Contains(bob.history(bob.with(first)), `"it did"`) {
				t.Errorf("first\n%s\nsecond\n%s\nbob\n%s", first.history(conv), second.history(conv), bob.history(bob.with(first)))
			}
			w.check(second.Delete(ctx, second.find(conv, "even the slow ones?").ID(), ForMe))
			w.exchange(first, second, bob)
			if strings.Contains(second.history(conv), "slow") || !strings.Contains(first.history(conv), `"even the slow ones?"`) {
				t.Errorf("first\n%s\nsecond\n%s", first.history(conv), second.history(conv))
			}
		})
	})
}

// A message that was deleted everywhere is not in the account's swarm either,
// and in the notes to oneself nothing stays.
func TestWhatIsDeletedLeavesTheSwarm(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			ctx, self := w.Context(), id.With(first.id())
			m := first.say(bob, "a secret")
			note, err := first.Send(ctx, self, Draft{Text: "a note"})
			w.check(err)
			w.exchange(first, second, bob)
			if second.find(self, "a note").Deleted {
				t.Fatal("deleted before it was")
			}
			m, err = first.Message(ctx, m.ID())
			w.check(err)
			note, err = first.Message(ctx, note.ID())
			w.check(err)
			if m.OwnHash() == "" || note.OwnHash() == "" || m.OwnHash() == m.Hash {
				t.Fatalf("hashes in one's own swarm: %q and %q", m.OwnHash(), note.OwnHash())
			}
			w.check(first.Delete(ctx, m.ID(), Everyone))
			w.check(first.Delete(ctx, note.ID(), Everyone))
			w.exchange(first, second, bob)
			for _, d := range []*device{first, second} {
				if h := d.history(self); h != "" {
					t.Errorf("notes: %s", h)
				}
			}
			kept := map[id.Hash]bool{}
			reply, err := first.retrieve(ctx, []space{{nsMessages, -1}}, nil)
			w.check(err)
			for _, s := range reply.answers[nsMessages] {
				kept[s.Hash] = true
			}
			third := w.device(first.seed, "")
			w.exchange(third)
			if kept[m.OwnHash()] || kept[note.OwnHash()] || strings.Contains(third.history(third.with(bob)), "a secret") || third.history(self) != "" {
				t.Error("the swarm still has what was deleted")
			}
		})
	})
}

// Deleting works without a network, also what has not been sent yet.
func TestDeletingWhileOffline(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			ctx, conv := w.Context(), first.with(bob)
			sent := first.say(bob, "sent before")
			w.exchange(first, second, bob)
			first.stop()
			c, err := Open(ctx, first.options()) // it does not run: nothing is sent
			w.check(err)
			unsent, err := c.Send(ctx, conv, Draft{Text: "never sent"})
			w.check(err)
			w.check(c.Delete(ctx, unsent.ID(), Everyone))
			w.check(c.Delete(ctx, sent.ID(), Everyone))
			w.check(c.Close())
			first.open()
			h := w.same("deleted without a network", first, second, bob)
			if strings.Contains(h, "sent before") || strings.Contains(h, "never sent") {
				t.Error(h)
			}
		})
	})
}

func TestReadReceiptsAndTyping(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			ctx, conv := w.Context(), first.with(bob)
			state := func(d *device) store.State { return d.find(conv, "did it pass?").State }
			read := func() {
				w.check(bob.MarkRead(ctx, bob.with(first), time.Now().UnixMilli()))
				w.exchange(first, second, bob)
			}
			read()
			if state(first) != store.StateSent {
				t.Fatal("a receipt was sent that nobody allowed")
			}
			on := true
			for _, d := range []*device{first, second} {
				w.check(d.SetPreferences(ctx, Preferences{ReadReceipts: true, Typing: true}))
			}
			w.check(bob.SetPreference(ctx, bob.with(first), store.Preference{ReadReceipts: &on, Typing: &on}))
			first.say(bob, "and now?")
			w.exchange(first, second, bob)
			read()
			for _, d := range []*device{first, second} {
				if m := d.find(conv, "and now?"); m.State != store.StateRead {
					t.Errorf("it is %q, not read", m.State)
				}
			}
			if state(first) != store.StateSent {
				t.Error("a receipt for what was read before they were allowed")
			}

			events := first.Subscribe()
			defer events.Close()
			typing := func() (list []Typing) {
				time.Sleep(time.Second)
				first.receive()
				for e, more := events.TryNext(); more; e, more = events.TryNext() {
					if e, ok := e.(Typing); ok {
						list = append(list, e)
					}
				}
				return list
			}
			w.check(bob.Typing(ctx, bob.with(first), true))
			w.check(bob.Typing(ctx, bob.with(first), true)) // too soon to be told again
			if list := typing(); len(list) != 1 || list[0].Conversation != conv || time.Until(list[0].Until) <= 0 || time.Until(list[0].Until) > 15*time.Second {
				t.Errorf("typing: %+v", list)
			}
			w.check(bob.Typing(ctx, bob.with(first), false))
			if list := typing(); len(list) != 1 || !list[0].Until.IsZero() {
				t.Errorf("stopped typing: %+v", list)
			}
			// What was typed comes behind the sign of it, also if one look finds both.
			w.check(bob.Typing(ctx, bob.with(first), true))
			bob.say(first, "here it is")
			time.Sleep(time.Second)
			first.receive()
			typed, added := 0, 0
			for n := 1; ; n++ {
				e, more := events.TryNext()
				if !more {
					break
				}
				switch e := e.(type) {
				case Typing:
					if !e.Until.IsZero() {
						typed = n
					}
				case MessageAdded:
					added = n
				}
			}
			if typed == 0 || added < typed {
				t.Errorf("typing is event %d, what was typed %d", typed, added)
			}
			off := false
			w.check(first.SetPreference(ctx, conv, store.Preference{Typing: &off}))
			w.check(bob.Typing(ctx, bob.with(first), true))
			if list := typing(); len(list) != 0 {
				t.Errorf("typing that is not wanted: %+v", list)
			}
		})
	})
}

func TestLinesAboutWhatHappened(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			whose := bob.find(bob.with(first), "did it pass?")
			w.check(bob.notifySaved(w.Context(), whose.Message))
			w.exchange(first, second, bob)
			named := func(c *sessionpb.Content) bool {
				return c.GetDataExtractionNotification().GetTimestamp() == uint64(whose.TimestampMS)
			}
			if list := first.inSwarm(); !slices.ContainsFunc(list, named) {
				t.Errorf("no news that phones take: %v", list)
			}
			ms := time.Now().UnixMilli()
			call := func(kind sessionpb.CallMessage_Type, uuid string) {
				ms++
				first.deliver(bob, &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), CallMessage: &sessionpb.CallMessage{
					Type: kind.Enum(), Uuid: proto.String(uuid),
				}})
			}
			call(sessionpb.CallMessage_PRE_OFFER, "one")
			call(sessionpb.CallMessage_OFFER, "one")
			call(sessionpb.CallMessage_ICE_CANDIDATES, "one")
			call(sessionpb.CallMessage_END_CALL, "two")
			call(sessionpb.CallMessage_OFFER, "three")
			call(sessionpb.CallMessage_OFFER, strings.Repeat("x", maxCall+1))
			ms++
			invitation := &sessionpb.DataMessage_CommunityInvitation{Url: proto.String("http://open.example/room?public_key=00"), Name: proto.String("A 👩‍👧 room")}
			first.deliver(bob, dataContent(&sessionpb.DataMessage{CommunityInvitation: invitation}, ms, nil, ""))
			want := []string{
				"(Bob saved a file.)", "(Missed call from Bob.)", "(Missed call from Bob.)",
				"(Invitation to the community \"A 👩‍👧 room\": http://open.example/room?public_key=00)",
			}
			got := first.texts(bob)
			w.equal("lines", got[len(got)-len(want):], want)
			if n := first.conversation(bob).Unread; n != 1 {
				t.Errorf("lines count as unread: %d", n)
			}
		})
	})
}

// A call that was taken on another device is not missed here, in whatever order that
// is heard of; one that was missed shows who called, also if they were hidden.
func TestCallsThatWereTakenElsewhere(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			w.check(first.Configure(w.Context(), first.with(bob), Settings{Hidden: pointer(true)}))
			w.exchange(first, second, bob)
			time.Sleep(time.Hour)
			ms := time.Now().UnixMilli()
			call := func(from *device, kind sessionpb.CallMessage_Type, uuid string) {
				ms++
				first.deliver(from, &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), CallMessage: &sessionpb.CallMessage{
					Type: kind.Enum(), Uuid: proto.String(uuid), Sdps: []string{"v=0"},
				}})
			}
			calls := func() string { return strings.Join(first.texts(bob), " ") }
			for _, end := range []sessionpb.CallMessage_Type{sessionpb.CallMessage_ANSWER, sessionpb.CallMessage_END_CALL} {
				before, after := "before "+end.String(), "after "+end.String()
				call(bob, sessionpb.CallMessage_PRE_OFFER, before)
				if got := calls(); got != "(Missed call from Bob.)" || first.conversation(bob).Hidden {
					t.Errorf("a call: %s", got)
				}
				call(second, end, before)
				call(bob, sessionpb.CallMessage_OFFER, before)
				call(second, end, after)
				call(bob, sessionpb.CallMessage_PRE_OFFER, after)
				call(bob, sessionpb.CallMessage_OFFER, after)
				if got := calls(); got != "" {
					t.Errorf("%s: a call that was taken is missed: %s", end, got)
				}
			}
			call(bob, sessionpb.CallMessage_OFFER, "answered by the caller")
			call(bob, sessionpb.CallMessage_ANSWER, "answered by the caller")
			if got := calls(); got != "(Missed call from Bob.)" {
				t.Errorf("the caller took it back: %s", got)
			}
		})
	})
}

// deliver has a device take what somebody else has sealed.
func (d *device) deliver(from *device, content *sessionpb.Content) {
	d.w.Helper()
	data := sealed(d.w, from.keys, d.id(), content)
	_, err := d.take(d.w.Context(), d.ownInbox(), snode.Key{}, []storage.Stored{{Data: data, Timestamp: time.Now(), Expiration: time.Now().Add(timeToLive)}})
	d.w.check(err)
}

// inSwarm is what the account's swarm keeps of what was written to it.
func (d *device) inSwarm() (list []*sessionpb.Content) {
	d.w.Helper()
	auth := d.auth()
	reply, err := d.net.Batch(d.w.Context(), auth.Owner, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		return []storage.Request{auth.Retrieve(nsMessages, "", -1, now)}, nil
	})
	d.w.check(err)
	answer, err := reply.Results[0].Retrieve()
	d.w.check(err)
	for _, s := range answer.Messages {
		in, err := d.openMessage(s)
		d.w.check(err)
		list = append(list, in.content)
	}
	return list
}

// What others may not say is not believed.
func TestForgedSignalsDoNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			carol := w.person("Carol")
			w.check(first.SetPreferences(w.Context(), Preferences{ReadReceipts: true}))
			mine, theirs := first.find(first.with(bob), "did it pass?"), first.find(first.with(bob), "it did")
			before := first.history(first.with(bob))
			ms := time.Now().UnixMilli()
			unsend := func(m Message) *sessionpb.Content {
				ms++
				return &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), UnsendRequest: &sessionpb.UnsendRequest{
					Author: proto.String(m.Author.String()), Timestamp: proto.Uint64(uint64(m.TimestampMS)),
				}}
			}
			react := func(author id.Account, at int64, emoji string) *sessionpb.Content {
				ms++
				return dataContent(&sessionpb.DataMessage{Reaction: &sessionpb.DataMessage_Reaction{
					Id: proto.Uint64(uint64(at)), Author: proto.String(author.String()), Emoji: proto.String(emoji),
					Action: sessionpb.DataMessage_Reaction_REACT.Enum(),
				}}, ms, nil, "")
			}
			first.deliver(bob, unsend(mine))
			first.deliver(carol, unsend(mine))
			first.deliver(carol, unsend(theirs))
			first.deliver(carol, react(first.id(), mine.TimestampMS, "👎"))
			first.deliver(carol, react(bob.id(), theirs.TimestampMS, "👎"))
			first.deliver(bob, react(first.id(), mine.TimestampMS, "you are wrong"))
			ms++
			first.deliver(carol, &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), ReceiptMessage: &sessionpb.ReceiptMessage{
				Type: sessionpb.ReceiptMessage_READ.Enum(), Timestamp: []uint64{uint64(mine.TimestampMS), 0, 1 << 63},
			}})
			if after := first.history(first.with(bob)); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
			if m := first.find(first.with(bob), "did it pass?"); m.State != store.StateSent {
				t.Errorf("read by a stranger: %s", m.State)
			}
			if list, err := first.Conversations(w.Context()); err != nil || len(list) != 1 {
				t.Errorf("a stranger who wrote nothing is in the list: %v, %v", list, err)
			}
		})
	})
}

// Whoever reacts, in whatever process, does it at most 20 times a minute.
func TestTwentyReactionsAMinute(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		m := alice.say(alice, "a note")
		for i := range 20 {
			if i == 10 {
				alice.reopen()
			}
			_, err := alice.React(w.Context(), m.ID(), "👍", i%2 == 1)
			w.check(err)
		}
		if _, err := alice.React(w.Context(), m.ID(), "🎉", false); !errors.Is(err, ErrInvalid) {
			t.Errorf("the 21st: %v", err)
		}
		time.Sleep(time.Minute)
		_, err := alice.React(w.Context(), m.ID(), "🎉", false)
		w.check(err)
	})
}

func TestNumberOfAURL(t *testing.T) {
	for url, want := range map[string]uint64{
		"http://a.example/file/12": 12, "http://a.example/file/12#p=00": 12, "http://a.example/file/abc": 0, "": 0,
		"http://a.example/file/99999999999999999999": 0,
	} {
		if got := numberOf(url); got != want {
			t.Errorf("%s: %d", url, got)
		}
	}
}

func TestIsEmoji(t *testing.T) {
	for _, s := range []string{"👍", "❤️", "❤", "👩🏽‍❤️‍💋‍👨🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇫🇷", "1️⃣", "#️⃣", "‼️", "ℹ️", "〰️", "↔️", "☺️"} {
		if !isEmoji(s) {
			t.Errorf("%q is an emoji", s)
		}
	}
	for _, s := range []string{"", "a", "no", "👍a", "1", "#", " ", "👍 ", "👍\n", "\u200D", "\uFE0F", "👍\u202E", "👍\x00", "\xff", "<", "+", "🏽", strings.Repeat("👍", 17)} {
		if isEmoji(s) {
			t.Errorf("%q is no emoji", s)
		}
	}
}

// The story of a message names the way, and how many members have it.
func TestDeliveryIsTold(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			m := first.say(bob, "hello")
			w.exchange(first)
			list, err := first.Delivery(w.Context(), m.ID())
			w.check(err)
			if len(list) != 2 {
				t.Fatalf("%d attempts: %+v", len(list), list)
			}
			m, err = first.Message(w.Context(), m.ID())
			w.check(err)
			for i, hash := range []id.Hash{m.Hash, m.CopyHash} {
				a := list[i]
				if a.Stored == 0 || a.Error != "" || a.Hash != hash || len(a.Path) != 4 || len(a.Nodes) != a.Stored || a.AtMS == 0 {
					t.Errorf("%+v", a)
				}
			}
			if list[0].Kind != store.OutgoingMessage || list[1].Kind != store.OutgoingCopy {
				t.Errorf("%+v", list)
			}
		})
	})
}
