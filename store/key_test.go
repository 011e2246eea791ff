package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"seance/messaging/secret"
	"seance/store/vault"
)

func pass(text string) secret.Bytes { return secret.New([]byte(text)) }

// answers gives passphrases one after the other.
func answers(list ...string) Asker {
	return func(_ context.Context, wrong bool) (secret.Bytes, error) {
		if len(list) == 0 {
			return secret.Bytes{}, fmt.Errorf("%w: nobody knows", ErrPassphrase)
		}
		next := list[0]
		list = list[1:]
		return pass(next), nil
	}
}

// files are the contents of a directory.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		all[e.Name()] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPassphrase(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s, err := Open(ctx, dir, Options{NewPassphrase: pass("first")})
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	insert(t, s, received(1, 1, "kept"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opens := func(what string, ask Asker, protected bool) {
		t.Helper()
		s, err := Open(ctx, dir, Options{Passphrase: ask})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer s.Close()
		list, err := s.Messages(ctx, contact(1).ID, Page{})
		if err != nil || len(list) != 1 || list[0].Text != "kept" {
			t.Errorf("%s: %+v, %v", what, list, err)
		}
		if p, err := Protected(dir); p != protected || err != nil {
			t.Errorf("%s: protected is %v, %v", what, p, err)
		}
	}
	refuses := func(what string, ask Asker) {
		t.Helper()
		before := files(t, dir)
		s, err := Open(ctx, dir, Options{Passphrase: ask})
		if !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: %v", what, err)
			if err == nil {
				s.Close()
			}
		}
		after := files(t, dir)
		if len(before) != len(after) {
			t.Errorf("%s: %d files became %d", what, len(before), len(after))
		}
		for name, content := range before {
			if after[name] != content {
				t.Errorf("%s: %s was changed", what, name)
			}
		}
	}
	change := func(ask Asker, to string, rekey bool) {
		t.Helper()
		if err := SetPassphrase(ctx, dir, ask, pass(to), rekey); err != nil {
			t.Fatal(err)
		}
	}
	// Each passphrase that is tried costs half a second.
	refuses("nobody to ask", nil)
	refuses("a wrong one", answers("First"))
	database := files(t, dir)[fileName]
	change(answers("wrong", "first"), "second", false)
	if files(t, dir)[fileName] != database {
		t.Error("changing the passphrase rewrites the database")
	}
	keys, err := vault.LoadKeyFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	old, err := keys.Unlock(pass("second"))
	if err != nil {
		t.Fatal(err)
	}
	change(answers("second"), "", true)
	if err := vault.CheckKey(filepath.Join(dir, fileName), old[0]); !errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("the old key after a rekey: %v", err)
	}
	opens("a removed one", nil, false)
	change(nil, "again", true)
	opens("set again", answers("again"), true)
}

// A rekey that ends anywhere leaves a profile that opens, and no second copy of
// the database.
func TestRekeyIsCutShort(t *testing.T) {
	ctx := t.Context()
	// make gives a profile and what a rekey would have written into it.
	prepare := func(t *testing.T) (dir string, old, next vault.Key) {
		dir = t.TempDir()
		s := openTest(t, dir)
		update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		u, err := unlock(ctx, dir, nil, secret.Bytes{})
		if err != nil {
			t.Fatal(err)
		}
		next = newKey(t)
		if err := u.copyTo(ctx, dir, filepath.Join(dir, rekeyName), next); err != nil {
			t.Fatal(err)
		}
		return dir, u.key, next
	}
	tests := []struct {
		name string
		left func(t *testing.T, dir string, old, next vault.Key) error
	}{
		{"before the keys", func(*testing.T, string, vault.Key, vault.Key) error { return nil }},
		{"a half copy", func(t *testing.T, dir string, _, _ vault.Key) error {
			return os.Truncate(filepath.Join(dir, rekeyName), 5000)
		}},
		{"before the database", func(t *testing.T, dir string, old, next vault.Key) error {
			return vault.WriteKeyFile(dir, secret.Bytes{}, next, old)
		}},
		{"before the last key file", func(t *testing.T, dir string, old, next vault.Key) error {
			return errors.Join(vault.WriteKeyFile(dir, pass("p"), next, old),
				os.Rename(filepath.Join(dir, rekeyName), filepath.Join(dir, fileName)))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, old, next := prepare(t)
			if err := tt.left(t, dir, old, next); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				s, err := Open(ctx, dir, Options{Passphrase: answers("p")})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Conversation(ctx, contact(1).ID); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if err := SetPassphrase(ctx, dir, answers("p"), secret.Bytes{}, true); err != nil {
				t.Error(err)
			}
			if _, there := files(t, dir)[rekeyName]; there {
				t.Error("the copy is still there")
			}
		})
	}
}

// The creation of a profile may end after its key was written, and a database
// may be missing because somebody has moved it: the key stays.
func TestAKeyWithoutADatabase(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := openTest(t, dir)
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, moved := filepath.Join(dir, fileName), filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(file, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+"-wal", []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, dir, Options{}); !errors.Is(err, errNoDatabase) {
		t.Errorf("with a log: %v", err)
	}
	if err := os.Remove(file + "-wal"); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, dir, Options{NewPassphrase: pass("new")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b := []byte(files(t, dir)[fileName]); bytes.HasPrefix(b, plainMagic) || len(b) == 0 {
		t.Error("the database is not encrypted")
	}
	if _, err := Open(ctx, dir, Options{}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the new profile has a passphrase: %v", err)
	}
	if err := os.Rename(moved, file); err != nil {
		t.Fatal(err)
	}
	s, err = Open(ctx, dir, Options{Passphrase: answers("new")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Conversation(ctx, contact(1).ID); err != nil {
		t.Errorf("what was moved away and back: %v", err)
	}
}
