package pack

import (
	"bytes"
	"fmt"

	"seance/messaging/bencode"
	"seance/messaging/digest"
)

const (
	// MaxParts is how many parts a message can have: a part's number and their
	// count are written as one byte each.
	MaxParts = 255
	// partSize is how much of a message fits one part: what remains beside the
	// mark, the list, the hash, the two numbers and the chunk's length.
	partSize = MaxStored - Overhead - (1 + 2 + 3 + HashSize + 3 + 3 + 6)
	// HashSize is the length of the hash of a whole message.
	HashSize = 32
)

// Part is one of the parts that a message was split into.
type Part struct {
	// Whole is the hash of the message that the parts make together.
	Whole [HashSize]byte
	// Index counts from 0 to Count-1; there are at least 2.
	Index, Count int
	// Chunk is this part of the message, not empty.
	Chunk []byte
}

// Fits reports whether padded text of n bytes is stored as one message.
func Fits(n int) bool { return n+Overhead <= MaxStored }

// Split cuts padded text that does not fit one message into parts, and says
// what Whole of the parts is. The error is ErrTooLarge.
func Split(padded []byte) (parts [][]byte, whole [HashSize]byte, err error) {
	count := (len(padded) + partSize - 1) / partSize
	if count > MaxParts || len(padded) > MaxMessage {
		return nil, whole, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(padded))
	}
	whole = hash(padded)
	for index := range count {
		chunk := padded[index*partSize : min((index+1)*partSize, len(padded))]
		part := make([]byte, 0, MaxStored-Overhead)
		part = append(part, partMark, 'l')
		part = bencode.AppendString(part, whole[:])
		part = bencode.AppendString(part, []byte{byte(index)})
		part = bencode.AppendString(part, []byte{byte(count)})
		part = bencode.AppendString(part, chunk)
		part = append(part, 'e')
		// The official library makes room for the longest length in front of
		// the chunk and leaves zeros at the end when it was shorter.
		for range 5 - digits(len(chunk)) {
			part = append(part, 0)
		}
		parts = append(parts, part)
	}
	return parts, whole, nil
}

func digits(n int) (d int) {
	for ; n > 0; n /= 10 {
		d++
	}
	return d
}

func hash(b []byte) [HashSize]byte { return [HashSize]byte(digest.Sum(HashSize, nil, b)) }

// IsPart reports whether text without padding in front is a part.
func IsPart(text []byte) bool { return len(text) > 0 && text[0] == partMark }

// ParsePart reads one part. Its chunk is part of text. The error is
// ErrMalformed.
func ParsePart(text []byte) (Part, error) {
	if !IsPart(text) || len(text) > MaxStored {
		return Part{}, fmt.Errorf("%w: no part", ErrMalformed)
	}
	fields := [4][]byte{}
	d := bencode.NewDecoder(text[1:])
	if err := d.List(); err != nil {
		return Part{}, fmt.Errorf("%w: part: %w", ErrMalformed, err)
	}
	for i := range fields {
		var err error
		if fields[i], err = d.Bytes(); err != nil {
			return Part{}, fmt.Errorf("%w: part: %w", ErrMalformed, err)
		}
	}
	if err := d.End(); err != nil {
		return Part{}, fmt.Errorf("%w: part: %w", ErrMalformed, err)
	}
	rest := text[1+d.Offset():]
	if len(fields[0]) != HashSize || len(fields[1]) != 1 || len(fields[2]) != 1 || len(fields[3]) == 0 ||
		len(bytes.TrimLeft(rest, "\x00")) > 0 {
		return Part{}, fmt.Errorf("%w: part", ErrMalformed)
	}
	part := Part{Whole: [HashSize]byte(fields[0]), Index: int(fields[1][0]), Count: int(fields[2][0]), Chunk: fields[3]}
	if part.Count < 2 || part.Index >= part.Count {
		return Part{}, fmt.Errorf("%w: part %d of %d", ErrMalformed, part.Index, part.Count)
	}
	return part, nil
}

// Join puts the chunks of all parts of a message together, in the order of
// their index, and is the message without its padding. The error is
// ErrMalformed if they are not the message whose hash is whole.
func Join(whole [HashSize]byte, chunks [][]byte) ([]byte, error) {
	padded := bytes.Join(chunks, nil)
	if hash(padded) != whole {
		return nil, fmt.Errorf("%w: parts that do not belong together", ErrMalformed)
	}
	return Unpad(padded), nil
}
