package messaging

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"seance/store"
)

func TestSafeName(t *testing.T) {
	long := strings.Repeat("x", 300)
	for in, want := range map[string]string{
		"build.log": "build.log", "my  holiday (1).JPG": "my holiday (1).JPG", "Zoë 山田.txt": "Zoë 山田.txt",
		"../../etc/passwd": "passwd", `C:\Users\a.txt`: "a.txt", "/": "file", "..": "file", "": "file", "a/": "file",
		".bashrc": "bashrc", "...": "file", "-rf": "rf", ". -x": "x", "a\x00b\x1b[2J": "ab[2J", "user\u202egnp.exe": "usergnp.exe",
		"a\nb": "a b", "x. ": "x", "a:b?c": "a-b-c", "\xff.txt": "txt", "nul": "_nul", "COM1.txt": "_COM1.txt", "con.tar.gz": "_con.tar.gz",
		"COM10.txt": "COM10.txt", "console": "console", "\u200b\u2066": "file",
		long + ".png": long[:longestSavedName-4] + ".png", strings.Repeat("é", 200): strings.Repeat("é", longestSavedName/2),
	} {
		if got := SafeName(store.Attachment{Name: in}); got != want {
			t.Errorf("SafeName(%.40q) = %q, want %q", in, got, want)
		}
	}
	for want, a := range map[string]store.Attachment{
		"voice message.m4a": {Voice: true, ContentType: "audio/mp4"},
		"image.jpg":         {ContentType: "image/jpeg"},
		"image":             {ContentType: "image/x-odd"},
		"file.pdf":          {Name: "..", ContentType: "application/pdf"},
	} {
		if got := SafeName(a); got != want {
			t.Errorf("SafeName(%+v) = %q, want %q", a, got, want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("../../etc/passwd")
	f.Add("a\u202eb.exe")
	f.Add(".. . -con .txt")
	f.Fuzz(func(t *testing.T, s string) {
		name := SafeName(store.Attachment{Name: s})
		control := strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) })
		if name == "" || !filepath.IsLocal(name) || name != filepath.Base(name) || len(name) > longestSavedName+1 ||
			control || strings.ContainsAny(name, `/\:`) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") || reserved(name) {
			t.Errorf("%q became %q", s, name)
		}
	})
}

// Nothing is overwritten, nothing is followed out of the directory, and what
// could not be written whole is not there.
func TestSaveAs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	outside := filepath.Join(t.TempDir(), "outside")
	for i, want := range []string{"a.tar.gz", "a.tar (2).gz", "a.tar (4).gz"} {
		if i == 2 {
			if err := os.Symlink(outside, filepath.Join(dir, "a.tar (3).gz")); err != nil {
				t.Skip(err)
			}
		}
		name, err := saveAs(dir, "a.tar.gz", strings.NewReader(want))
		if err != nil || name != want {
			t.Fatalf("%q, %v; want %q", name, err, want)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "a.tar.gz")); err != nil || string(b) != "a.tar.gz" {
		t.Errorf("the first file is %q, %v", b, err)
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a link was followed")
	}
	if _, err := saveAs(dir, "broken", brokenReader{}); err == nil {
		t.Error("what cannot be read was saved")
	}
	if _, err := os.Stat(filepath.Join(dir, "broken")); err == nil {
		t.Error("half a file stays behind")
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, os.ErrInvalid }

// A file that is saved is downloaded first, and its sender is told, once they are
// a contact.
func TestSaveTells(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		data := noise(5000)
		alice.sent(bob, Draft{Files: []File{{Name: "../x.bin", Content: bytes.NewReader(data)}}})
		bob.receive()
		dir, m := w.TempDir(), bob.newest(bob.with(alice))
		save := func(want string) {
			path, err := bob.Save(w.Context(), m.ID(), 0, dir)
			w.check(err)
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) || path != filepath.Join(dir, want) {
				w.Errorf("%s holds %d bytes, %v", path, len(got), err)
			}
		}
		save("x.bin")
		w.exchange(alice, bob)
		if told := alice.newest(alice.with(bob)); told.Kind != store.KindMessage {
			w.Errorf("Alice is told of a stranger: %q", told.Text)
		}
		w.check(bob.Accept(w.Context(), alice.id()))
		save("x (2).bin")
		w.exchange(alice, bob)
		if told := alice.newest(alice.with(bob)); told.Kind != store.KindInfo || !strings.Contains(told.Text, "saved") {
			w.Errorf("Alice is told %q", told.Text)
		}
	})
}
