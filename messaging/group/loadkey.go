package group

import (
	"bytes"
	"fmt"
	"time"

	"seance/messaging/bencode"
	"seance/messaging/config"
	"seance/messaging/identity"
)

// LoadKey reads a message with keys, which came into the swarm at a time. It reports
// whether there was one for this account. The errors are ErrMalformed and ErrSignature;
// then nothing has changed.
//
// Wire reference: session-foundation/libsession-util: src/config/groups/keys.cpp.
func (g *Group) LoadKey(stored config.Stored, at time.Time) (ours bool, err error) {
	d, err := parseDict(stored.Data)
	if err != nil {
		return false, err
	}
	if err := g.verified(d, stored.Data); err != nil {
		return false, err
	}
	generation, ok := d.number("G")
	nonce := d.bytes("#")
	if !ok || generation < 0 || len(nonce) != nonceSize {
		return false, fmt.Errorf("%w: keys without generation or nonce", ErrMalformed)
	}
	var keys []groupKey
	if _, supplement := d["+"]; supplement {
		keys, err = g.supplemented(d.list("+"), nonce)
	} else {
		keys, err = g.made(d, generation, nonce, at)
	}
	if err != nil {
		return false, err
	}
	if len(keys) == 0 {
		g.keys.holds(generation, stored.Hash)
		g.keys.expire()
		g.keysChanged = true
		return false, nil
	}
	if r := &g.keys; g.admin != nil && r.pending != nil && (keys[0].generation > r.pendingVersion || bytes.Equal(keys[0].key, r.pendingKey)) {
		r.pending, r.pendingKey, r.pendingVersion = nil, nil, 0
	}
	for _, k := range keys {
		g.keys.insert(stored.Hash, k)
	}
	g.keysChanged = true
	g.opened()
	return true, nil
}

// verified checks that the group signed a message: the signature is its last entry, over
// what stands before it.
func (g *Group) verified(d dict, message []byte) error {
	sig := d.bytes("~")
	tail := append(bencode.AppendString(bencode.AppendString(nil, "~"), sig), 'e')
	text, last := bytes.CutSuffix(message, tail)
	if !last || !identity.Verify([32]byte(g.ID[1:]), text, sig) {
		return ErrSignature
	}
	return nil
}

// made are the keys of a message that Rekey makes: one or none.
func (g *Group) made(d dict, generation int64, nonce []byte, at time.Time) ([]groupKey, error) {
	forAll, list := d.bytes("K"), d.list("k")
	if len(forAll) != keySize+tagSize || list == nil || len(list)%junkMultiple != 0 {
		return nil, fmt.Errorf("%w: the entries of a key", ErrMalformed)
	}
	for _, sealed := range list {
		if len(sealed) != keySize+tagSize {
			return nil, fmt.Errorf("%w: the entries of a key", ErrMalformed)
		}
	}
	var key []byte
	var ok bool
	if g.admin != nil {
		if key, ok = open(g.admin.hash(forAdmins), nonce, forAll); !ok {
			return nil, fmt.Errorf("%w: a key that is not for admins", ErrMalformed)
		}
	} else {
		sender, err := g.exchange()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if key, ok = openEach(g.own(), sender, list, nonce, forMembers); !ok {
			return nil, nil
		}
	}
	return []groupKey{{generation, at.UnixMilli(), key}}, nil
}

// minSupplement is the length of the shortest entry of a supplement.
const minSupplement = 52 + tagSize

// supplemented are the keys of a supplement. Admins have them all.
func (g *Group) supplemented(list [][]byte, nonce []byte) ([]groupKey, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: keys for nobody", ErrMalformed)
	}
	for _, sealed := range list {
		if len(sealed) < minSupplement {
			return nil, fmt.Errorf("%w: the entries of a supplement", ErrMalformed)
		}
	}
	if g.admin != nil {
		return nil, nil
	}
	sender, err := g.exchange()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	text, ok := openEach(g.own(), sender, list, nonce, forMembers)
	if !ok {
		return nil, nil
	}
	keys, err := bencode.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return parseKeys(keys)
}
