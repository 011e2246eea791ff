package store

import (
	"errors"

	"seance/messaging/id"
)

// ConfigDump reads what SetConfigDump kept: nil if there is nothing.
func (t *Tx) ConfigDump(owner id.Pubkey, ns id.Namespace) (dump []byte, err error) {
	err = t.row(into(&dump), `SELECT dump FROM config_dump WHERE owner = ? AND namespace = ?`, owner[:], int64(ns))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return dump, err
}

// SetConfigDump keeps the state of a synced configuration.
func (t *Tx) SetConfigDump(owner id.Pubkey, ns id.Namespace, dump []byte) error {
	_, err := t.exec(`INSERT INTO config_dump (owner, namespace, dump) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET dump = excluded.dump`, owner[:], int64(ns), dump)
	return err
}
