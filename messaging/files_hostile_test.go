package messaging

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"

	"seance/messaging/secret"
	"seance/store"
)

// What a stranger says of a file costs a line at most: nothing is kept, the next
// file comes as if nothing had been.
func TestHostileFiles(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		data := noise(1000)
		bob.sent(alice, Draft{Files: []File{{Name: "a", Content: bytes.NewReader(data)}}})
		alice.receive()
		m := alice.newest(alice.with(bob))
		good := m.Attachments[0]

		// A server of the stranger's own, to which an ID leads, never ends.
		endless, err := w.net.Listen("10.6.6.6:80")
		w.check(err)
		asked := make(chan struct{}, 100)
		server := http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
			asked <- struct{}{}
			for chunk := make([]byte, 1<<20); ; {
				if _, err := out.Write(chunk); err != nil {
					return
				}
			}
		})}
		defer server.Close()
		go func() { _ = server.Serve(endless) }()
		ed25519 := mustSeed(w.T, "evil").Keys().Ed25519()
		evilKey := hex.EncodeToString(ed25519[:])

		for name, change := range map[string]func(*store.Attachment){
			"another size":       func(a *store.Attachment) { a.Size = 5000 },
			"no size":            func(a *store.Attachment) { a.Size = 0 },
			"a huge size":        func(a *store.Attachment) { a.Size = 1 << 40 },
			"another key":        func(a *store.Attachment) { a.Key = secret.New(make([]byte, 64)) },
			"a short key":        func(a *store.Attachment) { a.Key = secret.New([]byte{1}) },
			"another digest":     func(a *store.Attachment) { a.Digest = make([]byte, 32) },
			"no digest":          func(a *store.Attachment) { a.Digest = nil },
			"a short digest":     func(a *store.Attachment) { a.Digest = a.Digest[:31] },
			"the other form":     func(a *store.Attachment) { a.URL += "#d" },
			"a path":             func(a *store.Attachment) { a.URL = "file:///etc/passwd" },
			"a path on the host": func(a *store.Attachment) { a.URL = strings.Replace(a.URL, "/file/", "/file/../", 1) },
			"a foreign host":     func(a *store.Attachment) { a.URL = "http://evil.example/file/1" },
			"a host of its own":  func(a *store.Attachment) { a.URL = "http://10.6.6.7/file/1#p=" + evilKey },
			"an endless body":    func(a *store.Attachment) { a.URL = "http://10.6.6.6/file/1#p=" + evilKey },
			"a file that is not": func(a *store.Attachment) { a.URL = a.URL[:len(a.URL)-5] + "AAAAA" },
			"lines in the URL":   func(a *store.Attachment) { a.URL = "http://\n\x1b[2J\n" },
			"no URL":             func(a *store.Attachment) { a.URL = "" },
		} {
			a := good
			change(&a)
			w.check(alice.db.Update(w.Context(), func(tx *store.Tx) error { return tx.PutAttachment(m.Row, a) }))
			read := alice.reads.Load()
			err := alice.Download(w.Context(), m.ID(), 0)
			if err == nil || strings.ContainsAny(err.Error(), "\n\x1b") {
				w.Errorf("%s: %v", name, err)
			}
			// Three attempts of what a server may keep, in base64.
			if read = alice.reads.Load() - read; read > 4*maxStored {
				w.Errorf("%s: %d bytes were read", name, read)
			}
			if now := alice.newest(alice.with(bob)); now.Attachments[0].File != "" {
				w.Errorf("%s: %+v", name, now.Attachments)
			}
		}
		if len(asked) == 0 {
			w.Error("the endless server was never asked")
		}
		if err := alice.Download(w.Context(), m.ID(), 7); !errors.Is(err, ErrUnknown) {
			w.Error(err)
		}
		w.check(alice.db.Update(w.Context(), func(tx *store.Tx) error { return tx.PutAttachment(m.Row, good) }))
		if err := alice.Download(w.Context(), m.ID(), 0); err != nil || !bytes.Equal(alice.content(m, 0), data) {
			w.Errorf("the file itself: %v", err)
		}
	})
}
