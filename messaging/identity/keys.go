package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"

	"seance/messaging/id"
	"seance/messaging/secret"
)

// Keys are the key pairs of one account. They are derived once and kept, as
// deriving costs more than using them. Keys do not change, so several
// goroutines may use them at a time; only Wipe must be alone.
type Keys struct {
	signing   secret.Bytes // seed || public key, as crypto/ed25519 has it
	exchange  *ecdh.PrivateKey
	publicEd  [32]byte
	publicX   [32]byte
	accountID id.Account
}

// KeysFromSeed derives keys from 16 bytes (a recovery seed, extended with
// zeros at its end), 32 bytes (an Ed25519 seed) or 64 (libsodium's secret key,
// an Ed25519 seed and its public key, which must fit). The argument is copied.
func KeysFromSeed(seed []byte) (*Keys, error) {
	var edSeed [ed25519.SeedSize]byte
	defer clear(edSeed[:])
	switch len(seed) {
	case SeedSize, ed25519.SeedSize, ed25519.PrivateKeySize:
		copy(edSeed[:], seed)
	default:
		return nil, fmt.Errorf("a seed has 16, 32 or 64 bytes, not %d", len(seed))
	}
	signing := ed25519.NewKeyFromSeed(edSeed[:])
	if len(seed) == len(signing) && subtle.ConstantTimeCompare(seed, signing) == 0 {
		return nil, errors.New("the two halves of the secret key do not belong together")
	}

	// The X25519 secret is the scalar that Ed25519 multiplies with.
	scalar := sha512.Sum512(edSeed[:])
	defer clear(scalar[:])
	scalar[0] &= 248
	scalar[31] &= 127
	scalar[31] |= 64
	exchange, err := ecdh.X25519().NewPrivateKey(scalar[:32])
	if err != nil {
		return nil, fmt.Errorf("derive the X25519 key: %w", err)
	}
	k := &Keys{
		signing:  secret.New(signing),
		exchange: exchange,
		publicEd: [32]byte(signing[32:]),
		publicX:  [32]byte(exchange.PublicKey().Bytes()),
	}
	k.accountID = id.AccountFromX25519(k.publicX)
	return k, nil
}

// Account is the Account ID.
func (k *Keys) Account() id.Account { return k.accountID }

// Ed25519 is the public signing key.
func (k *Keys) Ed25519() [32]byte { return k.publicEd }

// X25519 is the key pair for key agreement. It is one value for the life of k:
// building it anew costs as much as using it.
func (k *Keys) X25519() *ecdh.PrivateKey { return k.exchange }

// PublicX25519 is the public key within the Account ID.
func (k *Keys) PublicX25519() [32]byte { return k.publicX }

// Seed is the 32-byte Ed25519 seed, which other secrets of the account are
// derived from. It is not a copy and is zeroed by Wipe.
func (k *Keys) Seed() secret.Bytes {
	return secret.New(k.signing.Expose()[:ed25519.SeedSize:ed25519.SeedSize])
}

// Sign makes the 64-byte Ed25519 signature of msg, which is deterministic.
func (k *Keys) Sign(msg []byte) []byte {
	return ed25519.Sign(ed25519.PrivateKey(k.signing.Expose()), msg)
}

// Wipe overwrites the signing key; k must not be used afterwards. The standard
// library gives no way to overwrite its X25519 key, which is left to the
// garbage collector.
func (k *Keys) Wipe() {
	k.signing.Wipe()
	k.exchange = nil
}

// Format prints the shortened Account ID for every verb, never a key.
func (k Keys) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[keys of %s]", k.accountID.Short()) }

// LogValue is the shortened Account ID.
func (k Keys) LogValue() slog.Value { return k.accountID.LogValue() }
