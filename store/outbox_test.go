package store

import (
	"fmt"
	"slices"
	"testing"

	"seance/messaging/id"
)

func enqueue(t testing.TB, s *Store, o Outgoing) (entry int64) {
	t.Helper()
	update(t, s, func(tx *Tx) (err error) { entry, err = tx.Enqueue(o); return err })
	return entry
}

func to(n int, data string) Outgoing {
	return Outgoing{Kind: OutgoingControl, Target: account(n).Pubkey(), Data: []byte(data), TimestampMS: 5, TTLMS: 6}
}

// due is what would be sent at a time, target by target.
func due(t *testing.T, s *Store, now int64) (list []string) {
	t.Helper()
	targets, err := s.DueTargets(t.Context(), now, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		entries, err := s.Due(t.Context(), target, now, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range entries {
			list = append(list, string(o.Data))
		}
	}
	return list
}

func TestTheOutboxKeepsTheOrderOfEachTarget(t *testing.T) {
	s := openTest(t, t.TempDir())
	if _, ok, err := s.NextDue(t.Context()); ok || err != nil {
		t.Errorf("an empty outbox is due: %v", err)
	}
	a1, _ := enqueue(t, s, to(1, "a1")), enqueue(t, s, to(2, "b1"))
	a2, _ := enqueue(t, s, to(1, "a2")), enqueue(t, s, to(1, "a3"))
	expect := func(when string, now int64, want ...string) {
		t.Helper()
		if got := due(t, s, now); !slices.Equal(got, want) {
			t.Errorf("%s: due %v, want %v", when, got, want)
		}
	}
	next := func(when string, want int64) {
		t.Helper()
		if ms, ok, err := s.NextDue(t.Context()); ms != want || !ok || err != nil {
			t.Errorf("%s: next at %d, %t, %v, want %d", when, ms, ok, err, want)
		}
	}
	expect("all new", 0, "a1", "a2", "a3", "b1")
	next("all new", 0)
	update(t, s, func(tx *Tx) error { return tx.OutgoingFailed(a2, "no", 50) })
	expect("the second waits", 49, "a1", "b1")
	update(t, s, func(tx *Tx) error { return tx.OutgoingFailed(a1, "no", 40) })
	expect("the first waits", 39, "b1")
	expect("the first is due again", 40, "b1", "a1")
	update(t, s, func(tx *Tx) error { return tx.OutgoingParked(a1, "never") })
	expect("the first is parked", 50, "b1", "a2", "a3")
	update(t, s, func(tx *Tx) error { return tx.OutgoingDone(a2) })
	expect("the second is done", 50, "a3", "b1")
	update(t, s, func(tx *Tx) error { return tx.OutgoingDone(a2) })
	if entries, err := s.Due(t.Context(), to(1, "").Target, 50, 10); err != nil || len(entries) != 1 || entries[0].Attempts != 0 {
		t.Errorf("%+v, %v", entries, err)
	}
}

func TestAnEntryComesBackAsItWas(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	want := Outgoing{
		Kind: OutgoingCopy, Target: account(1).Pubkey(), Namespace: -400, Data: []byte{0, 1, 255}, TimestampMS: 1 << 42,
		TTLMS: 14 * 86400e3, Message: insert(t, s, sent(1, 1, "x")), NextMS: 3,
	}
	want.ID = enqueue(t, s, want)
	update(t, s, func(tx *Tx) error { return tx.OutgoingFailed(want.ID, "why", 4) })
	want.Attempts, want.NextMS, want.LastError = 1, 4, "why"
	s.Close()
	s = openTest(t, dir)
	got, err := s.Due(t.Context(), want.Target, 4, 1)
	if err != nil || len(got) != 1 || fmt.Sprintf("%+v", got[0]) != fmt.Sprintf("%+v", want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestRetryAndDeleteReachTheEntriesOfAMessage(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	o := to(1, "x")
	o.Message = insert(t, s, sent(1, 1, "x"))
	entry := enqueue(t, s, o)
	update(t, s, func(tx *Tx) error { return tx.OutgoingParked(entry, "never") })
	if got := due(t, s, 100); got != nil {
		t.Errorf("parked: due %v", got)
	}
	retry := func(want bool) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			any, err := tx.Retry(o.Message, 7)
			if any != want {
				t.Errorf("Retry reports %t", any)
			}
			return err
		})
	}
	retry(true)
	if got := due(t, s, 7); !slices.Equal(got, []string{"x"}) {
		t.Errorf("retried: due %v", got)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteMessage(o.Message) })
	if got := due(t, s, 100); got != nil {
		t.Errorf("the message is deleted: due %v", got)
	}
	retry(false)
}

