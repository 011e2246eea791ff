package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seance/store/vault"
)

// check runs Check, which must not fail.
func check(t *testing.T, dir string, repair bool) CheckReport {
	t.Helper()
	r, err := Check(t.Context(), dir, CheckOptions{Holder: "test", Repair: repair})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		for _, secret := range []string{"plain", "Plain", "exact bytes", "0123456789abcdef", account(1).String()} {
			if strings.Contains(f.Text, secret) {
				t.Errorf("a finding tells what is private: %q", f.Text)
			}
		}
	}
	return r
}

// about lists what findings are about, with a + for what was repaired.
func about(r CheckReport) (list []string) {
	for _, f := range r.Findings {
		text := string(f.About)
		if f.Repaired {
			text += "+"
		}
		list = append(list, text)
	}
	return list
}

// spoil changes the database of a closed profile as a fault in the program
// might.
func spoil(t *testing.T, dir string, statements ...string) {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, statement := range statements {
		if _, err := s.writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestCheckFindsAndRepairs(t *testing.T) {
	files := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { fillDirectory(t, dir, names...) }
	}
	statements := func(list ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { spoil(t, dir, list...) }
	}
	first := func(t *testing.T, dir string) string {
		entries, err := os.ReadDir(filepath.Join(dir, attachmentsName))
		if err != nil || len(entries) != 2 {
			t.Fatalf("%v, %v", entries, err)
		}
		return filepath.Join(dir, attachmentsName, entries[0].Name())
	}
	whole := t.TempDir()
	lived(t, whole, "")
	for name, tt := range map[string]struct {
		spoil    func(*testing.T, string)
		found    []string
		repaired []string // what is found with repair
	}{
		"nothing":       {files(), nil, nil},
		"foreign files": {files("config.toml", "attachments/holiday.jpg", "diary"), nil, nil},
		"unread":        {statements(`UPDATE conversation SET unread = 7`), []string{"counts"}, []string{"counts+"}},
		"incoming":      {statements(`UPDATE conversation SET incoming = 7 WHERE row = 1`), []string{"counts"}, []string{"counts+"}},
		"last message": {statements(`UPDATE conversation SET last_message = 1`, `UPDATE conversation SET last_message = NULL WHERE row = 2`),
			[]string{"counts"}, []string{"counts+"}},
		"attachments nobody looks for": {statements(`UPDATE message SET has = 0`), []string{"counts"}, []string{"counts+"}},
		"a text behind the index's back": {statements(`DROP TRIGGER search_changed`, `UPDATE message SET text = 'another' WHERE row = 1`),
			[]string{"search"}, []string{"search+"}},
		"an index that lost a row": {statements(
			`PRAGMA writable_schema = ON`,
			`UPDATE sqlite_schema SET sql = 'CREATE INDEX message_time ON message (place) WHERE place < 0' WHERE name = 'message_time'`,
			`PRAGMA writable_schema = RESET`, `REINDEX message_time`, `PRAGMA writable_schema = ON`,
			`UPDATE sqlite_schema SET sql = 'CREATE INDEX message_time ON message (place)' WHERE name = 'message_time'`),
			[]string{"database"}, []string{"database+"}},
		"a row without its parent": {statements(`PRAGMA foreign_keys = OFF`, `UPDATE outbox SET message = 1000`), []string{"database"}, []string{"database"}},
		"a missing attachment":     {func(t *testing.T, dir string) { os.Remove(first(t, dir)) }, []string{"attachments"}, []string{"attachments"}},
		"a damaged attachment": {func(t *testing.T, dir string) { os.WriteFile(first(t, dir), []byte("other"), 0o600) },
			[]string{"attachments"}, []string{"attachments"}},
		"surplus files": {files("attachments/"+attachment, "attachments/"+attachment+".part"), []string{"attachments"}, []string{"attachments+"}},
		"leftovers":     {files(restoringName+"/"+keyName, rekeyName, keyName+".123"), []string{"leftovers"}, []string{"leftovers+"}},
		"modes": {func(t *testing.T, dir string) {
			for _, err := range []error{os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, keyName), 0o644), os.Chmod(first(t, dir), 0o640)} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}, []string{"modes", "modes", "modes"}, []string{"modes+", "modes+"}}, // taking the lock closes the directory,
		"no key": {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, keyName)) }, []string{"key"}, []string{"key"}},
		"a damaged key": {func(t *testing.T, dir string) {
			os.WriteFile(filepath.Join(dir, keyName), []byte("{}"), 0o600)
		}, []string{"key"}, []string{"key"}},
		"another key": {func(t *testing.T, dir string) {
			key, err := vault.NewKey(zeros{})
			if err := errors.Join(err, vault.WriteKeyFile(dir, pass(""), key)); err != nil {
				t.Fatal(err)
			}
		}, []string{"key"}, []string{"key"}},
		"a change of the key that a crash has ended": {func(t *testing.T, dir string) {
			file, err := vault.LoadKeyFile(dir)
			if err != nil {
				t.Fatal(err)
			}
			keys, err := file.Unlock(pass(""))
			if err != nil {
				t.Fatal(err)
			}
			other, err := vault.NewKey(zeros{})
			if err := errors.Join(err, vault.WriteKeyFile(dir, pass(""), other, keys[0])); err != nil {
				t.Fatal(err)
			}
		}, []string{"key"}, []string{"key+"}},
		"no database": {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, fileName)) }, []string{"database"}, []string{"database"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			copyProfile(t, whole, dir)
			tt.spoil(t, dir)
			if r := check(t, dir, false); !slices.Equal(about(r), tt.found) {
				t.Errorf("found %+v", r.Findings)
			}
			if r := check(t, dir, true); !slices.Equal(about(r), tt.repaired) {
				t.Errorf("with repair found %+v", r.Findings)
			}
			var left []string
			for _, what := range tt.repaired {
				if !strings.HasSuffix(what, "+") {
					left = append(left, what)
				}
			}
			if r := check(t, dir, false); !slices.Equal(about(r), left) {
				t.Errorf("afterwards found %+v", r.Findings)
			}
		})
	}
}

