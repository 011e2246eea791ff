package mailbox

import (
	"database/sql"
	"errors"
)

// overhead is what a message counts for in an answer besides hash and data.
const overhead = 100

// Stored is the outcome of Store.
type Stored struct {
	New    bool
	Expiry int64 // of the message as it is kept now
}

// Store keeps a message. One that is there already keeps the later expiry. With
// alone set it replaces all others of its namespace.
func (db *DB) Store(m Message, alone bool) (wait func() (Stored, error)) {
	return change(db, func(t *tx) (s Stored, err error) {
		owner := m.Owner[:]
		if alone {
			if _, err := t.delete(m.Changed, `owner = ? AND namespace = ? AND hash != ?`, owner, m.Namespace, m.Hash); err != nil {
				return s, err
			}
		}
		var id, expiry int64
		found, err := t.row(`SELECT id, expiry FROM messages WHERE hash = ?`, []any{m.Hash}, &id, &expiry)
		switch {
		case err != nil:
			return s, err
		case found && expiry >= m.Expiry:
			return Stored{Expiry: expiry}, nil
		case found:
			_, err = t.exec(`UPDATE messages SET expiry = ?, changed = ?, seq = ? WHERE id = ?`, m.Expiry, m.Changed, t.next(), id)
			return Stored{Expiry: m.Expiry}, err
		}
		var gone int64
		if found, err = t.row(`SELECT changed FROM deleted WHERE hash = ?`, []any{m.Hash}, &gone); err != nil {
			return s, err
		}
		if found { // stored again: that is the later of the two changes
			m.Changed = max(m.Changed, gone+1)
			if _, err := t.exec(`DELETE FROM deleted WHERE hash = ?`, m.Hash); err != nil {
				return s, err
			}
		}
		return Stored{New: true, Expiry: m.Expiry}, t.insert(m)
	})
}

