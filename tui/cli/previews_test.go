package cli

import (
	"bytes"
	"encoding/pem"
	"image"
	"image/png"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"seance/tui/config"
)

// web is a site called example.com, and a proxy that leads everybody to it.
type web struct {
	*httptest.Server
	proxy *httptest.Server
	asked atomic.Int32 // connections through the proxy
}

func newWeb(t *testing.T) *web {
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 20, 10))); err != nil {
		t.Fatal(err)
	}
	w := &web{}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/photo.png" {
			_, _ = out.Write(photo.Bytes())
			return
		}
		out.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(out, `<title>Tides &#27;[2J</title><meta property="og:image" content="/photo.png">`)
	}))
	w.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.StartTLS()
	t.Cleanup(w.Close)
	w.proxy = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		w.asked.Add(1)
		there, err := net.Dial("tcp", w.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		here, _, err := http.NewResponseController(out).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); there.Close() }()
		_, _ = io.Copy(here, there)
		here.Close()
	}))
	t.Cleanup(w.proxy.Close)
	return w
}

// certificate is a file with the site's.
func (w *web) certificate(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "site.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPreviewsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	n, w := newNetwork(t, t.TempDir()), newWeb(t)
	alice, bob, aliceID, bobID := two(t, n)
	plain := alice.environ
	// Of a process of its own, the variable says whom to believe.
	alice.environ = append(alice.environ, "ALL_PROXY="+strings.TrimPrefix(w.proxy.URL, "http://"), "SSL_CERT_FILE="+w.certificate(t))
	send := func(args ...string) {
		t.Helper()
		c := alice.start(append([]string{"send", bobID, "--json"}, args...)...)
		sent := <-c.lines
		if err := c.cmd.Wait(); err != nil || sent["state"] != "sent" {
			t.Fatalf("%v, %v: %s", sent, err, c.errors.String())
		}
	}
	const text = "see https://example.com/tides"
	send(text)
	if got := bob.ok("receive", "--json").object(); got["preview"] != nil || w.asked.Load() > 0 {
		t.Errorf("nobody asked for %v, and %d connections", got["preview"], w.asked.Load())
	}
	configured := filepath.Join(alice.dir, ".config", "seance", "config.toml")
	if err := os.MkdirAll(filepath.Dir(configured), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, how := range []struct {
		configuration string
		args          []string
		shown         bool
	}{
		{"", []string{text, "--preview"}, true},
		{"link_previews = true\n", []string{text}, true},
		{"link_previews = true\n", []string{text, "--preview=false"}, false},
		{"link_previews = true\n", []string{"nothing"}, false},
		{"proxy = '" + w.proxy.URL + "'\n", []string{text, "--preview"}, true},
	} {
		if err := os.WriteFile(configured, []byte(how.configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		send(how.args...)
		got := bob.ok("receive", "--json").object()
		shown, _ := got["preview"].(map[string]any)
		if (shown != nil) != how.shown {
			t.Fatalf("%d: the preview is %v", i, got["preview"])
		}
		if !how.shown {
			continue
		}
		picture, _ := shown["image"].(map[string]any)
		if shown["url"] != "https://example.com/tides" || shown["title"] != "Tides \x1b[2J" || picture["content_type"] != "image/jpeg" || picture["state"] != "remote" {
			t.Errorf("%d: the preview is %v", i, shown)
		}
		if out := bob.ok("messages", aliceID, "--limit", "1").out; !strings.HasSuffix(out, text+" [example.com: Tides ]\n") {
			t.Errorf("people are shown %q", out)
		}
		saved := bob.ok("download", aliceID, got.text("id"), "--json").object()
		if data, err := os.ReadFile(saved.text("path")); err != nil || !bytes.HasPrefix(data, []byte("\xff\xd8")) {
			t.Errorf("%v holds %.8q, %v", saved, data, err)
		}
	}
	// Without an answer the message goes as it is, and it is said why.
	for _, c := range []struct{ variable, text, why string }{
		{"https_proxy=" + w.proxy.URL, text, "certificate"}, // which nobody vouches for here
		{"https_proxy=tor://x", text, "https_proxy names no proxy"},
		{"https_proxy=", "nothing", "no https link"},
		{"https_proxy=", "https://127.0.0.1/", "no https link"},
	} {
		alice.environ = append(plain, c.variable)
		if err := os.WriteFile(configured, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r := alice.ok("send", bobID, c.text, "--preview")
		if !strings.HasPrefix(r.warning, withoutPreview) || !strings.Contains(r.warning, c.why) || strings.Count(r.warning, "\n") != 1 {
			t.Errorf("%s: %q", c.variable, r.warning)
		}
		if got := bob.ok("receive", "--json").object(); got["text"] != c.text || got["preview"] != nil {
			t.Errorf("%s: %v", c.variable, got)
		}
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		configured string
		environ    []string
	}{
		"":                      {"", []string{"HTTP_PROXY=http://plain"}},
		"socks5://u:p@tor:9050": {"socks5://u:p@tor:9050", []string{"HTTPS_PROXY=http://other"}},
		"http://first:1":        {"", []string{"ALL_PROXY=http://other", "HTTPS_PROXY=first:1"}},
		"https://last":          {"", []string{"all_proxy=https://last"}},
	} {
		f := (&program{Env: Env{Environ: c.environ}}).previews(config.Config{Proxy: c.configured})
		if got := ""; f.Proxy != nil {
			if got = f.Proxy.String(); got != want {
				t.Errorf("%v leads through %s", c, got)
			}
		} else if want != "" {
			t.Errorf("%v leads through nothing", c)
		}
		if f.Dial != nil {
			t.Errorf("%v dials by itself", c)
		}
	}
}
