-- Members of groups, and those who were: their state is 'former'.

-- The last that was heard of somebody in the group ('changed', 'wrote', 'left'), and when
-- that was.
ALTER TABLE member ADD COLUMN heard TEXT NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN heard_ms INTEGER NOT NULL DEFAULT 0;

-- A kind of entry that there is no more.
DELETE FROM outbox WHERE kind = 'unrevoke';
