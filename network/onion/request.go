// Package onion builds requests that are encrypted once for each node of a
// path, opens their answers, and reads the errors that nodes on the way give.
//
// Everything is pure: randomness is an argument, there is no I/O, no clock and
// no goroutine that outlives a call. The package knows neither how paths are chosen nor what is
// asked. It only ever encrypts requests and decrypts answers; what the nodes do
// lives elsewhere and shares no code with it.
//
// A layer is `u32le length || ciphertext || JSON`. The JSON, in clear for the
// first node and inside the previous layer for the others, says for whom the
// ciphertext is and with which ephemeral key it was made.
//
// Wire reference: oxen-io/oxen-storage-server: oxenss/rpc/onion_processing.cpp,
// oxenss/crypto/channel_encryption.cpp; session-foundation/libsession-util:
// src/onionreq.
package onion

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"seance/messaging/bencode"
)

// Hop is a node as a layer needs it.
type Hop struct {
	Ed25519 [32]byte
	X25519  [32]byte
}

// Server is an HTTP server that the last node of a path passes a request to.
type Server struct {
	Protocol string // "http" or "https"
	Host     string
	Port     uint16 // 0: the protocol's own
	X25519   [32]byte
}

// Target is the path at a server where onion requests of version 4 go.
const Target = "/oxen/v4/lsrpc"

const (
	lengthSize = 4 // of a frame
	// maxRoute is what a layer adds behind its text, unless a host's name is very
	// long.
	maxRoute = 512
)

// Request is an encrypted request, with the keys that open its answer.
type Request struct {
	Body   []byte // for POST /onion_req/v2 at the first hop
	enc    EncType
	layers []*layer // innermost (node or server) first
}

// Call is the storage RPC call of a method with the JSON object of its
// parameters, as Node takes it.
func Call(method string, params []byte) []byte {
	b := make([]byte, 0, len(params)+len(method)+32)
	b = append(b, `{"method":`...)
	b = appendJSON(b, method)
	b = append(b, `,"params":`...)
	b = append(b, params...)
	return append(b, '}')
}

// Node encrypts a call for a node, which is reached through path, guard first.
// With an empty path the node itself is the guard.
func Node(rand io.Reader, enc EncType, path []Hop, node Hop, call []byte) (*Request, error) {
	text := frame(call, []byte(`{"headers":""}`))
	return build(rand, enc, append(append(make([]Hop, 0, len(path)+1), path...), node), nil, text)
}

// V4 encrypts a request for a server, which is reached through path, guard
// first. payload is what Payload built.
func V4(rand io.Reader, enc EncType, path []Hop, server Server, payload []byte) (*Request, error) {
	if len(path) == 0 {
		return nil, errors.New("onion: no path to the server")
	}
	if server.Protocol != "http" && server.Protocol != "https" {
		return nil, errors.New("onion: the protocol of a server is http or https")
	}
	return build(rand, enc, path, &server, payload)
}

// Payload is the request of version 4: a list of a JSON head and, unless it is
// nil, the body. A body without a content type is sent as JSON.
func Payload(method, endpoint string, headers map[string]string, body []byte) []byte {
	if !strings.HasPrefix(endpoint, "/") {
		endpoint = "/" + endpoint
	}
	head := map[string]string{}
	typed := false
	for k, v := range headers {
		if strings.EqualFold(k, "User-Agent") {
			continue // would tell clients apart
		}
		typed = typed || strings.EqualFold(k, "Content-Type")
		head[k] = v
	}
	if body != nil && !typed {
		head["Content-Type"] = "application/json"
	}
	meta := appendJSON(nil, struct {
		Endpoint string            `json:"endpoint"`
		Headers  map[string]string `json:"headers"`
		Method   string            `json:"method"`
	}{endpoint, head, method})
	b := make([]byte, 0, len(meta)+len(body)+32)
	b = append(b, 'l')
	b = bencode.AppendString(b, meta)
	if body != nil {
		b = bencode.AppendString(b, body)
	}
	return append(b, 'e')
}

// build encrypts text for the last hop, or for the server behind it, and the
// result for each hop before it. The draws are, from the innermost layer
// outwards, a secret of 32 bytes and a nonce.
func build(rand io.Reader, enc EncType, hops []Hop, server *Server, text []byte) (*Request, error) {
	var remotes [][32]byte // innermost first, like all that is indexed by layer
	if server != nil {
		remotes = append(remotes, server.X25519)
	}
	for _, h := range slices.Backward(hops) {
		remotes = append(remotes, h.X25519)
	}
	d, err := draws(rand, enc, len(remotes))
	if err != nil {
		return nil, err
	}
	r := &Request{enc: enc}
	if r.layers, err = newLayers(d, remotes); err != nil {
		return nil, err
	}
	// Each layer is put around the one before it where that stands: a body may
	// have megabytes.
	start := len(d) * (lengthSize + len(d[0].nonce))
	b := make([]byte, start, start+len(text)+len(d)*maxRoute)
	b = append(b, text...)
	for i, l := range r.layers {
		start -= len(d[i].nonce)
		if b, err = l.seal(enc, d[i].nonce, b, start); err != nil {
			return nil, err
		}
		start -= lengthSize
		binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-lengthSize))
		// The node that reads the frame stands one place further out.
		switch hop := len(r.layers) - 1 - i; {
		case i == 0 && server != nil:
			b = append(b, server.route(enc, l.public)...)
		case hop > 0:
			b = append(b, hops[hop].route(enc, l.public)...)
		default:
			b = append(b, `{"enc_type":"`+string(enc)+`","ephemeral_key":"`+hex.EncodeToString(l.public[:])+`"}`...)
		}
	}
	r.Body = b[start:]
	return r, nil
}

// route tells the node before a hop where the ciphertext goes. Keys are in
// alphabetical order throughout, as the reference writes them.
func (h Hop) route(enc EncType, ephemeral [32]byte) []byte {
	return []byte(`{"destination":"` + hex.EncodeToString(h.Ed25519[:]) +
		`","enc_type":"` + string(enc) +
		`","ephemeral_key":"` + hex.EncodeToString(ephemeral[:]) + `"}`)
}

// route tells the last node which server the ciphertext goes to. It passes
// this JSON on to the server, which takes its key from it.
func (s Server) route(enc EncType, ephemeral [32]byte) []byte {
	port := s.Port
	if port == 0 {
		port = 443
		if s.Protocol == "http" {
			port = 80
		}
	}
	b := []byte(`{"enc_type":"` + string(enc) + `","ephemeral_key":"` + hex.EncodeToString(ephemeral[:]) + `","host":`)
	b = appendJSON(b, s.Host)
	b = append(b, `,"method":"POST","port":`...)
	b = strconv.AppendUint(b, uint64(port), 10)
	b = append(b, `,"protocol":"`...)
	b = append(b, s.Protocol...)
	return append(b, `","target":"`+Target+`"}`...)
}

// frame is u32le length || blob || JSON.
func frame(blob, json []byte) []byte {
	b := make([]byte, 0, 4+len(blob)+len(json))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(blob)))
	b = append(b, blob...)
	return append(b, json...)
}

// appendJSON encodes a string or a struct of strings, without the escapes that
// are only needed inside HTML.
func appendJSON(b []byte, v any) []byte {
	var w strings.Builder
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("internal error: strings that are no JSON: " + err.Error())
	}
	return append(b, strings.TrimSuffix(w.String(), "\n")...)
}
