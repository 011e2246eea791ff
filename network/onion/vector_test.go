package onion

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// hexBytes is bytes in a vector file: hexadecimal, or null.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil || s == nil {
		return err
	}
	raw, err := hex.DecodeString(*s)
	*h = append(hexBytes{}, raw...)
	return err
}

func (h hexBytes) key() [32]byte {
	var k [32]byte
	copy(k[:], h)
	return k
}

type vectorKeys struct {
	Ed25519 hexBytes `json:"ed25519_pubkey"`
	Public  hexBytes `json:"x25519_pubkey"`
	Secret  hexBytes `json:"x25519_seckey"`
}

func (k vectorKeys) hop() Hop { return Hop{k.Ed25519.key(), k.Public.key()} }

type vectorCase struct {
	Name        string       `json:"name"`
	Kind        string       `json:"kind"`
	MustFail    bool         `json:"must_fail"`
	Enc         EncType      `json:"enc_type"`
	Hops        []vectorKeys `json:"hops"`
	Destination struct {
		vectorKeys
		Protocol string            `json:"protocol"`
		Host     string            `json:"host"`
		Port     uint16            `json:"port"`
		Method   string            `json:"method"`
		Headers  map[string]string `json:"headers"`
	} `json:"destination"`
	Endpoint    string     `json:"endpoint"`
	Body        hexBytes   `json:"body"`
	V4          bool       `json:"v4"`
	Random      []hexBytes `json:"random"`
	Blob        hexBytes   `json:"blob"`
	FinalPublic hexBytes   `json:"final_x25519_pubkey"`
	FinalSecret hexBytes   `json:"final_x25519_seckey"`
	Layers      []struct {
		Node    json.RawMessage `json:"node"`
		Payload hexBytes        `json:"payload"`
		Remote  hexBytes        `json:"remote_pubkey"`
		Routing *string         `json:"routing"`
	} `json:"layers"`
	Response struct {
		Plaintext hexBytes    `json:"plaintext"`
		Encrypted hexBytes    `json:"encrypted"`
		Random    []hexBytes  `json:"random"`
		Wire      hexBytes    `json:"wire"`
		Status    int         `json:"status_code"`
		Headers   [][2]string `json:"headers"`
		Body      hexBytes    `json:"body"`
	} `json:"response"`

	// kind hop
	EncryptorIsServer bool       `json:"encryptor_is_server"`
	Encryptor         vectorKeys `json:"encryptor"`
	Decryptor         vectorKeys `json:"decryptor"`
	Message           hexBytes   `json:"message"`
	Ciphertext        hexBytes   `json:"ciphertext"`

	// kind response
	DestinationPublic hexBytes `json:"destination_x25519_pubkey"`
	Wire              hexBytes `json:"wire"`
}

