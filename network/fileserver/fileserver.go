// Package fileserver is the client of file servers, which keep encrypted files
// for a while: upload, download, asking about a file and letting it live longer.
// All goes through onion requests; a server sees neither an address nor a name,
// and only bytes that mean nothing to it.
//
// The package knows nothing of encryption, messages or URLs. It starts no
// goroutines.
//
// Wire reference: session-foundation/session-file-server:
// fileserver/routes.py; session-foundation/session-desktop:
// ts/session/apis/file_server_api/FileServerApi.ts.
package fileserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"seance/network"
)

// ErrGone is returned, wrapped, if the server does not have the file: it never
// did, or the file's time is over.
var ErrGone = errors.New("the file is no longer on the server")

// ErrTooLarge is returned, wrapped, if the server does not take a file of this
// size, or if what it sends is larger than was asked for.
var ErrTooLarge = errors.New("the file is too large")

// ErrRefused is returned, wrapped with the status, for any other refusal.
var ErrRefused = errors.New("the file server refused")

// ErrMalformed is returned, wrapped, for an answer that cannot be understood.
var ErrMalformed = errors.New("malformed answer of the file server")

// Client talks to file servers.
type Client struct{ net *network.Client }

// New is a client on a network. Its methods may be called from any goroutine.
func New(net *network.Client) *Client { return &Client{net} }

// Progress is told how many bytes have gone over the line so far, and of how
// many. It is called on the caller's goroutine or another one, never twice at
// once, and must not block. done falls back if an attempt failed.
type Progress func(done, total int64)

// File is what a server says of a file.
type File struct {
	ID       string
	Size     int64     // bytes; 0 if it does not say
	Uploaded time.Time // zero if it does not say
	Expires  time.Time // zero if it does not say
}

const (
	attempts   = 3
	retryPause = time.Second
	// patience is how long nothing may happen.
	patience = 30 * time.Second
	// afterwards is, in bytes a second, what an upload may need besides when all
	// of it was handed to the operating system: some may still wait there, and
	// each node passes it on when it has it all.
	afterwards = 128 << 10
	// maxNote bounds an answer that is no file.
	maxNote = 16 << 10
)

// Upload stores a file, for as long as the server likes if ttl is 0. The error
// wraps ErrTooLarge, ErrRefused or ErrMalformed, or is one of network's.
// progress may be nil. The server may get the file twice.
func (c *Client) Upload(ctx context.Context, s network.Server, blob []byte, ttl time.Duration, progress Progress) (File, error) {
	r := network.ServerRequest{
		Method: http.MethodPost, Endpoint: "/file", Body: blob, Headers: lifetime(ttl),
		Timeout: patience + time.Duration(len(blob)/afterwards)*time.Second, MaxAnswer: maxNote,
	}
	// Without a type of its own the body would be taken for a form and lost; the
	// file's name is nobody's business.
	r.Headers["Content-Type"] = "application/octet-stream"
	r.Headers["Content-Disposition"] = "attachment"
	if progress != nil {
		r.Progress = func(sent, _ int64) { progress(min(sent, int64(len(blob))), int64(len(blob))) }
	}
	body, err := c.ask(ctx, s, r)
	if err != nil {
		return File{}, fmt.Errorf("upload: %w", err)
	}
	f, err := parse(body)
	if err == nil && !validID(f.ID) {
		err = fmt.Errorf("%w: no ID", ErrMalformed)
	}
	if err != nil {
		return File{}, fmt.Errorf("upload: %w", err)
	}
	f.Size = int64(len(blob))
	return f, nil
}

// Download fetches a file of at most maxSize bytes. progress, which may be nil,
// is told maxSize as the total. The error wraps ErrGone, ErrTooLarge or
// ErrRefused, or is one of network's.
func (c *Client) Download(ctx context.Context, s network.Server, id string, maxSize int64, progress Progress) ([]byte, error) {
	if !validID(id) {
		return nil, fmt.Errorf("download: %w: malformed ID", ErrGone)
	}
	r := network.ServerRequest{Method: http.MethodGet, Endpoint: "/file/" + id, Timeout: patience, MaxAnswer: maxSize}
	if progress != nil {
		r.Progress = func(_, received int64) { progress(min(received, maxSize), maxSize) }
	}
	body, err := c.ask(ctx, s, r)
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	return body, nil
}

