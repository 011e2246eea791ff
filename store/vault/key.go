package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"seance/messaging/secret"
)

const keySize = 32

// Key opens what is encrypted in one profile. It prints as redacted.
type Key struct{ secret.Bytes }

// NewKey draws a key from rand.
func NewKey(rand io.Reader) (Key, error) {
	b := make([]byte, keySize)
	if _, err := io.ReadFull(rand, b); err != nil {
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	return Key{secret.New(b)}, nil
}

// ciphers are what a key becomes. Each kind of file has its own, so that what
// is written to one does not use up the nonces of another. The expanded keys
// inside them cannot be wiped; they are dropped with the VFS.
type ciphers struct {
	database, wal, journal cipher.AEAD
	tweak, header          cipher.Block // of the headers of frames, see wal.go
}

func newCiphers(key Key) (*ciphers, error) {
	if key.Len() != keySize {
		return nil, fmt.Errorf("a key of %d bytes instead of %d", key.Len(), keySize)
	}
	var c ciphers
	var err error
	block := func(purpose string) cipher.Block {
		var b cipher.Block
		if err == nil {
			b, err = subkey(key, purpose)
		}
		return b
	}
	seal := func(purpose string) cipher.AEAD {
		b := block(purpose)
		var a cipher.AEAD
		if err == nil {
			a, err = cipher.NewGCM(b)
		}
		return a
	}
	c.database, c.wal, c.journal = seal("database page"), seal("wal page"), seal("journal block")
	c.tweak, c.header = block("wal header tweak"), block("wal header")
	return &c, err
}

func subkey(key Key, purpose string) (cipher.Block, error) {
	k, err := hkdf.Key(sha256.New, key.Expose(), nil, "seance vault 1: "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	defer clear(k)
	return aes.NewCipher(k)
}
