package rpc

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// fields reads the members of a params object with the strictness of a storage
// server: a member of the wrong type is an error, null is the same as absent,
// unknown members are ignored. The first error sticks; what is read after it
// is absent.
type fields struct {
	m   map[string]json.RawMessage
	err error
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fields) wrongType(name, want string) {
	f.fail("Invalid value given for '%s': expected %s", name, want)
}

func (f *fields) missing(name string) { f.fail("Required field '%s' missing", name) }

// raw is the value of a member, nil when it is absent.
func (f *fields) raw(name string) json.RawMessage {
	if v := f.m[name]; f.err == nil && len(v) > 0 && v[0] != 'n' {
		return v
	}
	return nil
}

func (f *fields) str(name string) (string, bool) {
	v := f.raw(name)
	if v == nil {
		return "", false
	}
	s, ok := unquote(v)
	if !ok {
		f.wrongType(name, "string")
	}
	return s, ok
}

func (f *fields) boolean(name string) bool {
	switch v := f.raw(name); {
	case v == nil, bytes.Equal(v, []byte("false")):
		return false
	case bytes.Equal(v, []byte("true")):
		return true
	}
	f.wrongType(name, "boolean")
	return false
}

func (f *fields) integer(name string) (int64, bool) {
	v := f.raw(name)
	if v == nil {
		return 0, false
	}
	n, ok := integer(v)
	if !ok {
		f.wrongType(name, "integer")
	}
	return n, ok
}

// timestamp reads milliseconds since 1970. A small number is taken for seconds
// and refused.
func (f *fields) timestamp(name string) (int64, bool) {
	v := f.raw(name)
	if v == nil {
		return 0, false
	}
	n, ok := wrapped(v)
	if !ok || v[0] == '-' {
		f.wrongType(name, "integer timestamp (in milliseconds)")
		return 0, false
	}
	if n < 1_000_000_000 {
		f.fail("Invalid timestamp for '%s': timestamp must be in milliseconds", name)
		return 0, false
	}
	return n, true
}

// lenientInteger also takes a number in a string: what old clients send in the
// timestamp and ttl of a store.
func (f *fields) lenientInteger(name, want string) (int64, bool) {
	return f.lenient(name, want, wrapped, integer)
}

// lenientUnsigned is lenientInteger for numbers that are not negative. Those of
// more than 63 bits wrap round.
func (f *fields) lenientUnsigned(name, want string) (int64, bool) {
	return f.lenient(name, want, unsigned, unsigned)
}

func (f *fields) lenient(name, want string, number, text func([]byte) (int64, bool)) (int64, bool) {
	v := f.raw(name)
	if v == nil {
		return 0, false
	}
	if s, ok := unquote(v); ok {
		n, ok := text([]byte(s))
		if !ok {
			f.fail("Invalid value given for '%s': %s", name, v)
		}
		return n, ok
	}
	n, ok := number(v)
	if !ok {
		f.wrongType(name, want)
	}
	return n, ok
}

func (f *fields) namespace(name string) (Namespace, bool) {
	v := f.raw(name)
	if v == nil {
		return 0, false
	}
	n, ok := integer(v)
	if !ok {
		f.wrongType(name, "16-bit integer")
		return 0, false
	}
	if n < math.MinInt16 || n > math.MaxInt16 {
		f.fail("Invalid value given for '%s': value out of range", name)
		return 0, false
	}
	return Namespace(n), true
}

func (f *fields) namespaces(name string) Namespaces {
	if s, ok := unquote(f.raw(name)); ok {
		if s != "all" {
			f.wrongType(name, `integer or "all"`)
		}
		return Namespaces{All: true}
	}
	if v := f.raw(name); v != nil {
		if _, ok := integer(v); !ok {
			f.wrongType(name, `integer or "all"`)
		}
	}
	n, _ := f.namespace(name)
	return Namespaces{One: n}
}

// list splits an array; a single value stands for an array of one.
func (f *fields) list(name string) []json.RawMessage {
	v := f.raw(name)
	if v == nil {
		return nil
	}
	if v[0] != '[' {
		return []json.RawMessage{v}
	}
	l := []json.RawMessage{}
	if err := json.Unmarshal(v, &l); err != nil {
		f.fail("Invalid value given for '%s'", name)
	}
	return l
}

// strings is nil only when the member is absent.
func (f *fields) strings(name string) []string {
	l := f.list(name)
	if l == nil {
		return nil
	}
	out := make([]string, 0, len(l))
	for _, v := range l {
		s, ok := unquote(v)
		if !ok {
			f.wrongType(name, "string array")
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (f *fields) integers(name string) []int64 {
	var out []int64
	for _, v := range f.list(name) {
		n, ok := integer(v)
		if !ok {
			f.wrongType(name, "integer array")
			return nil
		}
		out = append(out, n)
	}
	return out
}

// timestamps is nil only when the member is absent.
func (f *fields) timestamps(name string) []int64 {
	l := f.list(name)
	if l == nil {
		return nil
	}
	out := make([]int64, 0, len(l))
	for _, v := range l {
		n, ok := integer(v)
		if !ok || n < 0 {
			f.wrongType(name, "timestamp array")
			return nil
		}
		out = append(out, n)
	}
	return out
}

// integer takes the JSON numbers that are written without fraction or exponent.
func integer(v []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil && v[0] != '+'
}

// unsigned takes the numbers of integer that are not negative, up to 64 bits:
// the largest wrap round, as they do in storage servers.
func unsigned(v []byte) (int64, bool) {
	n, err := strconv.ParseUint(string(v), 10, 64)
	return int64(n), err == nil
}

// wrapped takes what integer or unsigned takes.
func wrapped(v []byte) (int64, bool) {
	if n, ok := integer(v); ok {
		return n, true
	}
	return unsigned(v)
}

func unquote(v json.RawMessage) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if body := v[1 : len(v)-1]; bytes.IndexByte(body, '\\') < 0 {
		return string(body), true
	}
	var s string
	return s, json.Unmarshal(v, &s) == nil
}

// decodeBase64 reads standard base64 with or without its padding.
func decodeBase64(s string) ([]byte, bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == '\r' || s[i] == '\n' { // which the decoder would skip
			return nil, false
		}
	}
	enc := base64.RawStdEncoding
	if len(s)%4 == 0 && len(s) > 0 && s[len(s)-1] == '=' {
		enc = base64.StdEncoding
	}
	b, err := enc.DecodeString(s)
	return b, err == nil
}

func decodeSignature(s string) (sig [64]byte, ok bool) {
	if len(s) != 86 && (len(s) != 88 || s[86:] != "==") {
		return sig, false
	}
	b, ok := decodeBase64(s)
	return sig, ok && copy(sig[:], b) == len(sig)
}

func decodeToken(s string) (t Token, ok bool) {
	var b []byte
	switch len(s) {
	case len(t) * 4 / 3:
		b, ok = decodeBase64(s)
	case len(t) * 2:
		var err error
		b, err = hex.DecodeString(s)
		ok = err == nil
	}
	return t, ok && copy(t[:], b) == len(t)
}
