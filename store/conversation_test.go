package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seance/messaging/id"
)

func TestAConversationComesBackAsItWas(t *testing.T) {
	s := openTest(t, t.TempDir())
	want := Conversation{
		ID: "https://example.org/room", Kind: id.KindCommunity, Name: "n\x00", Nickname: "k", ProfileMS: 1, Approved: true, ApprovedMe: true,
		Blocked: true, Hidden: true, Priority: -1, MutedUntilMS: 1 << 50, CreatedMS: 3,
	}
	update(t, s, func(tx *Tx) error { return tx.PutConversation(want) })
	check := func() {
		t.Helper()
		got, err := s.Conversation(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	check()
	update(t, s, func(tx *Tx) error {
		_, err := tx.MarkRead(want.ID, 44)
		return errors.Join(err, tx.SetDraftText(want.ID, "unsent\x00"))
	})
	want.Draft, want.LastReadMS = "unsent\x00", 44
	check()
	// Settings replaced leave what the store maintains.
	want.Name, want.Priority, want.Hidden, want.ApprovedMe = "m", 2, false, false
	changed := want
	changed.Draft, changed.LastReadMS, changed.Unread = "x", 1, 9
	update(t, s, func(tx *Tx) error { return tx.PutConversation(changed) })
	check()
	for name, f := range map[string]func(*Tx) error{
		"draft": func(tx *Tx) error { return tx.SetDraftText("nobody", "x") },
		"read":  func(tx *Tx) error { _, err := tx.Conversation("nobody"); return err },
	} {
		if err := s.Update(t.Context(), f); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of no conversation: %v", name, err)
		}
	}
}

func TestTheListIsSortedAsTheAppsDo(t *testing.T) {
	s := openTest(t, t.TempDir())
	put := func(n int, name string, priority, created int) {
		c := contact(n)
		c.Name, c.Priority, c.CreatedMS = name, priority, int64(created)
		update(t, s, func(tx *Tx) error { return tx.PutConversation(c) })
	}
	put(1, "pinned, old", 1, 1)
	put(2, "pinned higher", 2, 1)
	put(3, "newest message", 0, 1)
	put(4, "created lately", 0, 500)
	put(5, "b", 0, 5)
	put(6, "A", 0, 5)
	put(7, "hidden", -1, 900)
	insert(t, s, received(3, 1000, strings.Repeat("é", 300)), sent(1, 2, "x"))
	list, err := s.Conversations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	want := []string{"pinned higher", "pinned, old", "newest message", "created lately", "A", "b", "hidden"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	preview := list[2].Last
	if preview.Text != strings.Repeat("é", 200) || preview.Author != account(3).Sender() || preview.Direction != In || preview.Kind != KindMessage {
		t.Errorf("%+v", preview)
	}
	if p := list[1].Last; p.Direction != Out || p.State != StateSending {
		t.Errorf("%+v", p)
	}
}

func TestRequestsAndTotals(t *testing.T) {
	s := openTest(t, t.TempDir())
	const now = 5000
	change := map[int]func(*Conversation){
		1: func(c *Conversation) {},
		2: func(c *Conversation) { c.Approved = false },
		3: func(c *Conversation) { c.Approved, c.Blocked = false, true },
		4: func(c *Conversation) { c.Approved, c.Hidden = false, true },
		5: func(c *Conversation) { c.MutedUntilMS = now + 1 },
		6: func(c *Conversation) { c.MutedUntilMS = now },
		7: func(c *Conversation) { c.Kind, c.Approved = id.KindGroup, false },
	}
	for n, f := range change {
		c := contact(n)
		f(&c)
		update(t, s, func(tx *Tx) error { return tx.PutConversation(c) })
		insert(t, s, received(n, 10, "x"), received(n, 20, "y"), sent(n, 30, "z"))
	}
	silent := contact(8) // nobody wrote
	silent.Approved = false
	update(t, s, func(tx *Tx) error { return tx.PutConversation(silent) })
	insert(t, s, sent(8, 1, "x"))
	group := contact(9)
	group.Kind, group.Approved, group.Membership = id.KindGroup, false, Invited
	update(t, s, func(tx *Tx) error { return tx.PutConversation(group) })
	list, err := s.Conversations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if want := c.ID == contact(2).ID || c.ID == group.ID; c.Request != want {
			t.Errorf("request: %t of %+v", c.Request, c)
		}
	}
	got, err := s.Totals(t.Context(), now)
	if want := (Totals{Unread: 6, Muted: 2, Requests: 2}); got != want || err != nil {
		t.Errorf("totals %+v, %v, want %+v", got, err, want)
	}
}

func TestMarkRead(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	info := received(1, 35, "info")
	info.Kind = KindInfo
	insert(t, s, received(1, 10, "a"), received(1, 20, "b"), received(1, 30, "c"), sent(1, 25, "mine"), info)
	tests := []struct {
		name   string
		mark   int64
		news   bool
		unread int
		first  int64 // 0: nothing is unread
	}{
		{"at first", 0, false, 3, 10},
		{"up to the first", 10, true, 2, 20},
		{"up to one's own", 25, true, 1, 30},
		{"not backwards", 10, false, 1, 30},
		{"all", 40, true, 0, 0},
	}
	for _, tt := range tests {
		update(t, s, func(tx *Tx) error {
			news, err := tx.MarkRead(contact(1).ID, tt.mark)
			if news != tt.news {
				t.Errorf("%s: news %t", tt.name, news)
			}
			return err
		})
		c, err := s.Conversation(t.Context(), contact(1).ID)
		if err != nil || c.Unread != tt.unread {
			t.Errorf("%s: %d unread, %v, want %d", tt.name, c.Unread, err, tt.unread)
		}
		first, err := s.FirstUnread(t.Context(), contact(1).ID)
		if first.TimestampMS != tt.first || errors.Is(err, ErrNotFound) != (tt.first == 0) {
			t.Errorf("%s: first unread %d, %v", tt.name, first.TimestampMS, err)
		}
	}
}

func TestDeletingAConversationTakesEverythingOfIt(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutConversation(contact(1)), tx.PutConversation(contact(2))) })
	o := to(1, "x")
	o.Message = insert(t, s, received(1, 1, "a"), sent(1, 2, "b"))
	enqueue(t, s, o)
	kept := insert(t, s, received(2, 1, "c"))
	update(t, s, func(tx *Tx) error {
		if _, err := tx.AppendEvent("e", contact(1).ID, o.Message); err != nil {
			return err
		}
		return tx.DeleteConversation(contact(1).ID)
	})
	if _, err := s.Message(t.Context(), o.Message); !errors.Is(err, ErrNotFound) {
		t.Errorf("its message: %v", err)
	}
	if got := due(t, s, 100); got != nil {
		t.Errorf("its outbox: %v", got)
	}
	if e, err := s.Events(t.Context(), 0, 9); err != nil || len(e) != 1 || e[0].Conversation != "" || e[0].Message != nil {
		t.Errorf("its event: %+v, %v", e, err)
	}
	if _, err := s.Message(t.Context(), kept); err != nil {
		t.Errorf("another one's message: %v", err)
	}
}
