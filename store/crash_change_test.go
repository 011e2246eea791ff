package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seance/messaging/secret"
)

// The database is written anew as a whole when its key changes, and when it
// was the first version's, which did not encrypt. These tests kill a process
// that does so.

// rekeyForever changes the key of a profile without a passphrase.
func rekeyForever(dir string) (err error) {
	for err == nil {
		err = SetPassphrase(context.Background(), dir, nil, secret.Bytes{}, true)
	}
	return err
}

// killed runs the second process for a profile and kills it after a time. What
// it prints meanwhile goes to standard error: it fails.
func killed(t *testing.T, action, dir string, after time.Duration) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), helperEnv+"="+action+":"+dir)
	in, err := cmd.StdinPipe() // which it waits for
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
	if s := strings.TrimSpace(out.String()); s != "" {
		t.Errorf("%s: %s", action, s)
	}
}

func TestACrashWhileTheKeyChanges(t *testing.T) {
	random, rounds := faultSeed(t), 12
	if everyFault() {
		rounds = 300
	}
	dir := t.TempDir()
	s := openTest(t, dir)
	const steps = 30
	for n := range steps {
		if err := takeStep(s, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key := func() string {
		b, err := os.ReadFile(filepath.Join(dir, "key.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	keys := map[string]bool{}
	for round := range rounds {
		killed(t, "rekey", dir, time.Duration(random.IntN(120))*time.Millisecond)
		s, err := Open(t.Context(), dir, Options{Readers: 1})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if n, err := stepsDone(s); err != nil || n != steps {
			t.Errorf("round %d: %d steps, %v", round, n, err)
		}
		if err := whole(s); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		keys[key()] = true
	}
	if len(keys) < rounds/4 {
		t.Errorf("%d keys in %d rounds: it hardly changed", len(keys), rounds)
	}
}

// plainProfile makes a profile as the first version left it when it was
// killed: with messages in its log.
func plainProfile(t *testing.T, messages int) fs.FS {
	t.Helper()
	dir := t.TempDir()
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(filepath.Join(dir, fileName), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	do := func(query string, args ...any) {
		if _, err := c.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate(t.Context(), c, all[:1]); err != nil {
		t.Fatal(err)
	}
	do(`INSERT INTO conversation (id, kind, name, nickname, profile_ms, approved, approved_me, blocked, hidden, priority, muted_until_ms, created_ms)
		VALUES (?, 'contact', '', '', 0, 1, 0, 0, 0, 0, 0, 1)`, string(contact(1).ID))
	for n := range messages {
		if n == messages/2 {
			do("PRAGMA wal_checkpoint(TRUNCATE)")
		}
		m := received(1, n+1, fmt.Sprint("Quodlibet ", n))
		do(`INSERT INTO message (conversation, timestamp_ms, author, outgoing, kind, received_ms, state, failure, hash, expire_mode, expire_seconds, expire_at_ms, text)
			VALUES (1, ?, ?, 0, 'message', 1, '', '', '', '', 0, 0, ?)`, m.TimestampMS, m.Author[:], m.Text)
	}
	left := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, fileName+suffix))
		if err != nil || len(b) == 0 {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, fileName+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return os.DirFS(left)
}

func TestACrashWhileAProfileIsEncrypted(t *testing.T) {
	random, rounds := faultSeed(t), 12
	if everyFault() {
		rounds = 300
	}
	const messages = 100
	plain := plainProfile(t, messages)
	begun := 0
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "profile")
		if err := os.CopyFS(dir, plain); err != nil {
			t.Fatal(err)
		}
		killed(t, "open", dir, time.Duration(random.IntN(60_000))*time.Microsecond)
		if _, err := os.Stat(filepath.Join(dir, "key.json")); err == nil {
			begun++
		}
		s, err := Open(t.Context(), dir, Options{Readers: 1})
		if err != nil {
			t.Errorf("round %d: %v", round, err)
			continue
		}
		v, err := s.Conversation(t.Context(), contact(1).ID)
		if err != nil || v.Unread != messages {
			t.Errorf("round %d: %d messages, %v", round, v.Unread, err)
		}
		if hits, err := s.Search(t.Context(), Search{Terms: []Term{{"quodlib", true}}, Limit: 1000}); err != nil || len(hits) != messages {
			t.Errorf("round %d: %d hits, %v", round, len(hits), err)
		}
		if err := errors.Join(whole(s), s.Close()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		for name, content := range files(t, dir) {
			if strings.Contains(content, "Quodlibet") || strings.Contains(content, "SQLite") {
				t.Errorf("round %d: %s can be read", round, name)
			}
		}
	}
	if begun < rounds/4 {
		t.Errorf("%d of %d profiles were begun", begun, rounds)
	}
}
