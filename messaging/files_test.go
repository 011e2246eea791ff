package messaging

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// content is what a device has of a file.
func (d *device) content(m Message, index int) []byte {
	d.w.Helper()
	_, a, err := d.fileOf(d.w.Context(), m.ID(), index)
	d.w.check(err)
	f, err := d.OpenAttachment(a)
	d.w.check(err)
	defer f.Close()
	data, err := io.ReadAll(f)
	d.w.check(err)
	return data
}

// newest is the newest message of a conversation.
func (d *device) newest(conv id.Conversation) Message {
	d.w.Helper()
	page, err := d.Messages(d.w.Context(), conv, Page{Limit: 1})
	if err != nil || len(page) == 0 {
		d.w.Fatal("no message:", err)
	}
	return page[0]
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)}).Read(b)
	return b
}

// Files of many sizes arrive as they were, with names and kinds, at the recipient
// and on one's other device.
func TestFilesArrive(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		bob.say(alice, "hello")
		alice.receive()
		second := w.restore(alice)
		w.settle(second)
		for i, size := range []int{1, 540, 541, 16383, 100_000, 1_000_000} {
			data := noise(size)
			sent := alice.sent(bob, Draft{Text: "look", Files: []File{
				{Name: "/home/alice/../notes.bin", Content: bytes.NewReader(data)},
				{Name: "voice.m4a", Content: bytes.NewReader(data[:1]), Voice: true},
			}})
			if got := alice.content(sent, 0); !bytes.Equal(got, data) {
				w.Errorf("%d: one's own copy differs", size)
			}
			for name, d := range map[string]*device{"Bob": bob, "the other device": second} {
				d.receive()
				with := alice
				if d == second {
					with = bob
				}
				m := d.newest(d.with(with))
				if m.Text != "look" || len(m.Attachments) != 2 || m.Kind != store.KindMessage {
					w.Fatalf("%s: %+v", name, m.Message)
				}
				if a := m.Attachments[0]; a.Name != "notes.bin" || a.Size != int64(size) || a.Voice || a.File != "" {
					w.Errorf("%s, %d bytes: %+v", name, size, a)
				}
				if !m.Attachments[1].Voice {
					w.Errorf("%s, %d bytes: the second file is no voice message", name, size)
				}
				if err := d.Download(w.Context(), m.ID(), 0); err != nil {
					w.Fatalf("%s, %d bytes: %v", name, size, err)
				}
				if got := d.content(m, 0); !bytes.Equal(got, data) {
					w.Errorf("%s, %d bytes: the content differs: %x", name, size, sha256.Sum256(got))
				}
			}
			if i == 2 { // the other form from here on
				alice.newFiles = true
				alice.reopen()
			}
			if d := strings.HasSuffix(bob.newest(bob.with(alice)).Attachments[0].URL, "#d"); d != (i > 2) {
				w.Errorf("%d bytes: the deterministic form: %v", size, d)
			}
		}
	})
}

// A message with files that is written without a network is sent with the next
// run, once, and so is one whose upload was interrupted.
func TestFilesWaitForTheNetwork(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		data := noise(200_000)
		alice.unplugged.Store(true)
		alice.reopen()
		if _, err := alice.Send(w.Context(), alice.with(bob), Draft{Files: []File{{Name: "a", Content: bytes.NewReader(data)}}}); err != nil {
			w.Fatal(err)
		}
		if _, err := alice.Send(w.Context(), alice.with(bob), Draft{Text: "after it"}); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Minute)
		alice.reopen()
		alice.unplugged.Store(false)
		time.Sleep(10 * time.Minute)
		bob.receive()
		page, err := bob.Messages(w.Context(), bob.with(alice), Page{})
		if err != nil || len(page) != 2 || len(page[0].Attachments) != 1 || page[1].Text != "after it" {
			w.Fatalf("%+v, %v", page, err)
		}
		w.check(bob.Download(w.Context(), page[0].ID(), 0))
		if !bytes.Equal(bob.content(page[0], 0), data) {
			w.Error("the content differs")
		}
	})
}

