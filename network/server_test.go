package network_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/curve25519"

	"seance/messaging/bencode"
	"seance/network"
)

// v4Server is an HTTP server that takes onion requests, written apart from the
// client: it answers with the request as it understood it.
type v4Server struct{ secret, public [32]byte }

func newV4Server() *v4Server {
	s := &v4Server{}
	rand.Read(s.secret[:])
	public, err := curve25519.X25519(s.secret[:], curve25519.Basepoint)
	if err != nil {
		panic(err)
	}
	copy(s.public[:], public)
	return s
}

func (s *v4Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != "POST" || r.URL.Path != "/oxen/v4/lsrpc" || len(body) < 4 {
		http.Error(w, "<html>no onion request</html>", 400)
		return
	}
	n := binary.LittleEndian.Uint32(body)
	sealed, route := body[4:4+n], body[4+n:]
	var to struct {
		Key string `json:"ephemeral_key"`
		Enc string `json:"enc_type"`
	}
	json.Unmarshal(route, &to)
	client, _ := hex.DecodeString(to.Key)
	shared, err := curve25519.X25519(s.secret[:], client)
	if err != nil || to.Enc != "xchacha20" {
		http.Error(w, "<html>bad key</html>", 400)
		return
	}
	key := blake2b.Sum256(bytes.Join([][]byte{shared, client, s.public[:]}, nil))
	aead, _ := chacha20poly1305.NewX(key[:])
	plain, err := aead.Open(nil, sealed[:24], sealed[24:], nil)
	if err != nil {
		http.Error(w, "<html>bad key</html>", 400)
		return
	}
	tree, err := bencode.Decode(plain)
	if err != nil {
		http.Error(w, "<html>bad request</html>", 400)
		return
	}
	list := tree.([]any)
	out := fmt.Sprint(list[0])
	if len(list) > 1 {
		out += "|" + list[1].(string)
	}
	code := 200
	if strings.Contains(out, "/missing") {
		code = 404
	}
	answer := bencode.Append(nil, []any{fmt.Sprintf(`{"code":%d,"headers":{"Content-Type":"text/plain"}}`, code), out})
	nonce := make([]byte, 24)
	rand.Read(nonce)
	w.Write(aead.Seal(nonce, nonce, answer, nil))
}

func TestServer(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		listener, err := w.pipes.Listen("10.1.2.3:80")
		if err != nil {
			t.Fatal(err)
		}
		handler := newV4Server()
		server := &http.Server{Handler: handler}
		go server.Serve(listener)
		defer server.Close()
		c, stop := w.client(network.Options{})
		defer stop()
		at, err := network.ParseServer("http://10.1.2.3", handler.public)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			request network.ServerRequest
			code    int
			body    string
		}{
			{network.ServerRequest{Method: "GET", Endpoint: "/file/1"}, 200,
				`{"endpoint":"/file/1","headers":{},"method":"GET"}`},
			{network.ServerRequest{Method: "POST", Endpoint: "/file", Body: []byte("\x00bin"), Headers: map[string]string{"Content-Type": "application/octet-stream"}}, 200,
				`{"endpoint":"/file","headers":{"Content-Type":"application/octet-stream"},"method":"POST"}` + "|\x00bin"},
			{network.ServerRequest{Method: "GET", Endpoint: "/missing"}, 404,
				`{"endpoint":"/missing","headers":{},"method":"GET"}`},
		} {
			got, err := c.Server(w.Context(), at, tt.request)
			if err != nil || got.Code != tt.code || string(got.Body) != tt.body || got.Headers["content-type"] != "text/plain" {
				t.Errorf("%+v: %d %q %v, %v", tt.request, got.Code, got.Body, got.Headers, err)
			}
		}
		// Failures of servers are nobody else's fault.
		wrong, closed := at, at
		wrong.X25519 = newV4Server().public
		closed.Port = 81
		for name, s := range map[string]network.Server{"wrong key": wrong, "closed port": closed} {
			if _, err := c.Server(w.Context(), s, network.ServerRequest{Method: "GET", Endpoint: "/"}); !errors.Is(err, network.ErrNoServer) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, p := range c.Status().Paths {
			if p.Strikes != 0 {
				t.Errorf("a server's failure struck a path: %+v", p)
			}
		}
		if c.Status().State != network.Ready {
			t.Error("a server's failure cost the paths")
		}
	})
}

func TestParseServer(t *testing.T) {
	for address, want := range map[string]network.Server{
		"http://filev2.getsession.org": {Protocol: "http", Host: "filev2.getsession.org"},
		"https://h:8443":               {Protocol: "https", Host: "h", Port: 8443},
		"https://[2001:db8::1]:1":      {Protocol: "https", Host: "[2001:db8::1]", Port: 1},
	} {
		if got, err := network.ParseServer(address, [32]byte{}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	for _, address := range []string{"", "h", "ftp://h", "http://", "http://h:0", "http://h:99999"} {
		if got, err := network.ParseServer(address, [32]byte{}); err == nil {
			t.Errorf("%q: %+v", address, got)
		}
	}
}
