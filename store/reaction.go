package store

import (
	"context"

	"seance/messaging/id"
)

// Reaction is an emoji that somebody put to a message.
type Reaction struct {
	Author id.Sender
	Emoji  string
	AtMS   int64 // when, by the author's clock
}

// maxReactions is how many different emoji one author may put to a message,
// those included that were taken back. The newest ones stay.
const maxReactions = 50

// React adds a reaction to a message, or takes it back. Of what an author says
// about an emoji the latest counts, in whatever order it comes. It reports
// whether that was news, and fails if the message is not there.
func (t *Tx) React(message int64, r Reaction, removed bool) (bool, error) {
	n, err := t.exec(`INSERT INTO reaction (message, author, emoji, at_ms, removed) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT DO UPDATE SET at_ms = ?4, removed = ?5 WHERE (?4, ?5) > (at_ms, removed)`,
		message, r.Author[:], r.Emoji, r.AtMS, removed)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.exec(`DELETE FROM reaction WHERE message = ?1 AND author = ?2 AND emoji IN
		(SELECT emoji FROM reaction WHERE message = ?1 AND author = ?2 ORDER BY at_ms DESC, emoji LIMIT -1 OFFSET ?3)`,
		message, r.Author[:], maxReactions)
	return err == nil, err
}

const reactionsTo = `SELECT author, emoji, at_ms FROM reaction WHERE message = ? AND removed = 0 ORDER BY at_ms, author, emoji`

// fillReactions reads the reactions to a message that has had some.
func (s *Store) fillReactions(ctx context.Context, m *Message) error {
	if m.Reactions == nil {
		return nil
	}
	return s.queries.rows(ctx, func(row scanner) error {
		var r Reaction
		var author []byte
		if err := row.Scan(&author, &r.Emoji, &r.AtMS); err != nil {
			return err
		}
		m.Reactions = append(m.Reactions, r)
		return fill(m.Reactions[len(m.Reactions)-1].Author[:], author)
	}, reactionsTo, m.Row)
}
