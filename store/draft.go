package store

import (
	"context"

	"seance/messaging/id"
)

// Draft is a message that is being written.
type Draft struct {
	Text    string
	Answers int64 // the row of the message that it answers; 0: none, or it is gone
	Files   []DraftFile
}

// DraftFile is a file that goes with a draft. It is read when the draft is sent.
type DraftFile struct {
	Path  string
	Size  int64
	Voice []byte // a recording, of which Path is only the name; nil: it is none
}

const (
	draftOf = `SELECT c.draft, coalesce(m.row, 0) FROM conversation AS c
		LEFT JOIN message AS m ON m.row = c.draft_answers AND ` + alive + ` WHERE c.id = ?`
	draftFilesOf = `SELECT path, size, voice FROM draft_file WHERE conversation = (SELECT row FROM conversation WHERE id = ?) ORDER BY position`
)

// Draft reads what SetDraft has set.
func (s *Store) Draft(ctx context.Context, c id.Conversation) (d Draft, err error) {
	if err := s.queries.row(ctx, into(&d.Text, &d.Answers), draftOf, s.nowMS(), string(c)); err != nil {
		return Draft{}, err
	}
	err = s.queries.rows(ctx, func(row scanner) error {
		var f DraftFile
		err := row.Scan(&f.Path, &f.Size, &f.Voice)
		d.Files = append(d.Files, f)
		return err
	}, draftFilesOf, string(c))
	return d, err
}

// SetDraft keeps what was not sent yet. The zero value is nothing.
func (t *Tx) SetDraft(c id.Conversation, d Draft) error {
	err := t.must(`UPDATE conversation SET draft = ?2, draft_files = ?4,
		draft_answers = (SELECT m.row FROM message AS m WHERE m.row = ?3 AND m.conversation = conversation.row AND m.deleted = 0)
		WHERE id = ?1`, string(c), d.Text, d.Answers, len(d.Files))
	if err == nil {
		_, err = t.exec(`DELETE FROM draft_file WHERE conversation = (SELECT row FROM conversation WHERE id = ?)`, string(c))
	}
	for i, f := range d.Files {
		if err == nil {
			_, err = t.exec(`INSERT INTO draft_file (conversation, position, path, size, voice)
				SELECT row, ?2, ?3, ?4, ?5 FROM conversation WHERE id = ?1`, string(c), i, f.Path, f.Size, f.Voice)
		}
	}
	return err
}

// SetDraftText changes the text of a draft alone.
func (t *Tx) SetDraftText(c id.Conversation, text string) error {
	return t.must(`UPDATE conversation SET draft = ? WHERE id = ?`, text, string(c))
}
