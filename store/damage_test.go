package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"seance/messaging/secret"
	"seance/store/vault"
)

// plain runs statements on a database that is not encrypted.
func plain(t *testing.T, dir string, statements ...string) {
	t.Helper()
	through(t, dir, "", statements...)
}

// with runs statements on the database of a profile without a passphrase.
func with(t *testing.T, dir string, statements ...string) {
	t.Helper()
	through(t, dir, vfsOf(t, dir), statements...)
}

// vfsOf is a VFS with the key of a profile.
func vfsOf(t testing.TB, dir string) string {
	t.Helper()
	u, err := unlock(t.Context(), dir, nil, secret.Bytes{})
	if err != nil {
		t.Fatal(err)
	}
	vfs, err := vault.Register(u.key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := vfs.Close(); err != nil {
			t.Error(err)
		}
	})
	return vfs.Name()
}

func newKey(t testing.TB) vault.Key {
	t.Helper()
	key, err := vault.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func through(t *testing.T, dir, vfs string, statements ...string) {
	t.Helper()
	db, err := openDatabase(filepath.Join(dir, fileName), vfs, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestWhatOpenRefuses(t *testing.T) {
	file := func(content string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, fileName), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name string
		make func(*testing.T, string)
		want error
	}{
		{"another program's database", func(t *testing.T, dir string) { plain(t, dir, "CREATE TABLE x (y)") }, ErrForeign},
		{"a plain database that is newer", func(t *testing.T, dir string) {
			plain(t, dir, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 2", applicationID))
		}, ErrNewer},
		{"no key", func(t *testing.T, dir string) {
			openTest(t, dir).Close()
			if err := os.Remove(filepath.Join(dir, "key.json")); err != nil {
				t.Fatal(err)
			}
		}, vault.ErrKeyFile},
		{"another key", func(t *testing.T, dir string) {
			openTest(t, dir).Close()
			if err := vault.WriteKeyFile(dir, secret.Bytes{}, newKey(t)); err != nil {
				t.Fatal(err)
			}
		}, ErrCorrupt},
		{"a text", file(strings.Repeat("Dear diary, ", 1000)), ErrForeign},
		{"a short text", file("Dear diary"), ErrForeign},
		{"a newer version", func(t *testing.T, dir string) {
			openTest(t, dir).Close()
			with(t, dir, "PRAGMA user_version = 1000")
		}, ErrNewer},
		{"a damaged schema", func(t *testing.T, dir string) {
			openTest(t, dir).Close()
			name := filepath.Join(dir, fileName)
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			copy(b[100:], strings.Repeat("\xff", 300))
			file(string(b))(t, dir)
		}, ErrCorrupt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.make(t, dir)
			before, err := os.ReadFile(filepath.Join(dir, fileName))
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), dir, Options{})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Open: %v", err)
			}
			if after, err := os.ReadFile(filepath.Join(dir, fileName)); err != nil || !slices.Equal(before, after) {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
}

func TestMigrationsAreTakenOnceAndInOrder(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	steps, err := migrations()
	if err != nil || len(steps) == 0 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	openTest(t, dir).Close()
	later := append(slices.Clone(steps),
		step{script: "CREATE TABLE next (x)"},
		step{script: "INSERT INTO next VALUES (1)"},
		step{script: "INSERT INTO next VALUES (2); INSERT INTO missing VALUES (3)"})
	db, err := openDatabase(filepath.Join(dir, fileName), vfsOf(t, dir), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expect := func(wantVersion, wantRows int) {
		t.Helper()
		v, err := version(ctx, c)
		if v != wantVersion || err != nil {
			t.Errorf("version %d, %v, want %d", v, err, wantVersion)
		}
		var rows int
		if err := c.QueryRowContext(ctx, "SELECT count(*) FROM next").Scan(&rows); err != nil || rows != wantRows {
			t.Errorf("%d rows, %v, want %d", rows, err, wantRows)
		}
	}
	last := len(later)
	for range 2 { // the second time nothing is left to do
		if err := migrate(ctx, c, later[:last-1]); err != nil {
			t.Fatal(err)
		}
		expect(last-1, 1)
	}
	for range 2 { // a step that fails leaves nothing
		if err := migrate(ctx, c, later); err == nil {
			t.Error("a wrong step was taken")
		}
		expect(last-1, 1)
	}
	later[last-1].script = "INSERT INTO next VALUES (2)"
	if err := migrate(ctx, c, later); err != nil {
		t.Fatal(err)
	}
	expect(last, 2)
}

// A profile whose creation was cut short is begun anew.
func TestAnEmptyFileIsAnEmptyProfile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, dir)
	if err := s.CreateAccount(t.Context(), Account{ID: account(1)}); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dir, fileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	insert(t, s, received(1, 1, "before"))
	var pages int
	if err := s.writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if err := s.writer.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 2)
	long := strings.Repeat("x", 100_000)
	err := s.Update(t.Context(), func(tx *Tx) error {
		if _, _, err := tx.InsertMessage(received(1, 2, "short")); err != nil {
			return err
		}
		_, _, err := tx.InsertMessage(received(1, 3, long))
		return err
	})
	if !errors.Is(err, ErrFull) {
		t.Fatalf("Update: %v", err)
	}
	err = s.Update(t.Context(), func(tx *Tx) error { // goes on as if nothing had happened
		_, _, _ = tx.InsertMessage(received(1, 4, long))
		_, _, _ = tx.InsertMessage(received(1, 5, "short"))
		return nil
	})
	if !errors.Is(err, ErrFull) {
		t.Errorf("a failure that was ignored: %v", err)
	}
	update(t, s, func(tx *Tx) error { // a part of it fails, and only that
		if err := tx.Try(func() error { _, _, err := tx.InsertMessage(received(1, 6, long)); return err }); !errors.Is(err, ErrFull) {
			t.Errorf("Try: %v", err)
		}
		row, _, err := tx.InsertMessage(received(1, 7, "short"))
		return errors.Join(err, tx.DeleteMessage(row))
	})
	if list, err := s.Messages(t.Context(), contact(1).ID, Page{}); err != nil || len(list) != 1 || list[0].Text != "before" {
		t.Errorf("%d messages, %v", len(list), err)
	}
	limit(1 << 20)
	insert(t, s, received(1, 3, long))
	if c, err := s.Conversation(t.Context(), contact(1).ID); err != nil || c.Unread != 2 {
		t.Errorf("%+v, %v", c, err)
	}
}

// What is committed is in the file, whatever happens to the process: a copy
// made at any moment opens and is whole.
func TestACopyOfTheFilesIsTheLastCommit(t *testing.T) {
	dir, copied := t.TempDir(), t.TempDir()
	s := openTest(t, dir)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	insert(t, s, received(1, 1, "kept"))
	update(t, s, func(tx *Tx) error {
		if _, _, err := tx.InsertMessage(received(1, 2, "not committed")); err != nil {
			return err
		}
		for _, name := range []string{fileName, fileName + "-wal", "key.json"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(copied, name), b, 0o600); err != nil {
				return err
			}
		}
		return nil
	})
	list, err := openTest(t, copied).Messages(t.Context(), contact(1).ID, Page{})
	if err != nil || len(list) != 1 || list[0].Text != "kept" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestCommitsAreSynced(t *testing.T) {
	s := openTest(t, t.TempDir())
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1", "temp_store": "2"}
	reader, err := s.read.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, c := range []*sql.Conn{s.writer, reader} {
		for name, value := range want {
			var got string
			if err := c.QueryRowContext(context.Background(), "PRAGMA "+name).Scan(&got); err != nil || got != value {
				t.Errorf("%s = %s, %v, want %s", name, got, err, value)
			}
		}
	}
	if _, err := reader.ExecContext(t.Context(), "DELETE FROM message"); err == nil {
		t.Error("a reading connection writes")
	}
}

// SQLite ends a transaction by itself after some failures. What follows must
// not be committed statement by statement.
func TestATransactionThatSQLiteEndedStaysEnded(t *testing.T) {
	s := openTest(t, t.TempDir())
	err := s.Update(t.Context(), func(tx *Tx) error {
		_ = tx.Try(func() error {
			if _, err := s.changes.exec(t.Context(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
			return errors.New("as if a statement had failed")
		})
		_ = tx.PutConversation(contact(1))
		return nil
	})
	if err == nil {
		t.Error("Update reports success")
	}
	if _, err := s.Conversation(t.Context(), contact(1).ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("something was committed: %v", err)
	}
}

func TestAReadOnlyDiskIsToldAsOne(t *testing.T) {
	err := explain(&fs.PathError{Op: "chmod", Path: "profile", Err: syscall.EROFS})
	if !errors.Is(err, ErrDenied) || !errors.Is(err, syscall.EROFS) {
		t.Errorf("%v", err)
	}
}

// A database of the first version is encrypted, and gets its index, its counts
// and its places.
func TestFromTheFirstVersion(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	steps, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(filepath.Join(dir, fileName), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(ctx, c, steps[:1]); err != nil {
		t.Fatal(err)
	}
	insert := `INSERT INTO message (conversation, timestamp_ms, author, outgoing, kind, received_ms, state, failure, hash,
		expire_mode, expire_seconds, expire_at_ms, text) VALUES (1, ?, ?, ?, 'message', 0, '', '', '', '', 0, 0, ?)`
	v := contact(1)
	author := account(1).Sender()
	script := func(query string, args ...any) {
		t.Helper()
		if _, err := c.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	script(`INSERT INTO conversation (id, kind, name, nickname, profile_ms, approved, approved_me, blocked, hidden, priority, muted_until_ms, created_ms)
		VALUES (?, 'contact', 'Alice', '', 0, 0, 0, 0, 0, 0, 0, 0)`, string(v.ID))
	for i := range 2500 {
		script(insert, i+1, author[:], i%2, fmt.Sprintf("number %d", i))
	}
	script(insert, 5000, author[:], 0, "東京 https://example.org")
	script(`INSERT INTO event (kind, conversation, message) VALUES ('x', 1, 1); INSERT INTO event (kind) VALUES ('y'); DELETE FROM event WHERE cursor = 2`)
	script(`INSERT INTO outbox (kind, target, namespace, data, timestamp_ms, ttl_ms, next_ms) VALUES ('unrevoke', ?, 0, x'', 1, 1, 1)`, author[:])
	if err := errors.Join(c.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}

	// The old file, as somebody who has it open would see it.
	old, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	s := openTest(t, dir)
	if b, err := io.ReadAll(old); err != nil || len(bytes.Trim(b, "\x00")) > 0 {
		t.Errorf("the plain file is still there, %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 {
		t.Errorf("files: %v, %v", entries, err)
	}
	if got := found(t, s, Search{Terms: terms("京"), Has: HasLink}); !slices.Equal(got, []string{"東[京] https://example.org"}) {
		t.Errorf("found %q", got)
	}
	if got := found(t, s, Search{Terms: terms("2499"), Outgoing: true}); !slices.Equal(got, []string{"number [2499]"}) {
		t.Errorf("found %q", got)
	}
	got, err := s.Conversation(ctx, v.ID)
	if err != nil || !got.Request || got.Unread != 1251 || got.Last.TimestampMS != 5000 {
		t.Errorf("the conversation: %+v, %v", got, err)
	}
	if _, waits, err := s.NextDue(ctx); waits || err != nil {
		t.Errorf("an entry that nobody sends any more is in the outbox, %v", err)
	}
	checkIndex(t, s)
	update(t, s, func(tx *Tx) error {
		if cursor, err := tx.AppendEvent("z", "", 0); cursor != 3 || err != nil {
			t.Errorf("an old cursor is used again: %d, %v", cursor, err)
		}
		return nil
	})
}
