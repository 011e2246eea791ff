package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"seance/messaging/secret"
)

// attachmentsName is the directory for files of attachments in the profile's.
const attachmentsName = "attachments"

// What a message has, as bits of its column of that name.
const (
	hasLinkBit = 1
	hasFile    = 2
	hasMention = 16
	hasVoice   = 4
	hasImage   = 8
)

// PreviewIndex is the index of an image that belongs to a LinkPreview.
const PreviewIndex = -1

// Attachment is a file that came or goes with a message.
type Attachment struct {
	Index         int    // in the message, from 0 on; or PreviewIndex
	Name          string // as its sender has it: of any content
	ContentType   string
	Size          int64 // bytes of the file, as its sender says
	Width, Height int   // pixels; 0: not known
	Voice         bool  // a voice message
	Caption       string

	URL    string       // where the network has it; "": nowhere
	Key    secret.Bytes // of what is there
	Digest []byte       // of what is there

	File    string       // its file in the profile, as a name in Attachments; "": not here
	FileKey secret.Bytes // of that file
}

// Files is what is known of the files of a message without reading them.
type Files struct {
	Count int
	Name  string // of the first, as its sender has it
	Voice bool   // one is a voice message
	Image bool   // one is said to be an image
}

func filesFrom(has, count int64, name string) Files {
	return Files{Count: int(count), Name: name, Voice: has&hasVoice != 0, Image: has&hasImage != 0}
}

// Attachments is the directory where the files of attachments are, encrypted.
// It need not be there.
func (s *Store) Attachments() string { return filepath.Join(s.dir, attachmentsName) }

// PutAttachment adds an attachment to a message, or replaces the one with its
// index. It fails if the message is not there.
func (t *Tx) PutAttachment(message int64, a Attachment) error {
	// A conflict would keep the file of the old one from becoming litter.
	if _, err := t.exec(`DELETE FROM attachment WHERE message = ? AND position = ? AND file <> ?`, message, a.Index, a.File); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO attachment (message, position, name, content_type, size, width, height, voice, caption,
			url, key, digest, file, file_key)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
		ON CONFLICT DO UPDATE SET name = ?3, content_type = ?4, size = ?5, width = ?6, height = ?7, voice = ?8, caption = ?9,
			url = ?10, key = ?11, digest = ?12, file = ?13, file_key = ?14`,
		message, a.Index, a.Name, a.ContentType, a.Size, a.Width, a.Height, a.Voice, a.Caption,
		a.URL, blob(a.Key.Expose()), blob(a.Digest), a.File, blob(a.FileKey.Expose()))
	return err
}

const attachmentsOf = `SELECT position, name, content_type, size, width, height, voice, caption, url, key, digest, file, file_key
	FROM attachment WHERE message = ? ORDER BY position`

// fillAttachments reads the attachments of a message that has some.
func (s *Store) fillAttachments(ctx context.Context, m *Message) error {
	if m.Attachments == nil && m.Preview == nil {
		return nil
	}
	var list []Attachment
	err := s.queries.rows(ctx, scanAttachment(&list), attachmentsOf, m.Row)
	m.attach(list)
	return err
}

// FillAttachments reads the attachments of a message that Message has read.
func (t *Tx) FillAttachments(m *Message) error {
	if m.Attachments == nil && m.Preview == nil {
		return nil
	}
	var list []Attachment
	err := t.rows(scanAttachment(&list), attachmentsOf, m.Row)
	m.attach(list)
	return err
}

// attach gives a message its files, as attachmentsOf sorts them.
func (m *Message) attach(list []Attachment) {
	if len(list) > 0 && list[0].Index == PreviewIndex {
		if m.Preview != nil {
			m.Preview.Image = &list[0]
		}
		list = list[1:]
	}
	if m.Attachments != nil {
		m.Attachments = list
	}
}

func scanAttachment(list *[]Attachment) func(scanner) error {
	return func(row scanner) error {
		var a Attachment
		var key, fileKey []byte
		err := row.Scan(&a.Index, &a.Name, &a.ContentType, &a.Size, &a.Width, &a.Height, &a.Voice, &a.Caption,
			&a.URL, &key, &a.Digest, &a.File, &fileKey)
		a.Key, a.FileKey = secret.New(key), secret.New(fileKey)
		*list = append(*list, a)
		return err
	}
}

// litter are the files that nothing has, or has again.
const litter = `SELECT file FROM litter WHERE NOT EXISTS (SELECT 1 FROM kept WHERE kept.file = litter.file)`

// Sweep removes from the disk the files of attachments and pictures that are gone.
func (s *Store) Sweep(ctx context.Context) error {
	var files []string
	err := s.queries.rows(ctx, func(row scanner) error {
		var file string
		err := row.Scan(&file)
		files = append(files, file)
		return err
	}, litter)
	if err != nil {
		return err
	}
	for _, file := range files {
		if file != filepath.Base(file) {
			return fmt.Errorf("%w: a file of an attachment is called %q", ErrCorrupt, file)
		}
		if err := os.Remove(filepath.Join(s.Attachments(), file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain(err)
		}
	}
	return s.Update(ctx, func(t *Tx) error {
		for _, file := range files {
			if _, err := t.exec(`DELETE FROM litter WHERE file = ?`, file); err != nil {
				return err
			}
		}
		return nil
	})
}
