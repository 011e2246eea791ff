package wire

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"
	"io"

	"golang.org/x/crypto/nacl/secretbox"
	//lint:ignore SA1019 the format of a sealed box fixes HSalsa20
	"golang.org/x/crypto/salsa20/salsa"

	"seance/messaging/digest"
	"seance/messaging/id"
	"seance/messaging/identity"
)

const (
	keySize = 32
	// signedOverhead is what the sender's key and signature add to a message.
	signedOverhead = ed25519.PublicKeySize + ed25519.SignatureSize
	// boxOverhead is what a sealed box adds: the ephemeral key and a tag.
	boxOverhead = keySize + secretbox.Overhead
)

// Seal encrypts msg to the account to and signs it as sender, both hidden from
// everybody else. It draws 32 bytes of rand, the secret of an ephemeral key.
// The result is msg with 144 bytes more.
func Seal(rand io.Reader, sender *identity.Keys, to id.Account, msg []byte) ([]byte, error) {
	var secret [keySize]byte
	defer clear(secret[:])
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		return nil, fmt.Errorf("draw an ephemeral key: %w", err)
	}
	return seal(secret[:], sender, to, msg)
}

// SealDeterministic is Seal with an ephemeral key that follows from sender,
// recipient and message: devices of one account that write the same produce
// the same bytes.
func SealDeterministic(sender *identity.Keys, to id.Account, msg []byte) ([]byte, error) {
	recipient := to.X25519()
	seed := digest.Sum(keySize, []byte("SessionBoxEphemeralHashKey"), sender.Seed().Expose(), recipient[:], msg)
	secret := sha512.Sum512(seed)
	defer clear(seed)
	defer clear(secret[:])
	return seal(secret[:keySize], sender, to, msg)
}

func seal(ephemeralSecret []byte, sender *identity.Keys, to id.Account, msg []byte) ([]byte, error) {
	recipient := to.X25519()
	ephemeral, err := ecdh.X25519().NewPrivateKey(ephemeralSecret)
	if err != nil {
		return nil, fmt.Errorf("make an ephemeral key: %w", err)
	}
	remote, err := ecdh.X25519().NewPublicKey(recipient[:])
	if err != nil {
		return nil, fmt.Errorf("read the recipient's key: %w", err)
	}
	key, err := boxKey(ephemeral, remote)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", identity.ErrBadKey)
	}
	defer clear(key[:])
	public := ephemeral.PublicKey().Bytes()
	out := make([]byte, 0, len(msg)+signedOverhead+boxOverhead)
	return secretbox.Seal(append(out, public...), sign(sender, recipient, msg), boxNonce(public, recipient), key), nil
}

// sign is message || sender || signature. The signature also covers the
// recipient, so that a recipient cannot pass the message on as one to others.
func sign(sender *identity.Keys, recipient [keySize]byte, msg []byte) []byte {
	public := sender.Ed25519()
	signed := make([]byte, 0, len(msg)+signedOverhead)
	signed = append(append(signed, msg...), public[:]...)
	signature := sender.Sign(append(signed, recipient[:]...))
	return append(signed, signature...)
}

// Open decrypts what Seal or SealDeterministic made for the account k. sender
// is the Ed25519 key of the sender, whose signature is verified; its Account ID
// is that of identity.X25519FromEd25519. The error is ErrUndecryptable.
func Open(k *identity.Keys, box []byte) (msg []byte, sender [32]byte, err error) {
	if len(box) < boxOverhead+signedOverhead {
		return nil, sender, fmt.Errorf("%w: %d bytes are too few", ErrUndecryptable, len(box))
	}
	own := k.PublicX25519()
	ephemeral, err := ecdh.X25519().NewPublicKey(box[:keySize])
	if err != nil {
		return nil, sender, fmt.Errorf("%w: %w", ErrUndecryptable, err)
	}
	key, err := boxKey(k.X25519(), ephemeral)
	if err != nil {
		return nil, sender, fmt.Errorf("%w: %w", ErrUndecryptable, err)
	}
	defer clear(key[:])
	signed, ok := secretbox.Open(make([]byte, 0, len(box)), box[keySize:], boxNonce(box[:keySize], own), key)
	if !ok {
		return nil, sender, fmt.Errorf("%w: the box does not open", ErrUndecryptable)
	}
	n := len(signed) - signedOverhead
	sender = [32]byte(signed[n:])
	signature := [ed25519.SignatureSize]byte(signed[n+keySize:])
	if !identity.Verify(sender, append(signed[:n+keySize], own[:]...), signature[:]) {
		return nil, [32]byte{}, fmt.Errorf("%w: the sender's signature is not valid", ErrUndecryptable)
	}
	return signed[:n:n], sender, nil
}

// boxKey is the key of a box between two parties. nacl/box would do the same
// but build the key pair anew each time.
func boxKey(own *ecdh.PrivateKey, remote *ecdh.PublicKey) (*[keySize]byte, error) {
	shared, err := own.ECDH(remote)
	if err != nil {
		return nil, err // a point of small order
	}
	var key [keySize]byte
	var zero [16]byte
	salsa.HSalsa20(&key, &zero, (*[keySize]byte)(shared), &salsa.Sigma)
	clear(shared)
	return &key, nil
}

// boxNonce needs no randomness since an ephemeral key is used once.
func boxNonce(ephemeral []byte, recipient [keySize]byte) *[24]byte {
	return (*[24]byte)(digest.Sum(24, nil, ephemeral, recipient[:]))
}
