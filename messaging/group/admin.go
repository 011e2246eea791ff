package group

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"

	"seance/messaging/digest"
	"seance/messaging/id"
	"seance/messaging/secret"
)

// admin is the key of a group, which its admins have.
type admin struct {
	id   id.Group
	seed secret.Bytes
	key  secret.Bytes // the Ed25519 key, 64 bytes
	x    *ecdh.PrivateKey
}

// SeedSize is the length of the seed that makes an admin.
const SeedSize = ed25519.SeedSize

// IDOf is the group whose key has a seed.
func IDOf(seed secret.Bytes) (g id.Group, err error) {
	if seed.Len() != SeedSize {
		return g, fmt.Errorf("%w: the seed of a group has %d bytes", ErrMalformed, seed.Len())
	}
	key := ed25519.NewKeyFromSeed(seed.Expose())
	g[0] = id.PrefixGroup
	copy(g[1:], key[SeedSize:])
	return g, nil
}

func newAdmin(g id.Group, seed secret.Bytes) (*admin, error) {
	own, err := IDOf(seed)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(own[:], g[:]) != 1 {
		return nil, fmt.Errorf("%w: the seed is that of another group", ErrMalformed)
	}
	expanded := sha512.Sum512(seed.Expose())
	x, err := ecdh.X25519().NewPrivateKey(expanded[:32])
	clear(expanded[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	seed = secret.Clone(seed.Expose())
	return &admin{id: g, seed: seed, key: secret.New(ed25519.NewKeyFromSeed(seed.Expose())), x: x}, nil
}

// Sign signs as the group.
func (a *admin) Sign(msg []byte) []byte { return ed25519.Sign(ed25519.PrivateKey(a.key.Expose()), msg) }

// hash is a hash of the seed for one purpose.
func (a *admin) hash(purpose string) []byte { return digest.Sum(32, []byte(purpose), a.seed.Expose()) }
