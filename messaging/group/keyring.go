package group

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"seance/messaging/bencode"
	"seance/messaging/id"
)

// lapse is how long, in milliseconds, a key is kept after a newer one has come: 60 days.
const lapse = 60 * 24 * 60 * 60 * 1000

// maxKeys bounds how many keys are kept, and maxHashes the messages that hold them.
const (
	maxKeys   = 1000
	maxHashes = 1000
)

// groupKey encrypts and decrypts: of the keys that there are the last one encrypts.
type groupKey struct {
	generation int64
	ms         int64 // when it came into the swarm
	key        []byte
}

func compareKeys(a, b groupKey) int {
	return cmp.Or(cmp.Compare(a.generation, b.generation), cmp.Compare(a.ms, b.ms), bytes.Compare(a.key, b.key))
}

type hashSet map[id.Hash]bool

// keyring are the keys of a group, and the one that was made here and is not known to be
// in the swarm.
type keyring struct {
	keys []groupKey // oldest first
	// active are the messages of each generation that must not expire in the swarm.
	active map[int64]hashSet

	pending        []byte // the message with the new key; nil if there is none
	pendingKey     []byte
	pendingVersion int64
}

// all are the keys, the one that encrypts first.
func (r *keyring) all() (list [][]byte) {
	if r.pending != nil {
		list = append(list, r.pendingKey)
	}
	for _, k := range slices.Backward(r.keys) {
		list = append(list, k.key)
	}
	return list
}

// generation is that of the newest key that the swarm has; -1 if there is none.
func (r *keyring) generation() int64 {
	if len(r.keys) == 0 {
		return -1
	}
	return r.keys[len(r.keys)-1].generation
}

// insert adds a key that came in a message.
func (r *keyring) insert(hash id.Hash, k groupKey) {
	for _, known := range r.keys {
		if known.generation == k.generation && bytes.Equal(known.key, k.key) {
			r.holds(k.generation, hash)
			return
		}
	}
	at, _ := slices.BinarySearchFunc(r.keys, k, compareKeys)
	if n := len(r.keys); n >= 2 && at == 0 && k.generation < r.keys[0].generation && r.keys[0].ms+lapse < r.keys[n-1].ms {
		return // it had lapsed before the oldest one that is left
	}
	r.holds(k.generation, hash)
	r.keys = slices.Insert(r.keys, at, k)
	r.expire()
}

// holds notes that a message of the swarm has the key of a generation.
func (r *keyring) holds(generation int64, hash id.Hash) {
	if r.active[generation] == nil {
		r.active[generation] = hashSet{}
	}
	if len(r.active[generation]) < maxHashes {
		r.active[generation][hash] = true
	}
}

// expire forgets the generations whose successor was superseded longer ago than lapse,
// by the clocks of the swarm.
func (r *keyring) expire() {
	if len(r.keys) == 0 {
		clear(r.active)
		return
	}
	last := r.keys[len(r.keys)-1].ms
	keep := 0
	for i := 1; i < len(r.keys); i++ {
		if r.keys[i].generation == r.keys[i-1].generation {
			continue
		}
		if r.keys[i].ms+lapse >= last {
			break
		}
		keep = i
	}
	keep = max(keep, len(r.keys)-maxKeys)
	r.keys = slices.Delete(r.keys, 0, keep)
	maps.DeleteFunc(r.active, func(generation int64, _ hashSet) bool { return generation < r.keys[0].generation })
}

// collided reports whether admins made several keys at once.
func (r *keyring) collided() bool {
	n := len(r.keys)
	return n >= 2 && r.keys[n-1].generation == r.keys[n-2].generation
}

// hashes are the messages of the swarm that must not expire.
func (r *keyring) hashes() []id.Hash {
	all := hashSet{}
	for _, set := range r.active {
		maps.Copy(all, set)
	}
	return slices.Sorted(maps.Keys(all))
}

func (r *keyring) dump() []byte {
	active := []any{}
	for _, generation := range slices.Sorted(maps.Keys(r.active)) {
		list := []any{generation}
		for _, hash := range slices.Sorted(maps.Keys(r.active[generation])) {
			list = append(list, string(hash))
		}
		active = append(active, list)
	}
	d := map[string]any{"A": active, "L": r.list()}
	if r.pending != nil {
		d["P"] = map[string]any{"c": r.pending, "g": r.pendingVersion, "k": r.pendingKey}
	}
	return bencode.Append(nil, d)
}

// list are the keys as they stand in dumps and supplements.
func (r *keyring) list() []any {
	list := make([]any, len(r.keys))
	for i, k := range r.keys {
		list[i] = map[string]any{"g": k.generation, "k": k.key, "t": k.ms}
	}
	return list
}

// parseKeys reads what list writes.
func parseKeys(v any) ([]groupKey, error) {
	list, ok := v.([]any)
	if !ok || len(list) > maxKeys {
		return nil, fmt.Errorf("%w: no list of keys", ErrMalformed)
	}
	keys := make([]groupKey, len(list))
	for i, v := range list {
		entry, _ := v.(map[string]any)
		d := dict(entry)
		generation, ok := d.number("g")
		ms, stamped := d.number("t")
		keys[i] = groupKey{generation, ms, d.bytes("k")}
		if !ok || !stamped || generation < 0 || len(keys[i].key) != keySize {
			return nil, fmt.Errorf("%w: key %d of a list", ErrMalformed, i)
		}
	}
	return keys, nil
}

// load reads a dump.
func (r *keyring) load(dump []byte) (err error) {
	d, err := parseDict(dump)
	if err != nil {
		return err
	}
	if r.keys, err = parseKeys(d["L"]); err != nil {
		return err
	}
	if !slices.IsSortedFunc(r.keys, compareKeys) {
		return fmt.Errorf("%w: keys that are not sorted", ErrMalformed)
	}
	active, ok := d["A"].([]any)
	if !ok {
		return fmt.Errorf("%w: a dump without messages", ErrMalformed)
	}
	for _, v := range active {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return fmt.Errorf("%w: the messages of a dump", ErrMalformed)
		}
		generation, ok := list[0].(int64)
		if !ok {
			return fmt.Errorf("%w: the messages of a dump", ErrMalformed)
		}
		for _, v := range list[1:] {
			if hash, ok := v.(string); ok {
				r.holds(generation, id.Hash(hash))
			}
		}
	}
	if entry, ok := d["P"].(map[string]any); ok {
		p := dict(entry)
		r.pending, r.pendingKey = p.bytes("c"), p.bytes("k")
		if r.pendingVersion, ok = p.number("g"); !ok || len(r.pendingKey) != keySize {
			return fmt.Errorf("%w: the pending key of a dump", ErrMalformed)
		}
	}
	return nil
}