// zeros is a source of keys for tests.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// Repairing changes nothing that people wrote.
func TestRepairLosesNothing(t *testing.T) {
	old, dir := t.TempDir(), t.TempDir()
	lived(t, old, "")
	copyProfile(t, old, dir)
	spoil(t, dir, `UPDATE conversation SET unread = 7, incoming = 8, last_message = NULL`, `UPDATE message SET has = 0`,
		`INSERT INTO search (search) VALUES ('delete-all')`)
	for _, f := range check(t, dir, true).Findings {
		if !f.Repaired {
			t.Errorf("not repaired: %+v", f)
		}
	}
	same(t, openTest(t, old), openTest(t, dir))
}

func TestCheckOfAProfileInUse(t *testing.T) {
	dir := t.TempDir()
	lived(t, dir, "")
	lock, err := LockProfile(dir, "seance receive")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	fillDirectory(t, dir, "attachments/"+attachment+".part") // of a download that is running
	if r := check(t, dir, false); len(r.Findings) > 0 || !r.Partial {
		t.Errorf("%+v", r)
	}
	var locked *LockedError
	if _, err := Check(t.Context(), dir, CheckOptions{Repair: true}); !errors.As(err, &locked) {
		t.Errorf("repairing a profile in use: %v", err)
	}
}

func TestCheckRefuses(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	if _, err := Check(t.Context(), none, CheckOptions{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("no profile: %v", err)
	}
	if _, err := os.Lstat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Error("checking made a directory")
	}
	newer := filepath.Join(dir, "newer")
	lived(t, newer, "")
	spoil(t, newer, `PRAGMA user_version = 1000`)
	if _, err := Check(t.Context(), newer, CheckOptions{Repair: true}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer version: %v", err)
	}
}

