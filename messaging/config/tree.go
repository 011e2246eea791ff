package config

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"seance/messaging/bencode"
)

// The data of a config is a tree of dictionaries. Nothing in it is ever
// changed: an edit makes new nodes on the way from the root to what it
// changes and shares all others. Two versions of a config therefore share most
// of their nodes, and what differs between them is found without looking at
// what does not.

// value is a node: number, text, *set or *dict. Numbers and texts, which the
// others are made of, are compared with ==; sets and dicts are then compared
// by identity.
type value interface {
	append(b []byte) []byte
}

type (
	number int64
	text   string
)

// set holds numbers, ascending, then texts, ascending; never none.
type set struct{ elements []value }

// dict holds entries in the order of their keys. Only the root may hold none.
type dict struct{ entries []entry }

type entry struct {
	key   string
	value value
}

func (n number) append(b []byte) []byte { return bencode.AppendInt(b, int64(n)) }

func (t text) append(b []byte) []byte { return bencode.AppendString(b, t) }

func (s *set) append(b []byte) []byte {
	b = append(b, 'l')
	for _, e := range s.elements {
		b = e.append(b)
	}
	return append(b, 'e')
}

func (d *dict) append(b []byte) []byte {
	b = append(b, 'd')
	for _, e := range d.all() {
		b = bencode.AppendString(b, e.key)
		b = e.value.append(b)
	}
	return append(b, 'e')
}

// all is the entries; a nil dict has none.
func (d *dict) all() []entry {
	if d == nil {
		return nil
	}
	return d.entries
}

// search finds key in entries, or where it would stand. It is fast if that is
// at the beginning, as it is when keys are looked up in their order.
func search(entries []entry, key string) (int, bool) {
	if len(entries) == 0 || entries[0].key >= key {
		return 0, len(entries) > 0 && entries[0].key == key
	}
	// The first key is less, so a range that holds the place is found by
	// doubling, then halved.
	bound := 1
	for bound < len(entries) && entries[bound].key < key {
		bound *= 2
	}
	from := bound / 2
	at, found := slices.BinarySearchFunc(entries[from:min(bound+1, len(entries))], key,
		func(e entry, key string) int { return strings.Compare(e.key, key) })
	return from + at, found
}

// get is the value at the end of path, nil if there is none.
func (d *dict) get(path ...string) value {
	for i, key := range path {
		at, ok := search(d.all(), key)
		if !ok {
			return nil
		}
		v := d.entries[at].value
		if i == len(path)-1 {
			return v
		}
		if d, ok = v.(*dict); !ok {
			return nil
		}
	}
	return d
}

// dict is the dictionary at the end of path, nil if there is none.
func (d *dict) dict(path ...string) *dict {
	found, _ := d.get(path...).(*dict)
	return found
}

// with is d with v at the end of path. Dictionaries on the way are made where
// there are none. A nil v, or an empty dict, takes away what is there, and
// dictionaries that become empty by it. If nothing changes it is d itself.
func (d *dict) with(v value, path ...string) *dict {
	key := path[0]
	at, found := search(d.all(), key)
	if len(path) > 1 {
		var sub *dict
		if found {
			sub, _ = d.entries[at].value.(*dict)
		}
		if sub == nil && v == nil {
			return d
		}
		v = sub.with(v, path[1:]...)
	}
	if sub, ok := v.(*dict); ok && len(sub.all()) == 0 {
		v = nil
	}
	switch {
	case found && v == nil:
		return &dict{slices.Delete(slices.Clone(d.entries), at, at+1)}
	case found && same(d.entries[at].value, v), !found && v == nil:
		return d
	case found:
		changed := slices.Clone(d.entries)
		changed[at].value = v
		return &dict{changed}
	}
	entries := d.all()
	changed := make([]entry, 0, len(entries)+1)
	changed = append(changed, entries[:at]...)
	changed = append(changed, entry{key, v})
	return &dict{append(changed, entries[at:]...)}
}

// same reports whether two values are equal. Of dicts, different nodes count
// as different.
func same(a, b value) bool {
	if a == b {
		return true
	}
	s, ok := a.(*set)
	o, ook := b.(*set)
	return ok && ook && slices.Equal(s.elements, o.elements)
}

