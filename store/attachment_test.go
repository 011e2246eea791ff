package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilesOfPreviewAndQuote: what a message without text has is known where it is
// only mentioned.
func TestFilesOfPreviewAndQuote(t *testing.T) {
	s := openTest(t, t.TempDir())
	c := contact(1)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(c) })
	for i, files := range [][]Attachment{
		{{Name: "cat.jpg", ContentType: "image/jpeg"}},
		{{Name: "a.m4a", ContentType: "audio/mp4", Voice: true}},
		{{Name: "b", ContentType: "text/plain"}, {Index: 1, Name: "a", ContentType: "image/png"}},
		{},
	} {
		ms := int64(10 * (i + 1))
		answer := received(1, int(ms)+1, "see above")
		answer.Quote = &Quote{Author: account(1).Sender(), TimestampMS: ms}
		row := insert(t, s, received(1, int(ms), ""))
		update(t, s, func(tx *Tx) error {
			for _, a := range files {
				if err := tx.PutAttachment(row, a); err != nil {
					return err
				}
			}
			return nil
		})
		want := []Files{{1, "cat.jpg", false, true}, {1, "a.m4a", true, false}, {2, "b", false, true}, {}}[i]
		v, err := s.Conversation(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, v.Last.Files); diff != "" {
			t.Errorf("%d, preview: %s", i, diff)
		}
		m, err := s.Message(t.Context(), insert(t, s, answer))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, m.Quote.Files); diff != "" {
			t.Errorf("%d, quote: %s", i, diff)
		}
	}
}