// What cannot be sent is refused before anything is kept.
func TestFilesThatCannotBeSent(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		broken := errors.New("broken")
		for name, files := range map[string][]File{
			"empty":     {{Name: "a", Content: bytes.NewReader([]byte{1})}, {Name: "b", Content: bytes.NewReader(nil)}},
			"too large": {{Name: "a", Content: io.LimitReader(zeros{}, MaxFile+1)}},
			"too many":  make([]File, MaxFiles+1),
		} {
			if _, err := alice.Send(w.Context(), alice.with(alice), Draft{Text: name, Files: files}); !errors.Is(err, ErrInvalid) {
				w.Errorf("%s: %v", name, err)
			}
		}
		unreadable := io.MultiReader(bytes.NewReader([]byte{1}), failing{broken})
		if _, err := alice.Send(w.Context(), alice.with(alice), Draft{Files: []File{{Content: unreadable}}}); !errors.Is(err, broken) {
			w.Error(err)
		}
		if list, err := alice.db.Conversations(w.Context()); err != nil || len(list) != 0 {
			w.Error("something was kept", err)
		}
	})
}

// Files go along with what is forwarded, downloaded if they are not here yet.
func TestForwardedFiles(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		data := noise(1000)
		bob.sent(alice, Draft{Files: []File{
			{Name: "a.log", Content: bytes.NewReader(data)}, {Name: "b.m4a", Content: bytes.NewReader(data[:10]), Voice: true},
		}})
		alice.receive()
		got := alice.newest(alice.with(bob))
		draft, err := alice.Forward(w.Context(), got.ID())
		w.check(err)
		m := alice.sent(alice, draft)
		if len(m.Attachments) != 2 || m.Attachments[0].Name != "a.log" || m.Attachments[0].Voice || !m.Attachments[1].Voice || m.Quote != nil {
			t.Fatalf("%+v", m.Attachments)
		}
		if !bytes.Equal(alice.content(m, 0), data) || !bytes.Equal(alice.content(m, 1), data[:10]) {
			t.Error("the content differs")
		}
		w.check(alice.Delete(w.Context(), got.ID(), ForMe))
		if len(alice.content(m, 0)) != len(data) {
			t.Error("it went with the message that was forwarded")
		}
	})
}

// What a camera may have written goes along only if the user wants that.
func TestPhotosThatCannotBeCleaned(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		self := id.With(alice.id())
		place := "N 52.5 E 13.4"
		box := func(kind, body string) string {
			return string([]byte{0, 0, 0, byte(8 + len(body))}) + kind + body
		}
		raw, video := "II*\x00"+place, box("ftyp", "isom\x00\x00\x00\x00")+box("moov", box("udta", place))+box("mdat", "pictures")
		file := func(name, data string, asIs bool) Draft {
			return Draft{Files: []File{{Name: name, Content: strings.NewReader(data), AsIs: asIs}}}
		}
		for name, data := range map[string]string{"a.dng": raw, "broken.jpg": "\xff\xd8\xff\xe1" + place} {
			var telling *TellingError
			if _, err := alice.Send(w.Context(), self, file(name, data, false)); !errors.As(err, &telling) || telling.Name != name || !errors.Is(err, ErrInvalid) {
				w.Errorf("%s: %v", name, err)
			}
		}
		if list, err := alice.db.Conversations(w.Context()); err != nil || len(list) != 0 {
			w.Error("something was kept", err)
		}
		for _, tt := range []struct {
			name, data string
			asIs, told bool
		}{{"a.dng", raw, true, true}, {"a.mp4", video, true, true}, {"a.mp4", video, false, false}} {
			m, err := alice.Send(w.Context(), self, file(tt.name, tt.data, tt.asIs))
			w.check(err)
			got := string(alice.content(m, 0))
			if told := strings.Contains(got, place); told != tt.told || len(got) != len(tt.data) {
				w.Errorf("%+v: %q", tt, got)
			}
		}
	})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }
