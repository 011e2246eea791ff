package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockName is the file in the profile's directory whose lock means owning it.
const lockName = "lock"

// errHeld is what lockFile returns for a lock that someone else has.
var errHeld = errors.New("held by another process")

// Lock is the ownership of a profile by this process. The operating system
// ends it with the process, however that ends.
type Lock struct{ file *os.File }

// LockedError is returned by LockProfile for a profile that is in use.
type LockedError struct {
	PID  int    // 0: not known
	What string // what the process said it is, e.g. "seance receive"; "" if not known
}

func (e *LockedError) Error() string {
	what := e.What
	if what == "" {
		what = "another program"
	}
	if e.PID != 0 {
		what += fmt.Sprintf(" (process %d)", e.PID)
	}
	return "the profile is in use by " + what
}

// LockProfile takes the profile in dir for this process, creating the
// directory as needed. what is shown to those who come later and get a
// *LockedError. It does not wait.
func LockProfile(dir, what string) (*Lock, error) {
	f, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	// Naming the holder is a courtesy: a full disk must not keep the profile
	// from being opened and read.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d %s\n", os.Getpid(), what), 0)
	}
	return &Lock{f}, nil
}

// lockDirectory locks the file in dir, and makes both as needed.
func lockDirectory(dir string) (*os.File, error) {
	for {
		if err := prepareDirectory(dir); err != nil {
			return nil, err
		}
		name := filepath.Join(dir, lockName)
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, explain(fmt.Errorf("lock the profile: %w", err))
		}
		if err := lockFile(f); err != nil {
			defer f.Close()
			if errors.Is(err, errHeld) {
				return nil, holder(f)
			}
			return nil, explain(fmt.Errorf("lock the profile: %w", err))
		}
		// Wipe may have removed the file between the two. Its lock keeps out
		// nobody who comes later.
		if found, err := os.Stat(name); err == nil {
			if ours, err := f.Stat(); err == nil && os.SameFile(found, ours) {
				return f, nil
			}
		}
		if err := f.Close(); err != nil {
			return nil, explain(err)
		}
	}
}

// Unlock gives the profile up. The file stays: removing it would let two
// processes lock two different files of that name.
func (l *Lock) Unlock() error {
	_ = l.file.Truncate(0)
	unlockFile(l.file)
	return l.file.Close()
}

func holder(r io.Reader) *LockedError {
	b, _ := io.ReadAll(io.LimitReader(r, 1000))
	pid, what, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	e := &LockedError{What: what}
	e.PID, _ = strconv.Atoi(pid)
	return e
}
