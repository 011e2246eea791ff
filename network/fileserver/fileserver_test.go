package fileserver_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"seance/messaging/bencode"
	"seance/network"
	"seance/network/fileserver"
	"seance/network/node/devnet"
	"seance/network/node/peel"
	"seance/network/pipenet"
)

// world is a devnet over pipes in a bubble with a fake clock, and a client.
type world struct {
	*testing.T
	pipes *pipenet.Net
	net   *network.Client
	files *fileserver.Client
	home  network.Server
}

func inWorld(t *testing.T, o devnet.Options, dial func(net.Conn) net.Conn, f func(w *world)) {
	o.Dir, o.Nodes = t.TempDir(), 6
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		pipes := pipenet.New()
		o.Listen, o.Dial = pipes.Listen, pipes.Dial
		d, err := devnet.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		c, home := open(t, d, func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := pipes.Dial(ctx, network, address)
			if err == nil && dial != nil {
				conn = dial(conn)
			}
			return conn, err
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		f(&world{t, pipes, c, fileserver.New(c), home})
		cancel()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute) // connections that linger
	})
}

func open(t testing.TB, d *devnet.Devnet, dial func(context.Context, string, string) (net.Conn, error)) (*network.Client, network.Server) {
	t.Helper()
	file := d.NetworkFile()
	c, err := network.Open(network.Options{File: file, Dial: dial})
	if err != nil {
		t.Fatal(err)
	}
	home, err := network.ParseServer(file.FileServer.URL, file.FileServer.X25519)
	if err != nil {
		t.Fatal(err)
	}
	return c, home
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// steps are what a Progress was told.
type steps struct {
	mu   sync.Mutex
	done []int64
	all  int64
}

func (s *steps) tell(done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.all = append(s.done, done), total
}

func (s *steps) check(t *testing.T, what string, last, total int64) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.done) == 0 || !slices.IsSorted(s.done) || s.all != total || s.done[len(s.done)-1] != last {
		t.Errorf("%s: told %v of %d, not up to %d of %d", what, s.done, s.all, last, total)
	}
	if last > 1<<20 && len(s.done) < 10 {
		t.Errorf("%s: told only %v", what, s.done)
	}
}

func TestRoundTrip(t *testing.T) {
	sizes := []int{1, 100_000, 10_223_616}
	if testing.Short() { // the race detector makes it ten times as long
		sizes = sizes[:2]
	}
	for _, numeric := range []bool{false, true} {
		t.Run(fmt.Sprint("numeric ", numeric), func(t *testing.T) {
			inWorld(t, devnet.Options{NumericFileIDs: numeric}, nil, func(w *world) {
				for _, size := range sizes {
					blob := noise(size)
					var up, down steps
					f, err := w.files.Upload(w.Context(), w.home, blob, 0, up.tell)
					if err != nil || (len(f.ID) == 44) == numeric || f.Size != int64(size) || time.Until(f.Expires).Round(time.Hour) != 14*24*time.Hour {
						w.Fatalf("%d bytes: %+v, %v", size, f, err)
					}
					up.check(w.T, "upload", int64(size), int64(size))
					got, err := w.files.Download(w.Context(), w.home, f.ID, int64(size), down.tell)
					if err != nil || !bytes.Equal(got, blob) {
						w.Fatalf("%d bytes: downloaded %d, %v", size, len(got), err)
					}
					down.check(w.T, "download", int64(size), int64(size))
					if size > 1 {
						// One byte less than it has.
						if _, err := w.files.Download(w.Context(), w.home, f.ID, int64(size-1), nil); !errors.Is(err, fileserver.ErrTooLarge) {
							w.Errorf("%d bytes: %v", size, err)
						}
					}
					info, err := w.files.Info(w.Context(), w.home, f.ID)
					if err != nil || info.ID != f.ID || info.Size != int64(size) || !info.Expires.Equal(f.Expires) || time.Since(info.Uploaded) > time.Minute {
						w.Errorf("info: %+v, not %+v, %v", info, f, err)
					}
				}
				if _, err := w.files.Upload(w.Context(), w.home, make([]byte, 10_223_617), 0, nil); !errors.Is(err, fileserver.ErrTooLarge) {
					w.Errorf("too large: %v", err)
				}
			})
		})
	}
}

