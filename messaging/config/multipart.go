package config

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"seance/messaging/config/pack"
	"seance/messaging/id"
)

const (
	// partialWait is how long the parts of an incomplete message are kept.
	partialWait = 7 * 24 * time.Hour
	// partialRemember is how long it is known that a message was complete, so
	// that its parts are not collected again.
	partialRemember = 14 * 24 * time.Hour
	// maxPartial bounds the bytes of all parts that wait for others.
	maxPartial = 2 * pack.MaxMessage
)

// partials are messages of which parts have come, by the hash of the whole.
type partials map[[pack.HashSize]byte]*partial

type partial struct {
	// count is of how many parts the message consists, 0 once it was complete.
	count  int
	expiry time.Time
	parts  []part // by index
}

type part struct {
	index int
	name  id.Hash
	chunk []byte
}

// add takes a part in. If it was the last one missing, text is the whole
// message and names are those of its parts; otherwise there are none.
func (p partials) add(now time.Time, name id.Hash, packed []byte) (names []id.Hash, text []byte, err error) {
	parsed, err := pack.ParsePart(packed)
	if err != nil {
		return nil, nil, err
	}
	set := p[parsed.Whole]
	if set == nil {
		set = &partial{count: parsed.Count}
	}
	if set.count == 0 {
		return nil, nil, nil // a part of what was complete already
	}
	if set.count != parsed.Count {
		return nil, nil, fmt.Errorf("%w: a part of %d, where others are of %d", ErrMalformed, parsed.Count, set.count)
	}
	at, found := slices.BinarySearchFunc(set.parts, parsed.Index, func(q part, index int) int { return q.index - index })
	if found {
		return nil, nil, nil
	}
	if p.size()+len(parsed.Chunk) > maxPartial {
		return nil, nil, fmt.Errorf("%w: too many parts wait for others", pack.ErrTooLarge)
	}
	p[parsed.Whole] = set
	set.parts = slices.Insert(set.parts, at, part{parsed.Index, name, bytes.Clone(parsed.Chunk)})
	set.expiry = now.Add(partialWait)
	if len(set.parts) < set.count {
		return nil, nil, nil
	}

	chunks := make([][]byte, len(set.parts))
	for i, q := range set.parts {
		chunks[i] = q.chunk
		names = append(names, q.name)
	}
	if text, err = pack.Join(parsed.Whole, chunks); err != nil {
		// One of them is wrong, and nobody can tell which.
		delete(p, parsed.Whole)
		return nil, nil, err
	}
	p.finish(now, parsed.Whole)
	return names, text, nil
}

func (p partials) size() (n int) {
	for _, set := range p {
		for _, q := range set.parts {
			n += len(q.chunk)
		}
	}
	return n
}

// finish notes that a message is complete.
func (p partials) finish(now time.Time, whole [pack.HashSize]byte) {
	p[whole] = &partial{expiry: now.Add(partialRemember)}
}

// expire forgets what is too old.
func (p partials) expire(now time.Time) {
	maps.DeleteFunc(p, func(_ [pack.HashSize]byte, set *partial) bool { return set.expiry.Before(now) })
}

// hashes are the names of the parts that wait for others.
func (p partials) hashes(now time.Time) (names []id.Hash) {
	for _, set := range p {
		if set.expiry.After(now) {
			for _, q := range set.parts {
				names = append(names, q.name)
			}
		}
	}
	return names
}

// sorted are the hashes of the messages, ascending.
func (p partials) sorted() [][pack.HashSize]byte {
	return slices.SortedFunc(maps.Keys(p), func(a, b [pack.HashSize]byte) int { return bytes.Compare(a[:], b[:]) })
}