// copyProfile copies files as they are at this moment.
func copyProfile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Chmod(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range filesBelow(t, from) {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		fillDirectory(t, to, name)
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// crashed makes a profile whose process was killed: all of it is in the log.
func crashed(t *testing.T, dir string) {
	t.Helper()
	running := t.TempDir()
	s := openTest(t, running)
	live(t, s)
	copyProfile(t, running, dir)
}

func TestCheckTellsOfALogThatIsCutOff(t *testing.T) {
	dir := t.TempDir()
	crashed(t, dir)
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("a whole log: %+v", r.Findings)
	}
	for _, repair := range []bool{false, true} {
		dir = t.TempDir()
		crashed(t, dir)
		flip(t, filepath.Join(dir, fileName+"-wal"), -2000)
		r := check(t, dir, repair)
		if len(r.Findings) != 1 || r.Findings[0].About != AboutLog || !strings.Contains(r.Findings[0].Text, "dropped") || r.Findings[0].Repaired != repair {
			t.Errorf("a damaged log: %+v", r.Findings)
		}
	}
}

// flip changes a bit of a file; at counts from the end if it is negative.
func flip(t *testing.T, file string, at int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever is changed in whatever file, checking ends, finds something or shows
// that nothing is lost, and so does repairing.
func TestCheckOfRandomDamage(t *testing.T) {
	old := t.TempDir()
	lived(t, old, "")
	withLog := t.TempDir()
	crashed(t, withLog)
	rounds := 20
	if everyFault() {
		rounds = 1000
	}
	for round := range rounds {
		seed := uint64(round)
		random := rand.New(rand.NewPCG(seed, seed))
		dir := t.TempDir()
		copyProfile(t, []string{old, withLog}[round%2], dir)
		damage := damageOne(t, dir, random)
		found := 0
		for _, repair := range []bool{false, true, false} {
			r, err := Check(t.Context(), dir, CheckOptions{Repair: repair})
			if err != nil && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrPassphrase) {
				t.Errorf("round %d, %s: %v", round, damage, err)
			}
			if found += len(r.Findings); found == 0 && err == nil {
				undamaged(t, dir, fmt.Sprintf("round %d, %s", round, damage))
			}
		}
	}
}

// damageOne changes one file of a profile.
func damageOne(t *testing.T, dir string, random *rand.Rand) string {
	t.Helper()
	names := filesBelow(t, dir)
	name := filepath.Join(dir, names[random.IntN(len(names))])
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	how := ""
	switch random.IntN(4) {
	case 0:
		n := 1 + random.IntN(5)
		for range n {
			if len(b) > 0 {
				b[random.IntN(len(b))] ^= 1 << random.IntN(8)
			}
		}
		how = "bits flipped"
	case 1:
		b = b[:random.IntN(len(b)+1)]
		how = fmt.Sprintf("cut to %d bytes", len(b))
	case 2:
		at := random.IntN(len(b)/4096+1) * 4096
		page := b[at:min(at+4096, len(b))]
		other := b[min(len(b), random.IntN(len(b)/4096+1)*4096):]
		copy(page, other)
		how = "a page over another"
	case 3:
		at := random.IntN(len(b) + 1)
		clear(b[at:min(len(b), at+random.IntN(10_000))])
		how = "a hole"
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(name) + ": " + how
}

// undamaged demands that everything is there.
func undamaged(t *testing.T, dir, what string) {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Errorf("%s: nothing was found, and yet: %v", what, err)
		return
	}
	defer s.Close()
	hits, err := s.Search(t.Context(), Search{Terms: []Term{{Text: "plain"}}})
	if err != nil || len(hits) != 50 {
		t.Errorf("%s: nothing was found, and yet there are %d hits, %v", what, len(hits), err)
	}
	for _, h := range hits {
		if !bytes.HasPrefix([]byte(h.Text), []byte("plain text ")) {
			t.Errorf("%s: a text is %q", what, h.Text)
		}
	}
}
