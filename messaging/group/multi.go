package group

import (
	"crypto/ecdh"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"seance/messaging/bencode"
	"seance/messaging/digest"
)

const (
	keySize   = chacha20poly1305.KeySize
	nonceSize = chacha20poly1305.NonceSizeX
	tagSize   = chacha20poly1305.Overhead
)

// maxHashKey is how much of a domain counts: the key of BLAKE2b is no longer.
const maxHashKey = 64

// maxRecipients bounds the entries that are tried: those for a whole group, of people who
// were added and removed in one go as well.
const maxRecipients = 4096

// multiKey is the key under which a sender encrypts for one recipient. own and other
// are the X25519 keys of this side and that one; false if other is no usable key.
//
// Wire reference: session-foundation/libsession-util: src/multi_encrypt.cpp.
func multiKey(own *ecdh.PrivateKey, other [32]byte, sending bool, domain string) ([]byte, bool) {
	public, err := ecdh.X25519().NewPublicKey(other[:])
	if err != nil {
		return nil, false
	}
	shared, err := own.ECDH(public)
	if err != nil {
		return nil, false
	}
	sender, recipient := own.PublicKey().Bytes(), other[:]
	if !sending {
		sender, recipient = recipient, sender
	}
	return digest.Sum(keySize, []byte(domain)[:min(len(domain), maxHashKey)], shared, sender, recipient), true
}

// sealEach encrypts for several recipients: one message for all, or one for each.
// Those whose key is not usable get no entry.
func sealEach(sender *ecdh.PrivateKey, recipients [][32]byte, messages [][]byte, nonce []byte, domain string) [][]byte {
	list := make([][]byte, 0, len(recipients))
	for i, r := range recipients {
		if key, ok := multiKey(sender, r, true, domain); ok {
			list = append(list, seal(key, nonce, messages[min(i, len(messages)-1)]))
		}
	}
	return list
}

// openEach finds the entry for a recipient.
func openEach(recipient *ecdh.PrivateKey, sender [32]byte, list [][]byte, nonce []byte, domain string) ([]byte, bool) {
	key, ok := multiKey(recipient, sender, false, domain)
	if !ok {
		return nil, false
	}
	for _, sealed := range list {
		if message, ok := open(key, nonce, sealed); ok {
			return message, true
		}
	}
	return nil, false
}

// encodeMulti is what sealEach makes, as it is stored. With pad above 1
// their number is rounded up to a multiple of it, with what looks like an entry.
func encodeMulti(rand io.Reader, sender *ecdh.PrivateKey, recipients [][32]byte, messages [][]byte, domain string, pad int) ([]byte, error) {
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	list := sealEach(sender, recipients, messages, nonce, domain)
	for pad > 1 && len(list)%pad != 0 {
		junk := make([]byte, len(messages[0]))
		if _, err := io.ReadFull(rand, junk); err != nil {
			return nil, fmt.Errorf("draw padding: %w", err)
		}
		list = append(list, junk)
	}
	return bencode.Append(nil, map[string]any{"#": nonce, "e": anyList(list)}), nil
}

// decodeMulti opens what encodeMulti makes; false if it is not for the recipient.
func decodeMulti(recipient *ecdh.PrivateKey, sender [32]byte, encoded []byte, domain string) ([]byte, bool) {
	d, err := parseDict(encoded)
	if err != nil {
		return nil, false
	}
	nonce, list := d.bytes("#"), d.list("e")
	if len(nonce) != nonceSize || list == nil {
		return nil, false
	}
	return openEach(recipient, sender, list, nonce, domain)
}

func anyList(list [][]byte) []any {
	values := make([]any, len(list))
	for i, b := range list {
		values[i] = b
	}
	return values
}

func seal(key, nonce, message []byte) []byte {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("group: internal error: a key has 32 bytes")
	}
	return aead.Seal(nil, nonce, message, nil)
}

func open(key, nonce, sealed []byte) ([]byte, bool) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("group: internal error: a key has 32 bytes")
	}
	message, err := aead.Open(nil, nonce, sealed, nil)
	return message, err == nil
}
