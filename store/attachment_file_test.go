package store

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seance/messaging/secret"
	"seance/store/vault"
)

// saved puts a file into the profile, as the attachment of a message.
func saved(t testing.TB, s *Store, message int64, index int, content string) Attachment {
	t.Helper()
	file, key, err := s.SaveAttachment(strings.NewReader(content), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := Attachment{Index: index, Name: "name", ContentType: "text/plain", Size: int64(len(content)), File: file, FileKey: key}
	update(t, s, func(tx *Tx) error { return tx.PutAttachment(message, a) })
	return a
}

func TestAttachmentFiles(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	row := insert(t, s, received(1, 1, "see"))
	content := strings.Repeat("plain text ", 20_000)
	saved(t, s, row, 0, content)
	saved(t, s, row, 1, "")
	m, err := s.Message(t.Context(), row)
	if err != nil || len(m.Attachments) != 2 {
		t.Fatalf("%d attachments, %v", len(m.Attachments), err)
	}
	for i, want := range []string{content, ""} {
		f, err := s.OpenAttachment(m.Attachments[i])
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != want || f.Size() != int64(len(want)) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(s.Attachments(), m.Attachments[0].File)
	b, err := os.ReadFile(file)
	if err != nil || bytes.Contains(b, []byte("plain")) {
		t.Errorf("the file is readable, %v", err)
	}
	for name, want := range map[string]os.FileMode{s.Attachments(): 0o700, file: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := s.OpenAttachment(m.Attachments[0]); err != nil {
		t.Error(err)
	} else if _, err := io.Copy(io.Discard, f); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	} else {
		f.Close()
	}
	for _, name := range []string{"", strings.Repeat("0", 32), "../" + fileName, "x"} {
		if _, err := s.OpenAttachment(Attachment{File: name, FileKey: secret.New(make([]byte, 32))}); !errors.Is(err, ErrNotFound) {
			t.Errorf("a file called %q: %v", name, err)
		}
	}
}

func TestAnAttachmentThatCannotBeReadLeavesNothing(t *testing.T) {
	s := openTest(t, t.TempDir())
	cause := errors.New("cause")
	broken := io.MultiReader(strings.NewReader("beginning"), failing{cause})
	if _, _, err := s.SaveAttachment(broken, rand.Reader); !errors.Is(err, cause) {
		t.Errorf("SaveAttachment: %v", err)
	}
	if left := filesBelow(t, s.Attachments()); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
