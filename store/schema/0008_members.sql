-- Members of groups.

-- The picture that a member shows: where it lies, and its key (32 bytes, or none).
ALTER TABLE member ADD COLUMN picture_url TEXT NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN picture_key BLOB NOT NULL DEFAULT x'';
