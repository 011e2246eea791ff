-- Groups.

-- The group that an entry of the outbox is about: an invitation, a promotion.
ALTER TABLE outbox ADD COLUMN about TEXT NOT NULL DEFAULT '';
