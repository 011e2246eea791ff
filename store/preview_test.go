package store

import (
	"errors"
	"slices"
	"testing"

	"seance/messaging/id"
)

// TestPreviews: a preview comes back with its image, which is none of the files
// that people sent, and goes with the message.
func TestPreviews(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	m := received(1, 1, "see https://a.example")
	m.Preview = &LinkPreview{URL: "https://a.example", Title: "\x1b[2J\u202etitle"}
	alone := insert(t, s, m)
	m.TimestampMS = 2
	with := insert(t, s, m)
	for i, row := range []int64{alone, with} {
		a := saved(t, s, row, PreviewIndex, "image")
		a.ContentType, a.Width = "image/jpeg", 4
		update(t, s, func(tx *Tx) error { return tx.PutAttachment(row, a) })
		if i == 1 {
			saved(t, s, row, 0, "file")
			saved(t, s, row, 1, "file")
		}
		m, err := s.Message(t.Context(), row)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Preview
		if p == nil || p.URL != "https://a.example" || p.Title != "\x1b[2J\u202etitle" || p.Image == nil || p.Image.Width != 4 || p.Image.File == "" {
			t.Errorf("the preview is %+v", p)
		}
		var indexes []int
		for _, a := range m.Files() {
			indexes = append(indexes, a.Index)
		}
		if want := [][]int{{PreviewIndex}, {0, 1, PreviewIndex}}[i]; len(m.Attachments) != len(want)-1 || !slices.Equal(indexes, want) {
			t.Errorf("%d attachments, files %v", len(m.Attachments), indexes)
		}
		update(t, s, func(tx *Tx) error {
			inside, err := tx.Message(row)
			if err = errors.Join(err, tx.FillAttachments(&inside)); len(inside.Files()) != len(m.Files()) {
				t.Errorf("in a transaction: %d files", len(inside.Files()))
			}
			return err
		})
	}
	for _, c := range []struct {
		has  Has
		hits int
	}{{HasLink, 2}, {HasFile, 1}, {HasImage, 0}} {
		hits, err := s.Search(t.Context(), Search{In: id.With(account(1)), Has: c.has, Limit: 9})
		if err != nil || len(hits) != c.hits {
			t.Errorf("%d hits for %d, %v", len(hits), c.has, err)
		}
	}
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("with previews, check finds %v", about(r))
	}
	if kept := filesBelow(t, s.Attachments()); len(kept) != 4 {
		t.Errorf("%d files", len(kept))
	}
	update(t, s, func(tx *Tx) error { return errors.Join(tx.Bury(alone, "gone"), tx.DeleteMessage(with)) })
	if err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if kept := filesBelow(t, s.Attachments()); len(kept) > 0 {
		t.Errorf("%v stays", kept)
	}
	if m, err := s.Message(t.Context(), alone); err != nil || m.Preview != nil || m.Attachments != nil {
		t.Errorf("what is left: %+v, %v", m, err)
	}
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("without, check finds %v", about(r))
	}
}
