package picture

import (
	"encoding/binary"
	"fmt"
)

const (
	riffHead    = 12
	webpExif    = 0x08 // flags of VP8X
	webpXMP     = 0x04
	webpAnimate = 0x02
)

// stripWebP keeps what is shown, and the colour profile (WebP container
// specification).
func stripWebP(data []byte) (s stripped, err error) {
	if Sniff(data) != WebP {
		return stripped{}, ErrFormat
	}
	n := uint64(binary.LittleEndian.Uint32(data[4:])) + 8
	if n < riffHead || n > uint64(len(data)) {
		return stripped{}, fmt.Errorf("%w: WebP: it is cut off", ErrFormat)
	}
	s.data = append(make([]byte, 0, n), data[:riffHead]...)
	err = riffChunks(data[riffHead:n], func(name string, content, chunk []byte) error {
		switch name {
		case "EXIF":
			if s.exif == nil {
				s.exif = content
			}
		case "VP8X":
			if len(content) < 10 {
				return fmt.Errorf("%w: WebP: a short head", ErrFormat)
			}
			s.animated = content[0]&webpAnimate != 0
			at := len(s.data) + 8
			s.data = append(s.data, chunk...)
			s.data[at] &^= webpExif | webpXMP
		case "ANMF":
			return s.keepFrame(content)
		case "VP8 ", "VP8L", "ALPH", "ANIM", "ICCP":
			s.data = append(s.data, chunk...)
		}
		return nil
	})
	if err != nil {
		return stripped{}, err
	}
	binary.LittleEndian.PutUint32(s.data[4:], uint32(len(s.data)-8))
	return s, nil
}

// keepFrame keeps a frame of an animation, whose chunks are within.
func (s *stripped) keepFrame(content []byte) error {
	const frameHead = 16
	if len(content) < frameHead {
		return fmt.Errorf("%w: WebP: a short frame", ErrFormat)
	}
	at := len(s.data)
	s.data = append(append(s.data, "ANMF\x00\x00\x00\x00"...), content[:frameHead]...)
	err := riffChunks(content[frameHead:], func(name string, _, chunk []byte) error {
		switch name {
		case "VP8 ", "VP8L", "ALPH":
			s.data = append(s.data, chunk...)
		}
		return nil
	})
	binary.LittleEndian.PutUint32(s.data[at+4:], uint32(len(s.data)-at-8))
	return err
}

// riffChunks goes through chunks. Those of odd length are followed by a byte of
// padding, which belongs to the chunk but not to its content.
func riffChunks(b []byte, each func(name string, content, chunk []byte) error) error {
	for len(b) > 0 {
		if len(b) < 8 {
			return fmt.Errorf("%w: WebP: half a chunk", ErrFormat)
		}
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		whole := 8 + n + n&1
		if whole > uint64(len(b)) {
			return fmt.Errorf("%w: WebP: a chunk beyond the end", ErrFormat)
		}
		if err := each(string(b[:4]), b[8:8+n], b[:whole]); err != nil {
			return err
		}
		b = b[whole:]
	}
	return nil
}
