package rpc

import (
	"bytes"
	"encoding/json"
)

// Response is the answer to a request: plain text, or JSON when JSON is not nil.
type Response struct {
	Status int // an HTTP status
	Text   string
	JSON   any
}

// Text is a response of plain text, as all errors are but 421 and one 404.
func Text(status int, text string) *Response { return &Response{Status: status, Text: text} }

// JSON is a response with a JSON body.
func JSON(status int, v any) *Response { return &Response{Status: status, JSON: v} }

// OK reports whether the request was carried out: what a sequence goes on after.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status <= 299 }

// Body is the bytes of the body. JSON is written like the nodes write it:
// without spaces, with characters outside ASCII as they are.
func (r *Response) Body() []byte {
	if r.JSON == nil {
		return []byte(r.Text)
	}
	return Encode(r.JSON)
}

// Value is the body as a member of another JSON value: text is a string there.
func (r *Response) Value() any {
	if r.JSON == nil {
		return r.Text
	}
	return r.JSON
}

// Encode writes JSON without spaces and without escaping what HTML gives a
// meaning to. Values that JSON cannot hold do not occur in answers.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
