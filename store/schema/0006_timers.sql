-- Messages that disappear.

-- Whether a line tells of a new timer, which is the one that it has itself.
ALTER TABLE message ADD COLUMN timer INTEGER NOT NULL DEFAULT 0;

-- Messages received whose clock starts with reading, and has not.
CREATE INDEX message_unstarted ON message (conversation, timestamp_ms)
    WHERE expire_mode = 'after_read' AND expire_at_ms = 0 AND outgoing = 0;
