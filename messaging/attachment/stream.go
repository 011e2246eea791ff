package attachment

import (
	"fmt"
	"math/bits"

	"seance/messaging/digest"
	"seance/messaging/secret"
)

// Domain separates files that are the same but mean something else, so that
// their keys tell nothing about each other.
type Domain byte

// The domains of the deterministic form.
const (
	File   Domain = 0
	Avatar Domain = 1
)

// Layout of the deterministic form: a mark, the header of the stream, then
// chunks of 32,768 bytes of the padded file, the last of which may be shorter
// and is marked as the last.
const (
	streamMark   = 'S'
	streamStart  = 1 + streamHeaderSize
	chunkSize    = 32 << 10
	sealedChunk  = chunkSize + chunkOverhead
	paddingEnd   = 0x01 // padding is zeros, then this byte; then comes the file
	smallestUnit = 131072
)

// SealDeterministic encrypts a file with a key that follows from the file and
// from the 32-byte seed of its owner: whoever sends it twice, or on two
// devices, uploads the same bytes. The error wraps ErrEmpty or ErrTooLarge.
func SealDeterministic(seed secret.Bytes, domain Domain, data []byte) (Sealed, error) {
	if err := checkSize(len(data)); err != nil {
		return Sealed{}, err
	}
	return sealStream(seed.Expose(), domain, data), nil
}

func sealStream(seed []byte, domain Domain, data []byte) Sealed {
	derived := digest.Sum(streamHeaderSize+streamKeySize, []byte{byte(domain)}, seed, data)
	header, key := derived[:streamHeaderSize], derived[streamHeaderSize:]
	blob := make([]byte, 0, streamSize(len(data)))
	blob = append(append(blob, streamMark), header...)
	s := newStream(key, header)
	// Zeros, the mark of their end, and the file: without putting them together.
	parts := [][]byte{make([]byte, padding(len(data))), data}
	parts[0][len(parts[0])-1] = paddingEnd
	for left := len(parts[0]) + len(data); left > 0; {
		text := s.room(min(left, chunkSize))
		left -= len(text)
		for len(text) > 0 {
			n := copy(text, parts[0])
			text, parts[0] = text[n:], parts[0][n:]
			if len(parts[0]) == 0 {
				parts = parts[1:]
			}
		}
		blob = s.push(blob, left == 0)
	}
	return Sealed{blob, Pointer{Key: secret.New(key), Size: int64(len(data)), Deterministic: true}}
}

// streamSize is the encrypted size of a file of n bytes: the smallest multiple
// of a unit that has room for it with at least one byte of padding, where the
// unit is a 32nd of the power of two below, and at least 4 KB.
func streamSize(n int) int {
	n++
	least := streamStart + n + max(1, chunks(n, chunkSize))*chunkOverhead
	unit := 1 << (bits.Len(uint(max(least, smallestUnit))) - 1) / 32
	return chunks(least, unit) * unit
}

// padding is the number of bytes before a file of n bytes.
func padding(n int) int {
	sealed := streamSize(n) - streamStart
	return sealed - chunks(sealed, sealedChunk)*chunkOverhead - n
}

// chunks is the number of chunks of a size that n bytes are divided into.
func chunks(n, size int) int { return (n + size - 1) / size }

// openStream decrypts in place: what a chunk decrypts to lies before it.
func openStream(blob []byte, key secret.Bytes) ([]byte, error) {
	if key.Len() != streamKeySize {
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrPointer, key.Len())
	}
	if len(blob) < streamStart+chunkOverhead || blob[0] != streamMark {
		return nil, fmt.Errorf("%w: it does not begin like an encrypted file", ErrDamaged)
	}
	s := newStream(key.Expose(), blob[1:streamStart])
	data := blob[:0]
	for rest := blob[streamStart:]; ; {
		chunk := rest[:min(len(rest), sealedChunk)]
		rest = rest[len(chunk):]
		text, final, ok := s.pull(chunk)
		if !ok || final != (len(rest) == 0) {
			return nil, ErrDamaged
		}
		data = append(data, text...)
		if final {
			return unpadStream(data)
		}
	}
}

func unpadStream(data []byte) ([]byte, error) {
	for i, b := range data {
		switch b {
		case 0:
		case paddingEnd:
			return data[i+1:], nil
		default:
			return nil, fmt.Errorf("%w: its padding is wrong", ErrDamaged)
		}
	}
	return nil, fmt.Errorf("%w: it is nothing but padding", ErrDamaged)
}
