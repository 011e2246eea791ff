package devnet_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seance/network"
	"seance/network/netfile"
	"seance/network/node/devnet"
	"seance/network/node/fileserver"
	"seance/network/pipenet"
)

// apart is the program's own client on a devnet, with its file server: the two
// sides share no code, so that they can be tried on each other.
type apart struct {
	testing.TB
	client *network.Client
	server network.Server
	end    func()
}

func newApart(t testing.TB, d *devnet.Devnet, dial func(context.Context, string, string) (net.Conn, error)) *apart {
	t.Helper()
	file := d.NetworkFile()
	c, err := network.Open(network.Options{File: file, Dial: dial})
	if err != nil {
		t.Fatal(err)
	}
	s, err := network.ParseServer(file.FileServer.URL, file.FileServer.X25519)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	return &apart{t, c, s, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}}
}

func (a *apart) do(method, endpoint string, headers map[string]string, body []byte) network.ServerResponse {
	a.Helper()
	r, err := a.client.Server(a.Context(), a.server, network.ServerRequest{
		Method: method, Endpoint: endpoint, Headers: headers, Body: body, Timeout: time.Minute,
	})
	if err != nil {
		a.Fatalf("%s %s: %v", method, endpoint, err)
	}
	return r
}

func (a *apart) upload(body []byte, ttl string) (id string) {
	a.Helper()
	headers := map[string]string{"Content-Type": "application/octet-stream"}
	if ttl != "" {
		headers["X-FS-TTL"] = ttl
	}
	r := a.do("POST", "/file", headers, body)
	var answer struct {
		ID      string
		Expires float64
	}
	if err := json.Unmarshal(r.Body, &answer); err != nil || r.Code != 200 || len(answer.ID) != 44 || answer.Expires == 0 {
		a.Fatalf("%d %.100q: %v", r.Code, r.Body, err)
	}
	return answer.ID
}

func (a *apart) has(id string, body []byte) {
	a.Helper()
	r := a.do("GET", "/file/"+id, nil, nil)
	if r.Code != 200 || !bytes.Equal(r.Body, body) || r.Headers["content-type"] != "application/octet-stream" {
		a.Errorf("%d %v, %d bytes and not %d", r.Code, r.Headers, len(r.Body), len(body))
	}
	if _, err := http.ParseTime(r.Headers["expires"]); err != nil {
		a.Error(err)
	}
}

// noise is what files look like that are encrypted.
func noise(size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func TestFileServer(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		to2026()
		pipes := pipenet.New()
		d := start(t, pipes, dir, 6)
		first := d.NetworkFile()
		a := newApart(t, d, pipes.Dial)
		all := noise(fileserver.MaxSize + 1)
		ids := map[int]string{}
		sizes := []int{1, 1000, 10_000_000, fileserver.MaxSize}
		if testing.Short() {
			sizes = []int{1, fileserver.MaxSize}
		}
		for _, size := range sizes {
			ids[size] = a.upload(all[:size], "")
			a.has(ids[size], all[:size])
		}
		if r := a.do("POST", "/file", map[string]string{"Content-Type": "application/octet-stream"}, all); r.Code != 413 {
			t.Errorf("too large: %d %s", r.Code, r.Body)
		}
		if r := a.do("GET", "/file/"+strings.Repeat("A", 44), nil, nil); r.Code != 404 || string(r.Body) != `{"status_code":404}` {
			t.Errorf("unknown: %d %s", r.Code, r.Body)
		}
		brief := a.upload([]byte("brief"), "30")
		if r := a.do("POST", "/file/"+brief+"/extend", map[string]string{"X-FS-TTL": "60"}, nil); r.Code != 200 || !bytes.Contains(r.Body, []byte(`"size":5`)) {
			t.Errorf("extend: %d %s", r.Code, r.Body)
		}
		time.Sleep(59 * time.Second)
		a.has(brief, []byte("brief"))
		time.Sleep(time.Second)
		if r := a.do("GET", "/file/"+brief, nil, nil); r.Code != 404 {
			t.Errorf("expired: %d %s", r.Code, r.Body)
		}
		a.end()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(13 * 24 * time.Hour)

		d = start(t, pipes, dir, 6)
		if !d.NetworkFile().Equal(first) {
			t.Errorf("after a restart %+v, and not %+v", d.NetworkFile().FileServer, first.FileServer)
		}
		a = newApart(t, d, pipes.Dial)
		for size, id := range ids {
			a.has(id, all[:size])
		}
		time.Sleep(24 * time.Hour)
		for _, id := range ids {
			if r := a.do("GET", "/file/"+id, nil, nil); r.Code != 404 {
				t.Errorf("after 14 days: %d", r.Code)
			}
		}
		a.end()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute) // connections that linger
	})
}

