package onion

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

// EncType names how a layer is encrypted, as it is written on the wire.
type EncType string

// The encryptions that every node of today knows.
const (
	XChaCha20 EncType = "xchacha20" // nonce of 24 bytes, then XChaCha20-Poly1305
	AESGCM    EncType = "aes-gcm"   // iv of 12 bytes, then AES-256-GCM
)

// ErrDecrypt is returned, wrapped, when an answer was not encrypted with any
// of the keys that it may be encrypted with.
var ErrDecrypt = errors.New("onion answer cannot be decrypted")

// layer is the secret between the client and one node or server, for one
// request: what the request was encrypted with, and its answer will be.
type layer struct {
	shared [32]byte // X25519 of the ephemeral secret and the other's key
	public [32]byte // the ephemeral key, which the other needs
	remote [32]byte
}

// draw is the randomness of one layer.
type draw struct {
	secret [32]byte // of the ephemeral key
	nonce  []byte
}

// draws reads the randomness of n layers, in the order in which the reference
// draws it.
func draws(rand io.Reader, enc EncType, n int) ([]draw, error) {
	size := map[EncType]int{XChaCha20: chacha20poly1305.NonceSizeX, AESGCM: 12}[enc]
	if size == 0 {
		return nil, fmt.Errorf("onion: unknown encryption %q", string(enc))
	}
	d := make([]draw, n)
	for i := range d {
		d[i].nonce = make([]byte, size)
		if _, err := io.ReadFull(rand, d[i].secret[:]); err != nil {
			return nil, fmt.Errorf("onion: %w", err)
		}
		if _, err := io.ReadFull(rand, d[i].nonce); err != nil {
			return nil, fmt.Errorf("onion: %w", err)
		}
	}
	return d, nil
}

// newLayers agrees on a secret with each remote key. Curve operations are
// nearly all of the time that building a request takes, and the layers do not
// depend on each other: they are made side by side.
func newLayers(d []draw, remotes [][32]byte) ([]*layer, error) {
	layers := make([]*layer, len(d))
	errs := make([]error, len(d))
	var wg sync.WaitGroup
	for i := range d {
		wg.Go(func() { layers[i], errs[i] = layerOf(d[i].secret, remotes[i]) })
	}
	wg.Wait()
	return layers, errors.Join(errs...)
}

func layerOf(secret, remote [32]byte) (*layer, error) {
	private, err := ecdh.X25519().NewPrivateKey(secret[:])
	if err != nil {
		return nil, fmt.Errorf("onion: ephemeral key: %w", err)
	}
	public, err := ecdh.X25519().NewPublicKey(remote[:])
	if err != nil {
		return nil, fmt.Errorf("onion: key of a hop: %w", err)
	}
	shared, err := private.ECDH(public) // refuses keys of low order
	if err != nil {
		return nil, fmt.Errorf("onion: key of a hop: %w", err)
	}
	return &layer{[32]byte(shared), [32]byte(private.PublicKey().Bytes()), remote}, nil
}

// aead is the cipher of a layer in both directions.
func (l *layer) aead(enc EncType) (cipher.AEAD, error) {
	switch enc {
	case XChaCha20:
		var in [96]byte // the client's key always comes first
		copy(in[:], l.shared[:])
		copy(in[32:], l.public[:])
		copy(in[64:], l.remote[:])
		key := blake2b.Sum256(in[:])
		return chacha20poly1305.NewX(key[:])
	case AESGCM:
		mac := hmac.New(sha256.New, []byte("LOKI"))
		mac.Write(l.shared[:])
		block, err := aes.NewCipher(mac.Sum(nil))
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}
	return nil, fmt.Errorf("onion: unknown encryption %q", string(enc))
}

// seal encrypts in place the text that ends b and begins behind room for the
// nonce at the place at. It returns b, which has grown by a tag.
func (l *layer) seal(enc EncType, nonce, b []byte, at int) ([]byte, error) {
	aead, err := l.aead(enc)
	if err != nil {
		return nil, err
	}
	text := at + copy(b[at:], nonce)
	return aead.Seal(b[:text], nonce, b[text:], nil), nil
}

// open decrypts what the other side of the layer encrypted.
func (l *layer) open(enc EncType, sealed []byte) ([]byte, error) {
	aead, err := l.aead(enc)
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(sealed) < n+aead.Overhead() {
		return nil, ErrDecrypt
	}
	text, err := aead.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil {
		return nil, ErrDecrypt
	}
	return text, nil
}

// openAny decrypts an answer. Some servers answer errors with AES-GCM
// whatever they were asked with.
func (l *layer) openAny(enc EncType, sealed []byte) ([]byte, error) {
	text, err := l.open(enc, sealed)
	if err != nil && enc == XChaCha20 {
		return l.open(AESGCM, sealed)
	}
	return text, err
}
