package app_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/preview"
	"seance/tui/app"
)

// web has a site called example.com, which previews are asked of, and counts how
// often its pages were.
func (w *world) web() (asked *atomic.Int32) {
	w.Helper()
	l, err := w.net.Listen("127.0.0.1:443")
	w.check(err)
	picture, err := io.ReadAll(photo(w.T, 320, 200).Content)
	w.check(err)
	asked = new(atomic.Int32)
	s := &httptest.Server{Listener: l, Config: &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/photo.png":
			out.Header().Set("Content-Type", "image/png")
			_, _ = out.Write(picture)
		case "/tides":
			asked.Add(1)
			out.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(out, "<title>Tides and times of \x1b[2Jthe whole coast, with a map</title><meta property=og:image content=/photo.png>")
		default:
			asked.Add(1)
			http.NotFound(out, r)
		}
	})}}
	s.StartTLS()
	w.Cleanup(s.Close)
	w.previews = &preview.Fetcher{Roots: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return w.net.Dial(ctx, network, l.Addr().String())
	}}
	return asked
}

// arrived is the newest message that a client has from another, once it has asked.
func (w *world) arrived(c, from *messaging.Client) messaging.Message {
	w.Helper()
	w.check(c.Receive(w.Context()))
	return w.last(c, from)
}

// TestPreviews: with the setting, a link that is written gets its preview after a
// rest, once; a key leaves it off; the other side sees it, with its picture.
func TestPreviews(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			asked := w.web()
			alice, bob := w.client("Alice"), w.client("Bob")
			w.say(alice, bob, "hello")
			w.say(bob, alice, "hello too")
			s := w.open(width, height, app.Options{Client: alice, Open: with(bob), LinkPreviews: true})
			s.settle()
			s.typed("see https://example.com/ti")
			if asked.Load() != 0 {
				w.Fatal("a link was asked about that is not written to the end")
			}
			s.typed("des now")
			s.hides("Tides")
			time.Sleep(2 * time.Second)
			s.settle()
			s.shows("Tides and times", "example.com  Alt-L leaves it off", "› see https://example.com/tides now")
			s.press("alt+l")
			s.hides("Tides", "Alt-L")
			s.press("alt+l")
			s.shows("Tides and times", "Alt-L leaves it off")
			if n := asked.Load(); n != 1 {
				w.Errorf("the site was asked %d times", n)
			}
			s.press("alt+l", "enter")
			s.wait()
			if m := w.arrived(bob, alice); m.Preview != nil || m.Text != "see https://example.com/tides now" {
				w.Errorf("what was left off arrives: %+v", m.Preview)
			}
			s.typed("https://example.com/tides again")
			s.shows("Tides and times")
			s.press("enter")
			s.hides("Alt-L")
			s.wait()
			m := w.arrived(bob, alice)
			if m.Preview == nil || m.Preview.Image == nil || m.Preview.Image.File != "" || m.Text != "https://example.com/tides again" {
				w.Fatalf("Bob has %+v", m.Message)
			}
			s.shows("│ Tides and times of the whole coast, with a map", "│ example.com")
			s.quit()

			b := w.open(width, height, app.Options{Client: bob, Open: with(alice), Environ: truecolour})
			b.press("esc", "G")
			b.wait()
			b.shows("│ example.com")
			if rows := b.pictureRows(); len(rows) < 4 {
				w.Errorf("the picture is not shown: rows %v\n%s", rows, b.text())
			}
			b.press("v")
			b.shows("image.jpg")
			b.quit()
			off := w.open(width, height, app.Options{Client: bob, Open: with(alice), Environ: truecolour, NoImages: true})
			off.shows("│ Tides and times of the whole coast, with a map", "│ example.com")
			off.hides("image.jpg")
			if rows := off.pictureRows(); len(rows) > 0 {
				w.Errorf("a picture in rows %v", rows)
			}
		})
	})
}

// TestPreviewsOnRequest: without the setting no site is asked but for a key, and
// for the next message not again.
func TestPreviewsOnRequest(t *testing.T) {
	online(t, func(w *world) {
		asked := w.web()
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "hello")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob)})
		s.settle()
		s.typed("https://example.com/tides")
		s.wait()
		s.hides("Tides")
		if asked.Load() != 0 {
			w.Fatal("a site was asked that nobody wanted to ask")
		}
		s.press("alt+l")
		s.shows("Tides and times", "Alt-L leaves it off")
		s.press("enter")
		s.wait()
		if m := w.arrived(bob, alice); m.Preview == nil || m.Preview.URL != "https://example.com/tides" {
			w.Errorf("Bob has %+v", m.Preview)
		}
		s.typed("https://example.com/tides")
		s.wait()
		s.hides("Alt-L")
		s.press("enter")
		s.typed("https://example.com/none")
		s.press("alt+l")
		s.shows("No preview: the site answers 404", "› https://example.com/none")
		s.press("enter")
		s.wait()
		w.arrived(bob, alice)
		list, err := bob.Messages(w.Context(), with(alice), messaging.Page{Limit: 2})
		if err != nil || len(list) != 2 || list[0].Preview != nil || list[1].Text != "https://example.com/none" || list[1].Preview != nil || asked.Load() != 2 {
			w.Errorf("%+v, %v, %d", list, err, asked.Load())
		}
	})
}

// TestPreviewIsTakenBack: what comes back into the composer has its preview again.
func TestPreviewIsTakenBack(t *testing.T) {
	online(t, func(w *world) {
		w.web()
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "hello")
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob), Undo: 10 * time.Second})
		s.settle()
		s.typed("https://example.com/tides")
		s.press("alt+l", "enter")
		s.shows("Going out: https://example.com/tides")
		s.hides("Alt-L")
		s.press("ctrl+z")
		s.shows("› https://example.com/tides", "Tides and times", "Alt-L leaves it off")
	})
}

// TestPreviewOfStranger: its picture waits until it is asked for.
func TestPreviewOfStranger(t *testing.T) {
	online(t, func(w *world) {
		w.web()
		alice, eve := w.client("Alice"), w.client("Eve")
		const text = "https://example.com/tides"
		p, err := eve.Preview(w.Context(), text)
		w.check(err)
		if _, err := eve.Send(w.Context(), with(alice), messaging.Draft{Text: text, Preview: p}); err != nil {
			w.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		s := w.open(100, 30, app.Options{Client: alice, Open: with(eve), Environ: truecolour})
		s.wait()
		s.shows("│ Tides and times", "│ [image.jpg", "press v to trust and show")
		if w.last(alice, eve).Preview.Image.File != "" {
			w.Error("the picture was fetched before anybody wanted it")
		}
		s.press("esc", "v")
		s.wait()
		s.shows("image.jpg")
		s.press("esc")
		s.wait()
		s.hides("press v")
		if len(s.pictureRows()) == 0 || w.last(alice, eve).Preview.Image.File == "" {
			w.Errorf("the picture is not shown:\n%s", s.text())
		}
	})
}
