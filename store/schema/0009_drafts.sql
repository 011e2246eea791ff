-- What goes with the text of a draft, and where messages were stored.

-- The message that it answers, as long as that is there.
ALTER TABLE conversation ADD COLUMN draft_answers INTEGER REFERENCES message (row) ON DELETE SET NULL;
CREATE INDEX conversation_draft_answers ON conversation (draft_answers) WHERE draft_answers IS NOT NULL;

CREATE TRIGGER message_buried AFTER UPDATE OF deleted ON message WHEN NEW.deleted BEGIN
    UPDATE conversation SET draft_answers = NULL WHERE draft_answers = NEW.row;
END;

-- How many files there are, for the list of conversations.
ALTER TABLE conversation ADD COLUMN draft_files INTEGER NOT NULL DEFAULT 0;

-- The files: where they are on this machine or, of a recording, what it holds.
CREATE TABLE draft_file (
    conversation INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    path         TEXT NOT NULL,
    size         INTEGER NOT NULL,
    voice        BLOB,
    PRIMARY KEY (conversation, position)
) STRICT, WITHOUT ROWID;

-- Addresses of the nodes that an attempt to deliver has brought a message to.
ALTER TABLE attempt ADD COLUMN nodes TEXT NOT NULL DEFAULT '';
