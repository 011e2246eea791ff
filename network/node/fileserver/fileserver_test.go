package fileserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/node/peel"
	"seance/network/pipenet"
)

const address = "127.0.0.1:8080"

// world is a file server over pipes in a bubble with a fake clock.
type world struct {
	*testing.T
	pipes  *pipenet.Net
	o      Options
	server *Server
	http   *http.Client
}

func inWorld(t *testing.T, o Options, f func(w *world)) {
	o.Dir = filepath.Join(t.TempDir(), "files")
	key, err := peel.NewKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	o.Key = key
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		w := &world{T: t, pipes: pipenet.New(), o: o}
		w.http = &http.Client{Transport: &http.Transport{DialContext: w.pipes.Dial, DisableKeepAlives: true}}
		w.start()
		f(w)
		w.stop()
		time.Sleep(time.Second) // net/http lingers over a body that was too large
	})
}

func (w *world) start() {
	w.Helper()
	var err error
	if w.o.Listener, err = w.pipes.Listen(address); err != nil {
		w.Fatal(err)
	}
	if w.server, err = Start(w.o); err != nil {
		w.Fatal(err)
	}
}

func (w *world) stop() {
	w.Helper()
	if err := w.server.Close(); err != nil {
		w.Error(err)
	}
}

// reply is an answer over plain HTTP.
type reply struct {
	code    int
	headers http.Header
	body    []byte
}

func (w *world) do(method, path string, headers map[string]string, body []byte) reply {
	w.Helper()
	r, err := http.NewRequest(method, "http://"+address+path, bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	res, err := w.http.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, got}
}

// facts are the members of the answers about files.
type facts struct {
	ID                string
	Uploaded, Expires float64
	Size              int
}

func (r reply) facts(t testing.TB) (f facts) {
	t.Helper()
	if err := json.Unmarshal(r.body, &f); err != nil || r.code != 200 || r.headers.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %.100q: %v", r.code, r.headers, r.body, err)
	}
	return f
}

func (w *world) upload(body []byte, ttl string) facts {
	w.Helper()
	headers := map[string]string{"Content-Type": "application/octet-stream", "X-FS-TTL": ttl}
	if ttl == "" {
		delete(headers, "X-FS-TTL")
	}
	return w.do("POST", "/file", headers, body).facts(w)
}

// stored is what lies on the disk.
func (w *world) stored() string {
	entries, err := os.ReadDir(w.o.Dir)
	if err != nil {
		w.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

const days = 24 * time.Hour

// near is for moments that a file server writes in seconds with decimals.
func near(seconds float64, t time.Time) bool {
	d := seconds - float64(t.UnixMicro())/1e6
	return d > -1e-5 && d < 1e-5
}

func TestRoundTrip(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		time.Sleep(123456 * time.Microsecond)
		began := time.Now()
		for _, tt := range []struct {
			body []byte
			id   string // of Python's hashlib
		}{
			{[]byte("a"), "WVNmGGIPAKPwwY9Di9HT-Nxv1yl0myf-DWpMq5z5142V"},
			{make([]byte, 1000), "gtiHQciqpUVKBQAg_jamQAXe1l5gs760LERMDH4dKUgb"},
			{bytes.Repeat([]byte("10 bytes.."), 1_000_000), ""},
			{make([]byte, MaxSize), ""},
		} {
			f := w.upload(tt.body, "")
			if tt.id != "" && f.ID != tt.id || len(f.ID) != 44 || !near(f.Expires, began.Add(14*days)) {
				t.Errorf("uploaded %d bytes: %+v", len(tt.body), f)
			}
			time.Sleep(time.Hour)
			got := w.do("GET", "/file/"+f.ID, nil, nil)
			if got.code != 200 || !bytes.Equal(got.body, tt.body) || got.headers.Get("Content-Type") != "application/octet-stream" {
				t.Errorf("downloaded %d %v, %d bytes", got.code, got.headers, len(got.body))
			}
			if at, err := http.ParseTime(got.headers.Get("Expires")); err != nil || !at.Equal(began.Add(14*days).Truncate(time.Second)) {
				t.Errorf("expires %v, %v", got.headers.Get("Expires"), err)
			}
			if i := w.do("GET", "/file/"+f.ID+"/info", nil, nil).facts(t); i.Size != len(tt.body) || !near(i.Uploaded, began) || i.Expires != f.Expires {
				t.Errorf("info %+v", i)
			}
			old := w.do("GET", "/files/"+f.ID, nil, nil)
			var result struct {
				Status int `json:"status_code"`
				Result []byte
			}
			if err := json.Unmarshal(old.body, &result); err != nil || old.code != 200 || result.Status != 200 || !bytes.Equal(result.Result, tt.body) {
				t.Errorf("in the old way: %d %v, %v", old.code, result.Status, err)
			}
			began = time.Now()
		}
	})
}

