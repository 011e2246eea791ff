package messaging

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"path/filepath"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"seance/messaging/attachment"
	"seance/messaging/attachment/picture"
	"seance/messaging/secret"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// MaxFiles is how many files a message may have.
const MaxFiles = 32

// MaxFile is the size of the largest file that can be sent, in bytes.
const MaxFile = attachment.MaxSize

// File is a file that is to be sent.
type File struct {
	Name    string // what the recipient sees; directories before it are left out
	Content io.Reader
	Voice   bool // a voice message
	// AsIs sends the file with all that stands in it, also what a camera wrote about
	// place, time and device.
	AsIs bool
}

// TellingError is returned for a photo or a video from which what cameras write
// about place, time and device cannot be removed: it can be sent with File.AsIs.
type TellingError struct {
	Name  string // of the file
	cause error
}

func (e *TellingError) Error() string {
	return e.Name + " may tell where and when it was taken, and that cannot be removed from it"
}

func (e *TellingError) Unwrap() []error { return []error{ErrInvalid, e.cause} }

// What is kept of what others say of their files.
const (
	maxFileName    = 255 // bytes
	maxContentType = 100
	maxCaption     = 2000
	maxFileURL     = 1000
)

// keepFiles puts files that are to be sent into the profile, encrypted, without
// what cameras write about place and device: what is sent later is what there was
// when the message was written.
func (c *Client) keepFiles(files []File) (list []store.Attachment, err error) {
	if len(files) > MaxFiles {
		return nil, fmt.Errorf("%w: a message has at most %d files, this one has %d", ErrInvalid, MaxFiles, len(files))
	}
	defer func() {
		if err != nil {
			c.discard(list)
			list = nil
		}
	}()
	for i, f := range files {
		a, err := c.keepFile(f)
		if err != nil {
			return list, err
		}
		a.Index = i
		list = append(list, a)
	}
	return list, nil
}

func (c *Client) keepFile(f File) (a store.Attachment, err error) {
	a.Name, a.Voice = cutBytes(filepath.Base(filepath.ToSlash(f.Name)), maxFileName), f.Voice
	given := &counted{r: io.LimitReader(f.Content, MaxFile+1)}
	head := make([]byte, sniffed)
	n, _ := io.ReadFull(given, head) // fewer may be all there are
	if given.err != nil {
		return a, fmt.Errorf("read %s: %w", a.Name, given.err)
	}
	if n == 0 {
		return a, fmt.Errorf("%w: %s is empty, and the apps cannot receive an empty file", ErrInvalid, a.Name)
	}
	a.ContentType = contentType(a.Name, head[:n])
	content := io.MultiReader(bytes.NewReader(head[:n]), given)
	if kind := picture.Sniff(head[:n]); strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
		data, err := readAll(content, 0)
		if err != nil {
			return a, fmt.Errorf("read %s: %w", a.Name, err)
		}
		if given.n <= MaxFile {
			if data, err = photographed(&a, data, f.AsIs); err != nil {
				return a, err
			}
			given.n = int64(len(data))
		}
		content = bytes.NewReader(data)
	}
	a.File, a.FileKey, err = c.db.SaveAttachment(content, c.rand)
	switch {
	case given.err != nil:
		return a, fmt.Errorf("read %s: %w", a.Name, given.err)
	case err == nil && given.n > MaxFile:
		c.discard([]store.Attachment{a})
		return a, fmt.Errorf("%w: %s has more than %d bytes, which is the most that can be sent", ErrInvalid, a.Name, MaxFile)
	}
	a.Size = given.n
	return a, err
}

// photographed is a photo or a video without what cameras write into it, unless it is
// to stay as it is, and notes its dimensions.
func photographed(a *store.Attachment, data []byte, asIs bool) ([]byte, error) {
	if asIs {
		if info, err := picture.Inspect(data); err == nil {
			a.Width, a.Height = info.Width, info.Height
		}
		return data, nil
	}
	clean, info, err := picture.Clean(data)
	if err != nil {
		return nil, &TellingError{a.Name, err}
	}
	if info.Width > 0 {
		a.ContentType, a.Width, a.Height = info.ContentType, info.Width, info.Height
	}
	return clean, nil
}

// sniffed is how many bytes tell what a file is.
const sniffed = 512

// counted counts what is read, and remembers why that failed.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// readAll reads all that there is, or one byte more than can be sent. size is how
// much that will be, as far as it is known: io.ReadAll takes five times as much
// memory on the way.
func readAll(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(size, MaxFile+1)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(r, MaxFile+1))
	return b.Bytes(), err
}

