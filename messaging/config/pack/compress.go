package pack

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// The first byte of a packed message tells what it is.
const (
	plainMark      = 'd' // a bencoded dictionary, which is the message itself
	compressedMark = 'z' // zstd of the message
	partMark       = 'm' // a part of a message, see Split
)

// window is how far back the encoder looks. What repeats in a config does so
// within short distances, and more memory would cost more time than it saves
// bytes.
const window = 128 << 10

// Compress is the message, which starts with 'd', or its compressed form if
// that is shorter.
func Compress(message []byte) ([]byte, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(window))
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	out := make([]byte, 1, len(message)/2+64)
	out[0] = compressedMark
	if out = encoder.EncodeAll(message, out); len(out) < len(message) {
		return out, nil
	}
	return message, nil
}

// Expand undoes Compress, of text without padding in front. Whatever text
// claims, memory is bounded by a small multiple of MaxMessage. The errors are
// ErrMalformed and ErrTooLarge.
func Expand(text []byte) ([]byte, error) {
	if len(text) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(text))
	}
	if len(text) > 0 && text[0] == compressedMark {
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(MaxMessage), zstd.WithDecoderMaxWindow(MaxMessage))
		if err != nil {
			return nil, fmt.Errorf("expand: %w", err)
		}
		defer decoder.Close()
		expanded, err := decoder.DecodeAll(text[1:], nil)
		switch {
		case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
			return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		text = expanded
	}
	if len(text) == 0 || text[0] != plainMark {
		return nil, fmt.Errorf("%w: of an unknown type", ErrMalformed)
	}
	return text, nil
}
