// Package identity owns what an account is made of: the 16-byte seed, the
// recovery phrase that people write down, the Ed25519 and X25519 keys that
// follow from the seed, and signatures with them.
//
// It is pure: it knows no network and no storage, takes randomness as an
// argument and starts no goroutines. Keys never print themselves.
//
// Sources: session-foundation/session-desktop: ts/session/crypto/mnemonic.ts
// (phrase); session-foundation/libsession-util: src/ed25519.cpp, src/xed25519.cpp.
package identity

import (
	"fmt"
	"io"

	"seance/messaging/secret"
)

// SeedSize is the length in bytes of an account's seed.
const SeedSize = 16

// Seed is the secret from which an account follows, and all that is needed to
// restore it. It is used through NewSeed, SeedFromBytes or ParsePhrase only:
// the zero Seed is no account.
type Seed struct{ secret.Bytes }

// NewSeed draws the seed of a new account. It fails only if rand does.
func NewSeed(rand io.Reader) (Seed, error) {
	b := make([]byte, SeedSize)
	if _, err := io.ReadFull(rand, b); err != nil {
		return Seed{}, fmt.Errorf("draw a seed: %w", err)
	}
	return Seed{secret.New(b)}, nil
}

// SeedFromBytes copies 16 bytes; any other length is an error.
func SeedFromBytes(b []byte) (Seed, error) {
	if len(b) != SeedSize {
		return Seed{}, fmt.Errorf("a seed has %d bytes, not %d", SeedSize, len(b))
	}
	return Seed{secret.Clone(b)}, nil
}

// Keys derives the account's keys.
func (s Seed) Keys() *Keys {
	k, err := KeysFromSeed(s.Expose())
	if err != nil {
		panic("identity: internal error: keys of the zero Seed")
	}
	return k
}
