package config

import (
	"errors"
	"fmt"
	"time"

	"seance/messaging/bencode"
	"seance/messaging/config/pack"
	"seance/messaging/id"
)

// The keys of a dump, in their order.
const (
	dumpState    = "!"
	dumpMessage  = "$"
	dumpCurrent  = "("
	dumpOld      = ")"
	dumpPartials = "*"
	dumpExtra    = "+" // of kinds that keep more; none here do
)

// The keys of a message in dumpPartials, and of a part in its list.
const (
	partialCount  = "#" // 0 when it was complete
	partialExpiry = "T" // milliseconds
	partialParts  = "p"
	partIndex     = "#"
	partName      = "M"
	partChunk     = "d"
)

// Dump is the config as it has to be kept until the program runs again; Load
// reads it. It is not encrypted, and may hold secrets of groups.
func (c *Config) Dump(now time.Time) []byte {
	if c.ReadOnly() {
		c.old = hashes{}
	}
	c.partials.expire(now)
	m := *c.message
	if c.state == dirty {
		m.diff = diff(c.base, m.data)
	}
	if c.signer.sign != nil {
		m.signature = nil // it is made anew
	}
	b := []byte{'d'}
	b = bencode.AppendString(b, dumpState)
	b = bencode.AppendInt(b, int64(c.state))
	b = bencode.AppendString(b, dumpMessage)
	b = bencode.AppendString(b, m.bytes())
	b = bencode.AppendString(b, dumpCurrent)
	b = appendHashes(b, c.current)
	b = bencode.AppendString(b, dumpOld)
	b = appendHashes(b, c.old)
	b = bencode.AppendString(b, dumpPartials)
	b = c.partials.append(b)
	b = bencode.AppendString(b, dumpExtra)
	b = append(b, "de"...)
	c.needsDump = false
	return append(b, 'e')
}

func appendHashes(b []byte, h hashes) []byte {
	b = append(b, 'l')
	for _, name := range h.sorted() {
		b = bencode.AppendString(b, name)
	}
	return append(b, 'e')
}