func TestSeenAndCursors(t *testing.T) {
	s := openTest(t, t.TempDir())
	a, b := account(1).Pubkey(), account(2).Pubkey()
	n1, n2 := [32]byte{1}, [32]byte{2}
	update(t, s, func(tx *Tx) error {
		if seen, err := tx.Seen(a, 0, "h"); seen || err != nil {
			t.Errorf("before: %t, %v", seen, err)
		}
		for _, expires := range []int64{10, 20, 5} { // the latest counts
			if err := tx.MarkSeen(a, 0, "h", expires); err != nil {
				return err
			}
		}
		return tx.MarkSeen(b, 0, "h2", 30)
	})
	seen := func(owner id.Pubkey, ns id.Namespace, hash id.Hash, want bool) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			got, err := tx.Seen(owner, ns, hash)
			if got != want {
				t.Errorf("Seen(%x, %d, %s) = %t", owner[32:], ns, hash, got)
			}
			return err
		})
	}
	seen(a, 0, "h", true)
	seen(a, -10, "h", false)
	seen(b, 0, "h", false)
	prune := func(before, want int64) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			n, err := tx.PruneSeen(before)
			if n != want {
				t.Errorf("PruneSeen(%d) = %d, want %d", before, n, want)
			}
			return err
		})
	}
	prune(20, 0)
	prune(21, 1)
	seen(a, 0, "h", false)
	seen(b, 0, "h2", true)

	cursor := func(owner id.Pubkey, ns id.Namespace, node [32]byte, want id.Hash) {
		t.Helper()
		if got, err := s.Cursor(t.Context(), owner, ns, node); got != want || err != nil {
			t.Errorf("Cursor(%x, %d, %x) = %q, %v, want %q", owner[32:], ns, node[:1], got, err, want)
		}
	}
	cursor(a, 0, n1, "")
	update(t, s, func(tx *Tx) error {
		for _, c := range []struct {
			owner id.Pubkey
			ns    id.Namespace
			node  [32]byte
			hash  id.Hash
		}{{a, 0, n1, "old"}, {a, 0, n1, "c1"}, {a, 0, n2, "c2"}, {a, 2, n1, "c3"}, {b, 0, n2, "c4"}} {
			if err := tx.SetCursor(c.owner, c.ns, c.node, c.hash); err != nil {
				return err
			}
		}
		return nil
	})
	cursor(a, 0, n1, "c1")
	cursor(a, 0, n2, "c2")
	cursor(a, 2, n1, "c3")
	cursor(b, 0, n2, "c4")
	cursor(b, 0, n1, "")
	cursor(b, 2, n2, "")
}

func TestEvents(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	kept, gone := insert(t, s, received(1, 1, "kept")), insert(t, s, received(1, 2, "gone"))
	var cursors []int64
	update(t, s, func(tx *Tx) error {
		for _, e := range []Event{{Kind: "a", MessageRow: kept, Conversation: contact(1).ID}, {Kind: "b", MessageRow: gone, Conversation: contact(1).ID}, {Kind: "c"}, {Kind: "d", MessageRow: kept}} {
			cursor, err := tx.AppendEvent(e.Kind, e.Conversation, e.MessageRow)
			if err != nil {
				return err
			}
			cursors = append(cursors, cursor)
		}
		return tx.DeleteMessage(gone)
	})
	if !slices.IsSorted(cursors) || cursors[0] <= 0 {
		t.Errorf("cursors %v", cursors)
	}
	events, err := s.Events(t.Context(), cursors[0], 2)
	if err != nil || len(events) != 2 {
		t.Fatalf("%+v, %v", events, err)
	}
	if e := events[0]; e.Cursor != cursors[1] || e.Kind != "b" || e.Conversation != contact(1).ID || e.MessageRow != gone || e.Message != nil {
		t.Errorf("%+v", e)
	}
	if e := events[1]; e.Kind != "c" || e.Conversation != "" || e.MessageRow != 0 || e.Message != nil {
		t.Errorf("%+v", e)
	}
	events, err = s.Events(t.Context(), cursors[2], 10)
	if err != nil || len(events) != 1 || events[0].Message == nil || events[0].Message.Text != "kept" {
		t.Errorf("%+v, %v", events, err)
	}
	if events, err := s.Events(t.Context(), cursors[3], 10); err != nil || len(events) != 0 {
		t.Errorf("after the last: %+v, %v", events, err)
	}
	for _, want := range []int64{0, 7, 9} {
		if want != 0 {
			update(t, s, func(tx *Tx) error { return tx.SetConsumerCursor("receive", want) })
		}
		if got, err := s.ConsumerCursor(t.Context(), "receive"); got != want || err != nil {
			t.Errorf("ConsumerCursor = %d, %v, want %d", got, err, want)
		}
	}
}

// What is about a group is found by it, and only what was never tried is
// encrypted anew.
func TestEntriesAboutAGroup(t *testing.T) {
	s := openTest(t, t.TempDir())
	target, group := account(1).Pubkey(), id.WithGroup(id.Group{3, 7})
	var entries []int64
	update(t, s, func(tx *Tx) error {
		if err := tx.PutConversation(contact(1)); err != nil {
			return err
		}
		for _, o := range []Outgoing{
			{Kind: OutgoingInvite, Target: target, Data: []byte("come"), About: group},
			{Kind: OutgoingMessage, Target: target, Data: []byte("tried")},
			{Kind: OutgoingMessage, Target: target, Data: []byte("new")},
			{Kind: OutgoingControl, Target: target, Data: []byte("control")},
		} {
			entry, err := tx.Enqueue(o)
			if err != nil {
				return err
			}
			entries = append(entries, entry)
		}
		return tx.OutgoingFailed(entries[1], "", 0)
	})
	update(t, s, func(tx *Tx) error {
		for _, tt := range []struct {
			kind  OutgoingKind
			about id.Conversation
			want  bool
		}{{OutgoingInvite, group, true}, {OutgoingPromote, group, false}, {OutgoingInvite, id.WithGroup(id.Group{3, 8}), false}} {
			if got, err := tx.Waits(tt.kind, target, tt.about); err != nil || got != tt.want {
				t.Errorf("%s about %s waits: %v, %v", tt.kind, tt.about, got, err)
			}
		}
		return tx.Unseal(target)
	})
	due, err := s.Due(t.Context(), target, 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range due {
		got = append(got, string(o.Data))
	}
	if want := []string{"come", "tried", "", "control"}; !slices.Equal(got, want) || due[0].About != group {
		t.Errorf("due: %q about %q, want %q", got, due[0].About, want)
	}
}
