package store

import (
	"context"
	"errors"
	"fmt"
)

// Tx is a transaction that changes the database. It is valid until the
// function given to Update returns, on its goroutine.
type Tx struct {
	// The driver would interrupt a statement when its context ends, at the
	// cost of a goroutine each. Statements here are short, so the context is
	// looked at between them.
	ctx     context.Context
	changes *statements
	over    bool
	// Some failures make SQLite roll back by itself, after which statements
	// would commit one by one: so the first failure ends the transaction,
	// even if f goes on.
	failed error

	inserted bool // a message, which is not in the search index yet
	expiring bool // a message, see Store.Expiring
	undo     []func()
}

var errOver = errors.New("store: the transaction is over")

// Update runs f in a transaction, on the caller's goroutine, when its turn has
// come. If f returns an error or panics, which becomes an error, or if ctx
// ends before f has returned, then nothing has happened; likewise if a
// statement failed, other than with ErrNotFound, and f went on all the same. If
// Update returns nil then all of it is on disk.
//
// f must not call Update and should do nothing slow: others wait.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) (err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	if s.closed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	always := context.WithoutCancel(ctx)
	if _, err := s.changes.exec(always, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	tx := &Tx{ctx: ctx, changes: s.changes}
	committed := false
	defer func() {
		tx.over = true
		if committed {
			return
		}
		if r := recover(); r != nil {
			// What was panicked with may hold text that must not be logged.
			err = fmt.Errorf("store: a transaction panicked with a %T", r)
		}
		for _, f := range tx.undo {
			f()
		}
		// After some failures SQLite has rolled back by itself: then this
		// one fails, and nothing is lost by it.
		_, _ = s.changes.exec(always, "ROLLBACK")
	}()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.indexNew(); err != nil {
		return err
	}
	if err := tx.usable(); err != nil {
		return err
	}
	if _, err := s.changes.exec(always, "COMMIT"); err != nil {
		return err
	}
	committed = true
	if tx.expiring {
		select {
		case s.expiring <- struct{}{}:
		default: // it has one
		}
	}
	return nil
}

// OnRollback has f called if the transaction does not happen, before the next
// one begins: what is in memory and goes with the database must not run ahead.
func (t *Tx) OnRollback(f func()) { t.undo = append(t.undo, f) }

// Try runs f so that an error or a panic of it, which becomes an error, undoes
// what f did and leaves the rest of the transaction as it is.
func (t *Tx) Try(f func() error) (err error) {
	if _, err := t.exec("SAVEPOINT try"); err != nil {
		return err
	}
	kept := false
	defer func() {
		if kept {
			return
		}
		if r := recover(); r != nil {
			err = fmt.Errorf("store: a part of a transaction panicked with a %T", r)
		}
		always := context.WithoutCancel(t.ctx)
		if _, failed := t.changes.exec(always, "ROLLBACK TO try"); failed != nil {
			if t.failed == nil {
				t.failed = failed
			}
			return
		}
		t.failed = nil
		_, _ = t.exec("RELEASE try")
	}()
	if err := f(); err != nil {
		return err
	}
	_, err = t.exec("RELEASE try")
	kept = err == nil
	return err
}

func (t *Tx) usable() error {
	switch {
	case t.over:
		return errOver
	case t.failed != nil:
		return t.failed
	}
	return t.ctx.Err()
}

func (t *Tx) note(err error) error {
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.failed = err
	}
	return err
}

func (t *Tx) exec(query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	n, err := t.changes.exec(context.WithoutCancel(t.ctx), query, args...)
	return n, t.note(err)
}

// must is exec for a row that has to be there: ErrNotFound if it is not.
func (t *Tx) must(query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// row reads the only row of an answer: ErrNotFound if there is none.
func (t *Tx) row(scan func(scanner) error, query string, args ...any) error {
	if err := t.usable(); err != nil {
		return err
	}
	return t.note(t.changes.row(context.WithoutCancel(t.ctx), scan, query, args...))
}

// rows calls scan for every row of an answer.
func (t *Tx) rows(scan func(scanner) error, query string, args ...any) error {
	if err := t.usable(); err != nil {
		return err
	}
	return t.note(t.changes.rows(context.WithoutCancel(t.ctx), scan, query, args...))
}
