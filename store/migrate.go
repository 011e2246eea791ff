package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed schema/*.sql
var schema embed.FS

// applicationID marks the files of this program in their header: "Snce".
const applicationID = 0x536e6365

// migrations are the steps from an empty file to the present schema, in order:
// step n leads to version n+1. A step that was released never changes.
func migrations() ([]string, error) {
	names, err := fs.Glob(schema, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	steps := make([]string, len(names))
	for i, name := range names {
		b, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(b)
	}
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
func migrate(ctx context.Context, c *sql.Conn, steps []string) error {
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
		script := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
			steps[v], applicationID, v+1)
		if _, err := c.ExecContext(ctx, script); err != nil {
			_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			return fmt.Errorf("bring the database to version %d: %w", v+1, err)
		}
	}
	return nil
}
