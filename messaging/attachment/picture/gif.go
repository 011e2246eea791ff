package picture

import "fmt"

// Blocks of GIF (GIF89a specification).
const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifControl   = 0xf9
	gifProgram   = 0xff
)

// gifReader takes a GIF apart; what it takes beyond the end is nothing.
type gifReader struct {
	rest []byte
	bad  bool
}

func (r *gifReader) take(n int) []byte {
	if n > len(r.rest) {
		r.bad, n = true, len(r.rest)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// table is how long a colour table is, by the byte that announces it.
func table(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// blocks skips sub-blocks up to the empty one.
func (r *gifReader) blocks() {
	for {
		n := r.take(1)
		if r.bad || n[0] == 0 {
			return
		}
		r.take(int(n[0]))
	}
}

// stripGIF keeps images with their timing, and how often they are repeated.
func stripGIF(data []byte) (s stripped, err error) {
	r := &gifReader{rest: data}
	begun := func() []byte { return r.rest }
	since := func(from []byte) []byte { return from[:len(from)-len(r.rest)] }
	s.data = make([]byte, 0, len(data))
	from := begun()
	if head := r.take(13); !r.bad {
		r.take(table(head[10]))
	}
	s.data = append(s.data, since(from)...)
	for images := 0; !r.bad; {
		from := begun()
		kind := r.take(1)
		if r.bad {
			break
		}
		keep := true
		switch kind[0] {
		case gifTrailer:
			if images == 0 {
				return stripped{}, fmt.Errorf("%w: GIF: no image", ErrFormat)
			}
			s.animated = images > 1
			s.data = append(s.data, gifTrailer)
			return s, nil
		case gifImage:
			images++
			if head := r.take(9); !r.bad {
				r.take(table(head[8]) + 1)
				r.blocks()
			}
		case gifExtension:
			label := r.take(1)
			keep = !r.bad && (label[0] == gifControl || label[0] == gifProgram && repeats(r.rest))
			r.blocks()
		default:
			r.bad = true
		}
		if keep && !r.bad {
			s.data = append(s.data, since(from)...)
		}
	}
	return stripped{}, fmt.Errorf("%w: GIF: it is cut off", ErrFormat)
}

// repeats reports whether an application's extension is the one that says how
// often an animation is repeated, and nothing else.
func repeats(b []byte) bool {
	if len(b) < 17 || b[0] != 11 || b[12] != 3 || b[16] != 0 {
		return false
	}
	name := string(b[1:12])
	return name == "NETSCAPE2.0" || name == "ANIMEXTS1.0"
}
