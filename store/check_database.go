package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"seance/store/vault"
)

// reader is a connection to a database that somebody else may hold open.
type reader struct {
	vfs  *vault.VFS
	db   *sql.DB
	conn *sql.Conn
}

func openReader(ctx context.Context, file string, key vault.Key, pragmas ...string) (_ *reader, err error) {
	if file, err = filepath.Abs(file); err != nil {
		return nil, err
	}
	r := &reader{}
	if r.vfs, err = vault.Register(key); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.db, err = openDatabase(file, r.vfs.Name(), 1, pragmas...); err != nil {
		return nil, err
	}
	r.conn, err = r.db.Conn(ctx)
	return r, err
}

func (r *reader) close() error {
	var errs []error
	if r.conn != nil {
		errs = append(errs, r.conn.Close())
	}
	if r.db != nil {
		errs = append(errs, r.db.Close())
	}
	return errors.Join(append(errs, r.vfs.Close())...)
}

// present reports whether the database has the schema of this program, rather
// than an earlier one.
func present(ctx context.Context, conn *sql.Conn) (bool, error) {
	steps, err := migrations()
	if err != nil {
		return false, err
	}
	v, err := version(ctx, conn)
	if err == nil && v > len(steps) {
		err = ErrNewer
	}
	return v == len(steps), err
}

