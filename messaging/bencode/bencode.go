// Package bencode reads and writes bencoding, strictly: every value has
// exactly one encoding, and only that one is accepted. Bytes that are hashed
// or signed can therefore be decoded and encoded again without a change.
//
//	i-3e          integer, signed 64 bit, no leading zeros, no -0
//	4:text        byte string, the length without leading zeros
//	l...e         list
//	d...e         dictionary: byte strings and values in turn, the keys in
//	              strictly ascending byte-wise order
//
// Two ways of reading fit two needs. Decode builds a tree. A Decoder walks
// through the bytes without building anything, and can cut out the exact bytes
// of a value. For writing there are Append functions for parts and Append for
// a tree.
//
// The package knows nothing of what is encoded, imports only the standard
// library and starts no goroutines.
//
// Wire reference: BEP 3; session-foundation/libsession-util:
// docs/api/docs/config-merge-logic.md.
package bencode

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strconv"
)

// ErrMalformed is returned, wrapped, for input that is not the encoding of a
// value, is followed by other bytes, or is nested deeper than MaxDepth.
var ErrMalformed = errors.New("malformed bencoding")

// MaxDepth is how deep lists and dictionaries may be nested.
const MaxDepth = 32

// AppendInt appends an integer.
func AppendInt(b []byte, v int64) []byte {
	b = append(b, 'i')
	b = strconv.AppendInt(b, v, 10)
	return append(b, 'e')
}

// AppendString appends a byte string.
func AppendString[T ~string | ~[]byte](b []byte, s T) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	return append(b, s...)
}

// Append appends a tree: int, int64, string, []byte, []any and map[string]any.
// It panics for any other type, which is a mistake of the program.
func Append(b []byte, v any) []byte {
	switch v := v.(type) {
	case int:
		return AppendInt(b, int64(v))
	case int64:
		return AppendInt(b, v)
	case string:
		return AppendString(b, v)
	case []byte:
		return AppendString(b, v)
	case []any:
		b = append(b, 'l')
		for _, e := range v {
			b = Append(b, e)
		}
		return append(b, 'e')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		b = append(b, 'd')
		for _, k := range keys {
			b = AppendString(b, k)
			b = Append(b, v[k])
		}
		return append(b, 'e')
	}
	panic(fmt.Sprintf("internal error: bencode of %T", v))
}

// Decode reads one value that fills the input: int64, string (bytes, not
// necessarily UTF-8), []any or map[string]any. Strings are copies. The memory
// it takes is bounded by a multiple of the input's length.
func Decode(input []byte) (any, error) {
	d := NewDecoder(input)
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	return v, d.Finish()
}

func (d *Decoder) value() (any, error) {
	kind, err := d.Peek()
	if err != nil {
		return nil, err
	}
	switch kind {
	case Int:
		return d.Int()
	case String:
		s, err := d.Bytes()
		return string(s), err
	case List:
		if err := d.List(); err != nil {
			return nil, err
		}
		list := []any{}
		for d.More() {
			v, err := d.value()
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, d.End()
	default:
		if err := d.Dict(); err != nil {
			return nil, err
		}
		dict := map[string]any{}
		for d.More() {
			key, err := d.Key()
			if err != nil {
				return nil, err
			}
			v, err := d.value()
			if err != nil {
				return nil, err
			}
			dict[string(key)] = v
		}
		return dict, d.End()
	}
}

// Kind is the kind of a value.
type Kind byte

// The kinds of values.
const (
	Int Kind = iota + 1
	String
	List
	Dict
)

// Decoder walks through an encoding. After the first error all further calls
// fail with it. Dictionaries are read by Dict, then Key and a value in turn
// while More, then End.
type Decoder struct {
	in    []byte
	at    int
	open  []scope
	err   error
	keyed bool // a key was read and its value is due
}

// scope is a list or dictionary that was entered.
type scope struct {
	dict bool
	last []byte // the previous key
	any  bool   // there was one
}

// NewDecoder reads input, which must not be changed as long as the decoder and
// the slices it returned are in use.
func NewDecoder(input []byte) *Decoder { return &Decoder{in: input} }

// Offset is the position of the next unread byte in the input.
func (d *Decoder) Offset() int { return d.at }

func (d *Decoder) fail(what string) error {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s at byte %d", ErrMalformed, what, d.at)
	}
	return d.err
}

// Peek is the kind of the value that comes next.
func (d *Decoder) Peek() (Kind, error) {
	if d.err != nil {
		return 0, d.err
	}
	if n := len(d.open); n == 0 {
		if d.at > 0 {
			return 0, d.fail("second value")
		}
	} else if d.open[n-1].dict && !d.keyed {
		return 0, d.fail("value without key")
	}
	if d.at >= len(d.in) {
		return 0, d.fail("end of input")
	}
	switch c := d.in[d.at]; {
	case c == 'i':
		return Int, nil
	case c == 'l':
		return List, nil
	case c == 'd':
		return Dict, nil
	case c >= '0' && c <= '9':
		return String, nil
	}
	return 0, d.fail("no value")
}

