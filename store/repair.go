package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// fix is a way to put something right that loses nothing: what is thrown away
// is made again from what it was made of.
type fix int

const (
	noFix        fix = iota
	fixModes         // take the rights of others away
	fixOpen          // what every opening of the profile does
	fixIndexes       // make the indexes anew
	fixSearch        // make the search index anew
	fixCounts        // count
	fixSurplus       // remove files that nothing names
	fixLeftovers     // remove what was never finished
	fixes            // how many there are
)

// repair does what the findings ask for, each once. What fails because of the
// damage is found again by whoever looks.
func (c *checker) repair(ctx context.Context) error {
	wanted := [fixes]bool{}
	for _, f := range c.found {
		wanted[f.fix] = true
	}
	if wanted[fixModes] {
		if err := c.fixModes(); err != nil {
			return err
		}
	}
	if wanted[fixOpen] {
		s, err := c.open(ctx)
		if err == nil {
			err = s.Close()
		}
		if err != nil && hopeless(ctx, err) {
			return err
		}
	}
	if wanted[fixLeftovers] {
		for _, name := range leftovers(c.dir) {
			if err := os.RemoveAll(filepath.Join(c.dir, name)); err != nil {
				return err
			}
		}
	}
	for _, r := range []struct {
		fix fix
		do  func(context.Context, *sql.Conn) error
	}{
		{fixIndexes, execute(`REINDEX`)},
		{fixSearch, execute(`INSERT INTO search (search) VALUES ('rebuild')`)},
		{fixCounts, recount},
		{fixSurplus, c.fixSurplus},
	} {
		if !wanted[r.fix] {
			continue
		}
		if err := c.write(ctx, r.do); err != nil && hopeless(ctx, err) {
			return err
		}
	}
	return nil
}

// open opens the profile as everybody does.
func (c *checker) open(ctx context.Context) (*Store, error) {
	if c.key.Len() == 0 || c.halfway {
		return Open(ctx, c.dir, Options{Passphrase: c.ask})
	}
	return unlocked{key: c.key}.open(ctx, c.dir, Options{})
}

// write runs a repair on a connection of its own, in a transaction.
func (c *checker) write(ctx context.Context, repair func(context.Context, *sql.Conn) error) (err error) {
	r, err := openReader(ctx, c.file(), c.key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if _, err := r.conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if err := repair(ctx, r.conn); err != nil {
		_, _ = r.conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		return err
	}
	_, err = r.conn.ExecContext(ctx, `COMMIT`)
	return err
}

func execute(statement string) func(context.Context, *sql.Conn) error {
	return func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, statement)
		return err
	}
}

func recount(ctx context.Context, conn *sql.Conn) error {
	for _, d := range derivedValues {
		if err := execute(d.right)(ctx, conn); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) fixModes() error {
	for name, info := range ours(c.dir) {
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			if err := os.Chmod(filepath.Join(c.dir, name), mode&0o700); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checker) fixSurplus(ctx context.Context, conn *sql.Conn) error {
	surplus, err := surplusFiles(ctx, conn, filepath.Join(c.dir, attachmentsName))
	if err != nil {
		return err
	}
	for _, name := range surplus {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return execute(`DELETE FROM litter WHERE file NOT IN (SELECT file FROM kept)`)(ctx, conn)
}
