package store

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestADraftComesBackAsItWas(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	conv := contact(1).ID
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutConversation(contact(1)), tx.PutConversation(contact(2))) })
	row, elsewhere := insert(t, s, received(1, 1000, "a question")), insert(t, s, received(2, 1000, "another"))
	check := func(want Draft) {
		t.Helper()
		got, err := s.Draft(t.Context(), conv)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, %s", err, diff)
		}
		if v, err := s.Conversation(t.Context(), conv); err != nil || v.Draft != want.Text || v.DraftFiles != len(want.Files) {
			t.Errorf("the conversation has %q and %d files, %v", v.Draft, v.DraftFiles, err)
		}
	}
	check(Draft{})
	want := Draft{Text: "unsent\x00", Answers: row, Files: []DraftFile{{Path: "/a b", Size: 12}, {Path: "voice.m4a", Size: 3, Voice: []byte{1, 0, 2}}}}
	set := func() { update(t, s, func(tx *Tx) error { return tx.SetDraft(conv, want) }) }
	set()
	check(want)
	update(t, s, func(tx *Tx) error { return tx.SetDraftText(conv, "more") })
	want.Text = "more"
	check(want)
	want.Files = want.Files[1:]
	set()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir)
	check(want)
	want.Answers = elsewhere // an answer stays in its conversation
	set()
	want.Answers = 0
	check(want)
	want = Draft{}
	set()
	check(want)
	for name, f := range map[string]func(*Tx) error{
		"set":  func(tx *Tx) error { return tx.SetDraft("nobody", Draft{}) },
		"text": func(tx *Tx) error { return tx.SetDraftText("nobody", "x") },
		"read": func(*Tx) error { _, err := s.Draft(t.Context(), "nobody"); return err },
	} {
		if err := s.Update(t.Context(), f); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of no conversation: %v", name, err)
		}
	}
}

// A draft answers nothing that is not there any more, and does not keep it.
func TestADraftLosesWhatItAnswers(t *testing.T) {
	s := openTest(t, t.TempDir())
	nowMS := int64(1_000_000)
	s.UseClock(func() int64 { return nowMS })
	conv := contact(1).ID
	for i, lose := range []func(tx *Tx, row int64) error{
		func(tx *Tx, row int64) error { return tx.DeleteMessage(row) },
		func(tx *Tx, row int64) error { return tx.Bury(row, "This message was deleted") },
		func(tx *Tx, row int64) error { return tx.DeleteMessages(conv) },
		func(*Tx, int64) error { nowMS = 2_000_000; return nil },
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
			m := received(1, 1000+i, "a question")
			m.Expire = Expire{Mode: ExpireAfterSend, Seconds: 1, AtMS: 1_500_000}
			row := insert(t, s, m)
			draft := Draft{Text: "no", Answers: row}
			update(t, s, func(tx *Tx) error { return tx.SetDraft(conv, draft) })
			if got, err := s.Draft(t.Context(), conv); err != nil || got.Answers != row {
				t.Fatalf("%+v, %v", got, err)
			}
			update(t, s, func(tx *Tx) error { return lose(tx, row) })
			for range 2 {
				if got, err := s.Draft(t.Context(), conv); err != nil || got.Answers != 0 || got.Text != "no" {
					t.Errorf("%+v, %v", got, err)
				}
				update(t, s, func(tx *Tx) error { return tx.SetDraft(conv, draft) }) // as a screen that has not heard of it
			}
		})
	}
}
