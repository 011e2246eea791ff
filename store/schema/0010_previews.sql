-- Previews of links.

-- The link in the text that a message shows a preview of, and the title of what is
-- behind it; NULL: none. Its image is the attachment at position -1.
ALTER TABLE message ADD COLUMN preview_url TEXT;
ALTER TABLE message ADD COLUMN preview_title TEXT;

-- That image is no file which somebody sent, and nothing to search for.
DROP TRIGGER attachment_inserted;
CREATE TRIGGER attachment_inserted AFTER INSERT ON attachment WHEN NEW.position >= 0 BEGIN
    UPDATE message SET has = has | 2 | iif(NEW.voice, 4, 0) | iif(NEW.content_type LIKE 'image/%', 8, 0)
    WHERE row = NEW.message;
END;
