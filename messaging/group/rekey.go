package group

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20"

	"seance/messaging/bencode"
	"seance/messaging/digest"
	"seance/messaging/id"
)

// What the hashes of this file are for.
const (
	forKeySeed   = "SessionGroupKeySeed"
	forKey       = "SessionGroupKeyGen"
	forAdmins    = "SessionGroupKeyAdminKey"
	forMembers   = "SessionGroupKeyMemberKey"
	forJunk      = "SessionGroupJunkMembers"
	junkMultiple = 45 // of which the number of entries for members is a multiple
)

// Rekey makes a new key for the members as they are now: whoever was removed does not
// get it. It is derived from the members and its generation, so that admins who do the
// same at once make the same. Info and members are to be pushed again with it, after the
// message that Pending gives.
//
// Wire reference of this file: session-foundation/libsession-util: src/config/groups/keys.cpp.
func (g *Group) Rekey() error {
	a := g.admin
	if a == nil {
		return ErrNotAdmin
	}
	var names []byte
	var recipients [][32]byte
	for m := range g.Members.All() {
		names = append(names, m.ID.String()...)
		recipients = append(recipients, m.ID.X25519())
	}
	generation := g.keys.generation() + 1
	h := digest.Sum(keySize+nonceSize, []byte(forKey), names, []byte(decimal(generation)), a.hash(forKeySeed))
	key, nonce := h[:keySize], h[keySize:]

	list := sealEach(a.x, recipients, [][]byte{key}, nonce, forMembers)
	if rest := len(list) % junkMultiple; rest != 0 {
		list = append(list, a.junk(h, junkMultiple-rest)...)
	}
	message := a.signed(map[string]any{
		"#": nonce, "G": generation, "K": seal(a.hash(forAdmins), nonce, key), "k": anyList(list),
	})
	g.keys.pending, g.keys.pendingKey, g.keys.pendingVersion = message, slices.Clone(key), generation
	g.keysChanged = true
	g.opened()
	g.Info.Rewrite()
	g.Members.Rewrite()
	return nil
}

// junk are entries for nobody, the same for every admin.
func (a *admin) junk(h []byte, n int) [][]byte {
	seed := digest.Sum(chacha20.KeySize, []byte(forJunk), h, a.key.Expose())
	stream, err := chacha20.NewUnauthenticatedCipher(seed, []byte("LibsodiumDRG"))
	if err != nil {
		panic("group: internal error: a seed has 32 bytes")
	}
	const size = keySize + tagSize
	all := make([]byte, n*size)
	stream.XORKeyStream(all, all)
	return slices.Collect(slices.Chunk(all, size))
}

// signed is the bencoding of a dictionary, with the group's signature of what stands
// before it as its last entry.
func (a *admin) signed(d map[string]any) []byte {
	b := bencode.Append(nil, d)
	b = b[:len(b)-1]
	sig := a.Sign(b)
	return append(bencode.AppendString(bencode.AppendString(b, "~"), sig), 'e')
}

// Pending is the message with a new key that was made here, which is to be stored
// before info and members.
func (g *Group) Pending() ([]byte, bool) { return g.keys.pending, g.keys.pending != nil }

// NeedsRekey reports whether admins made different keys at once, so that one of them
// has to make the next.
func (g *Group) NeedsRekey() bool { return g.admin != nil && g.keys.collided() }

// Generation is that of the newest key that the swarm has; -1 if there is none.
func (g *Group) Generation() int64 { return g.keys.generation() }

// Expired reports whether none of the messages is there any more that had the newest key.
func (g *Group) Expired(there func(id.Hash) bool) bool {
	newest := g.keys.active[g.Generation()]
	for hash := range newest {
		if there(hash) {
			return false
		}
	}
	return len(newest) > 0
}

// KeyHashes are the messages with keys that must not expire in the swarm.
func (g *Group) KeyHashes() []id.Hash { return g.keys.hashes() }

// Supplement is a message that gives people all keys that there are, so that they can
// read what was written before they came.
func (g *Group) Supplement(who []id.Account) ([]byte, error) {
	a := g.admin
	if a == nil {
		return nil, ErrNotAdmin
	}
	if len(g.keys.keys) == 0 {
		return nil, ErrNoKey
	}
	keys := bencode.Append(nil, g.keys.list())
	var names []byte
	recipients := make([][32]byte, len(who))
	for i, account := range who {
		names = append(names, account.String()...)
		recipients[i] = account.X25519()
	}
	nonce := digest.Sum(nonceSize, []byte(forKey), names, keys, a.hash(forKeySeed))
	list := sealEach(a.x, recipients, [][]byte{keys}, nonce, forMembers)
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: keys for nobody", ErrMalformed)
	}
	return a.signed(map[string]any{"#": nonce, "+": anyList(list), "G": g.keys.generation()}), nil
}
