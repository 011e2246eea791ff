package onion

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

type testNode struct {
	secret *ecdh.PrivateKey
	hop    Hop
}

func newTestNode(t testing.TB) testNode {
	t.Helper()
	secret, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n := testNode{secret: secret}
	rand.Read(n.hop.Ed25519[:])
	n.hop.X25519 = [32]byte(secret.PublicKey().Bytes())
	return n
}

// answer seals text as this node would, for the layer that a request made for it.
func (n testNode) answer(t testing.TB, enc EncType, l *layer, text string) []byte {
	nonce := make([]byte, 24)
	if enc == AESGCM {
		nonce = nonce[:12]
	}
	rand.Read(nonce)
	return sealAsNode(t, enc, n.secret.Bytes(), n.hop.X25519[:], l.public[:], nonce, []byte(text))
}

func TestAnswersOfNodes(t *testing.T) {
	guard, node := newTestNode(t), newTestNode(t)
	for name, tt := range map[string]struct {
		enc  EncType // of the answer
		wire func(base64 string) string
		text string
		want Reply
		fail bool
	}{
		"plain":       {XChaCha20, nil, `{"status":200,"body":"x"}`, Reply{Status: 200, Body: []byte("x")}, false},
		"white space": {XChaCha20, func(s string) string { return " " + s + "\n" }, `{"status":200,"body":""}`, Reply{Status: 200, Body: []byte{}}, false},
		"in a result": {XChaCha20, func(s string) string { return `{"result":"` + s + `"}` }, `{"status":1,"body":"x"}`, Reply{Status: 1, Body: []byte("x")}, false},
		"older cipher": {AESGCM, nil, `{"status":400,"body":"Invalid json"}`,
			Reply{Status: 400, Body: []byte("Invalid json")}, false},
		"body is an object": {XChaCha20, nil, `{"status":200,"body":{"a":1}}`, Reply{Status: 200, Body: []byte(`{"status":200,"body":{"a":1}}`)}, false},
		"body is null":      {XChaCha20, nil, `{"status":200,"body":null}`, Reply{Status: 200, Body: []byte(`{"status":200,"body":null}`)}, false},
		"no status":         {XChaCha20, nil, `{"body":"x"}`, Reply{}, true},
		"no JSON":           {XChaCha20, nil, `x`, Reply{}, true},
		"not base64":        {XChaCha20, func(s string) string { return "*" + s }, `{"status":200}`, Reply{}, true},
		"cut":               {XChaCha20, func(s string) string { return s[:len(s)-8] }, `{"status":200}`, Reply{}, true},
		"empty":             {XChaCha20, func(string) string { return "" }, `{"status":200}`, Reply{}, true},
		"empty result":      {XChaCha20, func(string) string { return "{}" }, `{"status":200}`, Reply{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Node(rand.Reader, XChaCha20, []Hop{guard.hop}, node.hop, Call("info", []byte("{}")))
			if err != nil {
				t.Fatal(err)
			}
			wire := base64.StdEncoding.EncodeToString(node.answer(t, tt.enc, r.layers[0], tt.text))
			if tt.wire != nil {
				wire = tt.wire(wire)
			}
			got, err := r.OpenNode([]byte(wire))
			if tt.fail {
				if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrDecrypt) {
					t.Fatalf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Status != tt.want.Status || !bytes.Equal(got.Body, tt.want.Body) {
				t.Errorf("got %d %q, %v", got.Status, got.Body, err)
			}
		})
	}
}

func TestAnswerOfAnotherNodeIsRefused(t *testing.T) {
	guard, node := newTestNode(t), newTestNode(t)
	r, err := Node(rand.Reader, XChaCha20, []Hop{guard.hop}, node.hop, Call("info", []byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	wire := base64.StdEncoding.EncodeToString(guard.answer(t, XChaCha20, r.layers[1], `{"status":200,"body":"forged"}`))
	if got, err := r.OpenNode([]byte(wire)); !errors.Is(err, ErrDecrypt) {
		t.Errorf("the guard's answer was taken for the node's: %+v, %v", got, err)
	}
}

func TestAnswersOfServers(t *testing.T) {
	guard, exit, server := newTestNode(t), newTestNode(t), newTestNode(t)
	build := func() *Request {
		r, err := V4(rand.Reader, XChaCha20, []Hop{guard.hop, exit.hop},
			Server{Protocol: "https", Host: "example.org", X25519: server.hop.X25519}, Payload("GET", "/x", nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := build()
	got, err := r.OpenServer(server.answer(t, AESGCM, r.layers[0], `l31:{"code":200,"headers":{"X-A":1}}2:hie`))
	if !errors.Is(err, ErrMalformed) {
		t.Errorf("a wrong length was accepted: %+v, %v", got, err)
	}
	got, err = r.OpenServer(server.answer(t, AESGCM, r.layers[0], `l32:{"code":200,"headers":{"X-A":1}}2:hie`))
	if err != nil || got.Status != 200 || string(got.Body) != "hi" || got.Headers["x-a"] != "1" {
		t.Errorf("got %+v, %v", got, err)
	}
	// The exit's own refusal, encrypted with the key of the exit's layer.
	wire := base64.StdEncoding.EncodeToString(exit.answer(t, XChaCha20, r.layers[1], `{"body":"Invalid url","status":400}`))
	if _, err = r.OpenServer([]byte(wire)); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "Invalid url") {
		t.Errorf("refusal of the exit: %v", err)
	}
	if _, err = r.OpenServer([]byte("<html>")); !errors.Is(err, ErrDecrypt) {
		t.Errorf("clear text: %v", err)
	}
}

func TestBuildRefuses(t *testing.T) {
	n := newTestNode(t)
	if _, err := Node(rand.Reader, "rot13", nil, n.hop, nil); err == nil {
		t.Error("unknown encryption accepted")
	}
	if _, err := Node(rand.Reader, XChaCha20, nil, Hop{}, nil); err == nil {
		t.Error("key of low order accepted")
	}
	if _, err := Node(bytes.NewReader(make([]byte, 40)), XChaCha20, nil, n.hop, nil); err == nil {
		t.Error("end of randomness accepted")
	}
	if _, err := V4(rand.Reader, XChaCha20, nil, Server{Protocol: "http", X25519: n.hop.X25519}, nil); err == nil {
		t.Error("server without path accepted")
	}
	if _, err := V4(rand.Reader, XChaCha20, []Hop{n.hop}, Server{Protocol: "ftp", X25519: n.hop.X25519}, nil); err == nil {
		t.Error("protocol ftp accepted")
	}
}

func TestClassify(t *testing.T) {
	var key [32]byte
	key[0] = 0xab
	k := hex.EncodeToString(key[:])
	for _, tt := range []struct {
		status int
		text   string
		server bool
		cause  Cause
		named  bool
	}{
		{502, "Next node not found: " + k, false, NotFound, true},
		{502, "Next node not found: " + k + "\n", true, NotFound, true},
		{502, "Next node not found: zz", false, Unknown, false},
		{500, "Next node not found: " + k, false, Unknown, false},
		{502, "Next node is currently unreachable: " + k, false, Unreachable, true},
		{503, "Snode not ready: " + k, false, NotReady, true},
		{503, "Snode not ready", false, GuardNotReady, false},
		{503, "Service node is not ready: not synced", false, GuardNotReady, false},
		{503, "Server busy, try again later", false, GuardNotReady, false},
		{504, "Request time out", true, TimedOut, false},
		{504, "", true, ByServer, false},
		{500, "Invalid response from snode", false, BadRelay, false},
		{400, "Invalid ciphertext", true, BadRequest, false},
		{400, "<html>", true, ByServer, false},
		{400, "<html>", false, Unknown, false},
		{429, "", false, TooMany, false},
		{429, "", true, ByServer, false},
		{502, "", true, ByServer, false},
		{200, "", false, Unknown, false},
	} {
		f := Classify(tt.status, []byte(tt.text), tt.server)
		if f.Cause != tt.cause || (f.Node == key) != tt.named || f.Status != tt.status {
			t.Errorf("%d %q to server %v: %+v", tt.status, tt.text, tt.server, f)
		}
	}
	if f := Classify(500, bytes.Repeat([]byte("\x1b[31m"), 1000), false); strings.ContainsRune(f.Error(), '\x1b') || len(f.Error()) > 1000 {
		t.Errorf("remote text in an error: %q", f.Error())
	}
}

func FuzzOpen(f *testing.F) {
	node := newTestNode(f)
	r, err := Node(rand.Reader, XChaCha20, nil, node.hop, nil)
	if err != nil {
		f.Fatal(err)
	}
	sealed := node.answer(f, XChaCha20, r.layers[0], `{"status":200,"body":"x"}`)
	f.Add(sealed)
	f.Add([]byte(base64.StdEncoding.EncodeToString(sealed)))
	f.Add([]byte(`{"result":"` + base64.StdEncoding.EncodeToString(sealed) + `"}`))
	f.Fuzz(func(t *testing.T, wire []byte) {
		r.OpenNode(wire)
		r.OpenServer(wire)
		Classify(502, wire, false)
	})
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"status":200,"body":"x","headers":{"a":"b"}}`))
	f.Add([]byte(`l12:{"code":404}4:oopse`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := parseNode(text); err == nil && r.Body == nil {
			t.Error("a node's answer without body")
		}
		if r, err := parseServer(text); err == nil && len(r.Body) > len(text) {
			t.Error("body from nowhere")
		}
	})
}

func benchmarkRequest(b *testing.B) ([]Hop, testNode, []byte) {
	var path []Hop
	for range 3 {
		path = append(path, newTestNode(b).hop)
	}
	return path, newTestNode(b), Call("batch", []byte(fmt.Sprintf(`{"x":%q}`, strings.Repeat("x", 2048))))
}

func BenchmarkBuild3Hops2KB(b *testing.B) {
	path, node, call := benchmarkRequest(b)
	for b.Loop() {
		if _, err := Node(rand.Reader, XChaCha20, path, node.hop, call); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenReply2KB(b *testing.B) {
	path, node, call := benchmarkRequest(b)
	r, err := Node(rand.Reader, XChaCha20, path, node.hop, call)
	if err != nil {
		b.Fatal(err)
	}
	text := fmt.Sprintf(`{"status":200,"body":%q}`, strings.Repeat("x", 2048))
	wire := []byte(base64.StdEncoding.EncodeToString(node.answer(b, XChaCha20, r.layers[0], text)))
	for b.Loop() {
		if _, err := r.OpenNode(wire); err != nil {
			b.Fatal(err)
		}
	}
}
