package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seance/messaging/id"
	"seance/messaging/secret"
)

func openTest(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// update fails the test if the transaction does.
func update(t testing.TB, s *Store, f func(*Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func account(n int) (a id.Account) {
	a[0] = id.PrefixAccount
	binary.BigEndian.PutUint64(a[25:], uint64(n))
	return a
}

func contact(n int) Conversation {
	return Conversation{ID: id.With(account(n)), Kind: id.KindContact, Approved: true, CreatedMS: 1}
}

func received(from, ms int, text string) Message {
	return Message{
		Conversation: id.With(account(from)), Author: account(from).Sender(), Direction: In,
		TimestampMS: int64(ms), ReceivedMS: int64(ms) + 1, Kind: KindMessage, Text: text, Hash: id.Hash(text),
	}
}

func sent(to, ms int, text string) Message {
	m := received(to, ms, text)
	m.Author, m.Direction, m.State = account(0).Sender(), Out, StateSending
	return m
}

func insert(t testing.TB, s *Store, list ...Message) (last int64) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		for _, m := range list {
			row, inserted, err := tx.InsertMessage(m)
			if err != nil || !inserted {
				return fmt.Errorf("insert %q: %t, %w", m.Text, inserted, err)
			}
			last = row
		}
		return nil
	})
	return last
}

func TestAccount(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := openTest(t, dir)
	if _, err := s.Account(ctx); !errors.Is(err, ErrNotFound) {
		t.Fatalf("an empty profile has an account: %v", err)
	}
	named := func(name string) error {
		return s.Update(ctx, func(tx *Tx) error { return tx.SetAccountName(name) })
	}
	if err := named("x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("naming no account: %v", err)
	}
	want := Account{ID: account(7), Seed: secret.New([]byte("0123456789abcdef")), Network: []byte("name = \"x\"\x00"), CreatedMS: 9}
	if err := s.CreateAccount(ctx, want); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateAccount(ctx, Account{ID: account(8)}); !errors.Is(err, ErrExists) {
		t.Errorf("a second account: %v", err)
	}
	want.Name = "Zoë\x00\u202e"
	if err := named(want.Name); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := openTest(t, dir).Account(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != want.ID || !got.Seed.Equal(want.Seed) || got.Name != want.Name || string(got.Network) != string(want.Network) || got.CreatedMS != 9 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTimestampsAreClaimedOnce(t *testing.T) {
	dir := t.TempDir()
	claim := func(s *Store, now int64) (ms int64) {
		update(t, s, func(tx *Tx) (err error) { ms, err = tx.ClaimTimestamp(now); return err })
		return ms
	}
	s := openTest(t, dir)
	if err := s.CreateAccount(t.Context(), Account{ID: account(1)}); err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct{ now, want int64 }{{100, 100}, {100, 101}, {50, 102}, {200, 200}} {
		if got := claim(s, step.now); got != step.want {
			t.Errorf("step %d: %d, want %d", i, got, step.want)
		}
	}
	s.Close()
	if got := claim(openTest(t, dir), 200); got != 201 {
		t.Errorf("after opening again: %d, want 201", got)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b%20#?é", "profile")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := LockProfile(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	s := openTest(t, dir)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info.Mode(), err)
	}
	files := 0
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", e.Name(), info.Mode())
		}
		files++
	}
	if files != 5 { // the key, the database, its log and index, the lock
		t.Errorf("%d files: %v", files, entries)
	}
}

func TestAForeignDirectoryKeepsItsMode(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	openTest(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestExists(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profile")
	if ok, err := Exists(dir); ok || err != nil {
		t.Errorf("before: %t, %v", ok, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("asking created the directory")
	}
	openTest(t, dir)
	if ok, err := Exists(dir); !ok || err != nil {
		t.Errorf("after: %t, %v", ok, err)
	}
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	s := openTest(t, t.TempDir())
	cause := errors.New("cause")
	ctx, cancel := context.WithCancel(t.Context())
	tests := map[string]struct {
		ctx context.Context
		end func() error
		ok  func(error) bool
	}{
		"error":    {t.Context(), func() error { return cause }, func(err error) bool { return errors.Is(err, cause) }},
		"panic":    {t.Context(), func() error { panic("secret") }, func(err error) bool { return err != nil && !strings.Contains(err.Error(), "secret") }},
		"canceled": {ctx, func() error { cancel(); return nil }, func(err error) bool { return errors.Is(err, context.Canceled) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := s.Update(tt.ctx, func(tx *Tx) error {
				if err := tx.PutConversation(contact(1)); err != nil {
					return err
				}
				if _, err := tx.Conversation(contact(1).ID); err != nil {
					t.Errorf("the transaction does not see its own change: %v", err)
				}
				return tt.end()
			})
			if !tt.ok(err) {
				t.Errorf("Update: %v", err)
			}
			if list, err := s.Conversations(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("something was kept: %v, %v", list, err)
			}
		})
	}
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	if _, err := s.Conversation(t.Context(), contact(1).ID); err != nil {
		t.Errorf("the next transaction: %v", err)
	}
}

func TestTryUndoesItsPartOnly(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error {
		put := func(n int) error { return tx.PutConversation(contact(n)) }
		if err := put(1); err != nil {
			return err
		}
		if err := tx.Try(func() error { return errors.Join(put(2), errors.New("no")) }); err == nil {
			t.Error("the error was lost")
		}
		if err := tx.Try(func() error { _ = put(3); panic("no") }); err == nil {
			t.Error("the panic was lost")
		}
		return tx.Try(func() error { return put(4) })
	})
	list, err := s.Conversations(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != contact(1).ID || list[1].ID != contact(4).ID {
		t.Errorf("%v, %v", list, err)
	}
}

func TestATransactionEndsWithUpdate(t *testing.T) {
	s := openTest(t, t.TempDir())
	var kept *Tx
	update(t, s, func(tx *Tx) error { kept = tx; return nil })
	if err := kept.PutConversation(contact(1)); err == nil {
		t.Error("a change outside of Update was taken")
	}
}

func TestClosed(t *testing.T) {
	s := openTest(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Conversations(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("reading: %v", err)
	}
	if err := s.Update(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("writing: %v", err)
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	s := openTest(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Conversations(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// In a bubble a goroutine that outlives Close, or a wait that is not on a
// channel or timer, fails the test.
func TestWorksInASynctestBubble(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, dir)
		done := make(chan error)
		go func() {
			time.Sleep(time.Hour)
			done <- s.Update(t.Context(), func(tx *Tx) error { return tx.PutConversation(contact(1)) })
		}()
		started := time.Now()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, err := s.Conversation(t.Context(), contact(1).ID); err != nil {
			t.Error(err)
		}
		if passed := time.Since(started); passed != time.Hour {
			t.Errorf("%v passed", passed)
		}
	})
}

func TestSettings(t *testing.T) {
	s := openTest(t, t.TempDir())
	read := func() []byte {
		t.Helper()
		v, err := s.Setting(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := read(); v != nil {
		t.Errorf("unset: %q", v)
	}
	for _, v := range [][]byte{{0, 255}, {}, []byte("b")} {
		update(t, s, func(tx *Tx) error { return tx.SetSetting("k", v) })
		if got := read(); got == nil || string(got) != string(v) {
			t.Errorf("got %#v, want %#v", got, v)
		}
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.SetSetting("k", nil); err != nil {
			return err
		}
		v, err := tx.Setting("k")
		if v != nil {
			t.Errorf("removed: %q", v)
		}
		return err
	})
}
