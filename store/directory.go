package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"seance/store/vault"
)

// fileName is the database in the profile's directory.
const fileName = "seance.db"

// Exists reports whether dir has a database. It creates nothing.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, explain(err)
}

// prepareDirectory makes dir a profile's directory that nobody else can read.
// One that has files of others in it, and no profile, keeps its mode: it may
// be /tmp.
func prepareDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return explain(fmt.Errorf("make the profile's directory: %w", err))
	}
	info, err := os.Stat(dir)
	if err != nil {
		return explain(err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return explain(err)
	}
	ours := len(entries) == 0
	for _, e := range entries {
		ours = ours || e.Name() == fileName
	}
	if !ours {
		return nil
	}
	return explain(os.Chmod(dir, 0o700))
}

// prepareFile makes an empty encrypted database where there is none.
func (u unlocked) prepareFile(file string) error {
	info, err := os.Stat(file)
	switch {
	case err == nil && info.Size() > 0:
		if info.Mode().Perm()&0o077 != 0 {
			return os.Chmod(file, 0o600)
		}
		return nil
	case err == nil: // its creation was cut short
		if err := os.Remove(file); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open the database: %w", err)
	}
	return vault.CreateDatabase(file, u.key)
}
