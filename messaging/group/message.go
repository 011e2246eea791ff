package group

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"seance/messaging/bencode"
	"seance/messaging/id"
	"seance/messaging/identity"
)

// MaxPlaintext is the length of the longest message of a group, in bytes.
const MaxPlaintext = 1_000_000

// messagePadding is what the length of an encrypted message is a multiple of.
const messagePadding = 256

// encrypt signs a message of a group as an account and encrypts it with a key of the
// group. It draws 24 bytes of rand.
//
// Wire reference of this file: session-foundation/libsession-util:
// src/config/groups/keys.cpp and src/session_encrypt.cpp.
func encrypt(rand io.Reader, account *identity.Keys, g id.Group, key, plain []byte, compress bool, padding int) ([]byte, error) {
	if len(plain) == 0 || len(plain) > MaxPlaintext {
		return nil, fmt.Errorf("%w: a message of %d bytes", ErrTooLarge, len(plain))
	}
	kind := "d"
	if compress {
		small, err := squeeze(plain)
		if err != nil {
			return nil, err
		}
		if len(small) < len(plain) {
			kind, plain = "z", small
		}
	}
	author := account.Ed25519()
	encoded := bencode.Append(nil, map[string]any{
		"": 1, "a": author[:], kind: plain, "s": account.Sign(append(bytes.Clone(plain), g[1:]...)),
	})
	if rest := (nonceSize + len(encoded) + tagSize) % max(padding, 1); rest != 0 {
		encoded = append(encoded, make([]byte, padding-rest)...)
	}
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return append(nonce, seal(key, nonce, encoded)...), nil
}

// decrypt opens a message of a group with one of its keys, and tells who signed it. The
// error is ErrNoKey if none fits.
func decrypt(g id.Group, keys [][]byte, sealed []byte) (author id.Account, plain []byte, err error) {
	if len(sealed) < nonceSize+tagSize {
		return author, nil, fmt.Errorf("%w: a message of %d bytes", ErrMalformed, len(sealed))
	}
	var encoded []byte
	found := false
	for _, key := range keys {
		if encoded, found = open(key, sealed[:nonceSize], sealed[nonceSize:]); found {
			break
		}
	}
	if !found {
		return author, nil, ErrNoKey
	}
	d, err := parseDict(bytes.TrimRight(encoded, "\x00"))
	if err != nil {
		return author, nil, err
	}
	if version, ok := d.number(""); !ok || version != 1 {
		return author, nil, fmt.Errorf("%w: of version %d", ErrMalformed, version)
	}
	public, sig, data := d.bytes("a"), d.bytes("s"), d.bytes("d")
	small := d.bytes("z")
	if len(public) != 32 || (len(data) == 0) == (len(small) == 0) {
		return author, nil, fmt.Errorf("%w: a message without author or text, or with two", ErrMalformed)
	}
	x25519, err := identity.X25519FromEd25519([32]byte(public))
	if err != nil {
		return author, nil, fmt.Errorf("%w: the author's key", ErrMalformed)
	}
	signed := append(append(data, small...), g[1:]...)
	if !identity.Verify([32]byte(public), signed, sig) {
		return author, nil, ErrSignature
	}
	if len(small) > 0 {
		data, err = expand(small)
	}
	return id.AccountFromX25519(x25519), data, err
}

func squeeze(plain []byte) ([]byte, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return encoder.EncodeAll(plain, nil), nil
}

// expand undoes squeeze. Whatever text claims, it makes no more of it than
// MaxPlaintext.
func expand(small []byte) ([]byte, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(MaxPlaintext), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, fmt.Errorf("expand: %w", err)
	}
	defer decoder.Close()
	plain, err := decoder.DecodeAll(small, nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || len(plain) > MaxPlaintext {
		return nil, fmt.Errorf("%w: a message that grows", ErrTooLarge)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return plain, nil
}
