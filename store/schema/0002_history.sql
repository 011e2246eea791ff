-- Search, attachments, and the places for what conversations will hold.

-- The posts of a community are known by the number that its server gave them,
-- all other messages have 0.
ALTER TABLE message ADD COLUMN server_id INTEGER NOT NULL DEFAULT 0;

-- What the search index is given where it is not the text itself: see
-- search_text.go.
ALTER TABLE message ADD COLUMN words TEXT;

-- What a message has, for the filters of a search: 1 a link, 2 a file,
-- 4 a voice message, 8 an image. The last three follow from its attachments.
ALTER TABLE message ADD COLUMN has INTEGER NOT NULL DEFAULT 0;

-- The place of a message among all messages by time. It is the row of the
-- search index, so that hits come sorted. Timestamps of others are bounded to
-- what leaves room for the rest, which only tells apart what has the same time.
ALTER TABLE message ADD COLUMN place INTEGER
    AS (min(max(timestamp_ms, 0), 4398046511103) * 1048576 + row % 1048576) VIRTUAL;

-- What filters ask for, as words of the index. Of the author the beginning is
-- enough: what is found is compared.
ALTER TABLE message ADD COLUMN tags TEXT AS (
    'c' || conversation || ' a' || substr(hex(author), 1, 18) || iif(outgoing, ' me', '')
    || iif(has & 1, ' link', '') || iif(has & 2, ' file', '') || iif(has & 4, ' voice', '') || iif(has & 8, ' image', '')
) VIRTUAL;

DROP INDEX message_place;
CREATE UNIQUE INDEX message_place ON message (conversation, timestamp_ms, author, server_id);
CREATE INDEX message_time ON message (place);
CREATE INDEX message_expiry ON message (expire_at_ms) WHERE expire_at_ms > 0;

CREATE VIEW searchable AS
    SELECT place, coalesce(words, text) AS text, tags FROM message WHERE kind = 'message';

-- The sizes of texts would only serve a ranking by relevance. A leaf of the
-- index must fit a page that has reserved bytes. Deleted words are overwritten.
CREATE VIRTUAL TABLE search USING fts5 (
    text, tags, content = 'searchable', content_rowid = 'place', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
);
INSERT INTO search (search, rank) VALUES ('pgsz', 4000);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
INSERT INTO search (search) VALUES ('rebuild');

-- New messages come into the index together, before the transaction ends (see
-- indexNew in search.go): each statement that writes to it alone would write a
-- segment of its own. Up to this row they are in it.
CREATE TABLE indexed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    row INTEGER NOT NULL
) STRICT;
INSERT INTO indexed SELECT 1, coalesce(max(row), 0) FROM message;

CREATE TRIGGER search_deleted AFTER DELETE ON message
WHEN OLD.kind = 'message' AND OLD.row <= (SELECT row FROM indexed) BEGIN
    INSERT INTO search (search, rowid, text, tags) VALUES ('delete', OLD.place, coalesce(OLD.words, OLD.text), OLD.tags);
END;

CREATE TRIGGER search_changed AFTER UPDATE OF text, words, has, kind, timestamp_ms, author, outgoing, conversation ON message
WHEN OLD.row <= (SELECT row FROM indexed) BEGIN
    INSERT INTO search (search, rowid, text, tags)
        SELECT 'delete', OLD.place, coalesce(OLD.words, OLD.text), OLD.tags WHERE OLD.kind = 'message';
    INSERT INTO search (rowid, text, tags)
        SELECT NEW.place, coalesce(NEW.words, NEW.text), NEW.tags WHERE NEW.kind = 'message';
END;

-- How many messages came in, and so whether a stranger wrote.
ALTER TABLE conversation ADD COLUMN incoming INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET incoming =
    (SELECT count(*) FROM message WHERE conversation = conversation.row AND outgoing = 0 AND kind = 'message');

CREATE INDEX conversation_unread ON conversation (muted_until_ms, unread) WHERE unread > 0 AND blocked = 0 AND hidden = 0;
CREATE INDEX conversation_request ON conversation (row)
    WHERE kind = 'contact' AND approved = 0 AND blocked = 0 AND hidden = 0 AND incoming > 0;

