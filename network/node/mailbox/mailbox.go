// Package mailbox keeps the messages of a node in an SQLite database: storing,
// reading, deleting and expiring them, revoked subaccounts, and a log of
// changes from which other members of the swarm learn what they missed.
//
// It checks no signatures and knows no network. One goroutine, which lives from
// Open to Close, does all writing; it commits what waits for it in one
// transaction. Methods may be called concurrently. Methods that write return a
// function: the change has its place in the order of changes when the method
// returns, and is on disk when the function returns. Times are milliseconds
// since 1970.
package mailbox

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"golang.org/x/crypto/blake2b"

	"seance/network/node/registry"
)

// ErrClosed is returned by every method after Close.
var ErrClosed = errors.New("mailbox is closed")

// groupMax is how many changes are committed together at most.
const groupMax = 128

// Owner is the key that messages are stored under.
type Owner = registry.Owner

// Message is a stored message.
type Message struct {
	Hash      string // see Hash
	Owner     Owner
	Namespace int16
	Timestamp int64
	Expiry    int64
	Changed   int64 // when a client last stored it or set its expiry
	Data      []byte
}

// Hash names a message: the unpadded base64 of BLAKE2b-256 over owner,
// namespace in decimal (nothing for 0) and data.
func Hash(o Owner, namespace int16, data []byte) string {
	h, _ := blake2b.New256(nil) // fails only for keys that are too long
	h.Write(o[:])
	if namespace != 0 {
		h.Write(strconv.AppendInt(nil, int64(namespace), 10))
	}
	h.Write(data)
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil))
}

// DB is an open database.
type DB struct {
	read, write *sql.DB
	epoch       string
	ops         chan *op
	quit        chan struct{} // closed to end the writer
	stopped     chan struct{} // closed when it has ended

	end atomic.Int64 // the last place in the log that is committed

	byHash, after, expiries, revoked, changes, cursor *sql.Stmt // of read
}

// Close ends the writer after the changes that wait for it, and closes the files.
func (db *DB) Close() error {
	close(db.quit)
	<-db.stopped
	return errors.Join(db.read.Close(), db.write.Close())
}

// op is a change that waits for the writer.
type op struct {
	do   func(*tx) error
	done chan error
}

// tx is what changes are made with. Only the writer has it.
type tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	seq   int64 // the last place given out in the log
}

// change queues f. Changes are made in the order in which they were queued.
func change[T any](db *DB, f func(*tx) (T, error)) (wait func() (T, error)) {
	var result T
	o := &op{done: make(chan error, 1), do: func(t *tx) (err error) {
		result, err = f(t)
		return err
	}}
	select {
	case db.ops <- o:
	case <-db.quit:
		o.done <- ErrClosed
	}
	return func() (T, error) {
		select {
		case err := <-o.done:
			return result, err
		case <-db.stopped:
		}
		select {
		case err := <-o.done:
			return result, err
		default:
			return result, ErrClosed
		}
	}
}

func (db *DB) writer(t *tx) {
	defer close(db.stopped)
	defer t.conn.Close()
	group := make([]*op, 0, groupMax)
	for {
		select {
		case o := <-db.ops:
			group = append(group[:0], o)
		case <-db.quit:
			group = group[:0]
		}
		for len(group) < groupMax {
			select {
			case o := <-db.ops:
				group = append(group, o)
				continue
			default:
			}
			break
		}
		if len(group) == 0 {
			return
		}
		t.commit(group, &db.end)
	}
}

// commit makes the changes of a group in one transaction. If one fails, each is
// made in a transaction of its own, so that it fails alone.
func (t *tx) commit(group []*op, end *atomic.Int64) {
	err := t.transact(group)
	end.Store(t.seq)
	if err != nil && len(group) > 1 {
		for _, o := range group {
			err := t.transact([]*op{o})
			end.Store(t.seq)
			o.done <- err
		}
		return
	}
	for _, o := range group {
		o.done <- err
	}
}

func (t *tx) transact(group []*op) (err error) {
	before := t.seq
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
		if err != nil {
			t.seq = before
			_, _ = t.exec(`ROLLBACK`) // fails when SQLite already did it
		}
	}()
	if _, err := t.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for _, o := range group {
		if err := o.do(t); err != nil {
			return err
		}
	}
	if t.seq != before {
		if _, err := t.exec(`UPDATE log SET seq = ?`, t.seq); err != nil {
			return err
		}
	}
	_, err = t.exec(`COMMIT`)
	return err
}

// next gives out the next place in the log.
func (t *tx) next() int64 {
	t.seq++
	return t.seq
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s := t.stmts[query]; s != nil {
		return s, nil
	}
	s, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	t.stmts[query] = s
	return s, nil
}

// exec runs a statement, which stays prepared, and counts the rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// row reads at most one row and reports whether there was one.
func (t *tx) row(query string, args []any, into ...any) (bool, error) {
	s, err := t.stmt(query)
	if err != nil {
		return false, err
	}
	err = s.QueryRow(args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each calls f for every row, which it scans by itself.
func (t *tx) each(query string, args []any, f func(*sql.Rows) error) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	return each(rows, f)
}

func each(rows *sql.Rows, f func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
