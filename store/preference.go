package store

import (
	"context"
	"errors"

	"seance/messaging/id"
)

// Preference is what others learn of the user in one conversation; nil: as
// everywhere else.
type Preference struct {
	ReadReceipts *bool
	Typing       *bool
}

const preferenceOf = `SELECT read_receipts, typing FROM preference WHERE conversation = (SELECT row FROM conversation WHERE id = ?)`

// Preference reads what SetPreference has set.
func (s *Store) Preference(ctx context.Context, c id.Conversation) (p Preference, err error) {
	err = s.queries.row(ctx, into(&p.ReadReceipts, &p.Typing), preferenceOf, string(c))
	return none(p, err)
}

// Preference reads what SetPreference has set.
func (t *Tx) Preference(c id.Conversation) (p Preference, err error) {
	err = t.row(into(&p.ReadReceipts, &p.Typing), preferenceOf, string(c))
	return none(p, err)
}

func none(p Preference, err error) (Preference, error) {
	if errors.Is(err, ErrNotFound) {
		return Preference{}, nil
	}
	return p, err
}

// SetPreference sets what others learn of the user in a conversation, which
// must exist.
func (t *Tx) SetPreference(c id.Conversation, p Preference) error {
	return t.must(`INSERT INTO preference (conversation, read_receipts, typing) SELECT row, ?2, ?3 FROM conversation WHERE id = ?1
		ON CONFLICT DO UPDATE SET read_receipts = excluded.read_receipts, typing = excluded.typing`,
		string(c), p.ReadReceipts, p.Typing)
}