// eachRow reads the rows of an answer.
func eachRow(ctx context.Context, conn *sql.Conn, scan func(scanner) error, query string, args ...any) error {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// database checks what is in the database. A part that cannot be checked is a
// finding, and the next one is looked at all the same.
func (c *checker) database(ctx context.Context) (err error) {
	r, err := openReader(ctx, c.file(), c.key)
	if err != nil {
		return c.unreadable(ctx, "open", "the database cannot be opened", err)
	}
	defer func() {
		c.faults(r.vfs)
		if closed := r.close(); err == nil && closed != nil {
			err = c.unreadable(ctx, "close", "the database's log cannot be written back", closed)
		}
	}()
	now, err := present(ctx, r.conn)
	if err != nil {
		return c.unreadable(ctx, "schema", "the database cannot be opened", err)
	}
	parts := []struct {
		name  string
		check func(context.Context, *sql.Conn) error
	}{{"pages", c.integrity}, {"references", c.references}, {"search", c.search}, {"counts", c.counts}, {"attachments", c.attachments}}
	if !now {
		parts = parts[:2] // it is brought to the present at the next opening
	}
	for _, part := range parts {
		if err := part.check(ctx, r.conn); err != nil {
			if err := c.unreadable(ctx, part.name, "the check of "+part.name+" ended early", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// unreadable makes an error a finding, unless it is hopeless.
func (c *checker) unreadable(ctx context.Context, what, text string, err error) error {
	if hopeless(ctx, err) {
		return err
	}
	c.add(AboutDatabase, "unreadable "+what, noFix, "%s: %v", text, explain(err))
	return nil
}

// faults names the places on the disk that did not open. That of the log has
// been told already, unless it is in use: it ends there, as after any crash.
func (c *checker) faults(v *vault.VFS) {
	for _, f := range v.Faults() {
		if c.alone && strings.HasSuffix(f.File, "-wal") {
			continue
		}
		c.add(AboutDatabase, fmt.Sprintf("fault %s %d", f.File, f.Page), noFix, "%s: page %d is damaged", filepath.Base(f.File), f.Page)
	}
}

// mostComplaints bounds the lines that are told of a database.
const mostComplaints = 20

// integrity reads, and so authenticates, every page in use.
func (c *checker) integrity(ctx context.Context, conn *sql.Conn) error {
	indexes := make(map[string]bool)
	return eachRow(ctx, conn, func(row scanner) error {
		var line string
		if err := row.Scan(&line); err != nil || line == "ok" {
			return err
		}
		f := noFix
		if index, ok := misfit(line); ok {
			if indexes[index] {
				return nil // one of its rows is like the other
			}
			indexes[index] = true
			f, line = fixIndexes, "the index "+index+" does not fit its table"
		} else if strings.Contains(line, "FTS5") {
			f = fixSearch
		}
		c.add(AboutDatabase, "integrity "+line, f, "%s", strings.Join(strings.Fields(line), " "))
		return nil
	}, fmt.Sprintf(`PRAGMA integrity_check(%d)`, mostComplaints))
}

// misfit is the index that a line of integrity_check says lacks something.
func misfit(line string) (index string, ok bool) {
	for _, complaint := range []string{"missing from index ", "wrong # of entries in index "} {
		if _, index, ok := strings.Cut(line, complaint); ok {
			return index, true
		}
	}
	return "", false
}

// references looks for rows that belong to one that is gone.
func (c *checker) references(ctx context.Context, conn *sql.Conn) error {
	counted := make(map[string]int)
	err := eachRow(ctx, conn, func(row scanner) error {
		var table, parent string
		var at sql.NullInt64
		var number int
		err := row.Scan(&table, &at, &parent, &number)
		counted[table+" without its "+parent]++
		return err
	}, `PRAGMA foreign_key_check`)
	for what, n := range counted {
		c.add(AboutDatabase, "reference "+what, noFix, "rows of %s: %d", what, n)
	}
	return err
}

// search compares the index with the texts. That takes the turn of a writer,
// so it is left out where somebody else may want it.
func (c *checker) search(ctx context.Context, conn *sql.Conn) error {
	if !c.alone {
		return nil
	}
	_, err := conn.ExecContext(ctx, `INSERT INTO search (search, rank) VALUES ('integrity-check', 1)`)
	if errors.Is(explain(err), ErrCorrupt) {
		c.add(AboutSearch, "search", fixSearch, "the search index does not fit the texts")
		return nil
	}
	return err
}

// derived is a value that is maintained, how to find where it is wrong, and how
// to put it right.
type derived struct{ what, text, wrong, right string }

// The values that triggers maintain, from their definitions in schema.
const (
	sumUnread = `(SELECT count(*) FROM message AS m
		WHERE m.conversation = c.row AND m.timestamp_ms > c.last_read_ms AND m.outgoing = 0 AND m.kind = 'message')`
	sumIncoming = `(SELECT count(*) FROM message AS m WHERE m.conversation = c.row AND m.outgoing = 0 AND m.kind = 'message')`
	findLast    = `(SELECT m.row FROM message AS m WHERE m.conversation = c.row
		ORDER BY m.timestamp_ms DESC, m.author DESC, m.server_id DESC LIMIT 1)`
	findHas = `(SELECT 2 | iif(max(a.voice), 4, 0) | iif(max(a.content_type LIKE 'image/%'), 8, 0)
		FROM attachment AS a WHERE a.message = m.row AND a.position >= 0)`
	haveFiles = `m.row IN (SELECT message FROM attachment WHERE position >= 0)`
)

var derivedValues = []derived{
	{"unread", "conversations whose number of unread messages is wrong",
		`SELECT count(*) FROM conversation AS c WHERE c.unread <> ` + sumUnread, `UPDATE conversation AS c SET unread = ` + sumUnread},
	{"incoming", "conversations whose number of received messages is wrong",
		`SELECT count(*) FROM conversation AS c WHERE c.incoming <> ` + sumIncoming, `UPDATE conversation AS c SET incoming = ` + sumIncoming},
	{"last", "conversations whose last message is not the last",
		`SELECT count(*) FROM conversation AS c WHERE c.last_message IS NOT ` + findLast, `UPDATE conversation AS c SET last_message = ` + findLast},
	{"has", "messages that do not know of their attachments",
		`SELECT count(*) FROM message AS m WHERE ` + haveFiles + ` AND (m.has & ` + findHas + `) <> ` + findHas,
		`UPDATE message AS m SET has = m.has | ` + findHas + ` WHERE ` + haveFiles},
}

func (c *checker) counts(ctx context.Context, conn *sql.Conn) error {
	for _, d := range derivedValues {
		var n int
		if err := conn.QueryRowContext(ctx, d.wrong).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			c.add(AboutCounts, d.what, fixCounts, "%s: %d", d.text, n)
		}
	}
	return nil
}
