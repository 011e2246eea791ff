package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
)

// PageSize is the page size of an encrypted database. Of each page the last
// Reserved bytes are not SQLite's: they hold tag and nonce.
const (
	PageSize = 4096
	Reserved = 32
	payload  = PageSize - Reserved

	tagSize   = 16
	nonceSize = 12
)

// Roles begin the associated data of a page and name what it belongs to.
const (
	roleDatabase = "main"
	roleWAL      = "wal "
	roleJournal  = "jrnl"
	roleTemp     = "temp"
)

// maxPlace is the longest associated data: role, offset and 16 bytes.
const maxPlace = 4 + 8 + 16

// sealer seals and opens the pages of one open file. It belongs to one file of
// one connection, so nothing in it is locked, and all that is handed to the
// cipher lies in it, so nothing is allocated.
type sealer struct {
	aead   cipher.AEAD
	place  [maxPlace]byte
	nonces [64 * nonceSize]byte // drawn ahead: one system call for many pages
	drawn  int                  // bytes of nonces still unused, at their end
}

// at is associated data: the place that a page is bound to.
func (s *sealer) at(role string, n int64, more ...byte) []byte {
	copy(s.place[:4], role)
	binary.BigEndian.PutUint64(s.place[4:], uint64(n))
	return s.place[:12+copy(s.place[12:], more)]
}

// seal writes plain and, after it, tag, nonce and 4 zeros to out, which is
// Reserved bytes longer.
func (s *sealer) seal(out, plain, place []byte) {
	if s.drawn == 0 {
		rand.Read(s.nonces[:]) // never fails
		s.drawn = len(s.nonces)
	}
	nonce := s.nonces[len(s.nonces)-s.drawn:][:nonceSize]
	s.drawn -= nonceSize
	s.aead.Seal(out[:0], nonce, plain, place)
	copy(out[len(plain)+tagSize:], nonce)
	clear(out[len(plain)+tagSize+nonceSize : len(plain)+Reserved])
}

// open writes the plaintext of a sealed page to out, which is as long or the
// same, and zeros instead of tag and nonce. If the page is not authentic, all
// of out becomes zeros.
func (s *sealer) open(out, page, place []byte) bool {
	n := len(page) - Reserved
	if n < 0 {
		return false
	}
	spare := page[n+tagSize+nonceSize:]
	genuine := spare[0]|spare[1]|spare[2]|spare[3] == 0
	// The nonce must not be overwritten while it is used.
	nonce := page[n+tagSize:][:nonceSize]
	if _, err := s.aead.Open(out[:0], nonce, page[:n+tagSize], place); err != nil || !genuine {
		clear(out)
		return false
	}
	clear(out[n:])
	return true
}