func TestLifeOfAFile(t *testing.T) {
	inWorld(t, devnet.Options{}, nil, func(w *world) {
		f, err := w.files.Upload(w.Context(), w.home, []byte("brief"), time.Minute, nil)
		if err != nil || time.Until(f.Expires).Round(time.Second) != time.Minute {
			w.Fatalf("%+v, %v", f, err)
		}
		time.Sleep(30 * time.Second)
		longer, err := w.files.Extend(w.Context(), w.home, f.ID, time.Hour)
		if err != nil || longer.ID != f.ID || longer.Size != 5 || time.Until(longer.Expires).Round(time.Minute) != time.Hour {
			w.Errorf("%+v, %v", longer, err)
		}
		time.Sleep(59 * time.Minute)
		if _, err := w.files.Download(w.Context(), w.home, f.ID, 5, nil); err != nil {
			w.Error(err)
		}
		time.Sleep(2 * time.Minute)
		began := time.Now()
		if _, err := w.files.Download(w.Context(), w.home, f.ID, 5, nil); !errors.Is(err, fileserver.ErrGone) {
			w.Errorf("expired: %v", err)
		}
		if _, err := w.files.Info(w.Context(), w.home, f.ID); !errors.Is(err, fileserver.ErrGone) {
			w.Errorf("expired: %v", err)
		}
		if _, err := w.files.Extend(w.Context(), w.home, f.ID, 0); !errors.Is(err, fileserver.ErrGone) {
			w.Errorf("expired: %v", err)
		}
		if time.Since(began) >= time.Second {
			w.Error("what is gone was asked for again")
		}
		for _, id := range []string{"", "../x", "1/info", strings.Repeat("1", 21), strings.Repeat("?", 44)} {
			if _, err := w.files.Download(w.Context(), w.home, id, 5, nil); !errors.Is(err, fileserver.ErrGone) {
				w.Errorf("%q: %v", id, err)
			}
			if _, err := w.files.Extend(w.Context(), w.home, id, 0); !errors.Is(err, fileserver.ErrGone) {
				w.Errorf("%q: %v", id, err)
			}
		}
	})
}

// odd is a server that answers as it is told to, and notes what it was asked.
type odd struct {
	key   *peel.Key
	reply func(request int) (code int, body []byte)

	mu    sync.Mutex
	heads []string
}

func (s *odd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	sealed, err := peel.ParseRequest(body)
	if err != nil {
		panic(err)
	}
	plain, err := s.key.Open(sealed.Type, sealed.Ciphertext, sealed.Ephemeral)
	if err != nil {
		panic(err)
	}
	tree, err := bencode.Decode(plain)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	s.heads = append(s.heads, tree.([]any)[0].(string))
	code, answer := s.reply(len(s.heads))
	s.mu.Unlock()
	out, err := s.key.Seal(rand.Reader, sealed.Type, bencode.Append(nil, []any{fmt.Sprintf(`{"code":%d,"headers":{}}`, code), string(answer)}), sealed.Ephemeral)
	if err != nil {
		panic(err)
	}
	w.Write(out)
}

func (w *world) odd(reply func(request int) (int, []byte)) (*odd, network.Server) {
	w.Helper()
	key, err := peel.NewKey(noise(32))
	if err != nil {
		w.Fatal(err)
	}
	listener, err := w.pipes.Listen("10.1.2.3:80")
	if err != nil {
		w.Fatal(err)
	}
	s := &odd{key: key, reply: reply}
	server := &http.Server{Handler: s}
	go server.Serve(listener)
	w.Cleanup(func() { server.Close() })
	at, err := network.ParseServer("http://10.1.2.3", key.Public())
	if err != nil {
		w.Fatal(err)
	}
	return s, at
}

