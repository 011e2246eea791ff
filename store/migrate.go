package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed schema/*.sql
var schema embed.FS

// applicationID marks the files of this program in their header: "Snce".
const applicationID = 0x536e6365

// step leads from one version of the schema to the next.
type step struct {
	script string
	then   func(context.Context, *sql.Conn) error // what SQL cannot do; may be nil
}

// migrations are the steps from an empty file to the present schema, in order:
// step n leads to version n+1. A step that was released never changes.
func migrations() ([]step, error) {
	names, err := fs.Glob(schema, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	steps := make([]step, len(names))
	for i, name := range names {
		b, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps[i].script = string(b)
	}
	steps[1].then = indexOldTexts
	return steps, nil
}

// version tells how many steps a database has behind it: 0 is an empty file.
func version(ctx context.Context, c *sql.Conn) (int, error) {
	var application, version, tables int
	for query, v := range map[string]*int{
		"PRAGMA application_id":              &application,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := c.QueryRowContext(ctx, query).Scan(v); err != nil {
			return 0, err
		}
	}
	if application == 0 && version == 0 && tables == 0 {
		return 0, nil
	}
	if application != applicationID {
		return 0, ErrForeign
	}
	return version, nil
}

// migrate takes the steps that a database does not have behind it, each in a
// transaction with its number, so that a crash leaves a whole version.
func migrate(ctx context.Context, c *sql.Conn, steps []step) error {
	v, err := version(ctx, c)
	if err != nil {
		return err
	}
	if v > len(steps) {
		return ErrNewer
	}
	// The journal's mode is a property of the file. It is set only here, when
	// the file is known to be ours.
	var mode string
	if err := c.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("%w: the journal's mode is %s, not wal", ErrDenied, mode)
	}
	for ; v < len(steps); v++ {
		if err := steps[v].take(ctx, c, v+1); err != nil {
			_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			return fmt.Errorf("bring the database to version %d: %w", v+1, err)
		}
	}
	return nil
}

func (s step) take(ctx context.Context, c *sql.Conn, version int) error {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE; "+s.script); err != nil {
		return err
	}
	if s.then != nil {
		if err := s.then(ctx, c); err != nil {
			return err
		}
	}
	_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", applicationID, version))
	return err
}

// indexOldTexts does for the messages of version 1 what InsertMessage does for
// new ones. The triggers bring it into the index.
func indexOldTexts(ctx context.Context, c *sql.Conn) error {
	for last := int64(0); ; {
		texts := make(map[int64]string)
		rows, err := c.QueryContext(ctx, `SELECT row, text FROM message WHERE row > ? ORDER BY row LIMIT 1000`, last)
		if err != nil {
			return err
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&last, &text); err != nil {
				return errors.Join(err, rows.Close())
			}
			texts[last] = text
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(texts) == 0 {
			return err
		}
		for row, text := range texts {
			indexed, has := searchColumns(text)
			if indexed == nil && has == 0 {
				continue
			}
			if _, err := c.ExecContext(ctx, `UPDATE message SET words = ?, has = ? WHERE row = ?`, indexed, has, row); err != nil {
				return err
			}
		}
	}
}
