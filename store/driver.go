package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"seance/store/vault"
)

// This file alone names the driver: how a file is opened, with which settings,
// and what its errors mean.

// pragmas are set on every connection. In order:
//
//   - a wait for a lock, which only a second process could hold;
//   - every commit is synced before it returns, so that a message that was
//     accepted survives a power cut (NORMAL may lose the last ones);
//   - deleted text is overwritten, in the file too;
//   - temporary tables and indexes never reach the disk;
//   - a damaged or forged file is noticed early and runs nothing.
var pragmas = []string{
	"busy_timeout(10000)",
	"synchronous(FULL)",
	"foreign_keys(ON)",
	"secure_delete(ON)",
	"temp_store(MEMORY)",
	"cell_size_check(ON)",
	"trusted_schema(OFF)",
	"journal_size_limit(16777216)",
}

// openDatabase gives a pool of at most n connections to the file, through the
// VFS of that name; "" is SQLite's own. It does not touch the file yet.
func openDatabase(file, vfs string, n int, more ...string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dataSource(file, vfs, append(pragmas[:len(pragmas):len(pragmas)], more...)))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// dataSource names a file as SQLite and the driver understand it.
func dataSource(file, vfs string, pragmas []string) string {
	q := url.Values{"_pragma": pragmas}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: q.Encode()}
	return u.String()
}

// meaning of the driver's error codes, without their extended part.
func meaning(code int) error {
	if code == sqlite3.SQLITE_IOERR_SHMSIZE { // even readers need room for the index of the WAL
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_CORRUPT:
		return ErrCorrupt
	case sqlite3.SQLITE_NOTADB:
		return ErrForeign
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return ErrDenied
	case sqlite3.SQLITE_IOERR:
		return ErrIO
	}
	return nil
}

// explain puts in front of an error of the driver what it means here. Errors
// of this package, of contexts and nil stay as they are.
func explain(err error) error {
	var e *sqlite.Error
	switch {
	case errors.Is(err, vault.ErrWrongKey), errors.Is(err, vault.ErrDamaged):
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case errors.As(err, &e):
		if m := meaning(e.Code()); m == ErrFull {
			return m
		} else if m != nil && !errors.Is(err, m) {
			return fmt.Errorf("%w (%w)", m, err)
		}
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.Is(err, sql.ErrConnDone):
		return ErrClosed
	case (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) && !errors.Is(err, ErrDenied):
		return fmt.Errorf("%w (%w)", ErrDenied, err)
	}
	return err
}