// equal compares all that is in two dictionaries.
func (d *dict) equal(o *dict) bool {
	return d == o || slices.EqualFunc(d.all(), o.all(), func(a, b entry) bool {
		if a.key != b.key {
			return false
		}
		sub, ok := a.value.(*dict)
		other, also := b.value.(*dict)
		return ok && also && sub.equal(other) || same(a.value, b.value)
	})
}

// compareElements is the order within a set.
func compareElements(a, b value) int {
	an, aIsNumber := a.(number)
	bn, bIsNumber := b.(number)
	switch {
	case aIsNumber && bIsNumber:
		return cmp.Compare(an, bn)
	case aIsNumber:
		return -1
	case bIsNumber:
		return 1
	}
	return strings.Compare(string(a.(text)), string(b.(text)))
}

// newSet is a set of elements in any order, nil for none.
func newSet(elements []value) value {
	if len(elements) == 0 {
		return nil
	}
	slices.SortFunc(elements, compareElements)
	return &set{slices.Compact(elements)}
}

// parser reads trees. What it makes holds on to the whole input, but no string
// is copied.
type parser struct {
	*bencode.Decoder
	input string
	*scratch
}

// scratch is what the reading of one tree needs beside it.
type scratch struct {
	// open are the entries of the dictionaries that are being read, the
	// innermost ones last.
	open []entry
	// room is where those of the next ones go that are complete. Most are
	// small, so many share one allocation.
	room []entry
}

// keep copies entries to where they stay.
func (s *scratch) keep(entries []entry) []entry {
	const many = 256
	n := len(entries)
	if n > many/4 {
		return slices.Clone(entries)
	}
	if n > len(s.room) {
		s.room = make([]entry, many)
	}
	kept := s.room[:n:n]
	s.room = s.room[n:]
	copy(kept, entries)
	return kept
}

func newParser(input []byte) parser {
	return parser{bencode.NewDecoder(input), string(input), &scratch{}}
}

// inner reads what is within the byte string b that was read last.
func (p parser) inner(b []byte) parser {
	return parser{bencode.NewDecoder(b), p.cut(len(b)), p.scratch}
}

// cut is the string that was read last, of length n.
func (p parser) cut(n int) string { return p.input[p.Offset()-n : p.Offset()] }

func (p parser) key() (string, error) {
	k, err := p.Key()
	if err != nil {
		return "", err
	}
	return p.cut(len(k)), nil
}

func (p parser) scalar(kind bencode.Kind) (value, error) {
	switch kind {
	case bencode.Int:
		n, err := p.Int()
		return number(n), err
	case bencode.String:
		s, err := p.Bytes()
		if err != nil {
			return nil, err
		}
		return text(p.cut(len(s))), nil
	}
	return nil, errors.New("a set of lists or dictionaries")
}

// dict reads a dictionary, which only as the root may be empty.
func (p parser) dict(root bool) (*dict, error) {
	if err := p.Dict(); err != nil {
		return nil, err
	}
	begin := len(p.open)
	for p.More() {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		p.open = append(p.open, entry{key, v})
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	if len(p.open) == begin && !root {
		return nil, errors.New("an empty dictionary")
	}
	d := &dict{p.keep(p.open[begin:])}
	p.open = p.open[:begin]
	return d, nil
}

func (p parser) value() (value, error) {
	kind, err := p.Peek()
	if err != nil {
		return nil, err
	}
	switch kind {
	case bencode.Dict:
		return p.dict(false)
	case bencode.List:
		return p.set()
	}
	return p.scalar(kind)
}

func (p parser) set() (value, error) {
	elements, err := p.elements()
	if err != nil {
		return nil, err
	}
	if len(elements) == 0 {
		return nil, errors.New("an empty set")
	}
	return &set{elements}, nil
}

// elements reads a list in the order of a set.
func (p parser) elements() (elements []value, err error) {
	if err := p.List(); err != nil {
		return nil, err
	}
	for p.More() {
		kind, err := p.Peek()
		if err != nil {
			return nil, err
		}
		v, err := p.scalar(kind)
		if err != nil {
			return nil, err
		}
		if n := len(elements); n > 0 && compareElements(elements[n-1], v) >= 0 {
			return nil, errors.New("a set out of order")
		}
		elements = append(elements, v)
	}
	return elements, p.End()
}
