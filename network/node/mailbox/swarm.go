package mailbox

import (
	"database/sql"
	"errors"
)

// Change is an entry of the log: what became of a message.
type Change struct {
	Seq     int64
	Hash    string
	Owner   Owner
	Expiry  int64
	Changed int64
	Deleted bool
}

// Epoch names the log of this database. A log of another epoch has other places.
func (db *DB) Epoch() string { return db.epoch }

// Changes reads the log after a place, at most limit entries. Of the changes of
// one message only the last is there; what has expired is not.
func (db *DB) Changes(since int64, limit int, now int64) (list []Change, err error) {
	if since == db.end.Load() {
		return nil, nil // nothing new is the usual case
	}
	rows, err := db.changes.Query(since, now, limit)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(r *sql.Rows) error {
		var c Change
		var owner []byte
		err := r.Scan(&c.Seq, &c.Hash, &owner, &c.Expiry, &c.Changed, &c.Deleted)
		copy(c.Owner[:], owner)
		list = append(list, c)
		return err
	})
	return list, err
}

// Cursor is how far the log of a peer was read, and which log that was. It
// starts anew when this node is in another swarm than then.
func (db *DB) Cursor(peer []byte, swarm string) (epoch string, seq int64, err error) {
	err = db.cursor.QueryRow(peer, swarm).Scan(&epoch, &seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return epoch, seq, err
}

// SetCursor keeps how far the log of a peer was read.
func (db *DB) SetCursor(peer []byte, epoch, swarm string, seq int64) error {
	_, err := change(db, func(t *tx) (int64, error) {
		return t.exec(`INSERT OR REPLACE INTO cursors (peer, epoch, swarm, seq) VALUES (?, ?, ?, ?)`, peer, epoch, swarm, seq)
	})()
	return err
}

// Apply takes over what a peer knows of messages, where that is newer, and
// returns the hashes of those that are missing here.
func (db *DB) Apply(changes []Change, now int64) (missing []string, err error) {
	return change(db, func(t *tx) (missing []string, err error) {
		for _, c := range changes {
			if c.Expiry <= now {
				continue
			}
			want, err := t.apply(c, now)
			if err != nil {
				return nil, err
			}
			if want {
				missing = append(missing, c.Hash)
			}
		}
		return missing, nil
	})()
}

func (t *tx) apply(c Change, now int64) (want bool, err error) {
	var expiry, changed int64
	here, err := t.row(`SELECT expiry, changed FROM messages WHERE hash = ?`, []any{c.Hash}, &expiry, &changed)
	if err != nil {
		return false, err
	}
	if here {
		switch {
		case c.Changed < changed, c.Changed == changed && !c.Deleted:
		case c.Deleted:
			_, err = t.delete(c.Changed, `hash = ? AND owner = ?`, c.Hash, c.Owner[:])
		case c.Expiry != expiry:
			_, err = t.exec(`UPDATE messages SET expiry = ?, changed = ?, seq = ? WHERE hash = ? AND owner = ?`,
				c.Expiry, c.Changed, t.next(), c.Hash, c.Owner[:])
		}
		return false, err
	}
	gone, err := t.row(`SELECT changed FROM deleted WHERE hash = ?`, []any{c.Hash}, &changed)
	switch {
	case err != nil, gone && changed >= c.Changed:
		return false, err
	case c.Deleted:
		_, err = t.exec(`INSERT OR REPLACE INTO deleted (hash, owner, expiry, changed, seq) VALUES (?, ?, ?, ?, ?)`,
			c.Hash, c.Owner[:], c.Expiry, c.Changed, t.next())
		return false, err
	}
	return true, nil
}

// Put keeps messages that come from another node, unless they are here or were
// deleted since.
func (db *DB) Put(list []Message, now int64) (int, error) {
	return change(db, func(t *tx) (n int, err error) {
		for _, m := range list {
			if m.Expiry <= now {
				continue
			}
			want, err := t.apply(Change{Hash: m.Hash, Owner: m.Owner, Expiry: m.Expiry, Changed: m.Changed}, now)
			if err != nil {
				return n, err
			}
			if want {
				if _, err := t.exec(`DELETE FROM deleted WHERE hash = ?`, m.Hash); err != nil {
					return n, err
				}
				if err := t.insert(m); err != nil {
					return n, err
				}
				n++
			}
		}
		return n, nil
	})()
}

const columns = `hash, owner, namespace, timestamp, expiry, changed, data`

func scan(r *sql.Rows) (m Message, err error) {
	var owner []byte
	err = r.Scan(&m.Hash, &owner, &m.Namespace, &m.Timestamp, &m.Expiry, &m.Changed, &m.Data)
	copy(m.Owner[:], owner)
	return m, err
}

// Fetch reads messages by hash until their data fills maxBytes, at least one.
func (db *DB) Fetch(hashes []string, maxBytes int, now int64) (list []Message, err error) {
	size := 0
	for _, h := range hashes {
		rows, err := db.read.Query(`SELECT `+columns+` FROM messages WHERE hash = ? AND expiry > ?`, h, now)
		if err != nil {
			return nil, err
		}
		if err := each(rows, func(r *sql.Rows) error {
			m, err := scan(r)
			list, size = append(list, m), size+len(m.Data)
			return err
		}); err != nil {
			return nil, err
		}
		if size >= maxBytes {
			break
		}
	}
	return list, nil
}

// Owners lists the owners of messages.
func (db *DB) Owners() (list []Owner, err error) {
	rows, err := db.read.Query(`SELECT DISTINCT owner FROM messages`)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(r *sql.Rows) error {
		var b []byte
		err := r.Scan(&b)
		list = append(list, Owner(b))
		return err
	})
	return list, err
}