func (p partials) append(b []byte) []byte {
	b = append(b, 'd')
	for _, whole := range p.sorted() {
		set := p[whole]
		b = bencode.AppendString(b, whole[:])
		b = append(b, 'd')
		b = bencode.AppendString(b, partialCount)
		b = bencode.AppendInt(b, int64(set.count))
		b = bencode.AppendString(b, partialExpiry)
		b = bencode.AppendInt(b, set.expiry.UnixMilli())
		if set.count > 0 {
			b = bencode.AppendString(b, partialParts)
			b = append(b, 'l')
			for _, q := range set.parts {
				b = append(b, 'd')
				b = bencode.AppendString(b, partIndex)
				b = bencode.AppendInt(b, int64(q.index))
				b = bencode.AppendString(b, partName)
				b = bencode.AppendString(b, q.name)
				b = bencode.AppendString(b, partChunk)
				b = bencode.AppendString(b, q.chunk)
				b = append(b, 'e')
			}
			b = append(b, 'e')
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

// Load restores a config from its Dump. Changes that were not pushed become a
// version of their own, one above: whether the program got to push them before
// it ended is not known. The error is ErrMalformed.
func Load(kind Kind, access Access, dump []byte) (*Config, error) {
	c := New(kind, access)
	if err := c.load(dump); err != nil {
		return nil, fmt.Errorf("read the dump of %s: %w", kind, err)
	}
	return c, nil
}

func (c *Config) load(dump []byte) error {
	p := newParser(dump)
	read := map[string]bool{}
	err := p.fields(func(key string) (err error) {
		read[key] = true
		switch key {
		case dumpState:
			err = p.loadState(&c.state)
		case dumpMessage:
			err = c.loadMessage(p)
		case dumpCurrent:
			c.current, err = p.hashes()
		case dumpOld:
			c.old, err = p.hashes()
		case dumpPartials:
			err = c.partials.load(p)
		default:
			_, err = p.Raw()
		}
		return err
	})
	if err == nil {
		err = p.Finish()
	}
	if err == nil && !(read[dumpState] && read[dumpMessage]) {
		err = errors.New("incomplete")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if c.state == dirty {
		c.base = c.message.data
		c.message = c.message.next(c.message.data)
	}
	return nil
}

func (p parser) loadState(s *state) error {
	n, err := p.Int()
	if err == nil && (n < int64(clean) || n > int64(waiting)) {
		err = fmt.Errorf("state %d", n)
	}
	*s = state(n)
	return err
}

// loadMessage trusts the signature, which was verified before the dump.
func (c *Config) loadMessage(p parser) error {
	b, err := p.Bytes()
	if err != nil {
		return err
	}
	m, _, err := p.inner(b).message()
	if err != nil {
		return err
	}
	m.hash, m.size = hashOf(b), len(b)
	if c.signer.sign != nil && m.signature == nil {
		// It was signed when it was pushed, and what was signed counts.
		m.seal(c.signer)
	}
	c.message = m
	return nil
}

// hashes reads a list, or a single one as old dumps have it.
func (p parser) hashes() (hashes, error) {
	h := hashes{}
	kind, err := p.Peek()
	if err != nil {
		return nil, err
	}
	if kind == bencode.String {
		name, err := p.Bytes()
		h.add(id.Hash(name))
		return h, err
	}
	if err := p.List(); err != nil {
		return nil, err
	}
	for p.More() {
		name, err := p.Bytes()
		if err != nil {
			return nil, err
		}
		h.add(id.Hash(name))
	}
	return h, p.End()
}

func (p partials) load(d parser) error {
	if err := d.Dict(); err != nil {
		return err
	}
	for d.More() {
		whole, err := d.Key()
		if err != nil {
			return err
		}
		set, err := d.partial()
		if err != nil {
			return err
		}
		if len(whole) != pack.HashSize {
			return fmt.Errorf("a hash of %d bytes", len(whole))
		}
		p[[pack.HashSize]byte(whole)] = set
	}
	return d.End()
}

func (d parser) partial() (*partial, error) {
	var count, expiry int64
	set := &partial{}
	err := d.fields(func(key string) (err error) {
		switch key {
		case partialCount:
			count, err = d.Int()
		case partialExpiry:
			expiry, err = d.Int()
		case partialParts:
			set.parts, err = d.parts()
		default:
			_, err = d.Raw()
		}
		return err
	})
	if err == nil && (count < 0 || count > pack.MaxParts || int64(len(set.parts)) > count) {
		err = fmt.Errorf("%d of %d parts", len(set.parts), count)
	}
	set.count, set.expiry = int(count), time.UnixMilli(expiry)
	return set, err
}

func (d parser) parts() (parts []part, err error) {
	if err := d.List(); err != nil {
		return nil, err
	}
	for d.More() {
		var q part
		err := d.fields(func(key string) error {
			switch key {
			case partIndex:
				n, err := d.Int()
				q.index = int(n)
				return err
			case partName:
				name, err := d.Bytes()
				q.name = id.Hash(name)
				return err
			case partChunk:
				chunk, err := d.Bytes()
				q.chunk = append(q.chunk, chunk...)
				return err
			}
			_, err := d.Raw()
			return err
		})
		if err != nil {
			return nil, err
		}
		if n := len(parts); n > 0 && parts[n-1].index >= q.index {
			return nil, errors.New("parts out of order")
		}
		parts = append(parts, q)
	}
	return parts, d.End()
}

// fields reads a dictionary; read reads the value of each key.
func (p parser) fields(read func(key string) error) error {
	if err := p.Dict(); err != nil {
		return err
	}
	for p.More() {
		key, err := p.key()
		if err != nil {
			return err
		}
		if err := read(key); err != nil {
			return err
		}
	}
	return p.End()
}
