package fileserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"seance/network/node/peel"
)

// onionPath is where the last nodes of paths post onion requests.
const onionPath = "/oxen/v4/lsrpc"

var errV4 = errors.New("not a request of version 4")

// onion opens an onion request, answers it, and encrypts the answer. Only what
// cannot be opened is answered in clear.
func (s *Server) onion(body []byte) response {
	sealed, err := peel.ParseRequest(body)
	if err != nil {
		return page(http.StatusBadRequest)
	}
	plain, err := s.o.Key.Open(sealed.Type, sealed.Ciphertext, sealed.Ephemeral)
	if err != nil {
		return page(http.StatusBadRequest)
	}
	var r response
	if asked, err := parseV4(plain); err == nil {
		r = s.answer(asked)
	} else {
		r = text(http.StatusBadRequest, "This is not a request of version 4.")
	}
	out, err := s.o.Key.Seal(s.o.Rand, sealed.Type, r.v4(), sealed.Ephemeral)
	if err != nil {
		return page(http.StatusInternalServerError)
	}
	return response{http.StatusOK, map[string]string{"content-type": "text/html; charset=utf-8"}, out} // what Flask calls bytes
}

// parseV4 reads a bencoded list of one or two byte strings: a JSON object with
// method, endpoint and headers, and the body. What is refused here the server of
// the Session Network refuses as well. The body is part of plain.
func parseV4(plain []byte) (request, error) {
	if len(plain) < 2 || plain[0] != 'l' || plain[len(plain)-1] != 'e' {
		return request{}, errV4
	}
	head, rest, err := cutString(plain[1 : len(plain)-1])
	if err != nil {
		return request{}, err
	}
	var body []byte
	if len(rest) > 0 {
		if body, rest, err = cutString(rest); err != nil || len(rest) > 0 {
			return request{}, errV4
		}
	}
	var members map[string]json.RawMessage // a struct would take "Method" for "method"
	if !utf8.Valid(head) || json.Unmarshal(head, &members) != nil {
		return request{}, errV4
	}
	var method, endpoint *string
	headers := map[string]string{}
	for name, into := range map[string]any{"method": &method, "endpoint": &endpoint, "headers": &headers} {
		if raw, ok := members[name]; ok && json.Unmarshal(raw, into) != nil {
			return request{}, errV4
		}
	}
	if method == nil || endpoint == nil || headers == nil || !strings.HasPrefix(*endpoint, "/") {
		return request{}, errV4
	}
	path, query, _ := strings.Cut(*endpoint, "?")
	return newRequest(*method, path, query, headers, body), nil
}

// cutString takes the byte string off the front of b.
func cutString(b []byte) (s, rest []byte, err error) {
	digits, _, ok := bytes.Cut(b[:min(len(b), 20)], []byte(":"))
	if !ok || len(digits) == 0 || len(bytes.Trim(digits, "0123456789")) > 0 {
		return nil, nil, errV4
	}
	n, err := strconv.ParseUint(string(digits), 10, 32)
	rest = b[len(digits)+1:]
	if err != nil || n > uint64(len(rest)) {
		return nil, nil, errV4
	}
	return rest[:n:n], rest[n:], nil
}

// v4 is the reverse: a list of the code with the headers, and the body.
func (r response) v4() []byte {
	head, err := json.Marshal(struct {
		Code    int               `json:"code"`
		Headers map[string]string `json:"headers"`
	}{r.code, r.headers})
	if err != nil {
		panic("internal error: strings that are no JSON: " + err.Error())
	}
	b := make([]byte, 0, len(head)+len(r.body)+32)
	b = append(b, 'l')
	for _, part := range [][]byte{head, r.body} {
		b = strconv.AppendInt(b, int64(len(part)), 10)
		b = append(b, ':')
		b = append(b, part...)
	}
	return append(b, 'e')
}
