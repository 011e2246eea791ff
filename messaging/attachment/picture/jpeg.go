package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of JPEG (ITU-T T.81, annex B), after 0xff.
const (
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
	markAPP0 = 0xe0
	markCOM  = 0xfe
	markTEM  = 0x01
)

const profileName = "ICC_PROFILE\x00"

// stripJPEG keeps what is needed to decode: tables, frames and scans, the
// colour profile, and what JFIF and Adobe say of colours.
func stripJPEG(data []byte) (s stripped, err error) {
	bad := func(what string) (stripped, error) { return stripped{}, fmt.Errorf("%w: JPEG: %s", ErrFormat, what) }
	if len(data) < 4 || data[0] != 0xff || data[1] != markSOI {
		return bad("no beginning")
	}
	s.data = append(make([]byte, 0, len(data)), data[:2]...)
	scans := 0
	for rest := data[2:]; ; {
		for len(rest) > 1 && rest[0] == 0xff && rest[1] == 0xff {
			rest = rest[1:] // fill bytes
		}
		if len(rest) < 2 || rest[0] != 0xff {
			return bad("no marker where one has to be")
		}
		mark := rest[1]
		switch {
		case mark == markEOI:
			if scans == 0 {
				return bad("no image")
			}
			s.data = append(s.data, 0xff, markEOI)
			return s, nil
		case mark == markTEM || mark >= 0xd0 && mark <= 0xd7:
			rest = rest[2:]
			continue
		case mark == 0 || mark == markSOI || len(rest) < 4:
			return bad("an unknown marker")
		}
		n := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if n < 4 || n > len(rest) {
			return bad("a segment beyond the end")
		}
		segment := rest[:n]
		rest = rest[n:]
		s.keepSegment(mark, segment)
		if mark == markSOS {
			scans++
			end := scanEnd(rest)
			s.data = append(s.data, rest[:end]...)
			rest = rest[end:]
			if len(rest) == 0 { // cut off; decoders show what is there
				s.data = append(s.data, 0xff, markEOI)
				return s, nil
			}
		}
	}
}

func (s *stripped) keepSegment(mark byte, segment []byte) {
	content := segment[4:]
	switch {
	case mark == markAPP0 && bytes.HasPrefix(content, []byte("JFIF\x00")) && len(content) >= 14:
		// Without the preview that may follow.
		s.data = append(s.data, 0xff, markAPP0, 0, 16)
		s.data = append(append(s.data, content[:12]...), 0, 0)
	case mark == markAPP0+2 && bytes.HasPrefix(content, []byte(profileName)):
		s.profile = append(s.profile, segment)
		s.data = append(s.data, segment...)
	case mark == markAPP0+14 && bytes.HasPrefix(content, []byte("Adobe")) && len(content) >= 12:
		s.data = append(s.data, 0xff, mark, 0, 14)
		s.data = append(s.data, content[:12]...)
	case mark == markAPP0+1 && bytes.HasPrefix(content, []byte("Exif\x00\x00")) && s.exif == nil:
		s.exif = content[6:]
	case mark >= markAPP0 && mark <= markAPP0+15 || mark == markCOM:
	default:
		s.data = append(s.data, segment...)
	}
}

// scanEnd is where the compressed data of a scan end: before a marker that is
// neither a restart nor an escaped 0xff.
func scanEnd(b []byte) int {
	for i := 0; ; i += 2 {
		n := bytes.IndexByte(b[i:], 0xff)
		if n < 0 || i+n+1 >= len(b) {
			return len(b)
		}
		i += n
		if next := b[i+1]; next == 0xff {
			i-- // fill; look at the next one
		} else if next != 0 && (next < 0xd0 || next > 0xd7) {
			return i
		}
	}
}

// insert puts segments in front of a JPEG's others.
func insert(data []byte, segments [][]byte) []byte {
	out := append(make([]byte, 0, len(data)+len(segments)*1<<10), data[:2]...)
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, data[2:]...)
}

// insertOrientation has a JPEG say how it is to be shown.
func insertOrientation(data []byte, o Orientation) []byte {
	exif := []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	exif[len(exif)-7] = byte(o)
	return insert(data, [][]byte{exif})
}
