package preview

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/color"
	"image/png"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	img "image"

	"seance/messaging/attachment/picture"
)

// site is an HTTPS server on the loopback, known by the names of its certificate.
type site struct {
	*httptest.Server
	*http.ServeMux
	mu    sync.Mutex
	asked []*http.Request // what was asked, in order
}

const home = "https://example.com"

func newSite(t *testing.T) *site {
	s := &site{ServeMux: http.NewServeMux()}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		s.mu.Unlock()
		s.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *site) address() string { return s.Listener.Addr().String() }

// fetcher finds the site under all names.
func (s *site) fetcher() *Fetcher {
	return &Fetcher{Roots: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.address())
	}}
}

func (s *site) says(path, contentType, body string) {
	s.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	})
}

func painted(t *testing.T, width, height int) string {
	t.Helper()
	m := img.NewNRGBA(img.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = 0xff
	}
	m.Set(1, 1, color.Black)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFetch(t *testing.T) {
	s := newSite(t)
	s.HandleFunc("/old", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "you"})
		http.Redirect(w, r, home+"/dir/new", http.StatusFound)
	})
	s.says("/dir/new", "text/html; charset=utf-8", `<title>not this</title><meta property="og:title" content="Tides &amp; times"><meta property="og:image" content="../i.png">`)
	s.says("/i.png", "image/png", painted(t, 1000, 500))
	p, err := s.fetcher().Fetch(t.Context(), home+"/old#part")
	if err != nil {
		t.Fatal(err)
	}
	if p.URL != home+"/old#part" || p.Title != "Tides & times" {
		t.Errorf("%q, %q", p.URL, p.Title)
	}
	if info, err := picture.Inspect(p.Image); err != nil || info.ContentType != picture.JPEG || info.Width != side || info.Height != side/2 {
		t.Errorf("the image is %+v, %v", info, err)
	}
	if len(s.asked) != 3 {
		t.Fatalf("%d requests", len(s.asked))
	}
	for _, r := range s.asked {
		for _, header := range []string{"Cookie", "Referer"} {
			if v := r.Header.Get(header); v != "" {
				t.Errorf("%s is asked with %s %q", r.URL, header, v)
			}
		}
		if r.UserAgent() != agent || r.Method != http.MethodGet {
			t.Errorf("%s %s by %q", r.Method, r.URL, r.UserAgent())
		}
	}
}

