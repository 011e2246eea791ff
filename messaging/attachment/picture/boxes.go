package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
)

// Videos of phones and cameras and the newer kinds of photos are made of boxes
// (ISO/IEC 14496-12, QuickTime file format). What tells something is overwritten
// where it stands: everything else keeps its place, so that the offsets in the
// file stay true.

// stripBoxes returns a copy without place, time, device and descriptions.
func stripBoxes(data []byte) ([]byte, error) {
	c := boxes{file: bytes.Clone(data)}
	end := 0
	err := each(c.file, func(b box) error {
		if end += len(b.whole); b.kind == "mdat" {
			c.media = append(c.media, [2]uint64{uint64(end - len(b.body)), uint64(end)})
		}
		if len(c.media) > maxMedia {
			return badBoxes("it is in too many parts")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(c.file, func(b box) error {
		switch b.kind {
		case "ftyp", "styp", "sidx", "mfra", "mdat":
			return nil
		case "moov":
			return c.movie(b)
		case "moof":
			c.fragments = true
			return prune(b, "traf")
		case "meta":
			if handler(b.body, 4) == "pict" {
				return c.photo(b)
			}
		}
		b.blank()
		return nil
	})
	if err == nil && c.fragments && c.dropped {
		err = badBoxes("data beside the pictures, in fragments")
	}
	return c.file, err
}

func badBoxes(what string) error { return fmt.Errorf("%w: MP4 or HEIF: %s", ErrFormat, what) }

// maxMedia bounds the work with the parts that data can be in.
const maxMedia = 10_000

// boxes is a file that is being cleaned.
type boxes struct {
	file      []byte
	media     [][2]uint64 // where the data of tracks and items are: from, to
	fragments bool
	dropped   bool   // there was a track of something else: in fragments, its data are anywhere
	erased    uint64 // bytes, to bound the work
	extents   int    // of items, in the same way
}

// box is one of a file. Both of its slices are parts of that.
type box struct {
	kind        string
	whole, body []byte
}

// blank makes of a box one that means nothing.
func (b box) blank() {
	copy(b.whole[4:8], "free")
	clear(b.body)
}

// each takes apart what consists of boxes.
func each(data []byte, f func(box) error) error {
	for len(data) > 0 {
		if len(data) < 8 {
			return badBoxes("bytes behind the last box")
		}
		size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
		switch {
		case size == 0:
			size = uint64(len(data))
		case size == 1 && len(data) >= 16:
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		}
		if size < head || size > uint64(len(data)) {
			return badBoxes("it is cut off")
		}
		if err := f(box{string(data[4:8]), data[:size], data[head:size]}); err != nil {
			return err
		}
		data = data[size:]
	}
	return nil
}

// prune blanks what people or programs wrote about the file, in a box and along the
// path of those within it that are named.
func prune(b box, path ...string) error {
	return each(b.body, func(b box) error {
		switch b.kind {
		case "udta", "meta", "uuid", "free", "skip", "udes", "crtt", "mdft":
			b.blank()
		case "mdhd":
			return b.forgetTimes()
		}
		if len(path) > 0 && b.kind == path[0] {
			return prune(b, path[1:]...)
		}
		return nil
	})
}

// forgetTimes removes when something was made and changed.
func (b box) forgetTimes() error {
	n := 8
	if len(b.body) > 0 && b.body[0] == 1 {
		n = 16
	}
	if len(b.body) < 4+n {
		return badBoxes("a short header")
	}
	clear(b.body[4 : 4+n])
	return nil
}

// handler says of the box that has it, behind so many bytes, what it is about.
func handler(body []byte, skip int) (kind string) {
	// An error ends the search like the end of the boxes.
	_ = each(body[min(skip, len(body)):], func(b box) error {
		if b.kind == "hdlr" && len(b.body) >= 12 {
			kind = string(b.body[8:12])
		}
		return nil
	})
	return kind
}

func (c *boxes) movie(moov box) error {
	return each(moov.body, func(b box) error {
		switch b.kind {
		case "mvhd":
			return b.forgetTimes()
		case "trak":
			return c.track(b)
		case "mvex", "iods":
			return nil
		case "cmov":
			return badBoxes("it is compressed")
		}
		b.blank()
		return nil
	})
}

// track keeps pictures, sounds and the timecode. What else is recorded beside them
// is what sensors measured, of which some cameras make subtitles.
func (c *boxes) track(trak box) error {
	kind, samples := "", sampleTables{}
	err := each(trak.body, func(b box) error {
		switch b.kind {
		case "tkhd":
			return b.forgetTimes()
		case "mdia":
			kind = handler(b.body, 0)
			if err := samples.find(b, "minf", "stbl"); err != nil {
				return err
			}
			return prune(b, "minf", "stbl")
		case "tref", "edts", "tapt", "clip", "matt", "load", "imap", "trgr":
			return nil
		}
		b.blank()
		return nil
	})
	if err != nil {
		return err
	}
	switch kind {
	case "vide", "soun", "auxv", "tmcd":
		return nil
	}
	if err := samples.each(c.erase); err != nil {
		return err
	}
	trak.blank()
	c.dropped = true
	return nil
}

// erase overwrites data of the file.
func (c *boxes) erase(at, n uint64) error {
	i := sort.Search(len(c.media), func(i int) bool { return c.media[i][1] >= at })
	if i == len(c.media) || at < c.media[i][0] || n > c.media[i][1]-at {
		return badBoxes("data that are nowhere")
	}
	return c.clear(c.file[at : at+n])
}

// clear counts what it overwrites. What overlaps itself is no honest file.
func (c *boxes) clear(data []byte) error {
	n := uint64(len(data))
	if n > uint64(len(c.file))-c.erased {
		return badBoxes("more data than there are")
	}
	clear(data)
	c.erased += n
	return nil
}

// sampleTables say where the data of a track are.
type sampleTables struct {
	sizes, perChunk, chunks []byte
	wide                    bool // chunks have offsets of eight bytes
}

// find takes the tables from the end of a path of boxes.
func (s *sampleTables) find(parent box, path ...string) error {
	return each(parent.body, func(b box) error {
		if len(path) > 0 {
			if b.kind == path[0] {
				return s.find(b, path[1:]...)
			}
			return nil
		}
		switch b.kind {
		case "stsz":
			s.sizes = b.body
		case "stsc":
			s.perChunk = b.body
		case "stco", "co64":
			s.chunks, s.wide = b.body, b.kind == "co64"
		case "stz2":
			return badBoxes("sizes of samples in a form that cameras do not write")
		}
		return nil
	})
}

// each names the chunks of the track by offset and length.
func (s *sampleTables) each(f func(at, n uint64) error) error {
	if len(s.sizes) < 12 || len(s.perChunk) < 8 || len(s.chunks) < 8 {
		return badBoxes("a track without tables")
	}
	be := binary.BigEndian
	same, sizes, runs, chunks := be.Uint32(s.sizes[4:]), s.sizes[12:], s.perChunk[8:], s.chunks[8:]
	samples, perChunk := be.Uint32(s.sizes[8:]), uint32(0)
	width := 4
	if s.wide {
		width = 8
	}
	for chunk := uint32(1); len(chunks) >= width && samples > 0; chunk++ {
		if len(runs) >= 12 && be.Uint32(runs) == chunk {
			perChunk, runs = be.Uint32(runs[4:]), runs[12:]
		}
		n := uint64(0)
		if in := min(perChunk, samples); same != 0 {
			n, samples = uint64(in)*uint64(same), samples-in
		} else if uint64(len(sizes)) < 4*uint64(in) {
			return badBoxes("a track without sizes")
		} else {
			for ; in > 0; in-- {
				n, sizes, samples = n+uint64(be.Uint32(sizes)), sizes[4:], samples-1
			}
		}
		at := uint64(be.Uint32(chunks))
		if s.wide {
			at = be.Uint64(chunks)
		}
		if err := f(at, n); err != nil {
			return err
		}
		chunks = chunks[width:]
	}
	if samples > 0 {
		return badBoxes("samples that are nowhere")
	}
	return nil
}
