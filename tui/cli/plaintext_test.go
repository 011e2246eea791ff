package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
	"seance/store"
)

// needle is something that must not be found on the disk.
type needle struct {
	what  string
	bytes []byte
}

// haystack looks for what a profile knows in the files that it may have left.
type haystack struct {
	t       *testing.T
	needles []needle
	dirs    []string
	files   int   // that were looked at
	bytes   int64 // in them
}

func (h *haystack) add(what string, forms ...[]byte) {
	for _, b := range forms {
		h.needles = append(h.needles, needle{what, b})
	}
}

// text adds a text and each of its long words, as it is and as an index has it.
func (h *haystack) text(what, text string) {
	h.add(what, []byte(text))
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" .", r) }) {
		if len(word) > 6 {
			h.add("a word of "+what, []byte(word), []byte(strings.ToLower(word)), []byte(strings.ToUpper(word)))
		}
	}
}

// key adds bytes as they are, turned around, and in what they may be written in.
func (h *haystack) key(what string, b []byte) {
	around := slices.Clone(b)
	slices.Reverse(around)
	for _, b := range [][]byte{b, around} {
		h.add(what, b, []byte(hex.EncodeToString(b)), []byte(strings.ToUpper(hex.EncodeToString(b))),
			[]byte(base64.RawStdEncoding.EncodeToString(b)), []byte(base64.RawURLEncoding.EncodeToString(b)))
	}
}

// account adds an Account ID, with and without its prefix.
func (h *haystack) account(what, accountID string) {
	h.t.Helper()
	b, err := hex.DecodeString(accountID)
	if err != nil || len(b) != id.Size {
		h.t.Fatal(err)
	}
	h.key(what, b)
	h.key(what, b[1:])
}

// found are the needles in some content.
func (h *haystack) found(content []byte) (what []string) {
	for _, n := range h.needles {
		if bytes.Contains(content, n.bytes) {
			what = append(what, n.what)
		}
	}
	return slices.Compact(what)
}

// search looks into every file below the directories. Files may come and go.
func (h *haystack) search(when string) {
	h.t.Helper()
	for _, dir := range h.dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
				return nil
			}
			if err == nil {
				err = h.file(when, name, name)
			}
			return err
		})
		if err != nil {
			h.t.Error(err)
		}
	}
}

func (h *haystack) file(when, name, path string) error {
	h.t.Helper()
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	h.files++
	h.bytes += int64(len(content))
	for _, what := range h.found(content) {
		h.t.Errorf("%s: %s has %s", when, name, what)
	}
	for _, what := range h.found([]byte(name)) {
		h.t.Errorf("%s: a file is called %s, which is %s", when, name, what)
	}
	return err
}

