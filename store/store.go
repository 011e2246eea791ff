package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"seance/messaging/secret"
	"seance/store/vault"
)

// defaultReaders serve the screens and commands of one process.
const defaultReaders = 4

// Options are the choices of Open.
type Options struct {
	Readers int // connections that read; 0 stands for 4
	// Passphrase gives the profile's passphrase; nil: nobody can be asked.
	Passphrase Asker
	// NewPassphrase protects a profile that is made by Open; empty: none does.
	NewPassphrase secret.Bytes
}

// Store is an open profile.
type Store struct {
	dir string // of the profile
	vfs *vault.VFS

	write   *sql.DB // of one connection,
	writer  *sql.Conn
	changes *statements   // with these statements,
	turn    chan struct{} // held by whoever uses it
	closed  bool          // guarded by turn

	read    *sql.DB
	queries *statements

	nowMS    func() int64  // decides what has expired
	expiring chan struct{} // holds one
}

// Open opens the profile in dir and creates directory, key and database as
// needed. A database of an earlier version is migrated. Beside those of the
// disk and of Options.Passphrase it fails with ErrNewer, ErrForeign,
// ErrCorrupt, ErrPassphrase and vault.ErrKeyFile.
//
// It does not lock the profile: see LockProfile.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	s, err := open(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Join(dir, fileName), explain(err))
	}
	return s, nil
}

func open(ctx context.Context, dir string, o Options) (*Store, error) {
	if err := prepareDirectory(dir); err != nil {
		return nil, err
	}
	u, err := unlock(ctx, dir, o.Passphrase, o.NewPassphrase)
	if err != nil {
		return nil, err
	}
	defer u.wipe()
	return u.open(ctx, dir, o)
}

func (u unlocked) open(ctx context.Context, dir string, o Options) (_ *Store, err error) {
	if err := u.adopt(ctx, dir); err != nil {
		return nil, err
	}
	// SQLite resolves names against the working directory at every opening
	// of a connection; ours are opened at any time.
	file, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return nil, err
	}
	if err := u.prepareFile(file); err != nil {
		return nil, err
	}
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	s := &Store{dir: filepath.Dir(file), turn: make(chan struct{}, 1), nowMS: machineMS, expiring: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			_ = s.release()
		}
	}()
	if s.vfs, err = vault.Register(u.key); err != nil {
		return nil, err
	}
	if s.write, err = openDatabase(file, s.vfs.Name(), 1); err != nil {
		return nil, err
	}
	if s.writer, err = s.write.Conn(ctx); err != nil {
		return nil, err
	}
	if err := migrate(ctx, s.writer, steps); err != nil {
		return nil, err
	}
	if o.Readers <= 0 {
		o.Readers = defaultReaders
	}
	if s.read, err = openDatabase(file, s.vfs.Name(), o.Readers, "query_only(ON)"); err != nil {
		return nil, err
	}
	s.changes, s.queries = newStatements(s.writer), newStatements(s.read)
	return s, nil
}

// Close waits for the transaction that is running and closes the database.
// A second call does nothing.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if s.closed {
		return nil
	}
	s.closed = true
	s.changes.close()
	s.queries.close()
	return explain(s.release())
}

func (s *Store) release() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.vfs != nil {
		errs = append(errs, s.vfs.Close())
	}
	return errors.Join(errs...)
}
