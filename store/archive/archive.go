// Package archive is the form of a backup: one file that holds other files.
//
// It is a tar, so that there is a way to get at what is in it without this
// program, of regular files only, with a file in front that names the form and
// one at the end that tells that nothing was cut off. What is in the files is
// not its business: they are encrypted where they come from. Nothing else is
// told of them, neither owners nor times.
//
// Reading is strict and bounded: what no Writer has written is an error, and no
// name leads anywhere. The package opens no files and starts no goroutine.
package archive

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What callers decide on.
var (
	// ErrFormat is returned for what is not an archive, or damaged.
	ErrFormat = errors.New("this is not a backup, or it is damaged")
	// ErrCut is returned for an archive whose end is missing.
	ErrCut = errors.New("the backup is cut short")
	// ErrNewer is returned for an archive of a later version of the form.
	ErrNewer = errors.New("the backup was made by a newer version of this program: use that version")
)

// The files that the archive itself needs.
const (
	firstName = "backup.json"
	lastName  = "end.json"
	version   = 1
	// longestNote bounds the two files.
	longestNote = 1000
)

// first names the form.
type first struct {
	Form    string `json:"form"`
	Version int    `json:"version"`
}

const form = "seance-backup"

// last tells how many files there are between the two.
type last struct {
	Files int `json:"files"`
}

// ValidName reports whether a file can have this name: lower-case letters,
// digits, dots, hyphens and underscores, with at most one slash within, no dot
// in front, and neither of the names that the archive itself uses.
func ValidName(name string) bool {
	if len(name) > 200 || name == firstName || name == lastName {
		return false
	}
	parts := strings.Split(name, "/")
	for _, part := range parts {
		if part == "" || part[0] == '.' || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			return false
		}
	}
	return len(parts) <= 2
}

// Writer writes an archive.
type Writer struct {
	out   *tar.Writer
	begun bool
	files int
}

// NewWriter begins an archive in w.
func NewWriter(w io.Writer) *Writer { return &Writer{out: tar.NewWriter(w)} }

// Add writes a file of exactly so many bytes.
func (w *Writer) Add(name string, size int64, content io.Reader) error {
	if !ValidName(name) {
		return fmt.Errorf("archive: %q cannot be the name of a file", name)
	}
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.header(name, size); err != nil {
		return err
	}
	n, err := io.Copy(w.out, io.LimitReader(content, size))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	w.files++
	return err
}

func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	return w.note(firstName, first{form, version})
}

func (w *Writer) note(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := w.header(name, int64(len(b))); err != nil {
		return err
	}
	_, err = w.out.Write(b)
	return err
}

func (w *Writer) header(name string, size int64) error {
	return w.out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600})
}

// Close writes the end. Without it the archive is not one.
func (w *Writer) Close() error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.note(lastName, last{w.files}); err != nil {
		return err
	}
	return w.out.Close()
}

// Read reads an archive of size bytes and calls take with each file in it, in
// order. take may leave a part of the content unread. Read fails with ErrFormat,
// ErrCut and ErrNewer, with errors of r, and with that of take.
func Read(r io.Reader, size int64, take func(name string, size int64, content io.Reader) error) error {
	in := tar.NewReader(r)
	var head first
	if err := readNote(in, firstName, &head); err != nil {
		return err
	}
	switch {
	case head.Form != form || head.Version < 1:
		return ErrFormat
	case head.Version > version:
		return ErrNewer
	}
	for files := 0; ; files++ {
		h, err := next(in)
		if err != nil {
			return err
		}
		if h.Name == lastName {
			var end last
			if err := decodeNote(in, h, &end); err != nil {
				return err
			}
			if end.Files != files {
				return ErrFormat
			}
			return nil
		}
		// All that is in an archive takes room in it: a file that claims
		// more, such as one with holes, was written by somebody else.
		if size -= h.Size; size < 0 {
			return ErrCut
		}
		if !ValidName(h.Name) {
			return ErrFormat
		}
		content := &cutting{in, nil}
		if err := take(h.Name, h.Size, content); err != nil {
			return err
		}
		if content.failed != nil {
			return content.failed
		}
	}
}

// next is the header of the next file.
func next(in *tar.Reader) (*tar.Header, error) {
	h, err := in.Next()
	if err != nil {
		return nil, meaning(err)
	}
	if h.Typeflag != tar.TypeReg || h.Size < 0 {
		return nil, ErrFormat
	}
	return h, nil
}

func readNote(in *tar.Reader, name string, v any) error {
	h, err := next(in)
	if errors.Is(err, ErrCut) || err == nil && h.Name != name {
		return ErrFormat
	}
	if err != nil {
		return err
	}
	return decodeNote(in, h, v)
}

func decodeNote(in *tar.Reader, h *tar.Header, v any) error {
	if h.Size > longestNote {
		return ErrFormat
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return meaning(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return ErrFormat
	}
	return nil
}

// meaning tells an archive that ends too early, and one that is none, from a
// disk that failed.
func meaning(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCut
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong), errors.Is(err, tar.ErrInsecurePath):
		return ErrFormat
	}
	return err
}

// cutting says of content that ends too early what that means.
type cutting struct {
	in     io.Reader
	failed error
}

func (c *cutting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err != nil && err != io.EOF {
		err = meaning(err)
		c.failed = err
	}
	return n, err
}
