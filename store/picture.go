package store

import (
	"context"

	"seance/messaging/secret"
)

// PictureFile is a picture that was fetched: a file like that of an attachment.
type PictureFile struct {
	File    string
	FileKey secret.Bytes
}

// PictureFile is the file of a picture: ErrNotFound if it was not fetched.
func (s *Store) PictureFile(ctx context.Context, url string) (p PictureFile, err error) {
	var key []byte
	err = s.queries.row(ctx, into(&p.File, &key), `SELECT file, file_key FROM picture WHERE url = ?`, url)
	p.FileKey = secret.New(key)
	return p, err
}

// PutPictureFile remembers the file of a picture, and drops those that have been
// here longest beyond a number of them.
func (t *Tx) PutPictureFile(url string, p PictureFile, nowMS int64, keep int) error {
	_, err := t.exec(`DELETE FROM picture WHERE url = ?`, url) // what it had is litter
	if err == nil {
		_, err = t.exec(`INSERT INTO picture (url, file, file_key, fetched_ms) VALUES (?, ?, ?, ?)`,
			url, p.File, blob(p.FileKey.Expose()), nowMS)
	}
	if err == nil {
		_, err = t.exec(`DELETE FROM picture WHERE url IN (SELECT url FROM picture ORDER BY fetched_ms DESC LIMIT -1 OFFSET ?)`, keep)
	}
	return err
}
