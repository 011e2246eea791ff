package store

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"seance/store/vault"
)

// Backups and wiping beside other processes, and in ones that are killed.

// restoreForever restores a backup and wipes what came of it, in turn.
func restoreForever(dir string) (err error) {
	for err == nil {
		_, err = Restore(context.Background(), filepath.Join(dir, "file"), filepath.Join(dir, "new"), RestoreOptions{Holder: "test"})
		if errors.Is(err, ErrExists) {
			err = nil
		}
		if err == nil {
			_, err = Wipe(filepath.Join(dir, "new"), "test")
		}
	}
	return err
}

// Wherever a crash ends restoring or wiping, there is a whole profile, or none,
// or one without a key; and both can be done again.
func TestACrashWhileAProfileIsRestoredOrWiped(t *testing.T) {
	random, rounds := faultSeed(t), 12
	if everyFault() {
		rounds = 300
	}
	dir := t.TempDir()
	file, profile := filepath.Join(dir, "file"), filepath.Join(dir, "new")
	if err := os.WriteFile(file, wholeBackup(t), 0o600); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for round := range rounds {
		killed(t, "restore", dir, time.Duration(20+random.IntN(150))*time.Millisecond)
		has := func(name string) bool {
			_, err := os.Lstat(filepath.Join(profile, name))
			return err == nil
		}
		_, keyless := vault.LoadKeyFile(profile) // overwritten or gone
		switch {
		case has(fileName) && keyless == nil:
			kinds["whole"]++
			for _, f := range check(t, profile, true).Findings {
				if f.About != AboutLeftovers {
					t.Errorf("round %d: %+v", round, f)
				}
			}
			undamaged(t, profile, "a profile that a crash left")
		case has(fileName):
			kinds["without a key"]++
		default:
			kinds["none"]++
		}
		if has(fileName) || has(keyName) {
			if remained, err := Wipe(profile, "test"); err != nil || len(remained) > 0 {
				t.Errorf("round %d: %v, %v", round, remained, err)
			}
		}
		if _, err := Restore(t.Context(), file, profile, RestoreOptions{}); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		undamaged(t, profile, "a profile restored after a crash")
	}
	t.Log(kinds)
}

// A key that changes while a backup is made costs another try.
func TestBackupWhileTheKeyChanges(t *testing.T) {
	dir := t.TempDir()
	profile, file := filepath.Join(dir, "profile"), filepath.Join(dir, "file")
	lived(t, profile, "")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), helperEnv+"=rekey:"+profile)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	made := 0
	for i := range 30 {
		switch _, err := Backup(t.Context(), profile, file, BackupOptions{Replace: true}); {
		case err == nil:
			made++
			next := filepath.Join(dir, strconv.Itoa(i))
			if _, err := Restore(t.Context(), file, next, RestoreOptions{}); err != nil {
				t.Fatal(err)
			}
			undamaged(t, next, "a backup")
		case !errors.Is(err, errRekeyed):
			t.Errorf("Backup: %v", err)
		}
	}
	t.Logf("%d backups", made)
}

func TestBackupBesideAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	profile := filepath.Join(dir, "profile")
	openTest(t, profile).Close()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), helperEnv+"=write:"+profile)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	next := func() int {
		if !lines.Scan() {
			t.Fatal("the writer ended")
		}
		n, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Fatalf("the writer said %q", lines.Text())
		}
		return n
	}
	for i := range 3 {
		least := next()
		file, restored := filepath.Join(dir, "file"), filepath.Join(dir, strconv.Itoa(i))
		if _, err := Backup(t.Context(), profile, file, BackupOptions{Replace: true}); err != nil {
			t.Fatal(err)
		}
		u, err := unlock(t.Context(), profile, nil, pass(""))
		if err != nil {
			t.Fatal(err)
		}
		work := filepath.Join(restored, "work")
		if err := os.Mkdir(restored, 0o700); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(unpack(t.Context(), in, work), in.Close()); err != nil {
			t.Fatal(err)
		}
		s, err := u.open(t.Context(), work, Options{}) // there is no account in it, so Restore refuses
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Setting(t.Context(), counter)
		if n, _ := strconv.Atoi(string(b)); err != nil || n < least {
			t.Errorf("the backup has %d transactions, and %d were reported before; %v", n, least, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := next(); n < 4 {
		t.Errorf("the writer has written %d times", n)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}
