package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seance/messaging/id"
)

func TestAMessageComesBackAsItWas(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	want := received(1, 1000, "a\x00b\r\n \u202e𝒜 ")
	want.Hash = "x/+y"
	want.Expire = Expire{Mode: ExpireAfterRead, Seconds: 60, AtMS: 1 << 43}
	want.Quote = &Quote{Author: account(3).Sender(), TimestampMS: 7, Text: "q\x00"}
	want.Row = insert(t, s, want)
	plain := sent(1, 1001, "")
	plain.Row = insert(t, s, plain)
	for _, m := range []Message{want, plain} {
		got, err := s.Message(t.Context(), m.Row)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Error(diff)
		}
		update(t, s, func(tx *Tx) error {
			inside, err := tx.Message(m.Row)
			if diff := cmp.Diff(inside, got); diff != "" {
				t.Errorf("in a transaction: %s", diff)
			}
			return err
		})
		row, err := ParseMessageID(got.ID())
		if err != nil || row != m.Row {
			t.Errorf("ParseMessageID(%q) = %d, %v", got.ID(), row, err)
		}
	}
}

func TestAMessageIsKnownByAuthorAndTimestamp(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutConversation(contact(1)), tx.PutConversation(contact(2))) })
	first := received(1, 1000, "first")
	row := insert(t, s, first)
	again := first
	again.Text, again.Hash = "another text", "another hash"
	update(t, s, func(tx *Tx) error {
		got, inserted, err := tx.InsertMessage(again)
		if inserted || got != row {
			t.Errorf("a repeat: row %d, %t", got, inserted)
		}
		return err
	})
	if m, err := s.Message(t.Context(), row); err != nil || m.Text != "first" {
		t.Errorf("the repeat changed it: %q, %v", m.Text, err)
	}
	for name, m := range map[string]Message{"author": sent(1, 1000, ""), "conversation": received(2, 1000, ""), "time": received(1, 1001, "")} {
		if insert(t, s, m) == row {
			t.Errorf("another %s is the same message", name)
		}
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		_, _, err := tx.InsertMessage(received(9, 1, ""))
		return err
	})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("into no conversation: %v", err)
	}
}

func TestStates(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	m := sent(1, 1, "x")
	m.Hash = ""
	row := insert(t, s, m)
	steps := []struct {
		state   State
		failure string
		set     id.Hash
		hash    id.Hash
	}{
		{StateFailed, "nobody there", "", ""}, {StateSending, "", "", ""}, {StateSent, "", "h1", "h1"}, {StateRead, "", "", "h1"}, {StateSent, "", "h2", "h2"},
	}
	for i, step := range steps {
		update(t, s, func(tx *Tx) error { return tx.SetMessageState(row, step.state, step.failure, step.set) })
		got, err := s.Message(t.Context(), row)
		if err != nil || got.State != step.state || got.Failure != step.failure || got.Hash != step.hash {
			t.Errorf("step %d: %+v, %v", i, got, err)
		}
	}
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetMessageState(row+1, StateSent, "", "") })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("of no message: %v", err)
	}
}

func TestARowIsNeverUsedAgain(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	row := insert(t, s, received(1, 1, "x"))
	update(t, s, func(tx *Tx) error { return tx.DeleteMessage(row) })
	if again := insert(t, s, received(1, 1, "x")); again <= row {
		t.Errorf("row %d after row %d", again, row)
	}
	if _, err := s.Message(t.Context(), row); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestParseMessageIDIsStrict(t *testing.T) {
	for _, in := range []string{"", "m", "1", "m0", "m-1", "m01", "m+1", "M1", "m1 ", "m99999999999999999999"} {
		if row, err := ParseMessageID(in); !errors.Is(err, id.ErrMalformed) {
			t.Errorf("ParseMessageID(%q) = %d, %v", in, row, err)
		}
	}
}
