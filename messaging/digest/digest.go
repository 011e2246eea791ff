// Package digest is BLAKE2b in the shapes that the Session protocol uses:
// any output length, an optional key, and the 16-byte personalisation that
// libsodium offers and golang.org/x/crypto does not.
//
// It is pure and holds no state. Length, key length and personalisation are
// part of the hash's parameter block, so a short digest is not the beginning
// of a longer one.
//
// Source: RFC 7693, and session-foundation/libsession-util: src/hash.cpp.
package digest

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"

	"golang.org/x/crypto/blake2b"
)

// Sum is BLAKE2b of the parts one after the other. size is 1 to 64, key at
// most 64 bytes and nil for none; both are chosen by the program, never by
// the network, so values outside are a mistake in it and panic.
func Sum(size int, key []byte, parts ...[]byte) []byte {
	return sum(newHash(size, key), parts)
}

// SumPersonal is the unkeyed hash under a personalisation.
func SumPersonal(size int, personal [16]byte, parts ...[]byte) []byte {
	h := newHash(size, nil)
	personalise(h, personal)
	return sum(h, parts)
}

func newHash(size int, key []byte) hash.Hash {
	h, err := blake2b.New(size, key)
	if err != nil {
		panic(fmt.Sprintf("digest: internal error: size %d, key of %d bytes", size, len(key)))
	}
	return h
}

func sum(h hash.Hash, parts [][]byte) []byte {
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// personalise adds the personalisation to a fresh hash. BLAKE2b starts from
// its parameter block added (XOR) to constants, and the personalisation is the
// block's last two words: adding it to the saved initial state is the same as
// having started with it. The saved form is "b2b", then the eight words of
// state, big-endian.
func personalise(h hash.Hash, personal [16]byte) {
	const lastWords = len("b2b") + 6*8
	saved, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("digest: internal error: " + err.Error())
	}
	for i := range 2 {
		word := saved[lastWords+8*i:]
		binary.BigEndian.PutUint64(word, binary.BigEndian.Uint64(word)^binary.LittleEndian.Uint64(personal[8*i:]))
	}
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(saved); err != nil {
		panic("digest: internal error: " + err.Error())
	}
}
