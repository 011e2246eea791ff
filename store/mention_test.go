package store

import "testing"

// TestMentions: it is counted how much of what is unread names the user, whatever else
// happens to it.
func TestMentions(t *testing.T) {
	s := openTest(t, t.TempDir())
	nowMS := int64(1_000_000)
	s.UseClock(func() int64 { return nowMS })
	conv := contact(1)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(conv) })
	named := func(at int) Message {
		m := received(1, at, "named")
		m.Mentioned = true
		return m
	}
	dies, own := named(50), named(60)
	dies.Expire = Expire{Mode: ExpireAfterSend, Seconds: 1, AtMS: nowMS + 1}
	own.Direction = Out
	var rows []int64
	for _, m := range []Message{named(10), named(20), received(1, 30, "x"), named(40), dies, own, named(70)} {
		rows = append(rows, insert(t, s, m))
	}
	is := func(what string, unread, mentions int) {
		t.Helper()
		v, err := s.Conversation(t.Context(), conv.ID)
		if err != nil || v.Unread != unread || v.Mentions != mentions {
			t.Errorf("%s: %d unread with %d mentions, %v, want %d with %d", what, v.Unread, v.Mentions, err, unread, mentions)
		}
	}
	is("at first", 6, 5)
	update(t, s, func(tx *Tx) error { _, err := tx.MarkRead(conv.ID, 10); return err })
	is("one was read", 5, 4)
	update(t, s, func(tx *Tx) error { return tx.Bury(rows[1], "deleted") })
	is("one was deleted by its author", 4, 3)
	update(t, s, func(tx *Tx) error { return tx.DeleteMessage(rows[3]) })
	is("one is gone", 3, 2)
	nowMS += 2
	is("one has expired", 2, 1)
	update(t, s, func(tx *Tx) error { _, err := tx.MarkRead(conv.ID, 100); return err })
	is("all was read", 0, 0)
	if m, err := s.Message(t.Context(), rows[6]); err != nil || !m.Mentioned {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := s.Message(t.Context(), rows[2]); err != nil || m.Mentioned {
		t.Errorf("%+v, %v", m, err)
	}
}