DROP TRIGGER message_inserted;
CREATE TRIGGER message_inserted AFTER INSERT ON message BEGIN
    UPDATE conversation SET
        incoming = incoming + (NEW.outgoing = 0 AND NEW.kind = 'message'),
        unread = unread + (NEW.outgoing = 0 AND NEW.kind = 'message' AND NEW.timestamp_ms > last_read_ms),
        last_message = CASE
            WHEN (NEW.timestamp_ms, NEW.author, NEW.server_id) <=
                 (SELECT timestamp_ms, author, server_id FROM message WHERE row = last_message)
            THEN last_message ELSE NEW.row END
    WHERE row = NEW.conversation;
END;

DROP TRIGGER message_deleted;
CREATE TRIGGER message_deleted AFTER DELETE ON message BEGIN
    UPDATE conversation SET
        incoming = incoming - (OLD.outgoing = 0 AND OLD.kind = 'message'),
        unread = unread - (OLD.outgoing = 0 AND OLD.kind = 'message' AND OLD.timestamp_ms > last_read_ms),
        last_message = CASE
            WHEN last_message <> OLD.row THEN last_message
            ELSE (SELECT row FROM message WHERE conversation = OLD.conversation
                  ORDER BY timestamp_ms DESC, author DESC, server_id DESC LIMIT 1) END
    WHERE row = OLD.conversation;
END;

-- Files that came or went with a message: where the network has them, and which
-- file of the profile holds them, under a key of its own.
CREATE TABLE attachment (
    message      INTEGER NOT NULL REFERENCES message (row) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    voice        INTEGER NOT NULL,
    caption      TEXT NOT NULL,
    url          TEXT NOT NULL,
    key          BLOB NOT NULL,
    digest       BLOB NOT NULL,
    file         TEXT NOT NULL,
    file_key     BLOB NOT NULL,
    PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachment_file ON attachment (file) WHERE file <> '';

CREATE TRIGGER attachment_inserted AFTER INSERT ON attachment BEGIN
    UPDATE message SET has = has | 2 | iif(NEW.voice, 4, 0) | iif(NEW.content_type LIKE 'image/%', 8, 0)
    WHERE row = NEW.message;
END;

-- Files that no message has any more, until they are removed from the disk.
CREATE TABLE litter (file TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TRIGGER attachment_deleted AFTER DELETE ON attachment WHEN OLD.file <> '' BEGIN
    INSERT OR IGNORE INTO litter (file) VALUES (OLD.file);
END;

CREATE TABLE reaction (
    message INTEGER NOT NULL REFERENCES message (row) ON DELETE CASCADE,
    author  BLOB NOT NULL,
    emoji   TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (message, author, emoji)
) STRICT, WITHOUT ROWID;

-- What came before the message that it is about: reactions, unsends, receipts.
CREATE TABLE waiting (
    row          INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    author       BLOB NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    sender       BLOB NOT NULL,
    kind         TEXT NOT NULL,
    data         BLOB NOT NULL,
    received_ms  INTEGER NOT NULL
) STRICT;

CREATE INDEX waiting_for ON waiting (conversation, timestamp_ms, author);

CREATE TABLE member (
    conversation INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    account      BLOB NOT NULL,
    name         TEXT NOT NULL,
    profile_ms   INTEGER NOT NULL,
    admin        INTEGER NOT NULL,
    state        TEXT NOT NULL,
    PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;

-- The state of the synced configuration: one object for each owner (the
-- account, a group) and namespace.
CREATE TABLE config_dump (
    owner     BLOB NOT NULL,
    namespace INTEGER NOT NULL,
    dump      BLOB NOT NULL,
    PRIMARY KEY (owner, namespace)
) STRICT, WITHOUT ROWID;

-- What makes one an admin or a member of a group.
CREATE TABLE group_key (
    conversation INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    key          BLOB NOT NULL,
    PRIMARY KEY (conversation, kind)
) STRICT, WITHOUT ROWID;

ALTER TABLE event ADD COLUMN time_ms INTEGER NOT NULL DEFAULT 0;