// Info asks about a file. The error is as in Download, or wraps ErrMalformed.
func (c *Client) Info(ctx context.Context, s network.Server, id string) (File, error) {
	return c.describe(ctx, s, id, network.ServerRequest{Method: http.MethodGet, Endpoint: "/file/" + id + "/info"})
}

// Extend lets a file live ttl from now on, or as long as the server likes if
// ttl is 0. Servers do this for IDs of 44 characters only. The error is as in
// Info.
func (c *Client) Extend(ctx context.Context, s network.Server, id string, ttl time.Duration) (File, error) {
	return c.describe(ctx, s, id, network.ServerRequest{Method: http.MethodPost, Endpoint: "/file/" + id + "/extend", Headers: lifetime(ttl)})
}

func (c *Client) describe(ctx context.Context, s network.Server, id string, r network.ServerRequest) (File, error) {
	what := r.Endpoint[strings.LastIndexByte(r.Endpoint, '/')+1:]
	if !validID(id) {
		return File{}, fmt.Errorf("%s: %w: malformed ID", what, ErrGone)
	}
	r.Timeout, r.MaxAnswer = patience, maxNote
	body, err := c.ask(ctx, s, r)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", what, err)
	}
	f, err := parse(body)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", what, err)
	}
	f.ID = id
	return f, nil
}

func lifetime(ttl time.Duration) map[string]string {
	if ttl <= 0 {
		return map[string]string{}
	}
	return map[string]string{"X-FS-TTL": strconv.FormatInt(int64(math.Ceil(ttl.Seconds())), 10)}
}

// ask sends a request until the server has an answer to it. What went wrong on
// the way, or in the server, is tried again.
func (c *Client) ask(ctx context.Context, s network.Server, r network.ServerRequest) ([]byte, error) {
	r.Attempts = 1
	for attempt := 1; ; attempt++ {
		answer, err := c.net.Server(ctx, s, r)
		switch {
		case errors.Is(err, network.ErrAnswerTooLarge):
			return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
		case err == nil && answer.Code < 500:
			return answer.Body, judge(answer.Code)
		case err == nil:
			err = judge(answer.Code)
		}
		if attempt == attempts || errors.Is(err, network.ErrOffline) || ctx.Err() != nil || !pause(ctx) {
			return nil, err
		}
	}
}

func judge(code int) error {
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusNotFound:
		return ErrGone
	case code == http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	}
	return fmt.Errorf("%w: status %d", ErrRefused, code)
}

func pause(ctx context.Context) bool {
	t := time.NewTimer(retryPause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// parse reads what a server says of a file. IDs are strings, or numbers on
// older servers; times are seconds with decimals.
func parse(body []byte) (File, error) {
	var a struct {
		ID                json.RawMessage
		Size              int64
		Uploaded, Expires float64
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return File{}, fmt.Errorf("%w: not the JSON of a file", ErrMalformed)
	}
	return File{ID: strings.Trim(string(a.ID), `"`), Size: max(0, a.Size), Uploaded: seconds(a.Uploaded), Expires: seconds(a.Expires)}, nil
}

// seconds is zero for what is no time within the next thousands of years.
func seconds(s float64) time.Time {
	if s <= 0 || s > 1<<37 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s * 1000))
}

// validID reports whether a text is an ID: 44 characters of base64url, or the
// digits of a number.
func validID(id string) bool {
	const digits = "0123456789"
	switch {
	case len(id) == 44:
		return strings.Trim(id, digits+"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") == ""
	case len(id) == 0 || len(id) > 20:
		return false
	}
	return strings.Trim(id, digits) == ""
}
