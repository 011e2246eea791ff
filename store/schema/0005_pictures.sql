-- Pictures of people that were fetched, by where they were fetched from: in files
-- like those of attachments.
CREATE TABLE picture (
    url        TEXT PRIMARY KEY,
    file       TEXT NOT NULL,
    file_key   BLOB NOT NULL,
    fetched_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX picture_file ON picture (file);

CREATE TRIGGER picture_deleted AFTER DELETE ON picture BEGIN
    INSERT OR IGNORE INTO litter (file) VALUES (OLD.file);
END;

-- Every file that is needed, and its key.
CREATE VIEW kept AS
    SELECT file, file_key FROM attachment WHERE file <> ''
    UNION ALL SELECT file, file_key FROM picture;
