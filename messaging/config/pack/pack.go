// Package pack turns the bytes of a config message into what a swarm stores,
// and back. The layers, from the inside:
//
//	Compress, Expand    zstd where that is shorter
//	Pad, Unpad          zeros in front, so that lengths say little
//	Split, ParsePart    parts, where one message of a swarm is too small
//	Encrypt, Decrypt    a key and a nonce that follow from the text
//	Wrap, Unwrap        the layers of a one-to-one message around it, which
//	                    older clients expect of an account's own configs
//
// Everything but the compression is deterministic: devices that have the same
// config store the same bytes.
//
// The package is pure: it knows no network, no storage, no clock and no
// randomness, and starts no goroutines. What the bytes mean is for package
// config to say.
//
// Sources: session-foundation/libsession-util: src/config/encrypt.cpp,
// src/config/protos.cpp, src/config/base.cpp.
package pack

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"seance/messaging/digest"
)

const (
	// MaxStored is the most that a swarm stores as one message, in bytes.
	MaxStored = 76800
	// MaxMessage is the most that is unpacked as one config message, in bytes:
	// some 50,000 contacts.
	MaxMessage = 16 << 20
	// KeySize is the length of an encryption key.
	KeySize = 32
	// Overhead is what Encrypt adds.
	Overhead = chacha20poly1305.Overhead + chacha20poly1305.NonceSizeX
	// MaxDomain is the greatest length of a domain.
	MaxDomain = 24
)

var (
	// ErrMalformed is returned, wrapped, for bytes that Compress, Split or Wrap
	// cannot have made.
	ErrMalformed = errors.New("malformed config message")
	// ErrTooLarge is returned, wrapped, for what exceeds MaxMessage or
	// MaxStored, or would when it is unpacked.
	ErrTooLarge = errors.New("config message too large")
	// ErrUndecryptable is returned, wrapped, for what was encrypted with
	// another key, for another domain, or was changed.
	ErrUndecryptable = errors.New("config message cannot be decrypted")
)

// PaddedLen is the length that n bytes are padded to.
func PaddedLen(n int) int {
	var block int
	switch total := n + Overhead; {
	case total < 5120:
		block = 256
	case total < 20480:
		block = 1024
	case total < 40960:
		block = 2048
	default:
		block = 5120
	}
	return (n+Overhead+block-1)/block*block - Overhead
}

// Pad copies text behind as many zeros as make its length one of few.
func Pad(text []byte) []byte {
	padded := make([]byte, PaddedLen(len(text)))
	copy(padded[len(padded)-len(text):], text)
	return padded
}

// Unpad is what follows the zeros in front, not copied.
func Unpad(padded []byte) []byte { return bytes.TrimLeft(padded, "\x00") }

// Encrypt encrypts text with a key of KeySize bytes for a domain of 1 to
// MaxDomain bytes: other lengths are a mistake of the program and panic. The
// same text gives the same bytes. They are Overhead bytes longer.
func Encrypt(key []byte, domain string, text []byte) []byte {
	nonce := digest.Sum(chacha20poly1305.NonceSizeX, []byte("libsessionutil-config-encrypted-"+domain), text)
	aead, err := cipherFor(key, domain, len(text))
	if err != nil {
		panic("pack: internal error: " + err.Error())
	}
	out := aead.Seal(make([]byte, 0, len(text)+Overhead), nonce, text, nil)
	return append(out, nonce...)
}

// Decrypt opens what Encrypt made. The error is ErrUndecryptable.
func Decrypt(key []byte, domain string, sealed []byte) ([]byte, error) {
	n := len(sealed) - Overhead
	if n < 0 {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrUndecryptable, len(sealed))
	}
	aead, err := cipherFor(key, domain, n)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUndecryptable, err)
	}
	at := len(sealed) - chacha20poly1305.NonceSizeX
	text, err := aead.Open(make([]byte, 0, n), sealed[at:], sealed[:at], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: wrong key, or it was changed", ErrUndecryptable)
	}
	return text, nil
}

// cipherFor derives the key of one message. The nonce depends on the text
// alone, so domain and length go into the key, to keep it from being used for
// two texts even if their nonces were the same.
func cipherFor(key []byte, domain string, length int) (cipher.AEAD, error) {
	if len(key) != KeySize || len(domain) < 1 || len(domain) > MaxDomain {
		return nil, fmt.Errorf("a key of %d bytes, a domain of %d", len(key), len(domain))
	}
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(length))
	derived := digest.Sum(chacha20poly1305.KeySize, nil, key, size[:], []byte(domain))
	defer clear(derived)
	return chacha20poly1305.NewX(derived)
}