func TestNumericIDs(t *testing.T) {
	inWorld(t, Options{NumericIDs: true}, func(w *world) {
		one, two := w.upload([]byte("same"), ""), w.upload([]byte("same"), "")
		if one.ID == two.ID || len(one.ID) > 16 || strings.Trim(one.ID, "0123456789") != "" {
			t.Errorf("ids %q and %q", one.ID, two.ID)
		}
		if got := w.do("GET", "/file/"+two.ID, nil, nil); got.code != 200 || string(got.body) != "same" {
			t.Errorf("%d %q", got.code, got.body)
		}
		if got := w.do("POST", "/file/"+one.ID+"/extend", nil, nil); got.code != 404 {
			t.Errorf("a number was extended: %d %s", got.code, got.body)
		}
	})
}

func TestRefusals(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		id := w.upload([]byte("there"), "").ID
		unknown := strings.Repeat("A", 44)
		binary := map[string]string{"Content-Type": "application/octet-stream"}
		form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
		ttl := func(s string) map[string]string { return map[string]string{"X-FS-TTL": s} }
		const json, html = "application/json", "text/html; charset=utf-8"
		for _, tt := range []struct {
			method, path string
			headers      map[string]string
			body         []byte
			code         int
			kind, text   string
		}{
			{"POST", "/file", binary, nil, 413, json, `{"status_code":413}`},
			{"POST", "/file", binary, make([]byte, MaxSize+1), 413, json, `{"status_code":413}`},
			{"POST", "/file", binary, make([]byte, maxBody+1), 413, json, `{"status_code":413}`},
			{"POST", "/file", form, []byte("a"), 413, json, `{"status_code":413}`},
			{"POST", "/file", ttl("x"), []byte("a"), 400, json, `{"status_code":400}`},
			{"POST", "/file", ttl("-1"), []byte("a"), 400, json, `{"status_code":400}`},
			{"POST", "/file", ttl("1209601"), []byte("a"), 400, json, `{"status_code":400}`},
			{"POST", "/file", ttl("99999999999999999999"), []byte("a"), 400, json, `{"status_code":400}`},
			{"POST", "/file/" + id + "/extend", ttl("x"), nil, 400, json, `{"status_code":400}`},
			{"GET", "/file/" + unknown, nil, nil, 404, json, `{"status_code":404}`},
			{"GET", "/files/" + unknown, nil, nil, 404, json, `{"status_code":404}`},
			{"GET", "/file/123", nil, nil, 404, json, `{"status_code":404}`},
			{"GET", "/file/..", nil, nil, 404, json, `{"status_code":404}`},
			{"GET", "/file/%2e%2e%5ckey", nil, nil, 404, json, `{"status_code":404}`},
			{"GET", "/file/" + unknown + "/info", nil, nil, 404, json, `{"status_code":404}`},
			{"POST", "/file/" + unknown + "/extend", nil, nil, 404, json, `{"status_code":404}`},
			{"GET", "/file", nil, nil, 405, html, ""},
			{"PUT", "/file/" + id, nil, nil, 405, html, ""},
			{"DELETE", "/file/" + id, nil, nil, 405, html, ""},
			{"GET", "/file/" + id + "/extend", nil, nil, 405, html, ""},
			{"GET", "/oxen/v4/lsrpc", nil, nil, 405, html, ""},
			{"GET", "/", nil, nil, 404, html, ""},
			{"GET", "/file/" + id + "/other", nil, nil, 404, html, ""},
			{"GET", "/file/../key", nil, nil, 404, html, ""},
			{"GET", "/session_version", nil, nil, 404, json, `{"status_code":404}`},
		} {
			got := w.do(tt.method, tt.path, tt.headers, tt.body)
			if got.code != tt.code || got.headers.Get("Content-Type") != tt.kind || tt.text != "" && string(got.body) != tt.text {
				t.Errorf("%s %s with %v and %d bytes: %d %v %q", tt.method, tt.path, tt.headers, len(tt.body), got.code, got.headers, got.body)
			}
		}
		if got := w.stored(); got != id {
			t.Errorf("on the disk: %s", got)
		}
	})
}

func TestFull(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		w.server.shelf.bytes = maxBytes - 2
		if got := w.do("POST", "/file", nil, []byte("abc")); got.code != 507 || w.stored() != "" {
			t.Errorf("%d, on the disk: %q", got.code, w.stored())
		}
		w.upload([]byte("ab"), "")
	})
}

