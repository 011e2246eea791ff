package store

import (
	"context"
	"errors"
)

const settingByKey = `SELECT value FROM setting WHERE key = ?`

// Setting reads a value of SetSetting: nil if there is none.
func (s *Store) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = s.queries.row(ctx, into(&value), settingByKey, key)
	return setting(value, err)
}

// Setting reads a value of SetSetting: nil if there is none.
func (t *Tx) Setting(key string) (value []byte, err error) {
	err = t.row(into(&value), settingByKey, key)
	return setting(value, err)
}

// setting tells a value that is empty, which the driver reads as nil, from
// one that is not there.
func setting(value []byte, err error) ([]byte, error) {
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return blob(value), nil
}

// SetSetting keeps a value under a key; nil removes it.
func (t *Tx) SetSetting(key string, value []byte) error {
	if value == nil {
		_, err := t.exec(`DELETE FROM setting WHERE key = ?`, key)
		return err
	}
	_, err := t.exec(`INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, key, value)
	return err
}
