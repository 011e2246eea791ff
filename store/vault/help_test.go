package vault

import (
	"crypto/rand"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"
)

func newKey(t testing.TB) Key {
	t.Helper()
	key, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func register(t testing.TB, key Key) *VFS {
	t.Helper()
	v, err := Register(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// open opens a database; with an empty vfs, through SQLite's own.
func open(t testing.TB, vfs, file string, pragmas ...string) *sql.DB {
	t.Helper()
	db := connect(t, vfs, file, pragmas...)
	t.Cleanup(func() { db.Close() })
	return db
}

func connect(t testing.TB, vfs, file string, pragmas ...string) *sql.DB {
	t.Helper()
	q := url.Values{"_pragma": pragmas}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// create makes an encrypted database and gives its path.
func create(t testing.TB, key Key) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.db")
	if err := CreateDatabase(file, key); err != nil {
		t.Fatal(err)
	}
	return file
}

func exec(t testing.TB, db interface {
	Exec(string, ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func scalar[T any](t testing.TB, db interface {
	QueryRow(string, ...any) *sql.Row
}, query string, args ...any) (value T) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func sound(t testing.TB, db *sql.DB) {
	t.Helper()
	if got := scalar[string](t, db, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
}
