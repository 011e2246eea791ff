package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"seance/store/vault"
)

// The first version did not encrypt its database. Such a one is written anew,
// encrypted, when it is opened.

// adoptName is the encrypted database that is being written.
const adoptName = fileName + ".adopt"

// checkPlain fails if a plain database is not the first version's.
func checkPlain(ctx context.Context, file string) (err error) {
	db, err := openDatabase(file, "", 1, "query_only(ON)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	v, err := version(ctx, c)
	switch {
	case err != nil:
		return err
	case v > 1:
		return ErrNewer
	}
	return nil
}

// adopt encrypts the profile's database if it is a plain one. Whatever
// interrupts it, the plain one or the encrypted one is whole.
func (u unlocked) adopt(ctx context.Context, dir string) error {
	file, next := filepath.Join(dir, fileName), filepath.Join(dir, adoptName)
	begin, _, err := head(file)
	if err != nil || string(begin) != string(plainMagic) {
		return err
	}
	if err := checkPlain(ctx, file); err != nil {
		return err
	}
	// The log of an attempt that was cut short would be taken for that of the
	// new file.
	if err := removeDatabase(next); err != nil {
		return err
	}
	if err := vault.CreateDatabase(next, u.key); err != nil {
		return err
	}
	if err := u.encrypt(ctx, file, next); err != nil {
		return errors.Join(fmt.Errorf("encrypt the database: %w", err), removeDatabase(next))
	}
	return u.replace(dir, file, next)
}

// removeDatabase removes a database that nobody has open, if it is there, with
// its log and the log's index.
func removeDatabase(file string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replace puts the encrypted file in the place of the plain one, whose text is
// then overwritten as far as the disk allows.
func (u unlocked) replace(dir, file, next string) error {
	if err := syncFile(next); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-shm"} { // empty since they were closed
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	old, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer old.Close()
	if err := os.Rename(next, file); err != nil {
		return err
	}
	if err := syncDirectory(dir); err != nil {
		return err
	}
	info, err := old.Stat()
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < info.Size(); at += int64(len(zeros)) {
		if _, err := old.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at); err != nil {
			return err
		}
	}
	return old.Sync()
}

// encrypt copies everything of a plain database into an empty encrypted one.
func (u unlocked) encrypt(ctx context.Context, plain, next string) (err error) {
	vfs, err := vault.Register(u.key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vfs.Close()) }()
	// Every connection that has closed has written its log back, and so has
	// the last one of checkPlain.
	db, err := openDatabase(next, vfs.Name(), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if _, err := c.ExecContext(ctx, "ATTACH ? AS plain", dataSource(plain, vault.PlainName(), nil)); err != nil {
		return err
	}
	if err := copyPlain(ctx, c); err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "DETACH plain; PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// copyPlain copies the database that is attached as plain.
func copyPlain(ctx context.Context, c *sql.Conn) error {
	type object struct{ kind, name, definition string }
	var objects []object
	rows, err := c.QueryContext(ctx, `SELECT type, name, sql FROM plain.sqlite_schema
		WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY type <> 'table', type <> 'index'`)
	if err != nil {
		return err
	}
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.definition); err != nil {
			return errors.Join(err, rows.Close())
		}
		objects = append(objects, o)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	do := func(statement string) {
		if err == nil {
			_, err = c.ExecContext(ctx, statement)
		}
	}
	do("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON")
	for _, o := range objects {
		do(o.definition)
		if o.kind == "table" {
			do(fmt.Sprintf(`INSERT INTO main."%s" SELECT * FROM plain."%s"`, o.name, o.name))
		}
	}
	do("DELETE FROM main.sqlite_sequence; INSERT INTO main.sqlite_sequence SELECT * FROM plain.sqlite_sequence")
	do(fmt.Sprintf("PRAGMA main.application_id = %d; PRAGMA main.user_version = 1; COMMIT", applicationID))
	return err
}