// HashesOf lists all messages of an owner.
func (db *DB) HashesOf(o Owner) (list []string, err error) {
	rows, err := db.read.Query(`SELECT hash FROM messages WHERE owner = ? ORDER BY id`, o[:])
	if err != nil {
		return nil, err
	}
	err = each(rows, func(r *sql.Rows) error {
		var h string
		err := r.Scan(&h)
		list = append(list, h)
		return err
	})
	return list, err
}

// Forget removes messages that other nodes keep now, without a note of them.
// All cursors start anew, since the logs of peers may hold these messages: they
// are needed again if the node comes back to the swarm.
func (db *DB) Forget(o Owner, hashes []string) error {
	_, err := change(db, func(t *tx) (struct{}, error) {
		for _, h := range hashes {
			if _, err := t.exec(`DELETE FROM messages WHERE hash = ? AND owner = ?`, h, o[:]); err != nil {
				return struct{}{}, err
			}
		}
		if _, err := t.exec(`DELETE FROM cursors`); err != nil {
			return struct{}{}, err
		}
		_, err := t.exec(`DELETE FROM revoked WHERE owner = ?1 AND NOT EXISTS (SELECT * FROM messages WHERE owner = ?1)`, o[:])
		return struct{}{}, err
	})()
	return err
}

// RemoveExpired removes what has expired and tells when the next message will,
// 0 when there is none.
func (db *DB) RemoveExpired(now int64) (next int64, err error) {
	return change(db, func(t *tx) (next int64, err error) {
		n, err := t.exec(`DELETE FROM messages WHERE expiry <= ?`, now)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			if _, err := t.exec(`DELETE FROM revoked WHERE owner NOT IN (SELECT owner FROM messages)`); err != nil {
				return 0, err
			}
		}
		if _, err := t.exec(`DELETE FROM deleted WHERE expiry <= ?`, now); err != nil {
			return 0, err
		}
		_, err = t.row(`SELECT COALESCE(MIN(expiry), 0) FROM messages`, nil, &next)
		return next, err
	})()
}
