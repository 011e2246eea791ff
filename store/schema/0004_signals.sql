-- What becomes of messages after they were written: reactions, deletion,
-- receipts, and the story of their delivery.

-- The hash that a message of this account has in the account's own swarm, where
-- its copy for other devices is.
ALTER TABLE message ADD COLUMN copy_hash TEXT NOT NULL DEFAULT '';

-- Whether it was deleted, and the row only tells so.
ALTER TABLE message ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

-- Whether there are reactions to it, so that others need not be looked for.
ALTER TABLE message ADD COLUMN reacted INTEGER NOT NULL DEFAULT 0;

-- A reaction that was taken back is kept, so that an older one which comes
-- later does not bring it back.
ALTER TABLE reaction ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER reaction_inserted AFTER INSERT ON reaction BEGIN
    UPDATE message SET reacted = 1 WHERE row = NEW.message;
END;

-- A message that is deleted becomes a line, which is never unread.
CREATE TRIGGER message_kind AFTER UPDATE OF kind ON message WHEN OLD.outgoing = 0 BEGIN
    UPDATE conversation SET
        incoming = incoming + (NEW.kind = 'message') - (OLD.kind = 'message'),
        unread = unread + ((NEW.kind = 'message') - (OLD.kind = 'message')) * (NEW.timestamp_ms > last_read_ms)
    WHERE row = NEW.conversation;
END;

-- What came before the message that it is about. The conversation need not
-- exist yet, and is '' where only the message would tell it.
DROP TABLE waiting;
CREATE TABLE waiting (
    row          INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL,
    author       BLOB NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    sender       BLOB NOT NULL,
    kind         TEXT NOT NULL,
    at_ms        INTEGER NOT NULL,
    emoji        TEXT NOT NULL,
    received_ms  INTEGER NOT NULL
) STRICT;

CREATE INDEX waiting_for ON waiting (timestamp_ms, author);
CREATE INDEX waiting_sender ON waiting (sender);
CREATE INDEX waiting_since ON waiting (received_ms);

-- Lines that a conversation has once, whatever is said again: that a request
-- was accepted, that somebody called. The line itself may be gone.
CREATE TABLE once (
    conversation INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    key          TEXT NOT NULL,
    message      INTEGER REFERENCES message (row) ON DELETE SET NULL,
    PRIMARY KEY (conversation, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX once_message ON once (message) WHERE message IS NOT NULL;

-- Attempts to deliver a message.
CREATE TABLE attempt (
    row     INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES message (row) ON DELETE CASCADE,
    kind    TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    path    TEXT NOT NULL,
    stored  INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    error   TEXT NOT NULL,
    hash    TEXT NOT NULL
) STRICT;

CREATE INDEX attempt_message ON attempt (message);

-- What others learn of the user in a conversation, where that is not as
-- everywhere else; NULL is.
CREATE TABLE preference (
    conversation  INTEGER PRIMARY KEY REFERENCES conversation (row) ON DELETE CASCADE,
    read_receipts INTEGER,
    typing        INTEGER
) STRICT;