func TestOddAnswers(t *testing.T) {
	const id = "12345"
	always := func(code int, body string) func(int) (int, []byte) {
		return func(int) (int, []byte) { return code, []byte(body) }
	}
	cases := map[string]struct {
		reply    func(int) (int, []byte)
		requests int
		up, down error
	}{
		"refused":    {always(403, "no"), 1, fileserver.ErrRefused, fileserver.ErrRefused},
		"gone":       {always(404, ""), 1, fileserver.ErrGone, fileserver.ErrGone},
		"too large":  {always(413, ""), 1, fileserver.ErrTooLarge, fileserver.ErrTooLarge},
		"broken":     {always(500, "oops"), 3, fileserver.ErrRefused, fileserver.ErrRefused},
		"no JSON":    {always(200, "id"), 1, fileserver.ErrMalformed, nil},
		"no ID":      {always(200, `{"expires":1}`), 1, fileserver.ErrMalformed, nil},
		"path as ID": {always(200, `{"id":"../etc","expires":1}`), 1, fileserver.ErrMalformed, nil},
		"much":       {always(200, strings.Repeat(" ", 1<<20)), 1, fileserver.ErrTooLarge, fileserver.ErrTooLarge},
		"old server": {always(200, `{"id":12345}`), 1, nil, nil},
		"once broken": {func(n int) (int, []byte) {
			if n%2 == 1 {
				return 502, nil
			}
			return 200, []byte(`{"id":"12345","expires":1e300,"size":-1}`)
		}, 2, nil, nil},
	}
	inWorld(t, devnet.Options{}, nil, func(w *world) {
		s, at := w.odd(nil)
		for name, tt := range cases {
			s.mu.Lock()
			s.reply, s.heads = tt.reply, nil
			s.mu.Unlock()
			f, err := w.files.Upload(w.Context(), at, []byte("blob"), 0, nil)
			if !errors.Is(err, tt.up) || err == nil && (f.ID != id || !f.Expires.IsZero() || f.Size != 4) {
				w.Errorf("%s, upload: %+v, %v", name, f, err)
			}
			if len(s.heads) != tt.requests {
				w.Errorf("%s: %d requests, not %d", name, len(s.heads), tt.requests)
			}
			if _, err := w.files.Download(w.Context(), at, id, 100, nil); !errors.Is(err, tt.down) {
				w.Errorf("%s, download: %v", name, err)
			}
			if len(s.heads) != 2*tt.requests {
				w.Errorf("%s: %d requests, not %d", name, len(s.heads), 2*tt.requests)
			}
			if w.net.Status().State != network.Ready {
				w.Errorf("%s: it cost the paths", name)
			}
		}
	})
}

// A server learns what it has to, and nothing else.
func TestWhatIsAsked(t *testing.T) {
	inWorld(t, devnet.Options{}, nil, func(w *world) {
		s, at := w.odd(func(int) (int, []byte) { return 200, []byte(`{"id":"1"}`) })
		w.files.Upload(w.Context(), at, []byte("blob"), 0, nil)
		w.files.Upload(w.Context(), at, []byte("blob"), 90*time.Second, nil)
		w.files.Download(w.Context(), at, "7", 100, nil)
		w.files.Info(w.Context(), at, "7")
		w.files.Extend(w.Context(), at, "7", 0)
		const typed = `"Content-Disposition":"attachment","Content-Type":"application/octet-stream"`
		want := []string{
			`{"endpoint":"/file","headers":{` + typed + `},"method":"POST"}`,
			`{"endpoint":"/file","headers":{` + typed + `,"X-FS-TTL":"90"},"method":"POST"}`,
			`{"endpoint":"/file/7","headers":{},"method":"GET"}`,
			`{"endpoint":"/file/7/info","headers":{},"method":"GET"}`,
			`{"endpoint":"/file/7/extend","headers":{},"method":"POST"}`,
		}
		if !slices.Equal(s.heads, want) {
			w.Errorf("asked\n%s", strings.Join(s.heads, "\n"))
		}
	})
}

// A file server that is not there is told apart from a network that is not.
func TestNobodyThere(t *testing.T) {
	inWorld(t, devnet.Options{}, nil, func(w *world) {
		at, _ := network.ParseServer("http://10.9.9.9", [32]byte{9})
		if _, err := w.files.Download(w.Context(), at, "7", 100, nil); !errors.Is(err, network.ErrNoServer) {
			w.Error(err)
		}
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		if _, err := w.files.Upload(ctx, w.home, []byte("x"), 0, nil); !errors.Is(err, context.Canceled) {
			w.Error(err)
		}
	})
}
