package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
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

// rekeyForever changes the key of a profile without a passphrase, and prints an
// empty line whenever it has done so.
func rekeyForever(dir string) (err error) {
	for err == nil {
		if err = SetPassphrase(context.Background(), dir, nil, secret.Bytes{}, true); err == nil {
			fmt.Println()
		}
	}
	return err
}

// victim is the second process, which does something to a profile until it is
// killed. It prints an empty line when it begins, and any text only if it fails.
type victim struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *bufio.Reader
	action string
}

func startVictim(t *testing.T, action, dir string) *victim {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, cmd: exec.Command(binary), action: action}
	v.cmd.Env = append(os.Environ(), helperEnv+"=+"+action+":"+dir)
	if _, err := v.cmd.StdinPipe(); err != nil { // whose end it waits for
		t.Fatal(err)
	}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	v.out = bufio.NewReader(out)
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v.line()
	return v
}

func (v *victim) line() {
	v.t.Helper()
	if line, err := v.out.ReadString('\n'); err != nil || line != "\n" {
		v.t.Errorf("%s: %q, %v", v.action, line, err)
	}
}

func (v *victim) kill(after time.Duration) {
	v.t.Helper()
	timer := time.AfterFunc(after, func() { _ = v.cmd.Process.Kill() })
	defer timer.Stop()
	rest, _ := io.ReadAll(v.out)
	_ = v.cmd.Wait()
	if s := strings.TrimSpace(string(rest)); s != "" {
		v.t.Errorf("%s: %s", v.action, s)
	}
}

// killed runs the second process and kills it some time after it began.
func killed(t *testing.T, action, dir string, after time.Duration) {
	t.Helper()
	startVictim(t, action, dir).kill(after)
}

// takes measures how long something takes on this machine, as it is now.
func takes(t *testing.T, action, dir string) time.Duration {
	t.Helper()
	v := startVictim(t, action, dir)
	began := time.Now()
	v.line()
	took := time.Since(began)
	v.kill(0)
	return took
}

func TestACrashWhileTheKeyChanges(t *testing.T) {
	random, rounds := faultSeed(t), crashRounds()
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
	most := 2 * int64(takes(t, "rekey", dir))
	for round := range rounds {
		killed(t, "rekey", dir, time.Duration(random.Int64N(most)))
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
	if len(keys) == 1 && rounds > 10 {
		t.Errorf("the key never changed in %d rounds", rounds)
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
	random, rounds := faultSeed(t), crashRounds()
	const messages = 100
	plain := plainProfile(t, messages)
	first := filepath.Join(t.TempDir(), "profile")
	if err := os.CopyFS(first, plain); err != nil {
		t.Fatal(err)
	}
	most, begun := int64(takes(t, "open", first)), 0
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "profile")
		if err := os.CopyFS(dir, plain); err != nil {
			t.Fatal(err)
		}
		killed(t, "open", dir, time.Duration(random.Int64N(most)))
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
	if begun == 0 && rounds > 10 {
		t.Errorf("none of %d profiles was begun", rounds)
	}
}
