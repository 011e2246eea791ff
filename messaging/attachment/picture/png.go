package picture

import (
	"encoding/binary"
	"fmt"
)

const pngHead = 8

// stripPNG keeps the chunks that change how the image looks (Portable Network
// Graphics, third edition, section 11).
func stripPNG(data []byte) (s stripped, err error) {
	if Sniff(data) != PNG {
		return stripped{}, ErrFormat
	}
	s.data = append(make([]byte, 0, len(data)), data[:pngHead]...)
	for rest := data[pngHead:]; ; {
		if len(rest) < 12 {
			return stripped{}, fmt.Errorf("%w: PNG: it is cut off", ErrFormat)
		}
		n := uint64(binary.BigEndian.Uint32(rest))
		if n > uint64(len(rest)-12) {
			return stripped{}, fmt.Errorf("%w: PNG: a chunk beyond the end", ErrFormat)
		}
		chunk := rest[:n+12]
		rest = rest[n+12:]
		switch string(chunk[4:8]) {
		case "IEND":
			s.data = append(s.data, chunk...)
			return s, nil
		case "eXIf":
			s.exif = chunk[8 : n+8]
		case "acTL":
			s.animated = true
			s.data = append(s.data, chunk...)
		case "IHDR", "PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI", "sBIT", "bKGD", "pHYs", "fcTL", "fdAT":
			s.data = append(s.data, chunk...)
		}
	}
}
