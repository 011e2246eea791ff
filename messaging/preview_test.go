package messaging

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/attachment"
	"seance/messaging/attachment/picture"
	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/netfile"
	"seance/store"
)

// site is a site of the web, in the world.
type site struct {
	*httptest.Server
	w     *world
	asked int
}

func (w *world) site() *site {
	w.Helper()
	l, err := w.net.Listen("127.0.0.1:443")
	w.check(err)
	s := &site{w: w}
	photo := somePicture(w.T, 90)
	s.Server = &httptest.Server{Listener: l, Config: &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		s.asked++
		switch r.URL.Path {
		case "/tides":
			out.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(out, `<title>Tides</title><meta property="og:image" content="/photo.png">`)
		case "/photo.png":
			out.Header().Set("Content-Type", "image/png")
			_, _ = out.Write(photo)
		default:
			http.NotFound(out, r)
		}
	})}}
	s.StartTLS()
	return s
}

func (s *site) fetcher() *preview.Fetcher {
	return &preview.Fetcher{Roots: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return s.w.net.Dial(ctx, network, s.Listener.Addr().String())
	}}
}

// stored is what the file server has of a file.
func (d *device) stored(url string) []byte {
	d.w.Helper()
	u, err := attachment.ParseURL(url, d.file.FileServer)
	d.w.check(err)
	server, err := network.ParseServer(u.Server, u.X25519)
	d.w.check(err)
	blob, err := d.files.Download(d.w.Context(), server, u.ID, maxStored, nil)
	d.w.check(err)
	return blob
}

// A preview reaches the recipient, one's other device and a group with its image,
// in both forms, and goes on with what is forwarded. Nothing is asked unless somebody
// wants it.
func TestPreviewsArrive(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.site()
		defer s.Close()
		alice, bob := w.two()
		second := w.second(alice)
		g := w.garden(alice, bob, second)
		alice.previews = s.fetcher()
		const text = "look: https://example.com/tides, soon"
		for _, newer := range []bool{false, true} {
			alice.newFiles = newer
			alice.reopen()
			alice.sent(bob, Draft{Text: text})
			if s.asked != 0 {
				t.Fatal("the site was asked by sending")
			}
			p, err := alice.Preview(w.Context(), text)
			w.check(err)
			s.asked = 0
			for _, conv := range []id.Conversation{alice.with(bob), g.ID} {
				m, err := alice.Send(w.Context(), conv, Draft{Text: text, Preview: p})
				w.check(err)
				m, err = alice.Wait(w.Context(), m.ID())
				w.check(err)
				time.Sleep(time.Second)
				want := alice.content(m, store.PreviewIndex)
				if info, err := picture.Inspect(want); err != nil || info.ContentType != picture.PNG || m.Preview.Image.Width != info.Width || m.Preview.Image.ContentType != picture.PNG {
					t.Errorf("the image is %+v, %v", info, err)
				}
				blob := alice.stored(m.Preview.Image.URL)
				if n := 16 + (len(want)/16+1)*16 + 32; !newer && len(blob) != n {
					t.Errorf("%d bytes are stored of %d, want %d: nothing is padded", len(blob), len(want), n)
				}
				for name, d := range map[string]*device{"Bob": bob, "the other device": second} {
					w.round(d)
					with := conv
					if d == bob && conv != g.ID {
						with = bob.with(alice)
					}
					got := d.newest(with)
					if got.Text != text || got.Attachments != nil || got.Preview == nil || got.Preview.URL != "https://example.com/tides" || got.Preview.Title != "Tides" || got.Preview.Image == nil {
						t.Fatalf("%s: %+v, %+v", name, got.Message, got.Preview)
					}
					if got.Preview.Image.File != "" {
						t.Errorf("%s has the image without asking", name)
					}
					w.check(d.Download(w.Context(), got.ID(), store.PreviewIndex))
					if !bytes.Equal(d.content(got, store.PreviewIndex), want) {
						t.Errorf("%s: the image differs", name)
					}
				}
			}
		}
		draft, err := bob.Forward(w.Context(), bob.newest(bob.with(alice)).ID())
		w.check(err)
		if p := draft.Preview; p == nil || p.Title != "Tides" || len(p.Image) == 0 {
			t.Errorf("forwarded: %+v", p)
		}
		sent, err := bob.Send(w.Context(), id.With(bob.id()), draft)
		w.check(err)
		if p := sent.Preview; p == nil || p.Title != "Tides" || p.Image == nil || p.Image.URL != "" {
			t.Errorf("forwarded and sent: %+v", p)
		}
	})
}

