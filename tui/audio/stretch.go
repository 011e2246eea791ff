package audio

import (
	"encoding/binary"
	"io"
	"math"
)

// stretched is a sound at another speed and at the same pitch.
func stretched(pcm io.Reader, f Format, speed float64) io.Reader {
	if speed == 1 {
		return pcm
	}
	return &stretcher{
		in: pcm, channels: f.Channels, speed: speed,
		hop: f.Rate / 50, reach: f.Rate / 100,
	}
}

// stretcher joins pieces of 20 ms of a sound, taken closer together or further
// apart than they are played. Each is taken where it fits best to what would
// have followed the one before, not further than reach from where it should be
// taken, and faded into it (WSOLA: Verhelst and Roelands, 1993).
//
// Positions and lengths are in samples of one channel.
type stretcher struct {
	in         io.Reader
	channels   int
	speed      float64
	hop, reach int

	samples []int16 // of the input, all channels, from start on
	start   int
	failure error // how the input ended

	pieces  int // made so far
	follows int // where the sound goes on after the last piece
	out     []byte
}

func (s *stretcher) Read(b []byte) (int, error) {
	for len(s.out) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.out)
	s.out = s.out[n:]
	return n, nil
}

// next makes one piece.
func (s *stretcher) next() error {
	should := int(math.Round(float64(s.pieces) * float64(s.hop) * s.speed))
	s.forget(min(s.follows, max(should-s.reach, 0)))
	if !s.fill(max(s.follows, should+s.reach) + s.hop) {
		return s.rest(should)
	}
	from := should
	if s.pieces > 0 {
		from = s.fitting(max(should-s.reach, s.start), should+s.reach)
	}
	before, after := s.at(s.follows), s.at(from)
	s.out = make([]byte, 0, 2*s.hop*s.channels)
	for i := range s.hop * s.channels {
		in := i / s.channels
		mixed := (int(before[i])*(s.hop-in) + int(after[i])*in) / s.hop
		s.out = binary.LittleEndian.AppendUint16(s.out, uint16(int16(mixed)))
	}
	s.follows = from + s.hop
	s.pieces++
	return nil
}

// fitting is where from first to last the sound is most like what follows the
// last piece. A quarter of the places and samples is enough to tell.
func (s *stretcher) fitting(first, last int) int {
	const step = 4
	wanted := s.at(s.follows)[:s.hop*s.channels]
	best, least := first, math.MaxInt
	for from := first; from <= last; from += step {
		there, difference := s.at(from), 0
		for i := 0; i < len(wanted) && difference < least; i += step * s.channels {
			d := int(wanted[i]) - int(there[i])
			difference += max(d, -d)
		}
		if difference < least {
			best, least = from, difference
		}
	}
	return best
}

// rest is what is left when there is not enough for a piece: as much of it as
// the speed leaves.
func (s *stretcher) rest(should int) error {
	end := s.start + len(s.samples)/s.channels
	length := int(float64(end-should) / s.speed)
	length = min(length, end-s.follows)
	if length <= 0 {
		return s.failure
	}
	for _, sample := range s.at(s.follows)[:length*s.channels] {
		s.out = binary.LittleEndian.AppendUint16(s.out, uint16(sample))
	}
	s.follows, s.start, s.samples = end, end, nil
	return nil
}

// at is the input from a position on.
func (s *stretcher) at(position int) []int16 { return s.samples[(position-s.start)*s.channels:] }

func (s *stretcher) forget(before int) {
	n := min(max(before-s.start, 0)*s.channels, len(s.samples))
	s.samples = s.samples[n:]
	s.start += n / s.channels
}

// fill reads the input up to a position and says whether it goes so far.
func (s *stretcher) fill(to int) bool {
	missing := (to-s.start)*s.channels - len(s.samples)
	if missing <= 0 {
		return true
	}
	if s.failure != nil {
		return false
	}
	b := make([]byte, 2*missing)
	n, err := io.ReadFull(s.in, b)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	s.failure = err
	whole := n / (2 * s.channels) * s.channels
	samples := make([]int16, 0, len(s.samples)+whole)
	samples = append(samples, s.samples...)
	for i := range whole {
		samples = append(samples, int16(binary.LittleEndian.Uint16(b[2*i:])))
	}
	s.samples = samples
	return err == nil
}
