package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"seance/messaging/secret"
	"seance/store/archive"
)

// lived makes a profile that has something of everything, and closes it.
func lived(t *testing.T, dir, passphrase string) {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{NewPassphrase: secret.New([]byte(passphrase))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	live(t, s)
}

func live(t *testing.T, s *Store) {
	t.Helper()
	if err := s.CreateAccount(t.Context(), Account{ID: account(0), Seed: secret.New([]byte("0123456789abcdef")), Name: "Plain Name"}); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutConversation(contact(1)), tx.PutConversation(contact(2))) })
	for i := range 50 {
		insert(t, s, received(1+i%2, 1+i, fmt.Sprintf("plain text %d", i)))
	}
	row := insert(t, s, sent(1, 100, "not sent yet"))
	saved(t, s, row, 0, strings.Repeat("plain content ", 10_000))
	saved(t, s, row, 1, "plain content")
	update(t, s, func(tx *Tx) error {
		_, err := tx.Enqueue(Outgoing{Kind: "message", Target: account(1).Pubkey(), Data: []byte("exact bytes"), Message: row})
		return err
	})
}

// same demands that two profiles hold the same.
func same(t *testing.T, a, b *Store) {
	t.Helper()
	for _, query := range []string{"SELECT * FROM account", "SELECT * FROM conversation", "SELECT * FROM message", "SELECT * FROM outbox", "SELECT * FROM attachment"} {
		if x, y := dump(t, a, query), dump(t, b, query); x != y || x == "" {
			t.Errorf("%s:\n%s\n%s", query, x, y)
		}
	}
	hits, err := b.Search(t.Context(), Search{Terms: []Term{{Text: "plain"}}})
	if err != nil || len(hits) != 50 {
		t.Errorf("%d hits, %v", len(hits), err)
	}
}

