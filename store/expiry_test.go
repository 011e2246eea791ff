package store

import (
	"slices"
	"testing"

	"seance/messaging/id"
)

// What has expired is nowhere to be read, though it still is on the disk.
func TestWhatExpiredIsNotShown(t *testing.T) {
	s := openTest(t, t.TempDir())
	nowMS := int64(1_000_000)
	s.UseClock(func() int64 { return nowMS })
	conv := contact(1).ID
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	kept := received(1, 1000, "word kept")
	kept.Row = insert(t, s, kept)
	answer := received(1, 1001, "word answer")
	dies := received(1, 1002, "word dies")
	answer.Quote = &Quote{Author: dies.Author, TimestampMS: dies.TimestampMS}
	answer.Row = insert(t, s, answer)
	dies.Expire = Expire{Mode: ExpireAfterSend, Seconds: 1, AtMS: nowMS + 1}
	dies.Row = insert(t, s, dies)
	update(t, s, func(tx *Tx) error {
		_, err := tx.AppendEvent("test", conv, dies.Row)
		return err
	})
	type shown struct {
		Page, Before, After, Around, From int
		Found, Unread                     int
		Last, Quote                       string
		Event, Known                      bool
	}
	look := func() (got shown) {
		t.Helper()
		ctx := t.Context()
		count := func(p Page) int {
			list, err := s.Messages(ctx, conv, p)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		at := dies.Position()
		got.Page, got.Around, got.After = count(Page{}), count(Page{Around: &at}), count(Page{After: &Position{TimestampMS: 1001, Author: kept.Author}})
		got.Before = count(Page{Before: &Position{TimestampMS: 2000}})
		hits, err := s.Search(ctx, Search{Terms: terms("word")})
		if err != nil {
			t.Fatal(err)
		}
		got.Found = len(hits)
		v, err := s.Conversation(ctx, conv)
		if err != nil {
			t.Fatal(err)
		}
		got.Unread, got.Last = v.Unread, v.Last.Text
		all, err := s.Conversations(ctx)
		if err != nil || len(all) != 1 || all[0] != v {
			t.Errorf("the list has %+v, %v, and the conversation is %+v", all, err, v)
		}
		m, err := s.Message(ctx, answer.Row)
		if err != nil {
			t.Fatal(err)
		}
		got.Quote = m.Quote.Text
		_, err = s.Message(ctx, dies.Row)
		got.Known = err == nil
		events, err := s.Events(ctx, 0, 10)
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		got.Event = events[0].Message != nil
		return got
	}
	if got, want := look(), (shown{3, 3, 1, 3, 0, 3, 3, "word dies", "word dies", true, true}); got != want {
		t.Errorf("before: %+v", got)
	}
	nowMS++
	over := shown{2, 2, 0, 2, 0, 2, 2, "word answer", "", false, false}
	if got := look(); got != over {
		t.Errorf("expired: %+v", got)
	}
	update(t, s, func(tx *Tx) error {
		w := Waiting{Conversation: conv, Author: dies.Author, TimestampMS: dies.TimestampMS, Sender: dies.Author, Kind: WaitingReaction, ReceivedMS: nowMS}
		if err := tx.Wait(w); err != nil {
			return err
		}
		list, err := tx.DeleteExpired(nowMS, 10)
		if want := []Expired{{dies.Row, conv, nowMS}}; err == nil && !slices.Equal(list, want) {
			t.Errorf("deleted %+v", list)
		}
		left, _ := tx.Waiting(conv, dies.Author, dies.TimestampMS)
		if len(left) != 0 {
			t.Errorf("what waited for it is still there: %+v", left)
		}
		return err
	})
	if got := look(); got != over {
		t.Errorf("deleted: %+v", got)
	}
}

func TestTheNextToExpire(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	told := func() bool {
		select {
		case <-s.Expiring():
			return true
		default:
			return false
		}
	}
	insert(t, s, received(1, 1, "stays"))
	if told() {
		t.Error("nothing expires")
	}
	read := received(1, 2, "after reading")
	read.Expire, read.Hash = Expire{Mode: ExpireAfterRead, Seconds: 7}, "hash"
	row := insert(t, s, read)
	later := received(1, 3, "not read")
	later.Expire = read.Expire
	insert(t, s, later)
	if _, ok, err := s.NextExpiry(t.Context(), 0); ok || err != nil || told() {
		t.Error("a clock runs that has not begun", err)
	}
	update(t, s, func(tx *Tx) error {
		if _, err := tx.MarkRead(read.Conversation, 2); err != nil {
			return err
		}
		list, err := tx.Unstarted(read.Conversation)
		if want := []Unstarted{{row, id.Hash("hash"), 7}}; err == nil && !slices.Equal(list, want) {
			t.Errorf("read and not begun: %+v", list)
		}
		return tx.SetExpiry(row, 500)
	})
	if !told() {
		t.Error("nobody was told of a time to disappear")
	}
	for _, tt := range []struct {
		after int64
		want  bool
	}{{0, true}, {499, true}, {500, false}} {
		if ms, ok, err := s.NextExpiry(t.Context(), tt.after); err != nil || ok != tt.want || ok && ms != 500 {
			t.Errorf("after %d: %d, %v, %v", tt.after, ms, ok, err)
		}
	}
	update(t, s, func(tx *Tx) error {
		if list, err := tx.Unstarted(read.Conversation); len(list) != 0 || err != nil {
			t.Errorf("still not begun: %+v, %v", list, err)
		}
		return nil
	})
}

// A line about a timer comes back as one.
func TestALineTellsOfATimer(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	for i, timer := range []Timer{{}, {Mode: ExpireAfterRead, Seconds: 60}} {
		m := received(1, i, "line")
		m.Kind, m.Timer, m.Expire = KindInfo, &timer, Expire{Mode: timer.Mode, Seconds: timer.Seconds}
		got, err := s.Message(t.Context(), insert(t, s, m))
		if err != nil || got.Timer == nil || *got.Timer != timer {
			t.Errorf("%+v came back as %+v, %v", timer, got.Timer, err)
		}
	}
}
