package mailbox

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver; no other file names it
)

// maxBytes is how large the database may grow: what nodes of the Session
// Network allow themselves.
const maxBytes = 3_500_000_000

const schema = `
CREATE TABLE IF NOT EXISTS messages (
	id        INTEGER PRIMARY KEY,  -- the order in which messages are read
	hash      TEXT NOT NULL UNIQUE,
	owner     BLOB NOT NULL,
	namespace INTEGER NOT NULL,
	timestamp INTEGER NOT NULL,
	expiry    INTEGER NOT NULL,
	changed   INTEGER NOT NULL,     -- when a client last stored it or set its expiry
	seq       INTEGER NOT NULL,     -- place in the log of changes of this node
	data      BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_mailbox ON messages(owner, namespace, id);
CREATE INDEX IF NOT EXISTS messages_expiry ON messages(expiry);
CREATE INDEX IF NOT EXISTS messages_seq ON messages(seq);

-- Messages that were deleted before their time, so that a member of the swarm
-- that was away does not bring them back.
CREATE TABLE IF NOT EXISTS deleted (
	hash    TEXT PRIMARY KEY,
	owner   BLOB NOT NULL,
	expiry  INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	seq     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deleted_seq ON deleted(seq);

CREATE TABLE IF NOT EXISTS revoked (
	owner BLOB NOT NULL,
	token BLOB NOT NULL,
	since INTEGER NOT NULL,
	PRIMARY KEY (owner, token)
) WITHOUT ROWID;

-- How far this node has read the log of each peer.
CREATE TABLE IF NOT EXISTS cursors (
	peer  BLOB PRIMARY KEY,
	epoch TEXT NOT NULL,
	swarm TEXT NOT NULL,
	seq   INTEGER NOT NULL
) WITHOUT ROWID;

-- One row: the identity of this log and its end.
CREATE TABLE IF NOT EXISTS log (epoch TEXT NOT NULL, seq INTEGER NOT NULL);
`

// Open opens or creates the database in dir, which must exist.
func Open(dir string) (*DB, error) {
	path := filepath.Join(dir, "storage.db")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives its other files the mode of this one
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(-1000)", "temp_store(MEMORY)",
		"secure_delete(0)", fmt.Sprintf("max_page_count(%d)", maxBytes/4096),
	}}.Encode()}
	db := &DB{
		ops: make(chan *op, groupMax), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	if db.write, err = sql.Open("sqlite", dsn.String()); err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	db.write.SetMaxOpenConns(1)
	if db.read, err = sql.Open("sqlite", dsn.String()); err != nil {
		db.write.Close()
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	db.read.SetMaxOpenConns(2)
	db.read.SetMaxIdleConns(2)
	if err := db.start(); err != nil {
		db.read.Close()
		db.write.Close()
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	return db, nil
}

// start creates what is missing, prepares the statements and starts the writer.
func (db *DB) start() error {
	ctx := context.Background()
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `INSERT INTO log SELECT ?, 0 WHERE NOT EXISTS (SELECT * FROM log)`, rand.Text()); err != nil {
		return err
	}
	t := &tx{conn: conn, stmts: map[string]*sql.Stmt{}}
	if err := conn.QueryRowContext(ctx, `SELECT epoch, seq FROM log`).Scan(&db.epoch, &t.seq); err != nil {
		return err
	}
	db.end.Store(t.seq)
	for into, query := range map[**sql.Stmt]string{
		&db.byHash:   `SELECT id FROM messages WHERE hash = ? AND owner = ? AND namespace = ? AND expiry > ?`,
		&db.after:    `SELECT hash, timestamp, expiry, data FROM messages WHERE owner = ? AND namespace = ? AND id > ? AND expiry > ? ORDER BY id`,
		&db.expiries: `SELECT expiry FROM messages WHERE hash = ? AND owner = ? AND expiry > ?`,
		&db.revoked:  `SELECT COUNT(*) FROM revoked WHERE owner = ? AND token = ?`,
		&db.cursor:   `SELECT epoch, seq FROM cursors WHERE peer = ? AND swarm = ?`,
		&db.changes: `SELECT * FROM (
				SELECT seq, hash, owner, expiry, changed, 0 FROM messages WHERE seq > ?1
				UNION ALL
				SELECT seq, hash, owner, expiry, changed, 1 FROM deleted WHERE seq > ?1
			) WHERE expiry > ?2 ORDER BY seq LIMIT ?3`,
	} {
		if *into, err = db.read.Prepare(query); err != nil {
			return err
		}
	}
	go db.writer(t)
	return nil
}
