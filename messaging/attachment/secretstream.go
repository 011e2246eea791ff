package attachment

import (
	"crypto/cipher"
	"encoding/binary"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
	//lint:ignore SA1019 the format fixes Poly1305 in a way that no AEAD has
	"golang.org/x/crypto/poly1305"
)

// The secretstream of libsodium (crypto_secretstream_xchacha20poly1305): a
// chunk is a byte that says whether it is the last one, the text, and a tag.
// Tag and text are encrypted as if the byte were followed by 63 zeros, which
// are left out. The first tag's beginning goes into the second's nonce, and so
// on: chunks cannot be moved, dropped or cut off.
const (
	streamHeaderSize = 24
	streamKeySize    = chacha20.KeySize
	chunkOverhead    = 1 + chacha20poly1305.Overhead
	blockSize        = 64 // of ChaCha20; the byte in front takes up one

	chunkMessage = 0 // not the last one
	chunkFinal   = 3
)

// stream encrypts or decrypts the chunks of one file.
type stream struct {
	key   []byte
	aead  cipher.AEAD
	nonce [chacha20.NonceSize]byte // number of the chunk, from 1 on, then what tags leave in it
	buf   []byte                   // block and text of the chunk at hand, then its tag
}

func newStream(key, header []byte) *stream {
	sub, err := chacha20.HChaCha20(key, header[:16])
	if err != nil {
		panic("internal error: " + err.Error()) // both lengths are right
	}
	aead, err := chacha20poly1305.New(sub)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	s := &stream{key: sub, aead: aead, buf: make([]byte, 0, blockSize+chunkSize+chacha20poly1305.Overhead)}
	s.nonce[0] = 1
	copy(s.nonce[4:], header[16:])
	return s
}

// room is where the text of the next chunk has to be put.
func (s *stream) room(n int) []byte {
	s.buf = s.buf[:blockSize+n]
	clear(s.buf[:blockSize])
	return s.buf[blockSize:]
}

// push encrypts what is in room and appends it to dst.
func (s *stream) push(dst []byte, final bool) []byte {
	if final {
		s.buf[0] = chunkFinal
	}
	n := len(s.buf)
	var tag []byte
	if isPlain(n) {
		tag = s.aead.Seal(s.buf[:0], s.nonce[:], s.buf, nil)[n:]
	} else {
		crypt, mac := s.parts()
		crypt.XORKeyStream(s.buf, s.buf)
		tag = sumChunk(mac, s.buf)
	}
	s.next(tag)
	return append(append(append(dst, s.buf[0]), s.buf[blockSize:n]...), tag...)
}

// pull decrypts a chunk. The text is in the stream's own memory until the next
// chunk. It is not ok, and there is no text, if the chunk is not authentic.
func (s *stream) pull(chunk []byte) (text []byte, final, ok bool) {
	if len(chunk) < chunkOverhead || len(chunk) > sealedChunk {
		return nil, false, false
	}
	end := len(chunk) - chacha20poly1305.Overhead
	// The zeros that were left out are needed encrypted.
	crypt, mac := s.parts()
	body := s.room(end - 1)
	crypt.XORKeyStream(s.buf[:blockSize], s.buf[:blockSize])
	mark := s.buf[0] ^ chunk[0]
	s.buf[0] = chunk[0]
	copy(body, chunk[1:end])
	tag := chunk[end:]
	if isPlain(len(s.buf)) {
		if _, err := s.aead.Open(s.buf[:0], s.nonce[:], append(s.buf, tag...), nil); err != nil {
			return nil, false, false
		}
	} else {
		if !verifyChunk(mac, s.buf, tag) {
			return nil, false, false
		}
		crypt.XORKeyStream(body, body)
	}
	s.next(tag)
	return body, mark == chunkFinal, mark == chunkFinal || mark == chunkMessage
}

// next makes the nonce of the next chunk. A stream has far fewer chunks than
// the counter has numbers.
func (s *stream) next(tag []byte) {
	for i := range 8 {
		s.nonce[4+i] ^= tag[i]
	}
	binary.LittleEndian.PutUint32(s.nonce[:], binary.LittleEndian.Uint32(s.nonce[:])+1)
}

// isPlain reports whether block and text of n bytes are encrypted just as
// ChaCha20-Poly1305 of RFC 8439 would, which is much faster in one piece. The
// two differ where Poly1305 is fed with zeros up to a multiple of 16 bytes:
// libsodium, by mistake, takes as many as there are bytes too many.
func isPlain(n int) bool { return n%8 == 0 }

// parts are the ciphers of a chunk for themselves.
func (s *stream) parts() (*chacha20.Cipher, *poly1305.MAC) {
	crypt, err := chacha20.NewUnauthenticatedCipher(s.key, s.nonce[:])
	if err != nil {
		panic("internal error: " + err.Error())
	}
	var first [blockSize]byte // its first half is Poly1305's key
	crypt.XORKeyStream(first[:], first[:])
	return crypt, poly1305.New((*[32]byte)(first[:]))
}

func feedChunk(mac *poly1305.MAC, sealed []byte) {
	var tail [16 + 16]byte
	mac.Write(sealed)
	zeros := len(sealed) % 16
	binary.LittleEndian.PutUint64(tail[zeros+8:], uint64(len(sealed)))
	mac.Write(tail[:zeros+16])
}

func sumChunk(mac *poly1305.MAC, sealed []byte) []byte {
	feedChunk(mac, sealed)
	return mac.Sum(nil)
}

func verifyChunk(mac *poly1305.MAC, sealed, tag []byte) bool {
	feedChunk(mac, sealed)
	return mac.Verify(tag)
}
