package store

import (
	"context"
	"database/sql"
	"sync"
)

// preparer is a pool of connections or a single one.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements runs queries, each of which is parsed once a connection. The
// texts are constants of this package, so their number is bounded.
type statements struct {
	on    preparer
	mu    sync.Mutex
	known map[string]*sql.Stmt // nil when closed
}

func newStatements(on preparer) *statements {
	return &statements{on: on, known: make(map[string]*sql.Stmt)}
}

func (s *statements) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	stmt, closed := s.known[query], s.known == nil
	s.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	if stmt != nil {
		return stmt, nil
	}
	// Preparing may wait for a connection: not with the mutex held.
	stmt, err := s.on.PrepareContext(ctx, query)
	if err != nil {
		return nil, explain(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.known[query]; first != nil || s.known == nil {
		stmt.Close()
		if first == nil {
			return nil, ErrClosed
		}
		return first, nil
	}
	s.known[query] = stmt
	return stmt, nil
}

// exec runs a statement and tells how many rows it changed.
func (s *statements) exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, explain(err)
	}
	return r.RowsAffected()
}

// row reads the only row of an answer; ErrNotFound if there is none.
func (s *statements) row(ctx context.Context, scan func(scanner) error, query string, args ...any) error {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return err
	}
	return explain(scan(stmt.QueryRowContext(ctx, args...)))
}

// rows calls scan for every row of an answer.
func (s *statements) rows(ctx context.Context, scan func(scanner) error, query string, args ...any) error {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return explain(err)
		}
	}
	return explain(rows.Err())
}

// scanner is a row of an answer.
type scanner interface{ Scan(dest ...any) error }

// into scans a row into variables.
func into(dest ...any) func(scanner) error {
	return func(s scanner) error { return s.Scan(dest...) }
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.known {
		stmt.Close()
	}
	s.known = nil
}
