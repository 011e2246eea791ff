package fileserver

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/blake2b"
)

// request is a request, whichever way it came.
type request struct {
	method, path, query string
	headers             map[string]string // names in lower case
	body                []byte
}

func newRequest(method, path, query string, headers map[string]string, body []byte) request {
	r := request{method, path, query, make(map[string]string, len(headers)), body}
	for name, value := range headers {
		r.headers[strings.ToLower(name)] = value
	}
	// The body of a form is not what the server calls data, and counts as empty.
	switch kind, _, _ := mime.ParseMediaType(r.headers["content-type"]); kind {
	case "application/x-www-form-urlencoded", "multipart/form-data":
		r.body = nil
	}
	return r
}

// response is an answer, whichever way it goes.
type response struct {
	code    int
	headers map[string]string // names in lower case
	body    []byte
}

// data answers with an object.
func data(code int, v any) response {
	body, err := json.Marshal(v)
	if err != nil {
		panic("internal error: an answer that is no JSON: " + err.Error())
	}
	return response{code, map[string]string{"content-type": "application/json"}, body}
}

// status answers with a code that is an object too.
func status(code int) response { return data(code, map[string]int{"status_code": code}) }

// text answers with a reason.
func text(code int, reason string) response {
	return response{code, map[string]string{"content-type": "text/plain; charset=utf-8"}, []byte(reason)}
}

// page answers as a web server does when no program took the request.
func page(code int) response {
	name := fmt.Sprintf("%d %s", code, http.StatusText(code))
	return response{code, map[string]string{"content-type": "text/html; charset=utf-8"},
		[]byte("<!doctype html>\n<html lang=en>\n<title>" + name + "</title>\n<h1>" + name + "</h1>\n")}
}

func notAllowed(allowed string) response {
	r := page(http.StatusMethodNotAllowed)
	r.headers["allow"] = allowed
	return r
}

// answer carries out a request.
func (s *Server) answer(r request) response {
	method, do := s.route(r.path)
	switch {
	case do == nil:
		return page(http.StatusNotFound)
	case r.method != method:
		return notAllowed(method)
	}
	return do(r)
}

func (s *Server) route(path string) (method string, do func(request) response) {
	parts := strings.Split(path, "/")
	with := func(do func(string, request) response) func(request) response {
		return func(r request) response { return do(parts[2], r) }
	}
	switch {
	case path == "/file":
		return http.MethodPost, s.upload
	case path == "/session_version":
		return http.MethodGet, s.version
	case len(parts) == 3 && parts[1] == "file":
		return http.MethodGet, with(s.download)
	case len(parts) == 3 && parts[1] == "files": // how apps asked before 2021
		return http.MethodGet, with(s.downloadText)
	case len(parts) == 4 && parts[1] == "file" && parts[3] == "info":
		return http.MethodGet, with(s.info)
	case len(parts) == 4 && parts[1] == "file" && parts[3] == "extend":
		return http.MethodPost, with(s.extend)
	}
	return "", nil
}

// fileID names a file by its content, in 44 characters: quic/put.cpp. (The
// Python side of the same server has the constant as a salt and not as a key.
// To clients an id means nothing.)
func fileID(body []byte) string {
	h, err := blake2b.New(33, []byte("SessionFileSvr\x00\x00"))
	if err != nil {
		panic("internal error: " + err.Error())
	}
	h.Write(body)
	return base64.URLEncoding.EncodeToString(h.Sum(nil))
}

func (s *Server) upload(r request) response {
	if len(r.body) == 0 || len(r.body) > MaxSize {
		return status(http.StatusRequestEntityTooLarge)
	}
	ttl, ok := lifetime(r)
	if !ok {
		return status(http.StatusBadRequest)
	}
	id := fileID(r.body)
	if s.o.NumericIDs {
		id = strconv.FormatUint(rand.Uint64N(1<<53), 10)
	}
	now := time.Now()
	f, err := s.shelf.put(id, r.body, now, now.Add(ttl))
	switch {
	case errors.Is(err, errFull):
		return status(http.StatusInsufficientStorage)
	case err != nil:
		s.o.Log.Error("file not stored", "err", err)
		return status(http.StatusInternalServerError)
	}
	return data(http.StatusOK, map[string]any{"id": id, "expires": seconds(f.expires)})
}

// lifetime is what the uploader asked for, in seconds.
func lifetime(r request) (time.Duration, bool) {
	asked, ok := r.headers["x-fs-ttl"]
	if !ok {
		return Lifetime, true
	}
	n, err := strconv.ParseInt(strings.TrimSpace(asked), 10, 64)
	if err != nil || n < 0 || n > int64(Lifetime/time.Second) {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}

// seconds is a moment as the server writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func (s *Server) download(id string, _ request) response {
	f, ok := s.shelf.get(id, time.Now())
	if !ok {
		return status(http.StatusNotFound)
	}
	body, err := s.shelf.read(id, f)
	if err != nil {
		s.o.Log.Error("file not read", "err", err)
		return status(http.StatusInternalServerError)
	}
	return response{http.StatusOK, map[string]string{
		"content-type": "application/octet-stream",
		"expires":      f.expires.UTC().Format(http.TimeFormat),
	}, body}
}

func (s *Server) downloadText(id string, r request) response {
	found := s.download(id, r)
	if found.code != http.StatusOK {
		return found
	}
	return data(http.StatusOK, map[string]any{"status_code": http.StatusOK, "result": found.body}) // JSON has bytes in base64
}

func (s *Server) info(id string, _ request) response {
	f, ok := s.shelf.get(id, time.Now())
	if !ok {
		return status(http.StatusNotFound)
	}
	return data(http.StatusOK, s.facts(f))
}

// extend lets a file live longer, never shorter: whoever knows the id may ask.
func (s *Server) extend(id string, r request) response {
	ttl, ok := lifetime(r)
	if !ok {
		return status(http.StatusBadRequest)
	}
	now := time.Now()
	if _, ok := s.shelf.get(id, now); !ok || len(id) < 44 { // a number may have been given to another file since
		return status(http.StatusNotFound)
	}
	f, err := s.shelf.extend(id, now.Add(ttl))
	switch {
	case errors.Is(err, errGone):
		return status(http.StatusNotFound)
	case err != nil:
		s.o.Log.Error("file not extended", "err", err)
		return status(http.StatusInternalServerError)
	}
	return data(http.StatusOK, s.facts(f))
}

func (s *Server) facts(f file) map[string]any {
	facts := map[string]any{"size": f.size, "uploaded": seconds(f.uploaded)}
	if !s.o.Untold {
		facts["expires"] = seconds(f.expires)
	}
	return facts
}
