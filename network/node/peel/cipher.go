package peel

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

// Type is a way of encrypting a layer. (Nodes of the Session Network also know
// AES-CBC, which authenticates nothing; no client of today sends it.)
type Type byte

// The ways of encrypting a layer.
const (
	AESGCM Type = iota
	XChaCha20
)

func (t Type) String() string {
	if t == XChaCha20 {
		return "xchacha20"
	}
	return "aes-gcm"
}

// ErrCiphertext is returned for every ciphertext that does not open.
var ErrCiphertext = errors.New("invalid ciphertext")

// Key is the X25519 key of a node.
type Key struct {
	secret *ecdh.PrivateKey
	public []byte
}

// NewKey takes the 32 bytes of an X25519 secret.
func NewKey(secret []byte) (*Key, error) {
	s, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return nil, fmt.Errorf("onion key: %w", err)
	}
	return &Key{secret: s, public: s.PublicKey().Bytes()}, nil
}

// Public is the key that clients encrypt to.
func (k *Key) Public() [32]byte { return [32]byte(k.public) }

// aead makes the cipher that k shares with the client's key of a layer.
func (k *Key) aead(t Type, client [32]byte) (cipher.AEAD, error) {
	pub, err := ecdh.X25519().NewPublicKey(client[:])
	if err != nil {
		return nil, err
	}
	shared, err := k.secret.ECDH(pub)
	if err != nil {
		return nil, err
	}
	if t == XChaCha20 {
		h := blake2b.Sum256(append(append(shared, client[:]...), k.public...))
		return chacha20poly1305.NewX(h[:])
	}
	mac := hmac.New(sha256.New, []byte("LOKI"))
	mac.Write(shared)
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Open decrypts what a client encrypted to this node.
func (k *Key) Open(t Type, ciphertext []byte, client [32]byte) ([]byte, error) {
	a, err := k.aead(t, client)
	if err != nil || len(ciphertext) < a.NonceSize()+a.Overhead() {
		return nil, ErrCiphertext
	}
	nonce, sealed := ciphertext[:a.NonceSize()], ciphertext[a.NonceSize():]
	plaintext, err := a.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, ErrCiphertext
	}
	return plaintext, nil
}

// Seal encrypts an answer to the client's key of the layer.
func (k *Key) Seal(random io.Reader, t Type, plaintext []byte, client [32]byte) ([]byte, error) {
	a, err := k.aead(t, client)
	if err != nil {
		return nil, fmt.Errorf("seal answer: %w", err)
	}
	out := make([]byte, a.NonceSize(), a.NonceSize()+len(plaintext)+a.Overhead())
	if _, err := io.ReadFull(random, out); err != nil {
		return nil, fmt.Errorf("seal answer: %w", err)
	}
	return a.Seal(out, out, plaintext, nil), nil
}