func TestExpiry(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		long, short := w.upload([]byte("long"), ""), w.upload([]byte("short"), "30")
		there := func(f facts) bool {
			t.Helper()
			get, info := w.do("GET", "/file/"+f.ID, nil, nil).code, w.do("GET", "/file/"+f.ID+"/info", nil, nil).code
			if get != info || get != 200 && get != 404 {
				t.Errorf("get %d, info %d", get, info)
			}
			return get == 200
		}
		time.Sleep(30*time.Second - 1)
		if !there(short) || !there(long) {
			t.Error("gone too early")
		}
		time.Sleep(time.Nanosecond)
		if there(short) || !there(long) {
			t.Error("30 s are over for one of them")
		}
		if got := w.do("POST", "/file/"+short.ID+"/extend", nil, nil); got.code != 404 {
			t.Errorf("extended too late: %d", got.code)
		}
		time.Sleep(sweepEvery)
		if got := w.stored(); got != long.ID {
			t.Errorf("on the disk: %s", got)
		}
		time.Sleep(14*days - sweepEvery - 30*time.Second - 1)
		if !there(long) {
			t.Error("gone too early")
		}
		time.Sleep(time.Nanosecond)
		if there(long) {
			t.Error("14 days are over")
		}
		// The same content is a new file again, swept or not.
		if f := w.upload([]byte("long"), "60"); f.ID != long.ID || !near(f.Expires, time.Now().Add(time.Minute)) || !there(f) {
			t.Errorf("%+v", f)
		}
		time.Sleep(sweepEvery + 1)
		if got := w.stored(); got != "" {
			t.Errorf("on the disk: %s", got)
		}
	})
}

func TestExtendAndUploadAgain(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		began := time.Now()
		id := w.upload([]byte("x"), "100").ID
		extend := func(ttl string) facts {
			t.Helper()
			headers := map[string]string{}
			if ttl != "" {
				headers["X-FS-TTL"] = ttl
			}
			f := w.do("POST", "/file/"+id+"/extend", headers, nil).facts(t)
			if f.Size != 1 {
				t.Errorf("size %d", f.Size)
			}
			return f
		}
		time.Sleep(10 * time.Second)
		if f := extend("30"); !near(f.Expires, began.Add(100*time.Second)) || !near(f.Uploaded, began) {
			t.Errorf("made shorter: %+v", f)
		}
		if f := extend("200"); !near(f.Expires, began.Add(210*time.Second)) || !near(f.Uploaded, began) {
			t.Errorf("made longer: %+v", f)
		}
		if f := w.upload([]byte("x"), "20"); f.ID != id || !near(f.Expires, began.Add(210*time.Second)) {
			t.Errorf("uploaded again: %+v", f)
		}
		w.stop()
		w.start()
		if f := w.do("GET", "/file/"+id+"/info", nil, nil).facts(t); !near(f.Expires, began.Add(210*time.Second)) || !near(f.Uploaded, began.Add(10*time.Second)) {
			t.Errorf("after a restart: %+v", f)
		}
		if f := extend(""); !near(f.Expires, began.Add(10*time.Second+14*days)) {
			t.Errorf("by default: %+v", f)
		}
		if got := w.stored(); got != id {
			t.Errorf("on the disk: %s", got)
		}
	})
}

func TestUploadedTwiceAtATime(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	s, err := openShelf(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, 100_000)
	ended := make(chan error)
	for i := range 8 {
		go func() {
			_, err := s.put("same", body, now, now.Add(time.Duration(i)*time.Hour))
			ended <- err
		}()
	}
	for range 8 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	again, err := openShelf(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*shelf{s, again} {
		if f, ok := s.get("same", now); !ok || f.expires.Sub(now).Round(time.Minute) != 7*time.Hour || s.bytes != int64(len(body)) || len(s.files) != 1 {
			t.Errorf("%+v, %d bytes in %d files", f, s.bytes, len(s.files))
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("on the disk: %v", entries)
	}
}

// What a power failure leaves behind is not served, and goes.
func TestRestart(t *testing.T) {
	inWorld(t, Options{}, func(w *world) {
		whole, short := w.upload([]byte("whole"), ""), w.upload([]byte("short"), "30")
		torn, empty := w.upload([]byte("torn"), ""), w.upload([]byte("empty"), "")
		w.stop()
		for id, size := range map[string]int64{torn.ID: headSize + 3, empty.ID: 5} {
			if err := os.Truncate(filepath.Join(w.o.Dir, id), size); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := os.ReadFile(filepath.Join(w.o.Dir, whole.ID))
		if err == nil {
			err = os.WriteFile(filepath.Join(w.o.Dir, "1"+partial), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		w.start()
		if got := w.stored(); got != whole.ID {
			t.Errorf("on the disk: %s", got)
		}
		if got := w.do("GET", "/file/"+whole.ID, nil, nil); string(got.body) != "whole" {
			t.Errorf("%d %q", got.code, got.body)
		}
		for _, f := range []facts{short, torn, empty} {
			if got := w.do("GET", "/file/"+f.ID, nil, nil); got.code != 404 {
				t.Errorf("%d %q", got.code, got.body)
			}
		}
	})
}
