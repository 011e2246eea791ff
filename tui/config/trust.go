//go:build unix

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// trusted reports why others could have written an open file: by its own
// permissions or those of the directory that it is in, also that of the file
// that a link leads to.
func trusted(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := ownersOnly(info); err != nil {
		return fmt.Errorf("the file %w", err)
	}
	real, err := filepath.EvalSymlinks(f.Name())
	if err != nil {
		return err
	}
	for _, dir := range []string{filepath.Dir(f.Name()), filepath.Dir(real)} {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if err := ownersOnly(info); err != nil {
			return fmt.Errorf("the directory %s %w", dir, err)
		}
	}
	return nil
}

func ownersOnly(info fs.FileInfo) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Perm()&0o022 != 0:
		return errors.New("can be written by others: take that from them with 'chmod go-w'")
	case ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid():
		return errors.New("belongs to somebody else")
	}
	return nil
}
