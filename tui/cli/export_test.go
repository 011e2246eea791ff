package cli

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// history makes a person with a contact who wrote, among others, what has
// disappeared and what will, and an attachment that is here, one that is not,
// and one that is damaged. It returns the contact's ID.
func history(p *person) string {
	p.t.Helper()
	p.create("Alice")
	s, err := store.Open(p.t.Context(), p.profile(), store.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer s.Close()
	bob := id.Account{id.PrefixAccount, 1}
	now := time.Now().UnixMilli()
	message := func(ms int64, text string, change func(*store.Message)) store.Message {
		m := store.Message{
			Conversation: id.With(bob), Author: bob.Sender(), Direction: store.In, TimestampMS: ms, Kind: store.KindMessage, Text: text,
		}
		if change != nil {
			change(&m)
		}
		return m
	}
	files := make([]store.Attachment, 3)
	for i, name := range []string{"../../note.txt", "song.ogg", "damaged.bin"} {
		files[i] = store.Attachment{Index: i, Name: name, Size: 12}
		if i == 1 {
			continue
		}
		if files[i].File, files[i].FileKey, err = s.SaveAttachment(strings.NewReader("the content\n"), rand.Reader); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Attachments(), files[2].File), []byte("something else"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	err = s.Update(p.t.Context(), func(tx *store.Tx) error {
		err := tx.PutConversation(store.Conversation{ID: id.With(bob), Kind: id.KindContact, Name: "Bob \x1b[31m/../", Approved: true})
		for _, m := range []store.Message{
			message(now-5000, "first\x1b[2J", nil),
			message(now-4000, "has disappeared", func(m *store.Message) {
				m.Expire = store.Expire{Mode: store.ExpireAfterSend, Seconds: 1, AtMS: now - 1000}
			}),
			message(now-3000, "will disappear", func(m *store.Message) {
				m.Expire = store.Expire{Mode: store.ExpireAfterRead, Seconds: 3600, AtMS: now + 3_600_000}
			}),
		} {
			_, _, inserted := tx.InsertMessage(m)
			err = errors.Join(err, inserted)
		}
		row, _, inserted := tx.InsertMessage(message(now-2000, "see", nil))
		err = errors.Join(err, inserted)
		for _, a := range files {
			err = errors.Join(err, tx.PutAttachment(row, a))
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return bob.String()
}

func TestExport(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	bob := history(p)
	text := p.ok("export", bob).out
	for _, want := range []string{"first", "will disappear", "(disappears 2", "[../../note.txt, 12 B]", "[song.ogg, 12 B, not downloaded]"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text is without %q: %s", want, text)
		}
	}
	if strings.Contains(text, "has disappeared") || strings.Contains(text, "\x1b") {
		t.Errorf("the text is %q", text)
	}
	if page := p.ok("export", bob, "--format", "html").out; !strings.Contains(page, "<!DOCTYPE html>") || strings.Contains(page, "has disappeared") {
		t.Errorf("the page is %q", page)
	}
	list := p.ok("export", bob, "--json").objects()
	if got := texts(list); len(got) != 3 || got[0] != "first\x1b[2J" {
		t.Errorf("JSON has the texts %q", got)
	}
	same := p.ok("messages", bob, "--json").objects()
	for field, value := range same[0] {
		if other, ok := list[0][field]; !ok || other == nil != (value == nil) {
			t.Errorf("%q is %v, and not %v as messages has it", field, other, value)
		}
	}
	if out := p.ok("export", "me").out; !strings.HasPrefix(out, "Note to self\n") {
		t.Errorf("the empty note to self is %q", out)
	}
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 1 {
		t.Errorf("besides the profile there is %v, %v", left, err)
	}
}

func TestExportToADirectory(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	bob := history(p)
	r := p.run("export", "--all", "--out", "out", "--json").is(1).says("1 attachment could not be read")
	o := r.object()
	if o.text("conversation") != bob || o["messages"] != number(3) || o["attachments"] != number(1) || o["absent"] != number(1) || o["damaged"] != number(1) {
		t.Errorf("%v", o)
	}
	file := o.text("file")
	if filepath.Dir(file) != filepath.Join(p.dir, "out") {
		t.Errorf("the file is %q", file)
	}
	content, err := filepath.Glob(filepath.Join(p.dir, "out", "*", "*"))
	if err != nil || len(content) != 1 {
		t.Fatalf("%v, %v", content, err)
	}
	if b, err := os.ReadFile(content[0]); err != nil || string(b) != "the content\n" {
		t.Errorf("%q, %v", b, err)
	}
	if out := p.run("export", bob, "--out", "out", "--format", "json").is(1).out; !strings.Contains(out, "3 messages, 1 attachment (1 more not on this device) -> ") || strings.Contains(out, "\x1b") {
		t.Errorf("it said %q", out)
	}
	if b, err := os.ReadFile(filepath.Join(p.dir, "out", "Bob-31m-2.json")); err != nil || !strings.Contains(string(b), `"file":"Bob-31m-2-files/m4-0-note.txt"`) {
		names, _ := filepath.Glob(filepath.Join(p.dir, "out", "*"))
		t.Errorf("%v: %s, %v", names, b, err)
	}
}
