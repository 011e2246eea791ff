package audio

import (
	"bytes"
	"errors"
	"io"

	gomp3 "github.com/hajimehoshi/go-mp3"
)

const (
	// maxMP3Frames are enough for MaxDuration at any rate.
	maxMP3Frames = 5*60*48000/1152 + 16
	// reservoir is how many frames back a frame of mp3 may have put its data: 511
	// bytes, where a frame of the smallest useful rate holds some 50.
	reservoir = 10
)

// mp3Track is layer III of MPEG 1 and 2. The frames are found here and given to
// the decoder one by one, since what it does with anything else in a file
// depends on sizes that the file claims.
type mp3Track struct {
	file   []byte
	frames []unit
	form   Format
	each   int64 // samples of one channel in a frame
}

// openMP3 lists the frames. All of them must be of one version and rate, so that
// the place of a frame tells its time.
func openMP3(file []byte) (track, error) {
	t := &mp3Track{file: file}
	var first mp3Header
	for at := afterTag(file); at+4 <= len(file) && len(t.frames) < maxMP3Frames; {
		h, ok := parseMP3Header(file[at:])
		size := h.size()
		switch {
		case !ok, len(t.frames) > 0 && !h.like(first):
			at++
			continue
		case at+size > len(file):
			at = len(file) // cut off
			continue
		case len(t.frames) == 0:
			if next, ok := parseMP3Header(file[at+size:]); at+size < len(file) && (!ok || !next.like(h)) {
				at++ // looked like a frame by chance
				continue
			}
			first = h
		}
		if !h.decodable() {
			return nil, errors.New("a rare form of mp3")
		}
		if len(t.frames) > 0 || !describes(file[at:at+size]) {
			t.frames = append(t.frames, unit{at, at + size})
		}
		at += size
	}
	if len(t.frames) == 0 {
		return nil, errors.New("neither m4a nor mp3")
	}
	t.form, t.each = Format{first.rate, first.channels}, int64(first.samples)
	return t, nil
}

// afterTag is where an ID3 tag at the beginning ends.
func afterTag(b []byte) int {
	if len(b) < 10 || string(b[:3]) != "ID3" {
		return 0
	}
	size := int(b[6]&0x7f)<<21 | int(b[7]&0x7f)<<14 | int(b[8]&0x7f)<<7 | int(b[9]&0x7f)
	return min(10+size, len(b))
}

// describes says whether a frame holds no sound but a description of the file,
// as encoders put first.
func describes(frame []byte) bool {
	head := frame[:min(len(frame), 48)]
	return bytes.Contains(head, []byte("Xing")) || bytes.Contains(head, []byte("Info")) || bytes.Contains(head, []byte("VBRI"))
}

func (t *mp3Track) format() Format { return t.form }

func (t *mp3Track) samples() int64 { return int64(len(t.frames)) * t.each }

// stream begins some frames early, for the data that later ones share with
// them.
func (t *mp3Track) stream(from int64) io.Reader {
	first := min(max(from/t.each-reservoir, 0), int64(len(t.frames)))
	s := &unitStream{
		file: t.file, units: t.frames[first:], form: t.form, length: int(t.each), made: 2,
		begin: func(r io.Reader) (io.Reader, error) { return gomp3.NewDecoder(r) },
		wrap:  func(frame []byte) []byte { return frame },
	}
	return &skipped{s, (from - first*t.each) * t.form.frame()}
}