func (t *tx) insert(m Message) error {
	_, err := t.exec(`INSERT INTO messages (hash, owner, namespace, timestamp, expiry, changed, seq, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		m.Hash, m.Owner[:], m.Namespace, m.Timestamp, m.Expiry, m.Changed, t.next(), m.Data)
	return err
}

// Retrieve reads the messages of a mailbox in the order in which they came to
// this node, after the one with the hash last. When last is unknown or expired
// it starts at the beginning. It stops before maxSize bytes, counted as base64
// with an overhead for each message, but gives at least one message, and at
// maxCount messages if that is positive. more says that something is left.
func (db *DB) Retrieve(o Owner, namespace int16, last string, maxCount, maxSize, now int64) (list []Message, more bool, err error) {
	var after int64
	if last != "" {
		err := db.byHash.QueryRow(last, o[:], namespace, now).Scan(&after)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, false, err
		}
	}
	rows, err := db.after.Query(o[:], namespace, after, now)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	var size int64
	for rows.Next() {
		m := Message{Owner: o, Namespace: namespace}
		if err := rows.Scan(&m.Hash, &m.Timestamp, &m.Expiry, &m.Data); err != nil {
			return nil, false, err
		}
		size += overhead + int64(len(m.Hash)) + int64(len(m.Data))*4/3
		if len(list) > 0 && (size > maxSize || (maxCount > 0 && int64(len(list)) >= maxCount)) {
			return list, true, nil
		}
		list = append(list, m)
	}
	return list, false, rows.Err()
}

// Named is a hash with its namespace.
type Named struct {
	Namespace int16
	Hash      string
}

// delete removes the messages that a condition selects and leaves a note of each.
func (t *tx) delete(now int64, where string, args ...any) (gone []Named, err error) {
	type row struct {
		Named
		owner  []byte
		expiry int64
	}
	var rows []row
	err = t.each(`DELETE FROM messages WHERE `+where+` RETURNING namespace, hash, owner, expiry`, args, func(r *sql.Rows) error {
		var x row
		err := r.Scan(&x.Namespace, &x.Hash, &x.owner, &x.expiry)
		rows = append(rows, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		if x.expiry <= now {
			continue
		}
		gone = append(gone, x.Named)
		if _, err := t.exec(`INSERT OR REPLACE INTO deleted (hash, owner, expiry, changed, seq) VALUES (?, ?, ?, ?, ?)`,
			x.Hash, x.owner, x.expiry, now, t.next()); err != nil {
			return nil, err
		}
	}
	if len(rows) > 0 {
		// An owner without messages is forgotten altogether.
		_, err = t.exec(`DELETE FROM revoked WHERE owner = ?1 AND NOT EXISTS (SELECT * FROM messages WHERE owner = ?1)`, rows[0].owner)
	}
	return gone, err
}

// DeleteHashes deletes those of the messages that the owner has.
func (db *DB) DeleteHashes(o Owner, hashes []string, now int64) (wait func() ([]Named, error)) {
	return change(db, func(t *tx) (all []Named, err error) {
		for _, h := range hashes {
			gone, err := t.delete(now, `hash = ? AND owner = ?`, h, o[:])
			if err != nil {
				return nil, err
			}
			all = append(all, gone...)
		}
		return all, nil
	})
}

// DeleteUntil deletes what was stored with a timestamp up to before, in one
// namespace or, when that is nil, in all.
func (db *DB) DeleteUntil(o Owner, namespace *int16, before, now int64) (wait func() ([]Named, error)) {
	return change(db, func(t *tx) ([]Named, error) {
		if namespace == nil {
			return t.delete(now, `owner = ? AND timestamp <= ?`, o[:], before)
		}
		return t.delete(now, `owner = ? AND timestamp <= ? AND namespace = ?`, o[:], before, *namespace)
	})
}

// Mode says which changes of an expiry are made.
type Mode int

// The modes of SetExpiry.
const (
	Any Mode = iota
	OnlyExtend
	OnlyShorten
)

// SetExpiry gives messages of the owner a new expiry: that of the same index,
// or the only one. It returns the hashes of what it changed.
func (db *DB) SetExpiry(o Owner, hashes []string, expiries []int64, mode Mode, now int64) (wait func() ([]string, error)) {
	query := `UPDATE messages SET expiry = ?1, changed = ?2, seq = ?3 WHERE hash = ?4 AND owner = ?5 AND expiry > ?2`
	switch mode {
	case OnlyExtend:
		query += ` AND expiry < ?1`
	case OnlyShorten:
		query += ` AND expiry > ?1`
	}
	return change(db, func(t *tx) (done []string, err error) {
		for i, h := range hashes {
			e := expiries[0]
			if len(expiries) > 1 {
				e = expiries[i]
			}
			n, err := t.exec(query, e, now, t.next(), h, o[:])
			if err != nil {
				return nil, err
			}
			if n > 0 {
				done = append(done, h)
			}
		}
		return done, nil
	})
}

// ShortenAll gives all messages of the owner, in one namespace or, when that is
// nil, in all, an expiry that is earlier than theirs.
func (db *DB) ShortenAll(o Owner, namespace *int16, expiry, now int64) (wait func() ([]Named, error)) {
	return change(db, func(t *tx) (done []Named, err error) {
		query, args := `SELECT namespace, hash FROM messages WHERE owner = ? AND expiry > ?`, []any{o[:], max(expiry, now)}
		if namespace != nil {
			query, args = query+` AND namespace = ?`, append(args, *namespace)
		}
		if err := t.each(query, args, func(r *sql.Rows) error {
			var x Named
			err := r.Scan(&x.Namespace, &x.Hash)
			done = append(done, x)
			return err
		}); err != nil {
			return nil, err
		}
		for _, x := range done {
			if _, err := t.exec(`UPDATE messages SET expiry = ?, changed = ?, seq = ? WHERE hash = ?`, expiry, now, t.next(), x.Hash); err != nil {
				return nil, err
			}
		}
		return done, nil
	})
}

// Expiries tells when messages of the owner expire. Those it does not have are
// left out.
func (db *DB) Expiries(o Owner, hashes []string, now int64) (map[string]int64, error) {
	out := map[string]int64{}
	for _, h := range hashes {
		var e int64
		switch err := db.expiries.QueryRow(h, o[:], now).Scan(&e); {
		case err == nil:
			out[h] = e
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return out, nil
}

// Revoke takes subaccounts their access. Of an owner without messages nothing
// is kept. At most keep tokens are, the newest.
func (db *DB) Revoke(o Owner, tokens [][]byte, keep int, now int64) (wait func() (int64, error)) {
	return change(db, func(t *tx) (n int64, err error) {
		for _, token := range tokens {
			if _, err := t.exec(`INSERT OR REPLACE INTO revoked (owner, token, since)
				SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT * FROM messages WHERE owner = ?1)`, o[:], token, now); err != nil {
				return 0, err
			}
		}
		return t.exec(`DELETE FROM revoked WHERE owner = ?1 AND token NOT IN
			(SELECT token FROM revoked WHERE owner = ?1 ORDER BY since DESC LIMIT ?2)`, o[:], keep)
	})
}

// Restore gives subaccounts their access back and counts those that had lost it.
func (db *DB) Restore(o Owner, tokens [][]byte) (wait func() (int64, error)) {
	return change(db, func(t *tx) (n int64, err error) {
		for _, token := range tokens {
			one, err := t.exec(`DELETE FROM revoked WHERE owner = ? AND token = ?`, o[:], token)
			if err != nil {
				return 0, err
			}
			n += one
		}
		return n, nil
	})
}

// Revoked reports whether a subaccount has lost its access.
func (db *DB) Revoked(o Owner, token []byte) (bool, error) {
	var n int
	err := db.revoked.QueryRow(o[:], token).Scan(&n)
	return n > 0, err
}
