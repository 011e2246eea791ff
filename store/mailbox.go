package store

import (
	"context"
	"errors"

	"seance/messaging/id"
)

// mailbox is a value that takes an owner and a namespace: the row by which
// other tables know a mailbox, NULL if it never was used.
const mailbox = `(SELECT row FROM mailbox WHERE owner = ? AND namespace = ?)`

// inMailbox runs a statement that inserts something for each row of mailbox
// that has the owner ?1 and the namespace ?2. There is one, after the first use.
func (t *Tx) inMailbox(owner id.Pubkey, ns id.Namespace, insert string, args ...any) error {
	args = append([]any{owner[:], int64(ns)}, args...)
	n, err := t.exec(insert, args...)
	if err != nil || n > 0 {
		return err
	}
	if _, err := t.exec(`INSERT INTO mailbox (owner, namespace) VALUES (?, ?)`, owner[:], int64(ns)); err != nil {
		return err
	}
	_, err = t.exec(insert, args...)
	return err
}

const seenHash = `SELECT EXISTS (SELECT 1 FROM seen WHERE mailbox = ` + mailbox + ` AND hash = ?)`

// Seen reports whether MarkSeen was called for a hash in a mailbox.
func (t *Tx) Seen(owner id.Pubkey, ns id.Namespace, hash id.Hash) (bool, error) {
	var seen bool
	err := t.row(into(&seen), seenHash, owner[:], int64(ns), string(hash))
	return seen, err
}

// MarkSeen remembers that what has this hash was dealt with, until PruneSeen
// is told that it has expired. It belongs in the transaction that deals with it.
func (t *Tx) MarkSeen(owner id.Pubkey, ns id.Namespace, hash id.Hash, expiresMS int64) error {
	return t.inMailbox(owner, ns, `INSERT INTO seen (mailbox, hash, expires_ms)
		SELECT row, ?3, ?4 FROM mailbox WHERE owner = ?1 AND namespace = ?2
		ON CONFLICT DO UPDATE SET expires_ms = max(expires_ms, excluded.expires_ms)`, string(hash), expiresMS)
}

// PruneSeen forgets the hashes that expired before a time, and tells how many.
// It reads all of them: for now and then.
func (t *Tx) PruneSeen(beforeMS int64) (int64, error) {
	return t.exec(`DELETE FROM seen WHERE expires_ms < ?`, beforeMS)
}

// SetCursor remembers the last hash that a node has given us of a mailbox.
func (t *Tx) SetCursor(owner id.Pubkey, ns id.Namespace, node [32]byte, hash id.Hash) error {
	return t.inMailbox(owner, ns, `INSERT INTO cursor (mailbox, node, hash)
		SELECT row, ?3, ?4 FROM mailbox WHERE owner = ?1 AND namespace = ?2
		ON CONFLICT DO UPDATE SET hash = excluded.hash`, node[:], string(hash))
}

// Cursor is the last hash that a node has given us of a mailbox; "" if none.
func (s *Store) Cursor(ctx context.Context, owner id.Pubkey, ns id.Namespace, node [32]byte) (hash id.Hash, err error) {
	err = s.queries.row(ctx, into(&hash), `SELECT hash FROM cursor WHERE mailbox = `+mailbox+` AND node = ?`,
		owner[:], int64(ns), node[:])
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return hash, err
}
