package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// keyName is the file with the key, see vault.KeyFile.
const keyName = "key.json"

// restoringName is the directory within a profile's in which a backup is
// unpacked. What is in it is of no use to anybody but Restore.
const restoringName = "restoring"

// syncDirectory has what was renamed in a directory survive a power cut.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// place is a directory in the profile's, and the names of the files in it that
// this program writes. Each may be there or not.
type place struct {
	dir   string
	names *regexp.Regexp
}

// places are in the order in which they are emptied.
var places = []place{
	{attachmentsName, regexp.MustCompile(`^[0-9a-f]{32}(\.part)?$`)},
	{"log", regexp.MustCompile(`^seance\.log(\.1)?$`)},
	{".", regexp.MustCompile(`^(seance\.db(\.rekey|\.adopt)?(-wal|-shm|-journal)?|key\.json(\.\w+)?|nodes\.json(\.\d+)?|seance\.sock)$`)},
}

// Wipe destroys the profile in dir. The key goes first: it is overwritten, and
// with it everything is unreadable whatever happens next. Then it removes what
// this program has written, and nothing else; what remains is told by its path
// in dir. It fails with a *LockedError for a profile that is in use, and with
// ErrNotFound where there is none. holder is as for LockProfile.
func Wipe(dir, holder string) (remained []string, err error) {
	if there, err := wipeable(dir); err != nil {
		return nil, err
	} else if !there {
		return nil, fmt.Errorf("a profile in %s: %w", dir, ErrNotFound)
	}
	lock, err := LockProfile(dir, holder)
	if err != nil {
		return nil, err
	}
	if err := wipe(dir); err != nil {
		return nil, explain(errors.Join(fmt.Errorf("wipe the profile: %w", err), lock.Unlock()))
	}
	// The lock goes last. Whoever has opened it meanwhile sees that it is gone.
	err = errors.Join(os.Remove(filepath.Join(dir, lockName)), lock.Unlock())
	if err != nil {
		return nil, explain(err)
	}
	remained, err = remains(dir)
	if err == nil && len(remained) == 0 {
		_ = os.Remove(dir) // somebody may be making a new profile in it
	}
	return remained, explain(err)
}

// wipeable reports whether there is a profile, or what an interrupted Wipe has
// left of one.
func wipeable(dir string) (bool, error) {
	for _, name := range []string{keyName, fileName} {
		_, err := os.Lstat(filepath.Join(dir, name))
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, explain(err)
		}
	}
	return false, nil
}

func wipe(dir string) error {
	if err := shred(filepath.Join(dir, keyName)); err != nil {
		return err
	}
	if err := syncDirectory(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, restoringName)); err != nil {
		return err
	}
	for _, p := range places {
		if err := removeFrom(filepath.Join(dir, p.dir), p.names); err != nil {
			return err
		}
	}
	return syncDirectory(dir)
}

// shred overwrites a file before it is removed. Flash storage and file systems
// that copy on writing may keep what was there all the same.
func shred(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(make([]byte, info.Size()), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Remove(file)
}

// removeFrom removes the files of a directory that have these names. A link in
// the place of the directory is left alone: what it leads to is elsewhere.
func removeFrom(dir string, names *regexp.Regexp) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !names.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// remains lists what is in a profile's directory after all that is ours is
// gone: of the directories that this program makes, which go if they are empty,
// the files.
func remains(dir string) (list []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() == lockName {
			continue // of somebody who came since
		}
		below, err := foreign(dir, e)
		if err != nil {
			return nil, err
		}
		list = append(list, below...)
	}
	return list, nil
}

func foreign(dir string, e fs.DirEntry) (list []string, err error) {
	if !e.IsDir() || !slices.ContainsFunc(places, func(p place) bool { return p.dir == e.Name() }) {
		return []string{e.Name()}, nil
	}
	entries, err := os.ReadDir(filepath.Join(dir, e.Name()))
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, os.Remove(filepath.Join(dir, e.Name()))
	}
	for _, below := range entries {
		list = append(list, filepath.Join(e.Name(), below.Name()))
	}
	return list, nil
}