func TestFileServerLoopback(t *testing.T) {
	d, err := devnet.Start(t.Context(), devnet.Options{Dir: t.TempDir(), Nodes: 6})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	raw, err := os.ReadFile(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	if f, err := netfile.Parse(raw); err != nil || f.FileServer.IsZero() || !f.Equal(d.NetworkFile()) {
		t.Errorf("network.toml: %+v, %v", f.FileServer, err)
	}
	a := newApart(t, d, nil)
	defer a.end()
	body := noise(10_000_000)
	a.has(a.upload(body, ""), body)
}

// A network from before there was a file server gets one that stays.
func TestOlderNetworkGetsAFileServer(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "devnet.json")
	var now netfile.FileServer
	for run := range 3 {
		synctest.Test(t, func(t *testing.T) {
			d := start(t, pipenet.New(), dir, 6)
			before := now
			now = d.NetworkFile().FileServer
			switch {
			case now.IsZero():
				t.Error("no file server")
			case run == 1 && now.Ed25519 == before.Ed25519:
				t.Error("the test did not make the network older")
			case run == 2 && now != before:
				t.Errorf("%+v became %+v", before, now)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		if run > 0 {
			continue
		}
		raw, err := os.ReadFile(state)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(raw, &all); err != nil || all["file_port"] == nil {
			t.Fatalf("%s: %v", raw, err)
		}
		delete(all, "file_port")
		raw, _ = json.Marshal(all)
		if err := os.WriteFile(state, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "files")); err != nil {
			t.Fatal(err)
		}
	}
}

const tenMB = 10_000_000

// benchFile moves a file of 10 MB between a client and the file server, another
// one every time, as one that is there already would not be written.
func benchFile(b *testing.B, move func(a *apart, body []byte)) {
	d, err := devnet.Start(b.Context(), devnet.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	a := newApart(b, d, nil)
	defer a.end()
	a.upload(noise(1), "") // so that there is a path
	body := noise(tenMB)
	b.SetBytes(tenMB)
	n := uint64(0)
	for b.Loop() {
		n++
		binary.BigEndian.PutUint64(body, n)
		move(a, body)
	}
}

func BenchmarkFileUploadOnion(b *testing.B) {
	benchFile(b, func(a *apart, body []byte) { a.upload(body, "") })
}

func BenchmarkFileUploadPlain(b *testing.B) {
	benchFile(b, func(a *apart, body []byte) {
		url := fmt.Sprintf("http://%s:%d/file", a.server.Host, a.server.Port)
		r, err := http.Post(url, "application/octet-stream", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		defer r.Body.Close()
		if answer, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 200 {
			b.Fatalf("%d %s %v", r.StatusCode, answer, err)
		}
	})
}

func BenchmarkFileDownloadOnion(b *testing.B) {
	id := ""
	benchFile(b, func(a *apart, body []byte) {
		if id == "" {
			id = a.upload(body, "")
		}
		if r := a.do("GET", "/file/"+id, nil, nil); r.Code != 200 || len(r.Body) != tenMB {
			b.Fatalf("%d, %d bytes", r.Code, len(r.Body))
		}
	})
}
