package vault

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// frameCipher hides the last 16 of the 24 bytes of a frame's header, salts and
// checksum, as one block of AES. The mask depends on the offset and on the
// first 8 bytes, page number and commit mark. Whoever changes any of it gets
// salts that do not fit and a page that does not open.
type frameCipher struct {
	tweak, block cipher.Block
	place, mask  [16]byte // here, because a cipher's arguments would be allocated
}

func (c *frameCipher) sealHeader(header []byte, offset int64) {
	c.setMask(header, offset)
	hidden := header[8:frameHeader]
	subtle.XORBytes(hidden, hidden, c.mask[:])
	c.block.Encrypt(hidden, hidden)
	subtle.XORBytes(hidden, hidden, c.mask[:])
}

func (c *frameCipher) openHeader(header []byte, offset int64) {
	c.setMask(header, offset)
	hidden := header[8:frameHeader]
	subtle.XORBytes(hidden, hidden, c.mask[:])
	c.block.Decrypt(hidden, hidden)
	subtle.XORBytes(hidden, hidden, c.mask[:])
}

func (c *frameCipher) setMask(header []byte, offset int64) {
	binary.BigEndian.PutUint64(c.place[:], uint64(offset))
	copy(c.place[8:], header[:8])
	c.tweak.Encrypt(c.mask[:], c.place[:])
}

func bigEndian32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
