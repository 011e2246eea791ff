-- The account of the profile: one row.
CREATE TABLE account (
    one               INTEGER PRIMARY KEY CHECK (one = 1),
    id                BLOB NOT NULL,
    seed              BLOB NOT NULL,
    name              TEXT NOT NULL,
    network           BLOB NOT NULL,
    created_ms        INTEGER NOT NULL,
    last_timestamp_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
    row            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    kind           TEXT NOT NULL,
    name           TEXT NOT NULL,
    nickname       TEXT NOT NULL,
    profile_ms     INTEGER NOT NULL,
    approved       INTEGER NOT NULL,
    approved_me    INTEGER NOT NULL,
    blocked        INTEGER NOT NULL,
    hidden         INTEGER NOT NULL,
    priority       INTEGER NOT NULL,
    muted_until_ms INTEGER NOT NULL,
    created_ms     INTEGER NOT NULL,
    draft          TEXT NOT NULL DEFAULT '',
    last_read_ms   INTEGER NOT NULL DEFAULT 0,
    unread         INTEGER NOT NULL DEFAULT 0,
    last_message   INTEGER
) STRICT;

-- Rows are never used again: they are the messages' public names, and events
-- refer to them after the message is gone.
CREATE TABLE message (
    row            INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation   INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    timestamp_ms   INTEGER NOT NULL,
    author         BLOB NOT NULL,
    outgoing       INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    received_ms    INTEGER NOT NULL,
    state          TEXT NOT NULL,
    failure        TEXT NOT NULL,
    hash           TEXT NOT NULL,
    expire_mode    TEXT NOT NULL,
    expire_seconds INTEGER NOT NULL,
    expire_at_ms   INTEGER NOT NULL,
    quote_author   BLOB,
    quote_ms       INTEGER,
    quote_text     TEXT,
    text           TEXT NOT NULL
) STRICT;

-- The identity of a message and its place: both in one index.
CREATE UNIQUE INDEX message_place ON message (conversation, timestamp_ms, author);

-- What can be unread, for the unread line and for counting behind it.
CREATE INDEX message_incoming ON message (conversation, timestamp_ms)
    WHERE outgoing = 0 AND kind = 'message';

CREATE TRIGGER message_inserted AFTER INSERT ON message BEGIN
    UPDATE conversation SET
        unread = unread + (NEW.outgoing = 0 AND NEW.kind = 'message' AND NEW.timestamp_ms > last_read_ms),
        last_message = CASE
            WHEN (NEW.timestamp_ms, NEW.author) <=
                 (SELECT timestamp_ms, author FROM message WHERE row = last_message)
            THEN last_message ELSE NEW.row END
    WHERE row = NEW.conversation;
END;

CREATE TRIGGER message_deleted AFTER DELETE ON message BEGIN
    UPDATE conversation SET
        unread = unread - (OLD.outgoing = 0 AND OLD.kind = 'message' AND OLD.timestamp_ms > last_read_ms),
        last_message = CASE
            WHEN last_message <> OLD.row THEN last_message
            ELSE (SELECT row FROM message WHERE conversation = OLD.conversation
                  ORDER BY timestamp_ms DESC, author DESC LIMIT 1) END
    WHERE row = OLD.conversation;
END;

CREATE TRIGGER conversation_read AFTER UPDATE OF last_read_ms ON conversation BEGIN
    UPDATE conversation SET unread =
        (SELECT count(*) FROM message
         WHERE conversation = NEW.row AND timestamp_ms > NEW.last_read_ms AND outgoing = 0 AND kind = 'message')
    WHERE row = NEW.row;
END;

-- A mailbox of the network: an owner's namespace.
CREATE TABLE mailbox (
    row       INTEGER PRIMARY KEY,
    owner     BLOB NOT NULL,
    namespace INTEGER NOT NULL,
    UNIQUE (owner, namespace)
) STRICT;

-- What was received already.
CREATE TABLE seen (
    mailbox    INTEGER NOT NULL REFERENCES mailbox (row),
    hash       TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (mailbox, hash)
) STRICT, WITHOUT ROWID;

-- How far a mailbox was read at one node.
CREATE TABLE cursor (
    mailbox INTEGER NOT NULL REFERENCES mailbox (row),
    node    BLOB NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (mailbox, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    row          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    target       BLOB NOT NULL,
    namespace    INTEGER NOT NULL,
    data         BLOB NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    ttl_ms       INTEGER NOT NULL,
    message      INTEGER REFERENCES message (row) ON DELETE CASCADE,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_ms      INTEGER NOT NULL,
    last_error   TEXT NOT NULL DEFAULT '',
    parked       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX outbox_queue ON outbox (target, row, next_ms) WHERE parked = 0;
CREATE INDEX outbox_message ON outbox (message) WHERE message IS NOT NULL;

-- What happened, in the order in which it did. No text stands here.
CREATE TABLE event (
    cursor       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    conversation INTEGER,
    message      INTEGER
) STRICT;

-- How far each reader of the event log has come.
CREATE TABLE consumer (
    name   TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
