-- What the devices of an account agree on beside the names.

ALTER TABLE conversation ADD COLUMN picture_url TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN picture_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE conversation ADD COLUMN notify TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN timer_mode TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN timer_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;

-- Of a group: whether the user is invited, was removed, or it is no more.
ALTER TABLE conversation ADD COLUMN membership TEXT NOT NULL DEFAULT '';

ALTER TABLE account ADD COLUMN picture_url TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN picture_key BLOB NOT NULL DEFAULT x'';