// TestHostilePages: whatever a site sends, it costs little and there is a
// preview without what is wrong, or none.
func TestHostilePages(t *testing.T) {
	s := newSite(t)
	endless := func(contentType, begin string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, begin)
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}
	}
	titled := func(image string) string {
		return `<title>titled</title><meta property="og:image" content="` + image + `">`
	}
	s.HandleFunc("/endless", endless("text/html", "<p>"))
	s.HandleFunc("/endless-title", endless("text/html", "<title>titled</title>"))
	s.HandleFunc("/endless.png", endless("image/png", painted(t, 10, 10)))
	s.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	for path, to := range map[string]string{
		"/to-plain": "http://example.com/ok", "/to-private": "https://127.0.0.1/ok", "/to-metadata": "https://169.254.169.254/", "/to-name": "https://localhost/ok",
		"/to-user": "https://a:b@example.com/ok", "/to-file": "file:///etc/passwd",
	} {
		s.Handle(path, http.RedirectHandler(to, http.StatusMovedPermanently))
	}
	s.says("/pdf", "application/pdf", "<title>no</title>")
	s.says("/none", "", "<title>no</title>")
	s.HandleFunc("/download", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", "attachment")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>no</title>")
	})
	s.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("X-Long", strings.Repeat("a", 20*maxHeader))
		_, _ = io.WriteString(w, "<title>no</title>")
	})
	s.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<title>Not found</title>")
	})
	s.says("/no-title", "text/html", "<p>")
	s.says("/huge.png", "image/png", huge())
	s.says("/broken.png", "image/png", "\x89PNG\r\n\x1a\n")
	s.says("/odd.svg", "image/svg+xml", "<svg/>")
	s.says("/text.png", "text/plain", painted(t, 10, 10))
	images := []string{"/endless.png", "/huge.png", "/broken.png", "/odd.svg", "/text.png", "/missing.png", "/loop",
		"http://example.com/ok.png", "https://10.0.0.1/x.png", "https://localhost/x.png", "data:image/png;base64,AAAA", "https://[", strings.Repeat("a", 2*maxURL)}
	s.says("/ok.png", "image/png", painted(t, 10, 10))
	for i, image := range images {
		s.says("/image"+strconv.Itoa(i), "text/html", titled(image))
	}
	f := s.fetcher()
	for _, path := range []string{"/endless", "/loop", "/to-plain", "/to-private", "/to-metadata", "/to-name", "/to-user", "/to-file", "/pdf", "/none", "/download", "/header", "/gone", "/no-title", "/unknown"} {
		if p, err := f.Fetch(t.Context(), home+path); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %+v, %v", path, p, err)
		} else if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "Get") {
			t.Errorf("%s says %q", path, err)
		}
	}
	if p, err := f.Fetch(t.Context(), home+"/endless-title"); err != nil || p.Title != "titled" {
		t.Errorf("a page without an end: %+v, %v", p, err)
	}
	for i, image := range images {
		if p, err := f.Fetch(t.Context(), home+"/image"+strconv.Itoa(i)); err != nil || p.Title != "titled" || p.Image != nil {
			t.Errorf("with %.40s: %+v, %v", image, p, err)
		}
	}
	for _, r := range s.asked {
		if r.Host != "example.com" {
			t.Errorf("%s was asked", r.Host)
		}
	}
	for _, address := range []string{"http://example.com/", "https://192.168.0.1/", "https://localhost/", "ftp://example.com", "", "https://"} {
		if _, err := f.Fetch(t.Context(), address); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// huge is a PNG of few bytes that says it has many pixels.
func huge() string {
	chunk := func(name string, data []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		b = append(append(b, name...), data...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	header := binary.BigEndian.AppendUint32(nil, 6000)
	header = append(binary.BigEndian.AppendUint32(header, 6000), 8, 2, 0, 0, 0)
	return "\x89PNG\r\n\x1a\n" + string(chunk("IHDR", header)) + string(chunk("IDAT", nil)) + string(chunk("IEND", nil))
}

// TestPrivateAddresses: what counts is the address that is connected to, whatever
// it is called.
func TestPrivateAddresses(t *testing.T) {
	s := newSite(t)
	s.says("/", "text/html", "<title>inside</title>")
	_, port, err := net.SplitHostPort(s.address())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{s.address(), "localhost:" + port} {
		if conn, err := dialer(public).DialContext(t.Context(), "tcp", address); !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v, %v", address, conn, err)
		}
		loopback := func(a netip.Addr) bool { return a.IsLoopback() }
		conn, err := dialer(loopback).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Errorf("%s, allowed: %v", address, err)
			continue
		}
		conn.Close()
	}
	f := s.fetcher()
	f.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) { // as if the name led there
		return dialer(public).DialContext(ctx, network, s.address())
	}
	if _, err := f.Fetch(t.Context(), home); !errors.Is(err, errPrivate) || err.Error() != "no preview: "+errPrivate.Error() {
		t.Errorf("a name of a private address: %v", err)
	}
	if len(s.asked) > 0 {
		t.Error("it was asked")
	}
}

// TestProxy: with a proxy it is the proxy that connects, and that resolves names,
// even one in this machine.
func TestProxy(t *testing.T) {
	s := newSite(t)
	s.says("/", "text/html", "<title>through it</title>")
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		there, err := net.Dial("tcp", s.address())
		if err != nil {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); there.Close() }()
		_, _ = io.Copy(here, there)
		here.Close()
	}))
	defer proxy.Close()
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &Fetcher{Proxy: through, Roots: s.fetcher().Roots}
	if p, err := f.Fetch(t.Context(), home); err != nil || p.Title != "through it" {
		t.Errorf("%+v, %v", p, err)
	}
	if len(asked) != 1 || asked[0] != "CONNECT example.com:443" {
		t.Errorf("the proxy was asked %q", asked)
	}
	if _, err := f.Fetch(t.Context(), "https://127.0.0.1/"); !errors.Is(err, ErrNone) || len(asked) != 1 {
		t.Errorf("an address in this machine: %v, %q", err, asked)
	}
}
