package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	sqlite3 "modernc.org/sqlite/lib"
)

// blocks is a file of which nothing but its bytes is known. Every 4064 of them
// lie sealed in 4096 on the disk; the last block is as short as what is in it.
// SQLite writes such files a few bytes at a time, so the block at hand is kept.
type blocks struct {
	*file
	sealer
	role  string
	fresh bool // everything in the file was written through this handle

	index  int64 // of the block at hand, -1: none
	length int   // bytes of it that exist
	plain  [PageSize]byte
}

func newBlocks(f *file, s sealer, role string) *blocks {
	b := &blocks{file: f, sealer: s, role: role, index: -1}
	size, rc := f.rawSize()
	b.fresh = rc == sqlite3.SQLITE_OK && size == 0
	return b
}

// temporaryCipher is for one file, and gone with it.
func temporaryCipher() (cipher.AEAD, error) {
	k := make([]byte, keySize)
	defer clear(k)
	rand.Read(k) // never fails
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (b *blocks) read(p []byte, offset int64) int32 {
	size, rc := b.size()
	if rc != sqlite3.SQLITE_OK {
		return rc
	}
	for len(p) > 0 && offset < size {
		if rc := b.load(offset/payload, size); rc != sqlite3.SQLITE_OK {
			return rc
		}
		n := copy(p, b.plain[offset%payload:b.length])
		p, offset = p[n:], offset+int64(n)
	}
	if len(p) > 0 {
		clear(p)
		return sqlite3.SQLITE_IOERR_SHORT_READ
	}
	return sqlite3.SQLITE_OK
}

func (b *blocks) write(p []byte, offset int64) int32 {
	size, rc := b.size()
	if rc != sqlite3.SQLITE_OK {
		return rc
	}
	for offset > size { // no holes: zeros on the disk would not open
		n := min(offset-size, payload-size%payload)
		if rc := b.writeWithin(nil, size, int(n), size); rc != sqlite3.SQLITE_OK {
			return rc
		}
		size += n
	}
	for len(p) > 0 {
		n := int(min(int64(len(p)), payload-offset%payload))
		if rc := b.writeWithin(p[:n], offset, n, size); rc != sqlite3.SQLITE_OK {
			return rc
		}
		p, offset = p[n:], offset+int64(n)
		size = max(size, offset)
	}
	return sqlite3.SQLITE_OK
}

// writeWithin puts n bytes, p or zeros, into one block. offset is at most size.
func (b *blocks) writeWithin(p []byte, offset int64, n int, size int64) int32 {
	index, from := offset/payload, int(offset%payload)
	if from > 0 || index*payload+int64(n) < size {
		if rc := b.load(index, size); rc != sqlite3.SQLITE_OK {
			return rc
		}
	} else {
		b.index, b.length = index, 0
	}
	if p == nil {
		clear(b.plain[from : from+n])
	} else {
		copy(b.plain[from:], p)
	}
	b.length = max(b.length, from+n)
	return b.store()
}

// load makes a block that exists the one at hand.
func (b *blocks) load(index, size int64) int32 {
	if b.index == index {
		return sqlite3.SQLITE_OK
	}
	b.index, b.length = -1, int(min(payload, size-index*payload))
	sealed := b.buffer[:b.length+Reserved]
	if rc := b.rawRead(sealed, index*PageSize); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if !b.open(b.plain[:len(sealed)], sealed, b.at(b.role, index)) && b.fresh {
		return b.damaged(index + 1)
	}
	// A journal that a crash left: zeros end it where it was torn.
	b.index = index
	return sqlite3.SQLITE_OK
}

func (b *blocks) store() int32 {
	sealed := b.buffer[:b.length+Reserved]
	b.seal(sealed, b.plain[:b.length], b.at(b.role, b.index))
	rc := b.rawWrite(sealed, b.index*PageSize)
	if rc != sqlite3.SQLITE_OK {
		b.index = -1
	}
	return rc
}

// size is the number of bytes in the file. Fewer bytes than tag and nonce at
// its end are what a crash left of a block.
func (b *blocks) size() (int64, int32) {
	size, rc := b.rawSize()
	return size/PageSize*payload + max(0, size%PageSize-Reserved), rc
}

func (b *blocks) truncate(to int64) int32 {
	size, rc := b.size()
	if rc != sqlite3.SQLITE_OK || to >= size {
		return rc
	}
	index, rest := to/payload, int(to%payload)
	if rest == 0 {
		b.index = -1
		return b.rawTruncate(index * PageSize)
	}
	if rc := b.load(index, size); rc != sqlite3.SQLITE_OK {
		return rc
	}
	b.length = rest
	if rc := b.store(); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return b.rawTruncate(index*PageSize + int64(rest) + Reserved)
}

func (b *blocks) flush() int32 { return sqlite3.SQLITE_OK }
