package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"seance/messaging/secret"
	"seance/store/vault"
)

// The files of attachments have names that tell nothing: 32 hexadecimal digits.
// One that is being written has an ending of its own until it is complete.
const (
	attachmentNameSize = 16
	unfinished         = ".part"
)

// isAttachmentFile reports whether SaveAttachment gives such names to files.
func isAttachmentFile(name string) bool {
	return len(name) == 2*attachmentNameSize && strings.Trim(name, "0123456789abcdef") == ""
}

// SaveAttachment encrypts the content of a file into the profile, with a key of
// its own. It is litter (see Check) until PutAttachment names it. random is a
// source such as crypto/rand's.
func (s *Store) SaveAttachment(content, random io.Reader) (file string, key secret.Bytes, err error) {
	if err := os.MkdirAll(s.Attachments(), 0o700); err != nil {
		return "", key, explain(fmt.Errorf("make the directory of attachments: %w", err))
	}
	var name [attachmentNameSize]byte
	if _, err := io.ReadFull(random, name[:]); err != nil {
		return "", key, err
	}
	file = hex.EncodeToString(name[:])
	path := filepath.Join(s.Attachments(), file)
	f, err := os.OpenFile(path+unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", key, explain(fmt.Errorf("keep an attachment: %w", err))
	}
	if key, err = sealInto(f, content, random); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err == nil {
		err = syncDirectory(s.Attachments())
	}
	if err != nil {
		_ = os.Remove(path + unfinished)
		return "", secret.Bytes{}, explain(fmt.Errorf("keep an attachment: %w", err))
	}
	return file, key, nil
}

// Discard removes a file of SaveAttachment that no attachment came to name.
func (s *Store) Discard(file string) error {
	if !isAttachmentFile(file) {
		return fmt.Errorf("the file of an attachment: %w", ErrNotFound)
	}
	return os.Remove(filepath.Join(s.Attachments(), file))
}

func sealInto(f io.Writer, content, random io.Reader) (secret.Bytes, error) {
	sealed, key, err := vault.SealBlob(f, random)
	if err != nil {
		return key, err
	}
	_, err = io.Copy(sealed, content)
	return key, errors.Join(err, sealed.Close())
}

// AttachmentFile is the content of an attachment that is in the profile.
type AttachmentFile struct {
	*vault.Blob
	file *os.File
}

// OpenAttachment opens the file of an attachment: ErrNotFound if it is not in
// the profile. What it reads is authentic; what is damaged ends with
// vault.ErrDamaged.
func (s *Store) OpenAttachment(a Attachment) (*AttachmentFile, error) {
	return openAttachment(s.Attachments(), a.File, a.FileKey)
}

func openAttachment(dir, name string, key secret.Bytes) (*AttachmentFile, error) {
	if !isAttachmentFile(name) {
		return nil, fmt.Errorf("the file of an attachment: %w", ErrNotFound)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the file of an attachment: %w", ErrNotFound)
	}
	if err != nil {
		return nil, explain(err)
	}
	info, err := f.Stat()
	if err == nil {
		var b *vault.Blob
		if b, err = vault.OpenBlob(f, info.Size(), key); err == nil {
			return &AttachmentFile{b, f}, nil
		}
	}
	return nil, errors.Join(err, f.Close())
}

// Close closes the file.
func (a *AttachmentFile) Close() error { return a.file.Close() }
