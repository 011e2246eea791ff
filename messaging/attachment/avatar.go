package attachment

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"

	"seance/messaging/secret"
)

const avatarKeySize = 32

// SealAvatar encrypts a profile picture in the form that all apps read. key has
// 32 bytes: an uploaded picture that is renewed keeps its key. It draws 12
// bytes of rand.
func SealAvatar(rand io.Reader, key secret.Bytes, picture []byte) (Sealed, error) {
	if err := checkSize(len(picture)); err != nil {
		return Sealed{}, err
	}
	aead, err := avatarCipher(key)
	if err != nil {
		return Sealed{}, err
	}
	n := aead.NonceSize()
	blob := make([]byte, n, n+len(picture)+aead.Overhead())
	if _, err := io.ReadFull(rand, blob); err != nil {
		return Sealed{}, fmt.Errorf("draw a nonce: %w", err)
	}
	return Sealed{aead.Seal(blob, blob, picture, nil), Pointer{Key: key, Size: int64(len(picture))}}, nil
}

// NewAvatarKey draws 32 bytes of rand.
func NewAvatarKey(rand io.Reader) (secret.Bytes, error) {
	key := make([]byte, avatarKeySize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return secret.Bytes{}, fmt.Errorf("draw a key: %w", err)
	}
	return secret.New(key), nil
}

func avatarCipher(key secret.Bytes) (cipher.AEAD, error) {
	if key.Len() != avatarKeySize {
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrPointer, key.Len())
	}
	block, err := aes.NewCipher(key.Expose())
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// openAvatar decrypts in place.
func openAvatar(blob []byte, key secret.Bytes) ([]byte, error) {
	aead, err := avatarCipher(key)
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(blob) <= n+aead.Overhead() {
		return nil, fmt.Errorf("%w: %d bytes encrypted", ErrDamaged, len(blob))
	}
	data, err := aead.Open(blob[n:n], blob[:n], blob[n:], nil)
	if err != nil {
		return nil, ErrDamaged
	}
	return data, nil
}
