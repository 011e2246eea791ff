package vault

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"
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

func connect(t rapid.TB, vfs, file string, pragmas ...string) *sql.DB {
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

// insertMessages stores n messages of the tables of benchSchema.
func insertMessages(t testing.TB, db *sql.DB, n, batch int) {
	t.Helper()
	words := strings.Fields("who stole the tarts said the king to the hatter and the march hare began to look at the queen with great curiosity")
	author := make([]byte, 33)
	for done := 0; done < n; {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		message, err := tx.Prepare("INSERT INTO m (id, conversation, sent, author, t) VALUES (?, ?, ?, ?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		search, err := tx.Prepare("INSERT INTO f (rowid, t) VALUES (?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		for range batch {
			done++
			author[7] = byte(done)
			text := fmt.Sprintf("%s %s %d %s %s", words[done%len(words)], words[done*7%len(words)], done, words[done*11%len(words)], words[done/3%len(words)])
			if _, err := message.Exec(done, done%50, done*1000, author, text); err != nil {
				t.Fatal(err)
			}
			if _, err := search.Exec(done, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}
