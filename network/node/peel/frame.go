// Package peel takes onion requests apart on the side of the nodes: the frame,
// the decryption of one layer, and what the layer asks its node to do. It also
// encrypts the answer of the last node.
//
// It is written apart from the code of the client that builds onion requests,
// so that a mistake of one is not hidden by the same mistake of the other; both
// are checked against the same vectors. It does no I/O and starts no goroutines.
// Wire reference: session-foundation/session-storage-server:
// oxenss/rpc/onion_processing.cpp, oxenss/crypto/channel_encryption.cpp.
package peel

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

var errJSON = errors.New("not a JSON object")

// refusal is an error whose text clients see as it is.
type refusal string

func (r refusal) Error() string { return string(r) }

// Split takes a frame apart: a little-endian 32-bit length, that many bytes of
// ciphertext, and JSON up to the end. The parts are not copied.
func Split(frame []byte) (ciphertext, routing []byte, err error) {
	if len(frame) < 4 {
		return nil, nil, refusal("Unexpected payload size; expected ciphertext size")
	}
	n, rest := binary.LittleEndian.Uint32(frame), frame[4:]
	if uint64(n) > uint64(len(rest)) {
		return nil, nil, refusal(fmt.Sprintf("Unexpected payload size %d, expected >= %d", len(rest), n))
	}
	ciphertext, routing = rest[:n:n], rest[n:]
	if !utf8.Valid(routing) || !json.Valid(routing) {
		return nil, nil, errJSON
	}
	return ciphertext, routing, nil
}

// Join is the reverse of Split.
func Join(ciphertext, routing []byte) []byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(ciphertext)+len(routing)), uint32(len(ciphertext)))
	return append(append(b, ciphertext...), routing...)
}

// Request is a layer with what is needed to open it. It is the body of
// /onion_req/v2, and what one node passes to the next.
type Request struct {
	Ciphertext []byte
	Ephemeral  [32]byte // the sender's X25519 key for this layer
	Type       Type
	Hop        int // how many nodes handled the request before
}

// ParseRequest reads a Request. The text of the error is for the sender.
func ParseRequest(body []byte) (r Request, err error) {
	var routing []byte
	if r.Ciphertext, routing, err = Split(body); err != nil {
		return r, err
	}
	f := fields(routing)
	if r.Ephemeral, err = f.key("ephemeral_key"); err != nil {
		return r, err
	}
	if r.Type, err = f.encType(); err != nil {
		return r, err
	}
	if raw, ok := f["hop_no"]; ok {
		if err := json.Unmarshal(raw, &r.Hop); err != nil {
			return r, errors.New("hop_no must be a number")
		}
		r.Hop = max(0, r.Hop)
	}
	return r, nil
}

// Marshal is the reverse of ParseRequest.
func (r Request) Marshal() []byte {
	return Join(r.Ciphertext, fmt.Appendf(nil, `{"enc_type":"%s","ephemeral_key":"%x","hop_no":%d}`, r.Type, r.Ephemeral, r.Hop))
}

// What a layer can ask for: Classify returns a pointer to one of these.
type (
	// Final says that this node shall carry out the storage RPC request in Body.
	Final struct {
		Body   []byte
		JSON   bool // the answer's JSON body is embedded and not a string
		Base64 bool // the encrypted answer is base64, which is the default
	}
	// ToServer asks to post Payload, which is the whole plaintext of the layer,
	// to a server.
	ToServer struct {
		Payload                []byte
		Protocol, Host, Target string
		Port                   uint16
	}
	// ToNode asks to pass Next on to another node.
	ToNode struct {
		Destination [32]byte // its Ed25519 key
		Next        Request
	}
)

// Classify reads the plaintext of a layer. Every error means that its JSON is
// not what it should be.
func Classify(plaintext []byte) (any, error) {
	ciphertext, routing, err := Split(plaintext)
	if err != nil {
		return nil, err
	}
	f := fields(routing)
	if f == nil {
		return nil, errJSON
	}
	if _, ok := f["headers"]; ok {
		r := &Final{Body: ciphertext, Base64: true}
		return r, errors.Join(f.read("json", &r.JSON), f.read("base64", &r.Base64))
	}
	if _, ok := f["host"]; ok {
		r := &ToServer{Payload: plaintext, Port: 443, Protocol: "https"}
		if _, ok := f["target"]; !ok {
			return nil, errors.New("no target")
		}
		return r, errors.Join(f.read("host", &r.Host), f.read("target", &r.Target), f.read("port", &r.Port), f.read("protocol", &r.Protocol))
	}
	r := &ToNode{Next: Request{Ciphertext: ciphertext}}
	if r.Destination, err = f.key("destination"); err != nil {
		return nil, err
	}
	if r.Next.Ephemeral, err = f.key("ephemeral_key"); err != nil {
		return nil, err
	}
	r.Next.Type, err = f.encType()
	return r, err
}

// Allowed reports whether nodes post to this URL at all.
func (s *ToServer) Allowed() bool {
	return (s.Protocol == "http" || s.Protocol == "https") &&
		(strings.HasPrefix(s.Target, "/loki/") || strings.HasPrefix(s.Target, "/oxen/")) &&
		strings.HasSuffix(s.Target, "/lsrpc") && !strings.Contains(s.Target, "?")
}

type members map[string]json.RawMessage

func fields(routing []byte) (m members) {
	if json.Unmarshal(routing, &m) != nil {
		return nil
	}
	return m
}

// read decodes a member that may be absent, but not null.
func (m members) read(name string, into any) error {
	raw, ok := m[name]
	if !ok {
		return nil
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("%s has the wrong type", name)
	}
	return nil
}

func (m members) key(name string) (k [32]byte, err error) {
	var s string
	if _, ok := m[name]; !ok {
		return k, fmt.Errorf("key '%s' not found", name)
	}
	if err := m.read(name, &s); err != nil {
		return k, err
	}
	if len(s) != 64 {
		return k, fmt.Errorf("%s is not a key in hex", name)
	}
	if _, err := hex.Decode(k[:], []byte(s)); err != nil {
		return k, fmt.Errorf("%s is not a key in hex", name)
	}
	return k, nil
}

func (m members) encType() (Type, error) {
	s := "aes-gcm"
	if err := m.read("enc_type", &s); err != nil {
		return 0, err
	}
	switch s {
	case "aes-gcm", "gcm":
		return AESGCM, nil
	case "xchacha20", "xchacha20-poly1305":
		return XChaCha20, nil
	}
	return 0, refusal("Invalid encryption type " + s)
}