// open looks into the files that a process has open, removed ones too, as far
// as the system shows them.
func (h *haystack) open(when string, pid int) {
	h.t.Helper()
	fds := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(fds)
	if err != nil {
		return
	}
	for _, e := range entries {
		path := filepath.Join(fds, e.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		name, err := os.Readlink(path)
		if err != nil || strings.HasPrefix(name, "/dev/") {
			continue
		}
		_ = h.file(when, name, path) // as far as it can be read
	}
}

// TestNothingIsReadableOnTheDisk uses a profile in all ways that leave something
// on the disk and looks, all the while and afterwards, for what it knows.
func TestNothingIsReadableOnTheDisk(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	bob := newPerson(t, n.on())
	bobID := bob.create("Bobolink Featherstonehaugh")
	alice := newPerson(t, n.on())
	tmp := t.TempDir()
	alice.environ = append(alice.environ, "TMPDIR="+tmp, "GOTRACEBACK=crash")
	h := &haystack{t: t, dirs: []string{alice.dir, tmp}}

	made := alice.ok("account", "create", "--name", "Alice Quokkasdaughter", "--json", "--show-recovery-phrase").object()
	phrase := made.text("recovery_phrase")
	seed, err := identity.ParsePhrase(phrase)
	if err != nil {
		t.Fatal(err)
	}
	keys := seed.Keys()
	h.add("the recovery phrase", []byte(phrase), []byte(strings.Join(strings.Fields(phrase)[:3], " ")))
	h.key("the seed", seed.Expose())
	h.key("the key for signatures", keys.Seed().Expose())
	h.key("the key for encryption", keys.X25519().Bytes())
	public := keys.Ed25519()
	h.key("the public key", public[:])
	h.account("the Account ID", made.text("account_id"))
	h.account("a contact's Account ID", bobID)
	h.text("a display name", "Alice Quokkasdaughter")
	h.text("a contact's name", "Bobolink Featherstonehaugh")
	h.text("a nickname", "Twitterpated Nachtigall")
	h.text("a text that was sent", "Meet me at the Observatorium")
	h.text("a text that was received", "Bring the Astrolabium and Zwetschgenkuchen")
	h.text("a text in the outbox", "Unverzustellbar mailbag")
	h.text("a draft", "Halbfertige Gedankengänge")
	h.text("a file's name", "Urlaubsfotographie Wombat.jpeg")
	h.text("a file's content", "Dreikäsehoch smorgasbord")
	h.text("another file's name", "Sprachnachricht-Mockingbird.ogg")
	h.text("a note", "Passwort: Schnabeltier")
	for _, n := range h.needles {
		if h.found(n.bytes) == nil || len(n.bytes) < 7 {
			t.Fatalf("%s would not be found", n.what)
		}
	}

	// What is written on the command line is so in a process that is gone; the
	// log has all that it can have.
	debug := func(args ...string) []string { return append([]string{"--log-level", "debug"}, args...) }
	alice.ok(debug("send", bobID, "Meet me at the Observatorium")...)
	bob.ok("receive")
	bob.ok("send", "Alice Quokkasdaughter", "Bring the Astrolabium and Zwetschgenkuchen")
	alice.ok(debug("receive")...)
	alice.ok(debug("send", "me", "Passwort: Schnabeltier")...)
	h.search("after commands")

	// A real process, while it runs and after it was killed.
	running := alice.start(debug("chatter", bobID, "Meet me at the Observatorium", "--json")...)
	for range 30 {
		if _, ok := <-running.lines; !ok {
			t.Fatalf("the program ended: %s", &running.errors)
		}
	}
	h.search("while it runs")
	h.open("while it runs", running.cmd.Process.Pid)
	running.killedAfter(0, 0)
	h.search("after it was killed")
	for _, signal := range []os.Signal{syscall.SIGABRT, syscall.SIGQUIT} {
		running = alice.start(debug("chatter", bobID, "Meet me at the Observatorium", "--json")...)
		for range 5 {
			<-running.lines
		}
		_ = running.cmd.Process.Signal(signal)
		running.killedAfter(0, time.Second)
		h.search(fmt.Sprint("after ", signal))
		for _, what := range h.found([]byte(running.errors.String())) {
			t.Errorf("after %v: the crash output has %s", signal, what)
		}
	}

	// What a screen leaves: drafts, searches, what cannot be sent.
	c := alice.opened(keys)
	n.stop()
	ctx := t.Context()
	with := id.Conversation(bobID)
	if err := c.SetDraftText(ctx, with, "Halbfertige Gedankengänge"); err != nil {
		t.Error(err)
	}
	m, err := c.Send(ctx, with, messaging.Draft{Text: "Unverzustellbar mailbag"})
	if err != nil {
		t.Error(err)
	}
	for _, words := range []string{"Astrolabium", "Observatorium", "schnabel", `"bring the"`, "Zwetschg"} {
		if hits, err := c.Search(ctx, messaging.Query{Text: words}); err != nil || len(hits) == 0 {
			t.Errorf("%d hits for %s, %v", len(hits), words, err)
		}
	}
	h.search("with drafts and searches")
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	alice.attach(m)
	h.search("with attachments")
	for _, args := range [][]string{{"messages", bobID}, {"conversations"}, {"events"}, {"search", "Astrolabium"}} {
		alice.ok(debug(args...)...)
	}
	h.search("without a passphrase")

	// The key that lay there is nowhere once there is a passphrase, and neither
	// of them is anywhere after that.
	h.add("the unprotected key", unprotectedKey(t, alice.profile()))
	h.text("the passphrase", "Gallimaufry und Kauderwelsch")
	h.text("the second passphrase", "Rhabarberbarbara hullabaloo")
	passphrases := t.TempDir()
	files := []string{filepath.Join(passphrases, "first"), filepath.Join(passphrases, "second")}
	for i, text := range []string{"Gallimaufry und Kauderwelsch\n", "Rhabarberbarbara hullabaloo\n"} {
		if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set := alice.start(debug("passphrase", "set", "--new-passphrase-file", files[0])...)
	set.killedAfter(0, time.Minute)
	if !set.cmd.ProcessState.Success() {
		t.Fatalf("passphrase set: %s", &set.errors)
	}
	h.search("with a passphrase")
	alice.run("messages", bobID, "--passphrase-file", files[1]).is(5)
	alice.ok(debug("passphrase", "change", "--rekey", "--passphrase-file", files[0], "--new-passphrase-file", files[1])...)
	h.search("with another key")
	if got := texts(alice.ok("messages", "me", "--json", "--passphrase-file", files[1]).objects()); len(got) != 1 {
		t.Errorf("there are the notes %q", got)
	}
	_, err = store.Backup(t.Context(), alice.profile(), filepath.Join(alice.dir, "backup"), store.BackupOptions{
		Passphrase: func(context.Context, bool) (secret.Bytes, error) {
			return secret.New([]byte("Rhabarberbarbara hullabaloo")), nil
		},
	})
	if err != nil {
		t.Error(err)
	}
	h.search("in the end")
	if h.files < 50 || h.bytes < 10<<20 {
		t.Errorf("only %d bytes in %d files", h.bytes, h.files)
	}
	t.Logf("%d forms of secrets, in %d files of %d bytes", len(h.needles), h.files, h.bytes)
}

// unprotectedKey is what a profile's key file says of its key.
func unprotectedKey(t *testing.T, profile string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(profile, "key.json"))
	if err != nil {
		t.Fatal(err)
	}
	var longest []byte
	for _, word := range bytes.Split(b, []byte{'"'}) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	if len(longest) < 32 {
		t.Fatalf("there is no key in %s", b)
	}
	return longest
}

// opened opens the person's profile in this process.
func (p *person) opened(keys *identity.Keys) *messaging.Client {
	p.t.Helper()
	c, err := messaging.Open(p.t.Context(), messaging.Options{Dir: p.profile()})
	if err != nil {
		p.t.Fatal(err)
	}
	if c.Self().Account != keys.Account() {
		p.t.Error("this is another account")
	}
	return c
}

// attach gives a message two attachments, one of which is here, and its
// conversation a nickname, and looks into the file while the database is open.
func (p *person) attach(m messaging.Message) {
	t := p.t
	s, err := store.Open(t.Context(), p.profile(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file, key, err := s.SaveAttachment(strings.NewReader(strings.Repeat("Dreikäsehoch smorgasbord ", 10_000)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		v, err := tx.Conversation(m.Conversation)
		if err != nil {
			return err
		}
		v.Nickname = "Twitterpated Nachtigall"
		return errors.Join(tx.PutConversation(v),
			tx.PutAttachment(m.Row, store.Attachment{Name: "Urlaubsfotographie Wombat.jpeg", ContentType: "image/jpeg", File: file, FileKey: key}),
			tx.PutAttachment(m.Row, store.Attachment{Index: 1, Name: "Sprachnachricht-Mockingbird.ogg", Voice: true}))
	})
	if err != nil {
		t.Error(err)
	}
	a, err := s.OpenAttachment(store.Attachment{File: file, FileKey: key})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, io.NewSectionReader(a, 0, 1<<30)); err != nil || n != 250_000+10_000 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := errors.Join(a.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}
