package config

import (
	"fmt"
	"slices"

	"seance/messaging/bencode"
)

// A diff says what an edit changed. It is kept as it is written, a bencoded
// dictionary like the data, with these for values:
//
//	""                     a number or text was set; the data say to what
//	"-"                    a number or text was taken away
//	[[added], [removed]]   elements of a set
//	{...}                  what changed in a dictionary
//
// A dictionary or set that appears or vanishes is written as all that was set
// or taken away in it.
const (
	diffSet     = ""
	diffRemoved = "-"
)

// appendDiff appends the diff that leads from one dictionary to another, and
// says whether there is any difference.
func appendDiff(b []byte, from, to *dict) ([]byte, bool) {
	b = append(b, 'd')
	begin := len(b)
	if from != to {
		old, changed := from.all(), to.all()
		for len(old) > 0 || len(changed) > 0 {
			switch {
			case len(old) == 0 || len(changed) > 0 && changed[0].key < old[0].key:
				b = appendEntryDiff(b, changed[0].key, nil, changed[0].value)
				changed = changed[1:]
			case len(changed) == 0 || old[0].key < changed[0].key:
				b = appendEntryDiff(b, old[0].key, old[0].value, nil)
				old = old[1:]
			default:
				b = appendEntryDiff(b, old[0].key, old[0].value, changed[0].value)
				old, changed = old[1:], changed[1:]
			}
		}
	}
	return append(b, 'e'), len(b) > begin
}

// appendEntryDiff appends what happened to the value of key; nil is absence.
func appendEntryDiff(b []byte, key string, from, to value) []byte {
	if same(from, to) {
		return b
	}
	begin := len(b)
	b = bencode.AppendString(b, key)
	any := true
	// What changes its type counts as new. Applying that takes away the value
	// of the other type.
	switch v := to.(type) {
	case *dict:
		was, _ := from.(*dict)
		b, any = appendDiff(b, was, v)
	case *set:
		was, _ := from.(*set)
		b = appendSetDiff(b, was, v)
	case nil:
		switch was := from.(type) {
		case *dict:
			b, any = appendDiff(b, was, nil)
		case *set:
			b = appendSetDiff(b, was, nil)
		default:
			b = bencode.AppendString(b, diffRemoved)
		}
	default:
		b = bencode.AppendString(b, diffSet)
	}
	if !any {
		return b[:begin]
	}
	return b
}

func appendSetDiff(b []byte, from, to *set) []byte {
	b = append(b, 'l')
	b = appendMissing(b, to, from)
	b = appendMissing(b, from, to)
	return append(b, 'e')
}

// appendMissing appends a list of the elements of s that are not in other.
func appendMissing(b []byte, s, other *set) []byte {
	b = append(b, 'l')
	if s != nil {
		for _, e := range s.elements {
			if !other.has(e) {
				b = e.append(b)
			}
		}
	}
	return append(b, 'e')
}

func (s *set) has(v value) bool {
	if s == nil {
		return false
	}
	_, ok := slices.BinarySearchFunc(s.elements, v, compareElements)
	return ok
}

// emptyDiff is that of a version in which nothing was changed.
const emptyDiff = "de"

// diff is the diff that leads from one dictionary to another.
func diff(from, to *dict) string {
	b, _ := appendDiff(nil, from, to)
	return string(b)
}

// checkDiff reads over a diff.
func (p parser) checkDiff() (string, error) {
	begin := p.Offset()
	if err := p.walkDiff(); err != nil {
		return "", err
	}
	return p.input[begin:p.Offset()], nil
}

func (p parser) walkDiff() error {
	if err := p.Dict(); err != nil {
		return err
	}
	for p.More() {
		if _, err := p.Key(); err != nil {
			return err
		}
		switch kind, err := p.Peek(); {
		case err != nil:
			return err
		case kind == bencode.Dict:
			if err := p.walkDiff(); err != nil {
				return err
			}
		case kind == bencode.List:
			if _, _, err := p.setDiff(); err != nil {
				return err
			}
		default:
			if _, err := p.mark(); err != nil {
				return err
			}
		}
	}
	return p.End()
}

// mark reads diffSet or diffRemoved.
func (p parser) mark() (string, error) {
	mark, err := p.Bytes()
	if err != nil {
		return "", err
	}
	if string(mark) != diffSet && string(mark) != diffRemoved {
		return "", fmt.Errorf("a diff of %d bytes", len(mark))
	}
	return string(mark), nil
}

func (p parser) setDiff() (added, removed []value, err error) {
	if err := p.List(); err != nil {
		return nil, nil, err
	}
	if added, err = p.elements(); err != nil {
		return nil, nil, err
	}
	if removed, err = p.elements(); err != nil {
		return nil, nil, err
	}
	return added, removed, p.End()
}

// apply is d after the changes of a diff that checkDiff has read. What was set
// is taken from source, the data of the message that the diff came with.
//
// If source has nothing there, or something of another type, a later diff
// takes it away or replaces it. It is taken away at once, so that of a
// dictionary that becomes a number and then another dictionary nothing of the
// first remains.
func apply(d *dict, diff string, source *dict) (*dict, error) {
	return newParser([]byte(diff)).apply(d, source)
}

func (p parser) apply(d, source *dict) (*dict, error) {
	if err := p.Dict(); err != nil {
		return nil, err
	}
	old, from := d.all(), source.all()
	entries := make([]entry, 0, len(old)+4)
	changed := false
	for p.More() {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		at, found := search(old, key)
		entries = append(entries, old[:at]...)
		var was, given value
		if old = old[at:]; found {
			was, old = old[0].value, old[1:]
		}
		at, found = search(from, key)
		if from = from[at:]; found {
			given = from[0].value
		}
		now, err := p.applyValue(was, given)
		if err != nil {
			return nil, err
		}
		if now != nil {
			entries = append(entries, entry{key, now})
		}
		changed = changed || !same(was, now)
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	if !changed {
		return d, nil
	}
	return &dict{append(entries, old...)}, nil
}

// applyValue reads one value of a diff and is what becomes of a value by it;
// nil is absence.
func (p parser) applyValue(was, given value) (value, error) {
	kind, err := p.Peek()
	if err != nil {
		return nil, err
	}
	switch kind {
	case bencode.Dict:
		source, ok := given.(*dict)
		if !ok {
			_, err := p.Raw()
			return nil, err
		}
		have, _ := was.(*dict)
		now, err := p.apply(have, source)
		if err != nil || len(now.all()) == 0 {
			return nil, err
		}
		return now, nil
	case bencode.List:
		added, removed, err := p.setDiff()
		if _, ok := given.(*set); err != nil || !ok {
			return nil, err
		}
		have, _ := was.(*set)
		return have.change(added, removed), nil
	}
	mark, err := p.mark()
	if err != nil || mark == diffRemoved {
		return nil, err
	}
	switch given.(type) {
	case number, text:
		return given, nil
	}
	return nil, nil
}

// change is the set with elements added, then removed; nil if none remain.
func (s *set) change(added, removed []value) value {
	var elements []value
	if s != nil {
		elements = slices.Clone(s.elements)
	}
	for _, v := range added {
		if at, found := slices.BinarySearchFunc(elements, v, compareElements); !found {
			elements = slices.Insert(elements, at, v)
		}
	}
	for _, v := range removed {
		if at, found := slices.BinarySearchFunc(elements, v, compareElements); found {
			elements = slices.Delete(elements, at, at+1)
		}
	}
	if len(elements) == 0 {
		return nil
	}
	return &set{elements}
}
