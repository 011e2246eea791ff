package peel

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

type keys struct {
	Ed25519 string `json:"ed25519_pubkey"`
	X25519  string `json:"x25519_pubkey"`
	Secret  string `json:"x25519_seckey"`
}

type vector struct {
	Kind     string `json:"kind"`
	MustFail bool   `json:"must_fail"`
	Fails    string `json:"fails"`
	EncType  string `json:"enc_type"`
	V4       bool   `json:"v4"`
	Hops     []keys `json:"hops"`

	Destination keys   `json:"destination"`
	Blob        string `json:"blob"`
	FinalKey    string `json:"final_x25519_pubkey"`
	Layers      []struct {
		Payload string `json:"payload"`
		Remote  string `json:"remote_pubkey"`
		Routing string `json:"routing"`
	} `json:"layers"`
	Response struct {
		Plaintext, Encrypted string
		Random               []string
	} `json:"response"`

	FromServer bool     `json:"encryptor_is_server"`
	Encryptor  keys     `json:"encryptor"`
	Decryptor  keys     `json:"decryptor"`
	Message    string   `json:"message"`
	Random     []string `json:"random"`
	Ciphertext string   `json:"ciphertext"`
}

func vectors(t *testing.T) []vector {
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	raw, err := os.ReadFile(filepath.Join(dir, "onion.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Count int
		Cases []vector
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 || len(file.Cases) != file.Count {
		t.Fatalf("%d cases, the file says %d", len(file.Cases), file.Count)
	}
	return file.Cases
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func key(t *testing.T, k keys) *Key {
	t.Helper()
	key, err := NewKey(unhex(t, k.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if p := key.Public(); hex.EncodeToString(p[:]) != k.X25519 {
		t.Fatal("the public key of the vector is another")
	}
	return key
}

func encType(t *testing.T, s string) Type {
	t.Helper()
	typ, err := members{"enc_type": json.RawMessage(`"` + s + `"`)}.encType()
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func TestVectorPeel(t *testing.T) {
	for i, v := range vectors(t) {
		if v.Kind == "" && v.Blob != "" {
			t.Run(fmt.Sprint(i), func(t *testing.T) { peelVector(t, v) })
		}
	}
}

func peelVector(t *testing.T, v vector) {
	r, err := ParseRequest(unhex(t, v.Blob))
	if err != nil {
		if v.MustFail {
			return
		}
		t.Fatal(err)
	}
	path := append([]keys{}, v.Hops...)
	if !v.V4 {
		path = append(path, v.Destination)
	}
	for i, hop := range path {
		layer := v.Layers[i]
		if hex.EncodeToString(r.Ephemeral[:]) != layer.Remote || r.Type != encType(t, v.EncType) {
			t.Fatalf("layer %d is to be opened with another key or cipher", i)
		}
		plaintext, err := key(t, hop).Open(r.Type, r.Ciphertext, r.Ephemeral)
		if err != nil {
			if v.MustFail {
				return
			}
			t.Fatalf("layer %d: %v", i, err)
		}
		if hex.EncodeToString(plaintext) != layer.Payload {
			t.Errorf("layer %d is %x, want %s", i, plaintext, layer.Payload)
		}
		next, err := Classify(plaintext)
		if err != nil {
			t.Fatalf("layer %d: %v", i, err)
		}
		switch l := next.(type) {
		case *ToNode:
			if i+1 == len(path) || hex.EncodeToString(l.Destination[:]) != path[i+1].Ed25519 {
				t.Fatalf("layer %d goes to %x", i, l.Destination)
			}
			r = l.Next
			// What a node passes on is read by the next one as it was.
			if back, err := ParseRequest(r.Marshal()); err != nil || back.Ephemeral != r.Ephemeral || back.Type != r.Type || !bytes.Equal(back.Ciphertext, r.Ciphertext) {
				t.Errorf("layer %d does not survive being passed on: %v", i, err)
			}
		case *ToServer:
			var want struct {
				Protocol, Host, Target string
				Port                   uint16
			}
			if err := json.Unmarshal([]byte(layer.Routing), &want); err != nil {
				t.Fatal(err)
			}
			if !v.V4 || i+1 != len(path) || l.Host != want.Host || l.Port != want.Port || l.Protocol != want.Protocol ||
				l.Target != want.Target || !l.Allowed() || !bytes.Equal(l.Payload, plaintext) {
				t.Errorf("layer %d goes to %s://%s:%d%s", i, l.Protocol, l.Host, l.Port, l.Target)
			}
			server := unhex(t, v.Layers[i+1].Payload)
			inner, err := ParseRequest(l.Payload) // what the server reads
			if err != nil {
				t.Fatal(err)
			}
			if got, err := key(t, v.Destination).Open(inner.Type, inner.Ciphertext, inner.Ephemeral); err != nil || !bytes.Equal(got, server) {
				t.Errorf("the server reads %x: %v", got, err)
			}
		case *Final:
			if v.V4 || i+1 != len(path) || !l.Base64 || l.JSON || !json.Valid(l.Body) {
				t.Errorf("layer %d is final: %+v", i, l)
			}
			answerVector(t, v, key(t, hop), r)
		}
	}
	if v.MustFail {
		t.Error("a request that must fail was peeled")
	}
}

// answerVector seals the answer of a node as the vector has it.
func answerVector(t *testing.T, v vector, k *Key, r Request) {
	if hex.EncodeToString(r.Ephemeral[:]) != v.FinalKey {
		t.Error("the answer is for another key")
	}
	got, err := k.Seal(bytes.NewReader(unhex(t, v.Response.Random[0])), r.Type, unhex(t, v.Response.Plaintext), r.Ephemeral)
	if err != nil || hex.EncodeToString(got) != v.Response.Encrypted {
		t.Errorf("sealed %x, want %s: %v", got, v.Response.Encrypted, err)
	}
}

func TestVectorHop(t *testing.T) {
	for i, v := range vectors(t) {
		if v.Kind != "hop" {
			continue
		}
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			typ := encType(t, v.EncType)
			if !v.FromServer { // a client to a node
				got, err := key(t, v.Decryptor).Open(typ, unhex(t, v.Ciphertext), [32]byte(unhex(t, v.Encryptor.X25519)))
				if v.MustFail != (err != nil) {
					t.Fatalf("opening: %v", err)
				}
				if !v.MustFail && hex.EncodeToString(got) != v.Message {
					t.Errorf("opened %x, want %s", got, v.Message)
				}
				return
			}
			if v.MustFail { // a client that must refuse an answer
				return
			}
			got, err := key(t, v.Encryptor).Seal(bytes.NewReader(unhex(t, v.Random[0])), typ, unhex(t, v.Message), [32]byte(unhex(t, v.Decryptor.X25519)))
			if err != nil || hex.EncodeToString(got) != v.Ciphertext {
				t.Errorf("sealed %x, want %s: %v", got, v.Ciphertext, err)
			}
		})
	}
}

func TestRoundTripAndTampering(t *testing.T) {
	node, err := NewKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	client, _ := NewKey(bytes.Repeat([]byte{9}, 32))
	for _, typ := range []Type{AESGCM, XChaCha20} {
		// The client's side of AES-GCM is the same as the node's.
		sealed, err := node.Seal(bytes.NewReader(make([]byte, 64)), typ, []byte("hello"), client.Public())
		if err != nil {
			t.Fatal(err)
		}
		got, err := node.Open(typ, sealed, client.Public())
		if err != nil || string(got) != "hello" {
			t.Errorf("%s: %q %v", typ, got, err)
		}
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := node.Open(typ, bad, client.Public()); err == nil {
				t.Errorf("%s: byte %d can be changed", typ, i)
			}
			if _, err := node.Open(typ, sealed[:i], client.Public()); err == nil {
				t.Errorf("%s: %d bytes are enough", typ, i)
			}
		}
		if _, err := node.Open(typ, sealed, [32]byte{}); err == nil {
			t.Errorf("%s: a key of low order is accepted", typ)
		}
	}
}

func TestClassify(t *testing.T) {
	k := `"` + hex.EncodeToString(bytes.Repeat([]byte{0xab}, 32)) + `"`
	body := []byte("body")
	for _, c := range []struct{ json, want string }{
		{`{"headers":""}`, "final json=false base64=true"},
		{`{"headers":null,"host":"h","json":true,"base64":false}`, "final json=true base64=false"},
		{`{"headers":"","json":1}`, "error"},
		{`{"headers":"","json":null}`, "error"},
		{`{"host":"h","target":"/oxen/v4/lsrpc"}`, "https://h:443/oxen/v4/lsrpc true"},
		{`{"host":"h","target":"/loki/x/lsrpc","port":80,"protocol":"http","destination":` + k + `}`, "http://h:80/loki/x/lsrpc true"},
		{`{"host":"h","target":"/oxen/v4/lsrpc?x"}`, "https://h:443/oxen/v4/lsrpc?x false"},
		{`{"host":"h","target":"/oxen/?/lsrpc"}`, "https://h:443/oxen/?/lsrpc false"},
		{`{"host":"h","target":"/x/lsrpc"}`, "https://h:443/x/lsrpc false"},
		{`{"host":"h","target":"/oxen/v4"}`, "https://h:443/oxen/v4 false"},
		{`{"host":"h","target":"/oxen/v4/lsrpc","protocol":"ftp"}`, "ftp://h:443/oxen/v4/lsrpc false"},
		{`{"host":"h"}`, "error"},
		{`{"host":1,"target":""}`, "error"},
		{`{"host":"h","target":"","port":"80"}`, "error"},
		{`{"host":"h","target":"","port":70000}`, "error"},
		{`{"destination":` + k + `,"ephemeral_key":` + k + `}`, "node aes-gcm"},
		{`{"destination":` + k + `,"ephemeral_key":` + k + `,"enc_type":"xchacha20-poly1305"}`, "node xchacha20"},
		{`{"destination":` + k + `,"ephemeral_key":` + k + `,"enc_type":"gcm"}`, "node aes-gcm"},
		{`{"destination":` + k + `,"ephemeral_key":` + k + `,"enc_type":"rot13"}`, "error"},
		{`{"destination":"ab","ephemeral_key":` + k + `}`, "error"},
		{`{"destination":` + k + `}`, "error"},
		{`{}`, "error"}, {`[]`, "error"}, {`null`, "error"}, {``, "error"}, {`{"headers":""`, "error"}, {"{\"headers\":\"\xff\"}", "error"},
	} {
		var got string
		switch l, err := Classify(Join(body, []byte(c.json))); l := l.(type) {
		case *Final:
			if got = fmt.Sprintf("final json=%v base64=%v", l.JSON, l.Base64); string(l.Body) != "body" {
				t.Errorf("%s: body %q", c.json, l.Body)
			}
			if err != nil {
				got = "error"
			}
		case *ToServer:
			if got = fmt.Sprintf("%s://%s:%d%s %v", l.Protocol, l.Host, l.Port, l.Target, l.Allowed()); err != nil {
				got = "error"
			}
		case *ToNode:
			if got = "node " + l.Next.Type.String(); err != nil {
				got = "error"
			}
		default:
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.json, got, c.want)
		}
	}
}

func FuzzPeel(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{255, 255, 255, 255, '{', '}'})
	f.Add(Join([]byte("x"), []byte(`{"headers":""}`)))
	f.Add(Join([]byte("x"), []byte(`{"host":"h","target":"/oxen/v4/lsrpc","port":1}`)))
	k, _ := base64.StdEncoding.DecodeString("AAAA")
	f.Add(Request{Ciphertext: k, Type: XChaCha20, Hop: 3}.Marshal())
	node, _ := NewKey(bytes.Repeat([]byte{7}, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRequest(b); err == nil {
			again, err := ParseRequest(r.Marshal())
			if err != nil || !bytes.Equal(again.Ciphertext, r.Ciphertext) || again.Ephemeral != r.Ephemeral || again.Hop != r.Hop || again.Type != r.Type {
				t.Errorf("%+v became %+v: %v", r, again, err)
			}
			if _, err := node.Open(r.Type, r.Ciphertext, r.Ephemeral); err == nil {
				t.Error("something that nobody sealed was opened")
			}
		}
		if l, err := Classify(b); err == nil {
			if s, ok := l.(*ToServer); ok && s.Allowed() && (s.Protocol == "" || s.Target == "") {
				t.Errorf("allowed: %+v", s)
			}
		}
	})
}
