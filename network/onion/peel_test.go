package onion

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/curve25519"
)

// The other side of a layer, written apart from the package so that a mistake
// in one is not repeated in the other.

func nodeCipher(enc EncType, secret, public, client []byte) (cipher.AEAD, error) {
	shared, err := curve25519.X25519(secret, client)
	if err != nil {
		return nil, err
	}
	if enc == AESGCM {
		mac := hmac.New(sha256.New, []byte("LOKI"))
		mac.Write(shared)
		block, err := aes.NewCipher(mac.Sum(nil))
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}
	if enc != XChaCha20 {
		return nil, errors.New("unknown encryption")
	}
	h, err := blake2b.New256(nil)
	if err != nil {
		return nil, err
	}
	h.Write(shared)
	h.Write(client)
	h.Write(public)
	return chacha20poly1305.NewX(h.Sum(nil))
}

func peel(enc EncType, secret, public, client, sealed []byte) ([]byte, error) {
	aead, err := nodeCipher(enc, secret, public, client)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("too short")
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
}

func sealAsNode(t testing.TB, enc EncType, secret, public, client, nonce, text []byte) []byte {
	t.Helper()
	aead, err := nodeCipher(enc, secret, public, client)
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(append([]byte{}, nonce...), nonce, text, nil)
}

func unframe(b []byte) (blob, json []byte, err error) {
	if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, nil, errors.New("frame too short")
	}
	n := binary.LittleEndian.Uint32(b)
	return b[4 : 4+n], b[4+n:], nil
}
