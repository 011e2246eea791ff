package config

import (
	"iter"
	"math"
	"slices"
	"time"
	"unicode/utf8"
)

// MaxName is the greatest length of names and nicknames, in bytes.
const MaxName = 100

// editor changes one dictionary, the entries of a contact or a group, and
// leaves alone what it is not told about.
type editor struct {
	was     *dict
	entries []entry
	changed bool
}

func edit(d *dict) *editor { return &editor{was: d, entries: slices.Clone(d.all())} }

// done is the dictionary after the changes, the same one if there were none.
func (e *editor) done() *dict {
	if !e.changed {
		return e.was
	}
	return &dict{e.entries}
}

// set sets or, with nil, takes away the value of key.
func (e *editor) set(key string, v value) {
	at, found := search(e.entries, key)
	switch {
	case found && v == nil:
		e.entries = slices.Delete(e.entries, at, at+1)
	case !found && v == nil, found && same(e.entries[at].value, v):
		return
	case found:
		e.entries[at].value = v
	default:
		e.entries = slices.Insert(e.entries, at, entry{key, v})
	}
	e.changed = true
}

// flag writes 1 or nothing.
func (e *editor) flag(key string, on bool) {
	if on {
		e.set(key, number(1))
	} else {
		e.set(key, nil)
	}
}

// flagIf is flag, of a key that not all kinds have.
func (e *editor) flagIf(has bool, key string, on bool) {
	if has {
		e.flag(key, on)
	}
}

// nonzero and positive leave other numbers away.
func (e *editor) nonzero(key string, n int64) { e.numberIf(n != 0, key, n) }

func (e *editor) positive(key string, n int64) { e.numberIf(n > 0, key, n) }

func (e *editor) numberIf(ok bool, key string, n int64) {
	if ok {
		e.set(key, number(n))
	} else {
		e.set(key, nil)
	}
}

// bytesIf writes bytes, or nothing.
func (e *editor) bytesIf(ok bool, key string, b []byte) {
	if ok {
		e.set(key, text(b))
	} else {
		e.set(key, nil)
	}
}

// name writes a name, shortened if need be, or nothing for none.
func (e *editor) name(key, name string) {
	if name = shorten(name); name == "" {
		e.set(key, nil)
	} else {
		e.set(key, text(name))
	}
}

// picture writes both of address and key, or neither.
func (e *editor) picture(urlKey, keyKey string, p Picture) {
	if p.IsZero() {
		e.set(urlKey, nil)
		e.set(keyKey, nil)
		return
	}
	e.set(urlKey, text(p.URL))
	e.set(keyKey, text(p.Key[:]))
}

// bits writes a set of the positions of the bits that are set. Elements that
// are no positions of bits are kept.
func (e *editor) bits(key string, bits uint64) {
	var elements []value
	at, found := search(e.entries, key)
	if found {
		if s, ok := e.entries[at].value.(*set); ok {
			elements = slices.DeleteFunc(slices.Clone(s.elements), func(v value) bool {
				n, ok := v.(number)
				return ok && n >= 0 && n < 64
			})
		}
	}
	for n := range 64 {
		if bits&(1<<n) != 0 {
			elements = append(elements, number(n))
		}
	}
	e.set(key, newSet(elements))
}

// number is the number at key, 0 if there is none.
func (d *dict) number(key string) int64 {
	n, _ := d.get(key).(number)
	return int64(n)
}

// text is the text at key, "" if there is none.
func (d *dict) text(key string) string {
	t, _ := d.get(key).(text)
	return string(t)
}

// bits are the bits whose positions a set holds.
func (d *dict) bits(key string) (bits uint64) {
	s, _ := d.get(key).(*set)
	if s == nil {
		return 0
	}
	for _, v := range s.elements {
		if n, ok := v.(number); ok && n >= 0 && n < 64 {
			bits |= 1 << n
		}
	}
	return bits
}

// dicts are the dictionaries in d, with their keys.
func (d *dict) dicts() iter.Seq2[string, *dict] {
	return func(yield func(string, *dict) bool) {
		for _, e := range d.all() {
			if sub, ok := e.value.(*dict); ok && !yield(e.key, sub) {
				return
			}
		}
	}
}

// Picture is where a profile picture lies, and the key that decrypts it.
type Picture struct {
	URL string
	Key [32]byte
}

// IsZero reports whether there is no picture.
func (p Picture) IsZero() bool { return p.URL == "" }

// MaxPictureURL is the greatest length of a picture's address, in bytes.
const MaxPictureURL = 223

func (d *dict) picture(urlKey, keyKey string) Picture {
	url, key := d.text(urlKey), d.text(keyKey)
	if url == "" || len(key) != 32 {
		return Picture{}
	}
	return Picture{url, [32]byte([]byte(key))}
}

// shorten cuts a name to MaxName bytes, between two characters.
func shorten(name string) string {
	if len(name) <= MaxName {
		return name
	}
	n := MaxName
	for n > 0 && !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}

// seconds is a time in seconds, which some clients wrote in milliseconds or
// microseconds.
func seconds(n int64) int64 {
	switch {
	case n > 9_000_000_000_000:
		return n / 1_000_000
	case n > 9_000_000_000:
		return n / 1000
	}
	return n
}

// duration is a number of seconds as a duration, 0 for none.
func duration(n int64) time.Duration {
	return time.Duration(min(max(n, 0), int64(math.MaxInt64/time.Second))) * time.Second
}

// unix is a number of seconds as a time, the zero time for none.
func unix(n int64) time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// unixSeconds is a time as a number of seconds, 0 for the zero time.
func unixSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