// sounds are the content types of sounds, by how the names of the files end.
// The apps play what says that it is one; many systems do not know these.
var sounds = map[string]string{
	".m4a": "audio/mp4", ".mp3": "audio/mpeg", ".aac": "audio/aac", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav",
}

// contentType is what a file is, by its first bytes or else by its name.
func contentType(name string, data []byte) string {
	sniffed := picture.Sniff(data)
	if sound := sounds[strings.ToLower(filepath.Ext(name))]; sound != "" && sniffed == unknownType {
		return sound
	}
	named, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(name)), ";")
	if sniffed == unknownType && named != "" && !strings.HasPrefix(named, "image/") {
		return named
	}
	return sniffed
}

// unknownType is the content type of what is not known better.
const unknownType = "application/octet-stream"

// discard removes files that no message came to have.
func (c *Client) discard(list []store.Attachment) {
	for _, a := range list {
		if err := c.db.Discard(a.File); err != nil {
			c.log.Warn("a file stays behind", "error", err)
		}
	}
}

// pointers are the attachments of a message as it is sent.
//
// Wire reference: session-foundation/session-desktop: protos/SignalService.proto,
// ts/session/utils/AttachmentsV2.ts.
func pointers(list []store.Attachment) (pointers []*sessionpb.AttachmentPointer) {
	for _, a := range list {
		p := &sessionpb.AttachmentPointer{
			DeprecatedId: proto.Uint64(numberOf(a.URL)), ContentType: proto.String(a.ContentType), Key: a.Key.Expose(),
			Size: proto.Uint32(uint32(a.Size)), Url: proto.String(a.URL),
		}
		if a.Name != "" {
			p.FileName = proto.String(a.Name)
		}
		if len(a.Digest) > 0 {
			p.Digest = a.Digest
		}
		if a.Voice {
			p.Flags = proto.Uint32(uint32(sessionpb.AttachmentPointer_VOICE_MESSAGE))
		}
		if a.Width > 0 && a.Height > 0 {
			p.Width, p.Height = proto.Uint32(uint32(a.Width)), proto.Uint32(uint32(a.Height))
		}
		if a.Caption != "" {
			p.Caption = proto.String(a.Caption)
		}
		pointers = append(pointers, p)
	}
	return pointers
}

// numberOf is the number at the end of a URL, as old apps want it beside; 0 if
// there is none.
func numberOf(url string) uint64 {
	url, _, _ = strings.Cut(url, "#")
	n, err := strconv.ParseUint(url[strings.LastIndexByte(url, '/')+1:], 10, 64)
	if err != nil {
		return 0 // also where it is too long, for which the parser gives the largest there is
	}
	return n
}

// attachmentsOf are the files that somebody says a message has. They may be
// anything: what is wrong with them shows when they are downloaded.
func attachmentsOf(pointers []*sessionpb.AttachmentPointer) (list []store.Attachment) {
	for i, p := range pointers[:min(len(pointers), MaxFiles)] {
		key, digest := p.GetKey(), p.GetDigest()
		list = append(list, store.Attachment{
			Index: i, Name: cutBytes(p.GetFileName(), maxFileName), ContentType: cutBytes(p.GetContentType(), maxContentType),
			Size: int64(p.GetSize()), Width: pixels(p.GetWidth()), Height: pixels(p.GetHeight()),
			Voice:   p.GetFlags()&uint32(sessionpb.AttachmentPointer_VOICE_MESSAGE) != 0,
			Caption: cutBytes(p.GetCaption(), maxCaption), URL: cutBytes(p.GetUrl(), maxFileURL),
			Key: secret.New(bytes.Clone(key[:min(len(key), 64)])), Digest: bytes.Clone(digest[:min(len(digest), 32)]),
		})
	}
	return list
}

// pixels bounds what somebody says of an image.
func pixels(n uint32) int { return int(min(n, 1<<16)) }

// putFiles adds attachments to a message.
func putFiles(tx *store.Tx, row int64, list []store.Attachment) error {
	for _, a := range list {
		if err := tx.PutAttachment(row, a); err != nil {
			return err
		}
	}
	return nil
}

// fileOf is one file of a message.
func (c *Client) fileOf(ctx context.Context, messageID string, index int) (Message, store.Attachment, error) {
	m, err := c.Message(ctx, messageID)
	if err != nil {
		return m, store.Attachment{}, err
	}
	for _, a := range m.Files() {
		if a.Index == index {
			return m, a, nil
		}
	}
	return m, store.Attachment{}, fmt.Errorf("no such file: %w", ErrUnknown)
}
