package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fill makes files in a directory, with those above them.
func fillDirectory(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("content of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// filesBelow are the paths of all files below a directory.
func filesBelow(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, err = filepath.Rel(dir, name)
			list = append(list, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return list
}

var attachment = strings.Repeat("0f", 16)

var profileFiles = []string{
	keyName, keyName + ".123", fileName, fileName + "-wal", fileName + "-shm", rekeyName, adoptName + "-wal", "nodes.json", "nodes.json.123", "log/seance.log", "log/seance.log.1",
	"attachments/" + attachment, "attachments/" + attachment + ".part", restoringName + "/" + keyName, restoringName + "/attachments/x",
}

func TestWipeRemovesWhatIsOurs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profile")
	fillDirectory(t, dir, profileFiles...)
	remained, err := Wipe(dir, "test")
	if err != nil || len(remained) > 0 {
		t.Fatalf("%v, %v", remained, err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is there: %v", filesBelow(t, dir))
	}
	if _, err := Wipe(dir, "test"); !errors.Is(err, ErrNotFound) {
		t.Errorf("wiping nothing: %v", err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("wiping nothing made a directory")
	}
}

func TestWipeLeavesWhatIsForeign(t *testing.T) {
	dir := t.TempDir()
	foreign := []string{"attachments/holiday.jpg", "config.toml", "diary", "key.pem", "log/other.log", "mine/" + keyName, "seance.db.bak", "seance.dbx"}
	fillDirectory(t, dir, profileFiles...)
	fillDirectory(t, dir, foreign...)
	remained, err := Wipe(dir, "test")
	if want := []string{"attachments/holiday.jpg", "config.toml", "diary", "key.pem", "log/other.log", "mine", "seance.db.bak", "seance.dbx"}; err != nil || !slices.Equal(remained, want) {
		t.Errorf("%v, %v, want %v", remained, err, want)
	}
	if left := filesBelow(t, dir); !slices.Equal(left, foreign) {
		t.Errorf("%v is left, want %v", left, foreign)
	}
}

// What links in a profile lead to is elsewhere.
func TestWipeFollowsNoLinks(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	fillDirectory(t, outside, attachment, "seance.log", fileName)
	fillDirectory(t, dir, keyName)
	for name, to := range map[string]string{"attachments": "", "log": "", fileName: fileName, restoringName: ""} {
		if err := os.Symlink(filepath.Join(outside, to), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	remained, err := Wipe(dir, "test")
	if want := []string{"attachments", "log"}; err != nil || !slices.Equal(remained, want) {
		t.Errorf("%v, %v, want %v", remained, err, want)
	}
	if left := filesBelow(t, outside); len(left) != 3 {
		t.Errorf("%v is left", left)
	}
}

// The key is overwritten where it lay, and before anything else happens.
func TestWipeDestroysTheKeyFirst(t *testing.T) {
	dir := t.TempDir()
	fillDirectory(t, dir, keyName, fileName)
	other := filepath.Join(t.TempDir(), "the same file")
	if err := os.Link(filepath.Join(dir, keyName), other); err != nil {
		t.Fatal(err)
	}
	// What cannot be removed stops it behind the key.
	fillDirectory(t, dir, "attachments/"+attachment)
	if err := os.Chmod(filepath.Join(dir, "attachments"), 0o500); err != nil {
		t.Fatal(err)
	}
	_, err := Wipe(dir, "test")
	if os.Getuid() != 0 && !errors.Is(err, ErrDenied) {
		t.Errorf("Wipe: %v", err)
	}
	b, err := os.ReadFile(other)
	if err != nil || len(b) == 0 || strings.Trim(string(b), "\x00") != "" {
		t.Errorf("the key is %q, %v", b, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, keyName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the key file is there: %v", err)
	}
	if err := os.Chmod(filepath.Join(dir, "attachments"), 0o700); err != nil && os.Getuid() != 0 {
		t.Fatal(err)
	}
	if os.Getuid() != 0 { // what was interrupted can be taken up again
		if remained, err := Wipe(dir, "test"); err != nil || len(remained) > 0 {
			t.Errorf("again: %v, %v", remained, err)
		}
	}
}

func TestWipeRefusesAProfileInUse(t *testing.T) {
	dir := t.TempDir()
	fillDirectory(t, dir, profileFiles...)
	before := filesBelow(t, dir)
	lock, err := LockProfile(dir, "seance receive")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	var locked *LockedError
	if _, err := Wipe(dir, "test"); !errors.As(err, &locked) || locked.What != "seance receive" {
		t.Errorf("Wipe: %v", err)
	}
	if left := filesBelow(t, dir); len(left) != len(before)+1 {
		t.Errorf("%v is left of %v", left, before)
	}
}

// Whoever locks a profile while it is wiped has a lock that keeps others out:
// it is that of the file which they would find.
func TestOneLockHoldsWhileProfilesAreWiped(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profile")
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				lock, err := LockProfile(dir, "test")
				if err != nil {
					continue // held, or the directory goes away this moment
				}
				found, err := os.Stat(filepath.Join(dir, lockName))
				if ours, _ := lock.file.Stat(); err != nil || !os.SameFile(found, ours) {
					t.Error("a lock was given out that holds nothing")
				}
				_ = lock.Unlock()
			}
		})
	}
	for range 50 {
		_ = os.MkdirAll(dir, 0o700)
		_ = os.WriteFile(filepath.Join(dir, keyName), []byte("x"), 0o600)
		_, _ = Wipe(dir, "wipe")
	}
	close(done)
	wg.Wait()
}
