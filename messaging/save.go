package messaging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"seance/store"
)

// Save puts a file of a message into a directory, which it makes if there is
// none, and tells its path. It is downloaded if it has to be; where somebody
// else sent it they are told that it was saved. The file gets its sender's name,
// as far as SafeName lets it; nothing is overwritten.
func (c *Client) Save(ctx context.Context, messageID string, index int, dir string) (path string, err error) {
	if err := c.Download(ctx, messageID, index); err != nil {
		return "", err
	}
	m, a, err := c.fileOf(ctx, messageID, index)
	if err != nil {
		return "", err
	}
	in, err := c.OpenAttachment(a)
	if err != nil {
		return "", err
	}
	defer in.Close()
	name, err := saveAs(dir, SafeName(a), in)
	if err != nil {
		return "", err
	}
	if m.Direction == store.In {
		if err := c.notifySaved(ctx, m.Message); err != nil {
			c.log.Warn("nobody is told of a file that was saved", "error", err)
		}
	}
	return filepath.Join(dir, name), nil
}

// mostNames is how many files of one name a directory may have.
const mostNames = 1000

// saveAs writes a new file into a directory under a name that is free.
func saveAs(dir, name string, content io.Reader) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	stem, ending := parts(name)
	var f *os.File
	for n := 2; ; n++ {
		f, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		if n > mostNames {
			return "", fmt.Errorf("%s has too many files that are called %s: name another directory", dir, stem+ending)
		}
		name = stem + " (" + strconv.Itoa(n) + ")" + ending
	}
	_, err = io.Copy(f, content)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, root.Remove(name))
	}
	return name, nil
}

const (
	// longestSavedName leaves room for a number in the 255 bytes that file systems
	// allow.
	longestSavedName = 200
	longestEnding    = 16
)

// SafeName is the name that a file of a message is saved under: what its sender
// calls it, without anything that means more than a name to some system or to
// the eye. It is never empty.
func SafeName(a store.Attachment) string {
	given := a.Name
	if i := strings.LastIndexAny(given, `/\`); i >= 0 {
		given = given[i+1:]
	}
	var b strings.Builder
	for _, r := range given {
		switch {
		case r == utf8.RuneError, strings.ContainsRune(`<>:"|?*`, r):
			r = '-'
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S):
			continue // controls, and what turns the direction of text or cannot be seen
		}
		b.WriteRune(r)
	}
	// A dot in front hides a file, and a dash makes an option of it.
	name := strings.Trim(strings.TrimLeft(strings.Join(strings.Fields(b.String()), " "), ".- "), " .")
	stem, ending := parts(name)
	if stem == "" {
		return unnamed(a)
	}
	stem = strings.TrimRight(cutBytes(stem, longestSavedName-len(ending)), " .")
	if reserved(stem) {
		stem = "_" + stem
	}
	return stem + ending
}

// parts are a name and its ending, of which the first is never empty if the
// name is not.
func parts(name string) (stem, ending string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= longestEnding {
		return name[:i], name[i:]
	}
	return name, ""
}

// reserved reports whether Windows takes a name for a device: whatever follows
// a dot does not matter.
func reserved(stem string) bool {
	stem, _, _ = strings.Cut(strings.ToUpper(stem), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	n := len(stem) - 1
	return n == 3 && (stem[:n] == "COM" || stem[:n] == "LPT") && stem[n] >= '0' && stem[n] <= '9'
}

// unnamed is the name of a file that its sender gave none.
func unnamed(a store.Attachment) string {
	ending := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
		"audio/mp4": ".m4a", "audio/aac": ".aac", "audio/mpeg": ".mp3", "video/mp4": ".mp4",
		"text/plain": ".txt", "application/pdf": ".pdf",
	}[strings.ToLower(a.ContentType)]
	switch {
	case a.Voice:
		return "voice message" + ending
	case strings.HasPrefix(a.ContentType, "image/"):
		return "image" + ending
	}
	return "file" + ending
}
