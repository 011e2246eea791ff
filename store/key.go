package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"seance/messaging/secret"
	"seance/store/vault"
)

// Asker gives the passphrase of a profile. It is asked only where there is one,
// and again, with wrong set, if what it gave was wrong. Its error ends the
// attempt.
type Asker func(ctx context.Context, wrong bool) (secret.Bytes, error)

// Protected reports whether the profile in dir has a passphrase.
func Protected(dir string) (bool, error) {
	file, err := vault.LoadKeyFile(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // it was made by an early version, or is not there
	}
	if err != nil {
		return false, explain(err)
	}
	return file.Protected(), nil
}

// unlocked is what Open and others know of a profile once they may use it.
type unlocked struct {
	key        vault.Key
	passphrase secret.Bytes // with which it was unlocked; empty: none was needed
}

func (u unlocked) wipe() {
	u.key.Wipe()
	u.passphrase.Wipe()
}

// unlock finds the key of the database. For a profile that has none yet it makes
// one, protected by forNew unless that is empty. A key that is there is kept,
// also where the database is missing: it may come back.
func unlock(ctx context.Context, dir string, ask Asker, forNew secret.Bytes) (unlocked, error) {
	file := filepath.Join(dir, fileName)
	begin, size, err := head(file)
	if err != nil {
		return unlocked{}, err
	}
	plain := bytes.Equal(begin, plainMagic)
	keys, err := vault.LoadKeyFile(dir)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && (size == 0 || plain):
		if plain { // a file that is another program's keeps its place, and gets no key
			if err := checkPlain(ctx, file); err != nil {
				return unlocked{}, err
			}
		}
		key, err := vault.NewKey(rand.Reader)
		if err == nil {
			err = vault.WriteKeyFile(dir, forNew, key)
		}
		return unlocked{key, secret.Clone(forNew.Expose())}, err
	case missing && size%vault.PageSize != 0:
		return unlocked{}, ErrForeign
	case err != nil:
		return unlocked{}, err
	}
	u, all, err := askFor(ctx, keys, ask)
	if err != nil {
		return unlocked{}, err
	}
	if size > 0 && !plain {
		return u, u.choose(dir, all)
	}
	u.key = all[0]
	if info, err := os.Stat(file + "-wal"); size == 0 && err == nil && info.Size() > 0 {
		return u, errNoDatabase
	}
	if size == 0 && len(all) == 1 && !keys.Protected() && forNew.Len() > 0 {
		u.passphrase = secret.Clone(forNew.Expose())
		return u, vault.WriteKeyFile(dir, forNew, u.key)
	}
	return u, nil
}

// errNoDatabase: a new database would be given what is in the log of the old one.
var errNoDatabase = errors.New("its log is there and the database is not: put " + fileName + " back, or remove " + fileName + "-wal")

// plainMagic begins the databases of the first version, which were not
// encrypted, and those of other programs.
var plainMagic = []byte("SQLite format 3\x00")

// head is the beginning of a file and its size; of one that is not there too.
func head(file string) (begin []byte, size int64, err error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	begin = make([]byte, min(info.Size(), int64(len(plainMagic))))
	_, err = io.ReadFull(f, begin)
	return begin, info.Size(), err
}

// askFor asks until the keys come out.
func askFor(ctx context.Context, file *vault.KeyFile, ask Asker) (u unlocked, keys []vault.Key, err error) {
	if !file.Protected() {
		keys, err = file.Unlock(secret.Bytes{})
		return u, keys, err
	}
	if ask == nil {
		return u, nil, ErrPassphrase
	}
	for wrong := false; ; wrong = true {
		if u.passphrase, err = ask(ctx, wrong); err != nil {
			return u, nil, err
		}
		keys, err = file.Unlock(u.passphrase)
		if !errors.Is(err, vault.ErrWrongPassphrase) {
			return u, keys, err
		}
		u.passphrase.Wipe()
		if err := ctx.Err(); err != nil {
			return u, nil, err
		}
	}
}

// choose finds which of the keys is the database's. There are two while it is
// being written anew with another key, see Rekey: if that was cut short, it
// either did happen or did not.
func (u *unlocked) choose(dir string, keys []vault.Key) error {
	file := filepath.Join(dir, fileName)
	var err error
	for _, key := range keys {
		if err = vault.CheckKey(file, key); !errors.Is(err, vault.ErrWrongKey) {
			u.key = key
			break
		}
	}
	if err != nil || len(keys) == 1 {
		return err
	}
	if err := os.Remove(filepath.Join(dir, rekeyName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return vault.WriteKeyFile(dir, u.passphrase, u.key)
}

// rekeyName is the database that is being written with another key.
const rekeyName = fileName + ".rekey"

// SetPassphrase protects the profile in dir, of which the caller has the lock,
// by a passphrase from now on; an empty one removes it. With rekey the database
// is written anew with another key, so that whoever had the old one has
// nothing. Whatever interrupts it, the profile opens with the old passphrase or
// with the new one.
func SetPassphrase(ctx context.Context, dir string, ask Asker, passphrase secret.Bytes, rekey bool) error {
	u, err := unlock(ctx, dir, ask, secret.Bytes{})
	if err == nil {
		defer u.wipe()
		if rekey {
			err = u.rekey(ctx, dir, passphrase)
		} else {
			err = vault.WriteKeyFile(dir, passphrase, u.key)
		}
	}
	if err != nil {
		return fmt.Errorf("change the passphrase: %w", explain(err))
	}
	return nil
}

func (u unlocked) rekey(ctx context.Context, dir string, passphrase secret.Bytes) (err error) {
	key, err := vault.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	defer key.Wipe()
	file, next := filepath.Join(dir, fileName), filepath.Join(dir, rekeyName)
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := u.copyTo(ctx, dir, next, key); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	// Closing has emptied the log: what it held would be lost with its key.
	if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > 0 {
		return errors.Join(fmt.Errorf("%w: its log is in use", ErrDenied), os.Remove(next))
	}
	if err := vault.WriteKeyFile(dir, passphrase, key, u.key); err != nil {
		return err
	}
	if err := os.Rename(next, file); err != nil {
		return err
	}
	if err := syncDirectory(dir); err != nil {
		return err
	}
	return vault.WriteKeyFile(dir, passphrase, key)
}

// copyTo writes all of the database into a new file, with a key of its own, and
// closes both.
func (u unlocked) copyTo(ctx context.Context, dir, file string, key vault.Key) (err error) {
	target, err := vault.Register(key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	s, err := u.open(ctx, dir, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.copyTo(ctx, file, target)
}

// copyTo writes all of the database, as it is now, into a new file.
func (s *Store) copyTo(ctx context.Context, file string, target *vault.VFS) (err error) {
	db, err := openDatabase(filepath.Join(s.dir, fileName), s.vfs.Name(), 1) // readers may not write anywhere
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", dataSource(file, target.Name(), nil)); err != nil {
		return err
	}
	return syncFile(file)
}

// syncFile has what was written to a file survive a power cut.
func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}
