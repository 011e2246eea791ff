package store

import (
	"database/sql"
	"errors"

	"seance/messaging/id"
)

// Once tells which line a conversation has for a key that it has one line for:
// 0 if that line is gone again, and false if there never was one.
func (t *Tx) Once(c id.Conversation, key string) (message int64, ok bool, err error) {
	var row sql.NullInt64
	err = t.row(into(&row), `SELECT message FROM once WHERE conversation = (SELECT row FROM conversation WHERE id = ?) AND key = ?`,
		string(c), key)
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	return row.Int64, err == nil, err
}

// SetOnce notes the line of a key; 0 says that there is to be none.
func (t *Tx) SetOnce(c id.Conversation, key string, message int64) error {
	_, err := t.exec(`INSERT INTO once (conversation, key, message) SELECT row, ?2, nullif(?3, 0) FROM conversation WHERE id = ?1
		ON CONFLICT DO UPDATE SET message = excluded.message`, string(c), key, message)
	return err
}
