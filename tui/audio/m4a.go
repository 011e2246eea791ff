package audio

import (
	"encoding/binary"
	"errors"
	"math"
)

var errM4A = errors.New("no AAC in this mp4 file")

// openM4A finds the first sound of AAC in an mp4 file (ISO 14496-12 and -14).
// A file that was cut off plays as far as it goes.
func openM4A(file []byte) (track, error) {
	movie := inside(file, "moov")
	for rest := movie; ; {
		kind, body, after, ok := nextBox(rest)
		if !ok {
			return nil, errM4A
		}
		if rest = after; kind != "trak" {
			continue
		}
		config := audioConfig(inside(body, "mdia", "minf", "stbl", "stsd"))
		if config == nil {
			continue
		}
		t, err := newAACTrack(file, sampleTable(file, inside(body, "mdia", "minf", "stbl")), config)
		if err != nil {
			return nil, err
		}
		t.edit(inside(body, "edts", "elst"), timescale(inside(movie, "mvhd")), timescale(inside(body, "mdia", "mdhd")))
		return t, nil
	}
}

// nextBox splits what a box holds from what follows it. A box that claims more
// than there is holds what there is.
func nextBox(b []byte) (kind string, body, after []byte, ok bool) {
	if len(b) < 8 {
		return "", nil, nil, false
	}
	size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
	switch {
	case size == 0: // up to the end
		size = uint64(len(b))
	case size == 1 && len(b) >= 16:
		size, head = binary.BigEndian.Uint64(b[8:]), 16
	}
	if size < head {
		return "", nil, nil, false
	}
	size = min(size, uint64(len(b)))
	return string(b[4:8]), b[head:size], b[size:], true
}

// inside is what the first box of each kind holds, one in the other; nil if
// there is none.
func inside(b []byte, kinds ...string) []byte {
	for len(kinds) > 0 {
		kind, body, after, ok := nextBox(b)
		switch {
		case !ok:
			return nil
		case kind == kinds[0]:
			b, kinds = body, kinds[1:]
		default:
			b = after
		}
	}
	return b
}

// timescale is how many units of time are a second, as mvhd and mdhd say.
func timescale(header []byte) uint32 {
	at := 12
	if len(header) > 0 && header[0] == 1 {
		at = 20
	}
	return number(header, at)
}

// number is four bytes of a table, 0 beyond its end.
func number(b []byte, at int) uint32 {
	if at < 0 || len(b)-4 < at {
		return 0
	}
	return binary.BigEndian.Uint32(b[at:])
}

// audioConfig finds the AudioSpecificConfig in a sample description: an entry
// mp4a, in it a box esds, in it nested descriptors. nil: there is none.
func audioConfig(stsd []byte) []byte {
	if len(stsd) < 8 {
		return nil
	}
	entry := inside(stsd[8:], "mp4a")
	if len(entry) < 28 {
		return nil
	}
	fields := 28
	switch entry[9] { // QuickTime has longer forms, versions 1 and 2
	case 1:
		fields += 16
	case 2:
		fields += 36
	}
	if len(entry) < fields {
		return nil
	}
	esds := inside(entry[fields:], "esds")
	if esds == nil {
		esds = inside(entry[fields:], "wave", "esds")
	}
	if len(esds) < 4 {
		return nil
	}
	es := descriptor(esds[4:], 3)
	if len(es) < 3 {
		return nil
	}
	flags, at := es[2], 3
	if flags&0x80 != 0 {
		at += 2
	}
	if flags&0x40 != 0 && at < len(es) {
		at += 1 + int(es[at])
	}
	if flags&0x20 != 0 {
		at += 2
	}
	if at > len(es) {
		return nil
	}
	decoder := descriptor(es[at:], 4)
	if len(decoder) < 13 {
		return nil
	}
	return descriptor(decoder[13:], 5)
}

// descriptor is what an MPEG-4 descriptor holds; nil if it is of another kind.
func descriptor(b []byte, tag byte) []byte {
	if len(b) == 0 || b[0] != tag {
		return nil
	}
	size := 0
	for i := 1; i <= 4 && i < len(b); i++ {
		size = size<<7 | int(b[i]&0x7f)
		if b[i]&0x80 == 0 {
			b = b[i+1:]
			return b[:min(size, len(b))]
		}
	}
	return nil
}

// sampleTable lists where the access units are: stsz has their sizes, stco or
// co64 where runs of them (chunks) begin, stsc how many are in a chunk, from
// which chunk on.
func sampleTable(file, stbl []byte) (units []unit) {
	sizes, runs := inside(stbl, "stsz"), inside(stbl, "stsc")
	chunks, wide := inside(stbl, "stco"), 4
	if chunks == nil {
		chunks, wide = inside(stbl, "co64"), 8
	}
	if len(sizes) < 12 || len(runs) < 20 || len(chunks) < 8 {
		return nil
	}
	uniform := number(sizes, 4)
	count := min(int64(number(sizes, 8)), maxUnits)
	if uniform == 0 {
		count = min(count, int64(len(sizes)-12)/4)
	}
	entries := min(int64(number(runs, 4)), int64(len(runs)-8)/12)
	run := int64(0)
	for chunk := range min(int64(number(chunks, 4)), int64(len(chunks)-8)/int64(wide)) {
		for run+1 < entries && int64(number(runs, int(8+12*(run+1)))) <= chunk+1 {
			run++
		}
		at := uint64(number(chunks, int(8+chunk*4)))
		if wide == 8 {
			at = binary.BigEndian.Uint64(chunks[8+chunk*8:])
		}
		for range number(runs, int(8+12*run+4)) {
			if int64(len(units)) == count {
				return units
			}
			size := uint64(uniform)
			if uniform == 0 {
				size = uint64(number(sizes, 12+4*len(units)))
			}
			if size == 0 || size > maxUnit || at > uint64(len(file)) || size > uint64(len(file))-at {
				return units
			}
			units = append(units, unit{int(at), int(at + size)})
			at += size
		}
	}
	return units
}

// edit leaves out what the edit list leaves out: the silence that an encoder
// puts before the sound, and what fills the last unit. Only the first edit that
// shows something counts; one that makes no sense is ignored.
func (t *aacTrack) edit(elst []byte, movieScale, mediaScale uint32) {
	if len(elst) < 8 || movieScale == 0 || mediaScale == 0 {
		return
	}
	entry, size := elst[8:], 12
	if elst[0] == 1 {
		size = 20
	}
	for ; len(entry) >= size; entry = entry[size:] {
		length, begin := uint64(number(entry, 0)), int64(int32(number(entry, 4)))
		if size == 20 {
			length, begin = binary.BigEndian.Uint64(entry), int64(binary.BigEndian.Uint64(entry[8:]))
		}
		if begin < 0 {
			continue // a pause before the sound
		}
		if skip := float64(begin) * float64(t.form.Rate) / float64(mediaScale); skip < float64(t.length) && skip <= 8*unitSamples {
			t.skip = int64(math.Round(skip))
			t.length -= t.skip
		}
		if samples := math.Round(float64(length) * float64(t.form.Rate) / float64(movieScale)); samples >= 1 && samples < float64(t.length) {
			t.length = int64(samples)
		}
		return
	}
}