// A site that is not there, a server that takes no file, a preview of something
// else: the text goes all the same.
func TestTheTextGoesWithoutThePreview(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.site()
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.Client.previews = s.fetcher()
		for _, text := range []string{"nothing", "http://example.com/tides", "https://example.com/none", "https://localhost/"} {
			if p, err := alice.Preview(w.Context(), text); !errors.Is(err, preview.ErrNone) {
				t.Errorf("%s: %+v, %v", text, p, err)
			}
		}
		p, err := alice.Preview(w.Context(), "https://example.com/tides")
		w.check(err)
		s.Close()
		if p, err := alice.Preview(w.Context(), "https://example.com/tides"); !errors.Is(err, preview.ErrNone) {
			t.Errorf("of a site that is gone: %+v, %v", p, err)
		}
		alice.sent(bob, Draft{Text: "https://other.example", Preview: p})
		alice.sent(bob, Draft{Text: "https://example.com/tides", Preview: &preview.Preview{URL: p.URL, Image: []byte("no image")}})
		alice.Client.file.FileServer = netfile.FileServer{}
		alice.sent(bob, Draft{Text: "https://example.com/tides", Preview: p})
		bob.receive()
		page, err := bob.Messages(w.Context(), bob.with(alice), Page{})
		w.check(err)
		if len(page) != 3 || page[0].Preview != nil || page[1].Preview != nil {
			t.Fatalf("%+v", page)
		}
		if p := page[2].Preview; p == nil || p.Title != "Tides" || p.Image != nil {
			t.Errorf("without a file server: %+v", p)
		}
	})
}

// What others say of a link counts only for a link that stands in their text.
func TestPreviewsOfOthers(t *testing.T) {
	pointer := func(url string) *sessionpb.AttachmentPointer {
		return &sessionpb.AttachmentPointer{DeprecatedId: proto.Uint64(0), Url: proto.String(url), Flags: proto.Uint32(1)}
	}
	said := func(url, title string, image *sessionpb.AttachmentPointer) *sessionpb.DataMessage_Preview {
		return &sessionpb.DataMessage_Preview{Url: proto.String(url), Title: proto.String(title), Image: image}
	}
	const a, text = "https://a.example/x", "see https://a.example/x and https://b.example"
	for name, c := range map[string]struct {
		said  []*sessionpb.DataMessage_Preview
		title string // "-": none
		image bool
	}{
		"nothing":             {nil, "-", false},
		"a title":             {[]*sessionpb.DataMessage_Preview{said(a, "A", nil)}, "A", false},
		"an image":            {[]*sessionpb.DataMessage_Preview{said(a, "", pointer("http://f/file/1"))}, "", true},
		"both":                {[]*sessionpb.DataMessage_Preview{said(a, "A", pointer("http://f/file/1"))}, "A", true},
		"neither":             {[]*sessionpb.DataMessage_Preview{said(a, "", pointer(""))}, "-", false},
		"another link":        {[]*sessionpb.DataMessage_Preview{said("https://c.example", "C", nil)}, "-", false},
		"a part of a link":    {[]*sessionpb.DataMessage_Preview{said("https://a.exam", "C", nil)}, "-", false},
		"no link":             {[]*sessionpb.DataMessage_Preview{said("see", "C", nil)}, "-", false},
		"the second counts":   {[]*sessionpb.DataMessage_Preview{said("https://c.example", "C", nil), said("https://b.example", "B", nil)}, "B", false},
		"an endless title":    {[]*sessionpb.DataMessage_Preview{said(a, strings.Repeat("é", 1<<16), nil)}, strings.Repeat("é", 2*preview.MaxTitle), false},
		"no UTF-8":            {[]*sessionpb.DataMessage_Preview{said(a, "\xff", nil), said("\xff", "A", nil)}, "\uFFFD", false},
		"too many to look at": {append(make([]*sessionpb.DataMessage_Preview, mostPreviews), said(a, "A", nil)), "-", false},
	} {
		got := previewOf(c.said, text)
		switch {
		case c.title == "-":
			if got != nil {
				t.Errorf("%s: %+v", name, got)
			}
		case got == nil || got.Title != c.title || (got.Image != nil) != c.image:
			t.Errorf("%s: %+v", name, got)
		case got.Image != nil && (got.Image.Index != store.PreviewIndex || got.Image.Voice):
			t.Errorf("%s: the image is %+v", name, got.Image)
		}
	}
}
