package storage

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a refusal means to the one who asked. An *Error is one of these to
// errors.Is, by its status.
var (
	ErrInvalid      = errors.New("request refused as invalid")              // 400
	ErrUnauthorized = errors.New("signature refused")                       // 401
	ErrForbidden    = errors.New("not allowed")                             // 403
	ErrNotFound     = errors.New("not found")                               // 404
	ErrClock        = errors.New("timestamp refused, clocks differ")        // 406, 425
	ErrWrongSwarm   = errors.New("node is not in the owner's swarm")        // 421
	ErrBusy         = errors.New("too many requests")                       // 429
	ErrNode         = errors.New("service node failed")                     // 5xx
	ErrNotStored    = errors.New("no node of the swarm stored the message") // whatever the status
	ErrMalformed    = errors.New("malformed answer of a service node")
)

// Is maps the status to the sentinel that stands for it.
func (e *Error) Is(target error) bool { return target == kind(e.Code) }

func kind(code int) error {
	switch {
	case code == 400:
		return ErrInvalid
	case code == 401:
		return ErrUnauthorized
	case code == 403:
		return ErrForbidden
	case code == 404:
		return ErrNotFound
	case code == 406 || code == 425:
		return ErrClock
	case code == 421:
		return ErrWrongSwarm
	case code == 429:
		return ErrBusy
	case code >= 500:
		return ErrNode
	}
	return nil
}

// Err is nil for an answer with a status of success, else an *Error.
func (r Result) Err() error {
	if r.Code >= 200 && r.Code < 300 {
		return nil
	}
	var text string
	// A body that is no string is that of a 421 or 404, which has no text.
	_ = json.Unmarshal(r.Body, &text)
	return &Error{Code: r.Code, Text: line(text)}
}

// line is the part of a remote text that may stand in an error: one short
// line of printable characters.
func line(s string) string {
	const most = 160
	if len(s) > most {
		s = s[:most]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
