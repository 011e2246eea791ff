package store

import (
	"os"
	"path/filepath"
	"testing"

	"seance/messaging/secret"
)

// BenchmarkUpkeep is of a profile of 100,000 messages.
func BenchmarkUpkeep(b *testing.B) {
	dir := history(b, 100_000, 100)
	s, err := Open(b.Context(), dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.CreateAccount(b.Context(), Account{ID: account(0), Seed: secret.New([]byte("0123456789abcdef"))}); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil {
		b.Fatal(err)
	}
	file, next := filepath.Join(b.TempDir(), "file"), filepath.Join(b.TempDir(), "next")
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(info.Size())
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("backup", func() error {
		_, err := Backup(b.Context(), dir, file, BackupOptions{Replace: true})
		return err
	})
	run("restore", func() error {
		if err := os.RemoveAll(next); err != nil {
			return err
		}
		_, err := Restore(b.Context(), file, next, RestoreOptions{})
		return err
	})
	run("check", func() error {
		r, err := Check(b.Context(), dir, CheckOptions{})
		if len(r.Findings) > 0 {
			b.Errorf("%+v", r.Findings)
		}
		return err
	})
}
