package store

import (
	"context"
	"errors"

	"seance/messaging/id"
)

// mailbox is a value that takes an owner and a namespace: the row by which
// other tables know a mailbox, NULL if it never was used.
const mailbox = `(SELECT row FROM mailbox WHERE owner = ? AND namespace = ?)`

func (t *Tx) useMailbox(owner id.Pubkey, ns id.Namespace) error {
	_, err := t.exec(`INSERT INTO mailbox (owner, namespace) SELECT ?1, ?2
		WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE owner = ?1 AND namespace = ?2)`, owner[:], int64(ns))
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
	if err := t.useMailbox(owner, ns); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO seen (mailbox, hash, expires_ms) VALUES (`+mailbox+`, ?, ?)
		ON CONFLICT DO UPDATE SET expires_ms = max(expires_ms, excluded.expires_ms)`,
		owner[:], int64(ns), string(hash), expiresMS)
	return err
}

// PruneSeen forgets the hashes that expired before a time, and tells how many.
// It reads all of them: for now and then.
func (t *Tx) PruneSeen(beforeMS int64) (int64, error) {
	return t.exec(`DELETE FROM seen WHERE expires_ms < ?`, beforeMS)
}

// SetCursor remembers the last hash that a node has given us of a mailbox.
func (t *Tx) SetCursor(owner id.Pubkey, ns id.Namespace, node [32]byte, hash id.Hash) error {
	if err := t.useMailbox(owner, ns); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO cursor (mailbox, node, hash) VALUES (`+mailbox+`, ?, ?)
		ON CONFLICT DO UPDATE SET hash = excluded.hash`, owner[:], int64(ns), node[:], string(hash))
	return err
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

// ForgetCursors makes all nodes give us a mailbox from its beginning.
func (t *Tx) ForgetCursors(owner id.Pubkey, ns id.Namespace) error {
	_, err := t.exec(`DELETE FROM cursor WHERE mailbox = `+mailbox, owner[:], int64(ns))
	return err
}

// ForgetNode makes a node give us all mailboxes from their beginning.
func (t *Tx) ForgetNode(node [32]byte) error {
	_, err := t.exec(`DELETE FROM cursor WHERE node = ?`, node[:])
	return err
}
