package onion

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"seance/messaging/bencode"
)

// ErrMalformed is returned, wrapped, for an answer that was decrypted but does
// not have the shape of one.
var ErrMalformed = errors.New("malformed onion answer")

// ErrRefused is returned, wrapped with the text, when the last node of the
// path answered in place of the server that the request was for.
var ErrRefused = errors.New("refused by the last node of the path")

// Reply is the answer of the node or server that a request was for.
type Reply struct {
	Status  int
	Headers map[string]string // names in lower case; nil if there were none
	Body    []byte            // nil if there was none
}

// OpenNode reads the answer of a node: base64, alone or as {"result": base64},
// of {"status", "body"}.
func (r *Request) OpenNode(wire []byte) (Reply, error) {
	sealed, err := unwrap(wire)
	if err != nil {
		return Reply{}, err
	}
	text, err := r.layers[0].openAny(r.enc, sealed)
	if err != nil {
		return Reply{}, fmt.Errorf("%w (%d bytes)", err, len(wire))
	}
	return parseNode(text)
}

// OpenServer reads the answer of a server: raw bytes of a bencoded list. If the
// last node of the path refused to pass the request on, its refusal was
// encrypted, in the manner of nodes, with the key of its own layer: that is
// ErrRefused.
func (r *Request) OpenServer(wire []byte) (Reply, error) {
	text, err := r.layers[0].openAny(r.enc, wire)
	if err == nil {
		return parseServer(text)
	}
	sealed, refusal := unwrap(wire)
	if refusal != nil || len(r.layers) < 2 {
		return Reply{}, fmt.Errorf("%w (%d bytes)", err, len(wire))
	}
	if text, refusal = r.layers[1].openAny(r.enc, sealed); refusal != nil {
		return Reply{}, fmt.Errorf("%w (%d bytes)", err, len(wire))
	}
	reply, err := parseNode(text)
	if err != nil {
		return Reply{}, err
	}
	return Reply{}, fmt.Errorf("%w: %d %s", ErrRefused, reply.Status, short(reply.Body))
}

// unwrap takes the base64 off a node's answer.
func unwrap(wire []byte) ([]byte, error) {
	wire = bytes.TrimSpace(wire)
	if len(wire) > 0 && wire[0] == '{' {
		var a struct {
			Result string `json:"result"`
		}
		if err := json.Unmarshal(wire, &a); err != nil || a.Result == "" {
			return nil, fmt.Errorf("%w: no result", ErrMalformed)
		}
		wire = []byte(a.Result)
	}
	sealed := make([]byte, base64.StdEncoding.DecodedLen(len(wire)))
	n, err := base64.StdEncoding.Decode(sealed, wire)
	if err != nil {
		return nil, fmt.Errorf("%w: not base64", ErrMalformed)
	}
	return sealed[:n], nil
}

// parseNode reads {"status", "body"}. A body is nearly always a string; without
// one the whole answer is the body.
func parseNode(text []byte) (Reply, error) {
	var a struct {
		Status     *int            `json:"status"`
		StatusCode *int            `json:"status_code"`
		Headers    json.RawMessage `json:"headers"`
		Body       json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return Reply{}, fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	var reply Reply
	switch {
	case a.StatusCode != nil:
		reply.Status = *a.StatusCode
	case a.Status != nil:
		reply.Status = *a.Status
	default:
		return Reply{}, fmt.Errorf("%w: no status", ErrMalformed)
	}
	reply.Headers = parseHeaders(a.Headers)
	var body *string
	if len(a.Body) > 0 && json.Unmarshal(a.Body, &body) == nil && body != nil {
		reply.Body = []byte(*body)
	} else {
		reply.Body = text
	}
	return reply, nil
}

// parseServer reads a list of the JSON head and, where there is one, the body.
func parseServer(text []byte) (Reply, error) {
	d := bencode.NewDecoder(text)
	if err := d.List(); err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	head, err := d.Bytes()
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var body []byte
	if d.More() {
		if body, err = d.Bytes(); err != nil {
			return Reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	if err := errors.Join(d.End(), d.Finish()); err != nil {
		return Reply{}, fmt.Errorf("%w: list of one or two", ErrMalformed)
	}
	var a struct {
		Code    *int            `json:"code"`
		Headers json.RawMessage `json:"headers"`
	}
	if err := json.Unmarshal(head, &a); err != nil || a.Code == nil {
		return Reply{}, fmt.Errorf("%w: no code", ErrMalformed)
	}
	return Reply{Status: *a.Code, Headers: parseHeaders(a.Headers), Body: body}, nil
}

// parseHeaders takes what is a string or a number and drops the rest: a server
// that writes nonsense into a header may still have a good body.
func parseHeaders(b json.RawMessage) map[string]string {
	var raw map[string]json.RawMessage
	if len(b) == 0 || json.Unmarshal(b, &raw) != nil || len(raw) == 0 {
		return nil
	}
	headers := make(map[string]string, len(raw))
	for k, v := range raw {
		var s string
		if json.Unmarshal(v, &s) != nil {
			var n json.Number
			if json.Unmarshal(v, &n) != nil {
				continue
			}
			s = n.String()
		}
		headers[strings.ToLower(k)] = s
	}
	return headers
}

// short is a remote text as it may stand in an error.
func short(b []byte) string {
	const most = 120
	if len(b) > most {
		b = b[:most]
	}
	return strconv.Quote(string(b))
}