// want checks the kind of the next value and that it may stand here.
func (d *Decoder) want(k Kind, what string) error {
	got, err := d.Peek()
	if err != nil {
		return err
	}
	if got != k {
		return d.fail(what + " expected")
	}
	return nil
}

// Int reads an integer.
func (d *Decoder) Int() (int64, error) {
	if err := d.want(Int, "integer"); err != nil {
		return 0, err
	}
	const longest = 20 // digits and sign of the smallest int64
	rest := d.in[d.at+1:]
	end := bytes.IndexByte(rest[:min(len(rest), longest+1)], 'e')
	if end < 0 {
		return 0, d.fail("integer without end")
	}
	digits := string(rest[:end])
	v, err := strconv.ParseInt(digits, 10, 64)
	// What strconv would write is the one form that is accepted.
	if err != nil || strconv.FormatInt(v, 10) != digits {
		return 0, d.fail("integer")
	}
	d.at += 1 + end + 1
	d.keyed = false
	return v, nil
}

// Bytes reads a byte string. The slice is part of the input.
func (d *Decoder) Bytes() ([]byte, error) {
	if err := d.want(String, "byte string"); err != nil {
		return nil, err
	}
	s, err := d.str()
	d.keyed = false
	return s, err
}

func (d *Decoder) str() ([]byte, error) {
	const longest = 10 // digits of a length
	rest := d.in[d.at:]
	colon := bytes.IndexByte(rest[:min(len(rest), longest+1)], ':')
	if colon <= 0 {
		return nil, d.fail("length of a byte string")
	}
	n, err := strconv.ParseUint(string(rest[:colon]), 10, 40)
	if err != nil || (rest[0] == '0' && colon > 1) {
		return nil, d.fail("length of a byte string")
	}
	rest = rest[colon+1:]
	if n > uint64(len(rest)) {
		return nil, d.fail("byte string beyond the end of input")
	}
	d.at += colon + 1 + int(n)
	return rest[:n:n], nil
}

// List enters a list.
func (d *Decoder) List() error { return d.enter(List, "list") }

// Dict enters a dictionary.
func (d *Decoder) Dict() error { return d.enter(Dict, "dictionary") }

func (d *Decoder) enter(k Kind, what string) error {
	if err := d.want(k, what); err != nil {
		return err
	}
	if len(d.open) >= MaxDepth {
		return d.fail("nested too deep")
	}
	d.open = append(d.open, scope{dict: k == Dict})
	d.at++
	d.keyed = false
	return nil
}

// More reports whether the list or dictionary that was entered last has
// another element.
func (d *Decoder) More() bool {
	return d.err == nil && len(d.open) > 0 && d.at < len(d.in) && d.in[d.at] != 'e'
}

// Key reads the next key of a dictionary. The slice is part of the input.
func (d *Decoder) Key() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	if len(d.open) == 0 || !d.open[len(d.open)-1].dict || d.keyed {
		return nil, d.fail("no place for a key")
	}
	start := d.at
	key, err := d.str()
	if err != nil {
		return nil, err
	}
	s := &d.open[len(d.open)-1]
	if s.any && bytes.Compare(s.last, key) >= 0 {
		d.at = start
		return nil, d.fail("key out of order")
	}
	s.last, s.any = key, true
	d.keyed = true
	return key, nil
}

// End leaves the list or dictionary that was entered last. It fails if
// elements are left.
func (d *Decoder) End() error {
	if d.err != nil {
		return d.err
	}
	if len(d.open) == 0 || d.keyed || d.at >= len(d.in) || d.in[d.at] != 'e' {
		return d.fail("end of a list or dictionary expected")
	}
	d.open = d.open[:len(d.open)-1]
	d.at++
	return nil
}

// Raw reads over one value of any kind, checks it, and returns its bytes,
// which are part of the input.
func (d *Decoder) Raw() ([]byte, error) {
	start := d.at
	kind, err := d.Peek()
	if err != nil {
		return nil, err
	}
	switch kind {
	case Int:
		_, err = d.Int()
	case String:
		_, err = d.Bytes()
	default:
		err = d.skip(kind)
	}
	return d.in[start:d.at:d.at], err
}

func (d *Decoder) skip(k Kind) error {
	if err := d.enter(k, "list or dictionary"); err != nil {
		return err
	}
	for d.More() {
		if k == Dict {
			if _, err := d.Key(); err != nil {
				return err
			}
		}
		if _, err := d.Raw(); err != nil {
			return err
		}
	}
	return d.End()
}

// Finish fails if the value is incomplete or other bytes follow it.
func (d *Decoder) Finish() error {
	if d.err != nil {
		return d.err
	}
	if d.at == 0 || len(d.open) > 0 || d.at != len(d.in) {
		return d.fail("end of input expected")
	}
	return nil
}