func dump(t *testing.T, s *Store, query string) string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		for i := range row {
			fmt.Fprintf(&b, "%s=%v ", columns[i], *row[i].(*any))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	old, file, next := filepath.Join(dir, "old"), filepath.Join(dir, "file"), filepath.Join(dir, "new", "profile")
	lived(t, old, "")
	sum, err := Backup(t.Context(), old, file, BackupOptions{})
	if err != nil || sum.Protected || sum.Attachments != 2 || sum.Missing != 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	b, err := os.ReadFile(file)
	if err != nil || int64(len(b)) != sum.Size {
		t.Fatalf("%d bytes of %d, %v", len(b), sum.Size, err)
	}
	for _, text := range []string{"plain text", "plain content", "Plain Name", "exact bytes", account(1).String(), "conversation"} {
		if bytes.Contains(b, []byte(text)) {
			t.Errorf("the backup has %q in it", text)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left := filesBelow(t, dir); len(left) != len(filesBelow(t, old))+1 {
		t.Errorf("there is %v", left)
	}
	restored, err := Restore(t.Context(), file, next, RestoreOptions{Holder: "test"})
	if err != nil || restored != (RestoreSummary{account(0), "Plain Name", 2, 0}) {
		t.Fatalf("%+v, %v", restored, err)
	}
	if left := filesBelow(t, next); len(left) != 5 || left[2] != keyName || left[3] != lockName || left[4] != fileName {
		t.Errorf("there is %v", left)
	}
	if r, err := Check(t.Context(), next, CheckOptions{}); err != nil || len(r.Findings) > 0 || r.Partial {
		t.Errorf("%+v, %v", r, err)
	}
	same(t, openTest(t, old), openTest(t, next))
}

// Who has the file needs the passphrase that the profile had.
func TestBackupOfAProtectedProfile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, file, next := filepath.Join(dir, "old"), filepath.Join(dir, "file"), filepath.Join(dir, "new")
	lived(t, old, "correct horse")
	if _, err := Backup(t.Context(), old, file, BackupOptions{}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("without the passphrase: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
	sum, err := Backup(t.Context(), old, file, BackupOptions{Passphrase: answers("correct horse")})
	if err != nil || !sum.Protected {
		t.Fatalf("%+v, %v", sum, err)
	}
	for _, ask := range []Asker{nil, answers("wrong")} {
		if _, err := Restore(t.Context(), file, next, RestoreOptions{Passphrase: ask}); !errors.Is(err, ErrPassphrase) {
			t.Errorf("restoring with another passphrase: %v", err)
		}
		if _, err := os.Lstat(next); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is %v", filesBelow(t, next))
		}
	}
	if _, err := Restore(t.Context(), file, next, RestoreOptions{Passphrase: answers("correct horse")}); err != nil {
		t.Fatal(err)
	}
	if is, err := Protected(next); !is || err != nil {
		t.Errorf("the new profile is protected: %t, %v", is, err)
	}
}

// A backup is one moment of a profile that goes on, and does not keep it from
// going on.
func TestBackupWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	profile := filepath.Join(dir, "profile")
	s := openTest(t, profile)
	live(t, s)
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for i := 1000; ; i += 2 {
			select {
			case <-done:
				return
			default:
			}
			// Both or neither.
			err := s.Update(context.Background(), func(tx *Tx) error {
				_, _, err := tx.InsertMessage(received(1, i, "one"))
				_, _, other := tx.InsertMessage(received(2, i+1, "two"))
				return errors.Join(err, other)
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer wg.Wait()
	defer close(done)
	for i := range 5 {
		file, next := filepath.Join(dir, fmt.Sprint("file", i)), filepath.Join(dir, fmt.Sprint("new", i))
		if _, err := Backup(t.Context(), profile, file, BackupOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), file, next, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		restored := openTest(t, next)
		var n [2]int
		for who := range n {
			v, err := restored.Conversation(t.Context(), contact(1+who).ID)
			if n[who] = v.Unread; err != nil || n[who] < 25 {
				t.Errorf("%+v, %v", v, err)
			}
		}
		if n[0] != n[1] {
			t.Errorf("a half transaction: %v", n)
		}
	}
}

func TestBackupOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	profile, file := filepath.Join(dir, "profile"), filepath.Join(dir, "file")
	lived(t, profile, "")
	if err := os.WriteFile(file, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Backup(t.Context(), profile, file, BackupOptions{}); !errors.Is(err, ErrBackupExists) {
		t.Errorf("Backup: %v", err)
	}
	if err := publish(filepath.Join(profile, keyName), file, false); !errors.Is(err, ErrBackupExists) {
		t.Errorf("a file that came meanwhile: %v", err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := Backup(t.Context(), profile, file, BackupOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() < 10_000 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := Backup(t.Context(), filepath.Join(dir, "none"), file, BackupOptions{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no profile: %v", err)
	}
	if _, err := Backup(t.Context(), profile, filepath.Join(dir, "none", "file"), BackupOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into no directory: %v", err)
	}
}

// What an attachment has lost is told.
func TestBackupOfWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	profile, file := filepath.Join(dir, "profile"), filepath.Join(dir, "file")
	s := openTest(t, profile)
	live(t, s)
	m, err := s.Messages(t.Context(), contact(1).ID, Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.Attachments(), m[0].Attachments[1].File)); err != nil {
		t.Fatal(err)
	}
	sum, err := Backup(t.Context(), profile, file, BackupOptions{})
	if err != nil || sum.Attachments != 1 || sum.Missing != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	restored, err := Restore(t.Context(), file, filepath.Join(dir, "new"), RestoreOptions{})
	if err != nil || restored != (RestoreSummary{account(0), "Plain Name", 1, 1}) {
		t.Errorf("%+v, %v", restored, err)
	}
}

// wholeBackup is a backup without a passphrase.
func wholeBackup(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	profile, file := filepath.Join(dir, "profile"), filepath.Join(dir, "file")
	lived(t, profile, "")
	if _, err := Backup(t.Context(), profile, file, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRestoreLeavesNothingBehind(t *testing.T) {
	good := wholeBackup(t)
	inPages := bytes.Index(good, []byte(fileName)) + 512 + 5*4096
	changed := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	packed := func(files ...string) []byte {
		var b bytes.Buffer
		w := archive.NewWriter(&b)
		for i := 0; i < len(files); i += 2 {
			if err := w.Add(files[i], int64(len(files[i+1])), strings.NewReader(files[i+1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	plain := string(plainMagic) + strings.Repeat("\x00", 4080)
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"no archive":             {[]byte(strings.Repeat("Dear diary, ", 100)), archive.ErrFormat},
		"nothing":                {nil, archive.ErrFormat},
		"cut short":              {good[:len(good)/2], archive.ErrCut},
		"a damaged page":         {changed(inPages), ErrCorrupt},
		"no files":               {packed(), archive.ErrFormat},
		"no database":            {packed(keyName, "{}"), archive.ErrFormat},
		"another file":           {packed(keyName, "{}", fileName, "x", "config.toml", "x"), archive.ErrFormat},
		"a file twice":           {packed(keyName, "{}", keyName, "{}", fileName, "x"), archive.ErrFormat},
		"a strange attachment":   {packed(keyName, "{}", fileName, "x", "attachments/x", ""), archive.ErrFormat},
		"a log":                  {packed(keyName, "{}", fileName, "x", fileName+"-wal", ""), archive.ErrFormat},
		"an unencrypted one":     {packed(keyName, "{}", fileName, plain), archive.ErrFormat},
		"no key in the key file": {packed(keyName, "{}", fileName, strings.Repeat("x", 4096)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file, fresh, used := filepath.Join(dir, "file"), filepath.Join(dir, "fresh"), filepath.Join(dir, "used")
			fillDirectory(t, used, "config.toml", restoringName+"/"+keyName)
			if err := os.WriteFile(file, tt.b, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, profile := range []string{fresh, used} {
				_, err := Restore(t.Context(), file, profile, RestoreOptions{Passphrase: answers("wrong"), Holder: "test"})
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("Restore: %v", err)
				}
			}
			if _, err := os.Lstat(fresh); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("there is %v", filesBelow(t, fresh))
			}
			if left := filesBelow(t, used); !slices.Equal(left, []string{"config.toml", lockName}) {
				t.Errorf("there is %v", left)
			}
		})
	}
}

func TestRestoreTakesNoProfileAway(t *testing.T) {
	dir := t.TempDir()
	file, profile := filepath.Join(dir, "file"), filepath.Join(dir, "profile")
	if err := os.WriteFile(file, wholeBackup(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, profile)
	before := filesBelow(t, profile)
	if _, err := Restore(t.Context(), file, profile, RestoreOptions{}); !errors.Is(err, ErrExists) {
		t.Errorf("over a profile: %v", err)
	}
	if left := filesBelow(t, profile); len(left) != len(before)+1 { // the lock
		t.Errorf("there is %v, was %v", left, before)
	}
	if _, err := s.Account(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("the profile has another account: %v", err)
	}
	empty := filepath.Join(dir, "empty")
	lock, err := LockProfile(empty, "seance receive")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	var locked *LockedError
	if _, err := Restore(t.Context(), file, empty, RestoreOptions{}); !errors.As(err, &locked) {
		t.Errorf("into a profile in use: %v", err)
	}
}

// A log that lies about must not become that of the profile.
func TestRestoreBesideWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	file, profile := filepath.Join(dir, "file"), filepath.Join(dir, "profile")
	if err := os.WriteFile(file, wholeBackup(t), 0o600); err != nil {
		t.Fatal(err)
	}
	fillDirectory(t, profile, fileName+"-wal", fileName+"-shm", keyName, restoringName+"/attachments/"+attachment)
	if _, err := Restore(t.Context(), file, profile, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	if v, err := openTest(t, profile).Conversation(t.Context(), contact(1).ID); err != nil || v.Unread != 25 {
		t.Errorf("%+v, %v", v, err)
	}
}