func vectors(t *testing.T) []vectorCase {
	t.Helper()
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	text, err := os.ReadFile(filepath.Join(dir, "onion.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Cases []vectorCase `json:"cases"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) == 0 {
		t.Fatal("no cases")
	}
	return f.Cases
}

func TestVectors(t *testing.T) {
	for i, c := range vectors(t) {
		t.Run(fmt.Sprintf("%d_%s_%s", i, c.Kind, c.Enc), func(t *testing.T) {
			switch c.Kind {
			case "hop":
				c.testHop(t)
			case "response":
				c.testResponse(t)
			default:
				c.testRequest(t)
			}
		})
	}
}

// testHop checks one layer. The client side is the package's own, the server
// side is the independent one of this test.
func (c vectorCase) testHop(t *testing.T) {
	if c.MustFail {
		var err error
		if c.EncryptorIsServer {
			var l *layer
			if l, err = layerOf(c.Decryptor.Secret.key(), c.Encryptor.Public.key()); err == nil {
				_, err = l.open(c.Enc, c.Ciphertext)
			}
		} else {
			_, err = peel(c.Enc, c.Decryptor.Secret, c.Decryptor.Public, c.Encryptor.Public, c.Ciphertext)
		}
		if err == nil {
			t.Error("was accepted")
		}
		return
	}
	client, server := c.Encryptor, c.Decryptor
	if c.EncryptorIsServer {
		client, server = server, client
	}
	l, err := layerOf(client.Secret.key(), server.Public.key())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(l.public[:], client.Public) {
		t.Fatalf("public key %x", l.public)
	}
	if c.EncryptorIsServer {
		got, err := l.open(c.Enc, c.Ciphertext)
		if err != nil || !bytes.Equal(got, c.Message) {
			t.Errorf("open: %x, %v", got, err)
		}
		sealed := sealAsNode(t, c.Enc, server.Secret, server.Public, client.Public, c.Random[0], c.Message)
		if !bytes.Equal(sealed, c.Ciphertext) {
			t.Errorf("seal as server: %x", sealed)
		}
		return
	}
	sealed, err := l.seal(c.Enc, c.Random[0], append(make([]byte, len(c.Random[0])), c.Message...), 0)
	if err != nil || !bytes.Equal(sealed, c.Ciphertext) {
		t.Errorf("seal: %x, %v", sealed, err)
	}
	got, err := peel(c.Enc, server.Secret, server.Public, client.Public, c.Ciphertext)
	if err != nil || !bytes.Equal(got, c.Message) {
		t.Errorf("open as server: %x, %v", got, err)
	}
}

// testResponse checks answers that must be refused.
func (c vectorCase) testResponse(t *testing.T) {
	if !c.MustFail {
		t.Skip("only refusals are defined")
	}
	l, err := layerOf(c.FinalSecret.key(), c.DestinationPublic.key())
	if err != nil {
		return
	}
	r := &Request{enc: c.Enc, layers: []*layer{l}}
	open := r.OpenNode
	if c.V4 {
		open = r.OpenServer
	}
	if reply, err := open(c.Wire); err == nil {
		t.Errorf("was accepted: %+v", reply)
	}
}

func (c vectorCase) build(rand *bytes.Reader) (*Request, error) {
	var path []Hop
	for _, h := range c.Hops {
		path = append(path, h.hop())
	}
	if !c.V4 {
		params, err := canonical(c.Body)
		if err != nil {
			return nil, err
		}
		return Node(rand, c.Enc, path, c.Destination.hop(), Call(c.Endpoint, params))
	}
	d := c.Destination
	s := Server{strings.TrimSuffix(d.Protocol, "://"), d.Host, d.Port, d.Public.key()}
	return V4(rand, c.Enc, path, s, Payload(d.Method, c.Endpoint, d.Headers, c.Body))
}

func (c vectorCase) testRequest(t *testing.T) {
	var draws []byte
	for _, r := range c.Random {
		draws = append(draws, r...)
	}
	r, err := c.build(bytes.NewReader(draws))
	if c.MustFail {
		if err == nil {
			t.Error("was accepted")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(r.Body, c.Blob) {
		t.Errorf("blob differs:\n%q\nwant\n%q", r.Body, []byte(c.Blob))
	}
	if !bytes.Equal(r.layers[0].public[:], c.FinalPublic) {
		t.Errorf("final public key %x", r.layers[0].public)
	}
	c.peelAll(t, c.Blob)
	c.openResponse(t, r)
}

// peelAll takes the layers off a request as the nodes would.
func (c vectorCase) peelAll(t *testing.T, blob []byte) {
	at := struct {
		Key string  `json:"ephemeral_key"`
		Enc EncType `json:"enc_type"`
	}{}
	sealed, route, err := unframe(blob)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range c.Layers {
		at.Enc = AESGCM
		if err := json.Unmarshal(route, &at); err != nil {
			t.Fatalf("layer %d: %v", i, err)
		}
		remote, err := hex.DecodeString(at.Key)
		if err != nil || !bytes.Equal(remote, want.Remote) {
			t.Fatalf("layer %d: key %s, want %x", i, at.Key, []byte(want.Remote))
		}
		keys := c.Destination.vectorKeys
		if n := 0; json.Unmarshal(want.Node, &n) == nil {
			keys = c.Hops[n]
		}
		payload, err := peel(at.Enc, keys.Secret, keys.Public, remote, sealed)
		if err != nil || !bytes.Equal(payload, want.Payload) {
			t.Fatalf("layer %d: payload %q, %v", i, payload, err)
		}
		if want.Routing == nil {
			continue
		}
		if sealed, route, err = unframe(payload); err != nil || string(route) != *want.Routing {
			t.Fatalf("layer %d: routing %q, %v", i, route, err)
		}
	}
}

func (c vectorCase) openResponse(t *testing.T, r *Request) {
	open := r.OpenNode
	if c.V4 {
		open = r.OpenServer
	}
	reply, err := open(c.Response.Wire)
	if err != nil {
		t.Fatal(err)
	}
	if reply.Status != c.Response.Status {
		t.Errorf("status %d, want %d", reply.Status, c.Response.Status)
	}
	headers := map[string]string{}
	for _, h := range c.Response.Headers {
		headers[strings.ToLower(h[0])] = h[1]
	}
	if len(headers)+len(reply.Headers) > 0 && !reflect.DeepEqual(headers, reply.Headers) {
		t.Errorf("headers %v, want %v", reply.Headers, headers)
	}
	if (reply.Body == nil) != (c.Response.Body == nil) || !bytes.Equal(reply.Body, c.Response.Body) && !equalJSON(reply.Body, c.Response.Body) {
		t.Errorf("body %q, want %q", reply.Body, []byte(c.Response.Body))
	}
	// The other direction: an answer made here is the one of the file.
	if len(c.Response.Random) == 0 {
		return
	}
	enc := c.Enc
	if len(c.Response.Random[0]) == 12 {
		enc = AESGCM
	}
	sealed := sealAsNode(t, enc, c.Destination.Secret, c.Destination.Public, c.FinalPublic, c.Response.Random[0], c.Response.Plaintext)
	if !bytes.Equal(sealed, c.Response.Encrypted) {
		t.Errorf("answer sealed as the destination: %x", sealed)
	}
	if !c.V4 {
		sealed = []byte(base64.StdEncoding.EncodeToString(sealed))
	}
	if !bytes.Contains(c.Response.Wire, sealed) {
		t.Errorf("wire does not hold the sealed answer")
	}
}

func equalJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// canonical rewrites the parameters as the reference does: sorted keys, no
// spaces, nothing escaped that need not be; nothing at all is {}.
func canonical(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return []byte("{}"), nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	out := appendJSON(nil, v)
	// encoding/json escapes these two for the sake of JavaScript.
	var b []byte
	for i := 0; i < len(out); i++ {
		switch rest := out[i:]; {
		case bytes.HasPrefix(rest, []byte(`\u2028`)), bytes.HasPrefix(rest, []byte(`\u2029`)):
			b = append(b, "\u2028"[0], "\u2028"[1], 0xa8+out[i+5]-'8')
			i += 5
		case rest[0] == '\\':
			b = append(b, rest[:2]...)
			i++
		default:
			b = append(b, rest[0])
		}
	}
	return b, nil
}
