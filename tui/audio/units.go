package audio

import (
	"errors"
	"io"
)

// unit is what a decoder decodes at once: where it is in the file.
type unit struct{ start, end int }

// unitStream decodes units one by one. One that cannot be decoded is silence,
// and the decoder begins anew after it: what follows stays at its time.
type unitStream struct {
	file   []byte
	units  []unit // not yet decoded
	form   Format
	length int // samples of one channel in a unit
	// begin makes a decoder, which reads one unit for each that is read from it.
	begin func(io.Reader) (io.Reader, error)
	wrap  func(unit []byte) []byte // in what the decoder wants a unit
	// made is the number of channels that the decoder makes. More than form has
	// are alike.
	made int

	decoder io.Reader
	given   []byte // what the decoder has still to read of a unit
	block   []byte
	out     []byte // what is not yet read of block
}

var errNextUnit = errors.New("a unit has no sound of its own")

func (s *unitStream) Read(b []byte) (int, error) {
	for len(s.out) == 0 {
		if len(s.units) == 0 {
			return 0, io.EOF
		}
		if err := s.next(); err != nil {
			s.decoder = nil
			clear(s.block)
		}
		s.out = s.block
		if s.made > s.form.Channels {
			for i := 0; i < len(s.block); i += 4 {
				copy(s.block[i/2:], s.block[i:i+2])
			}
			s.out = s.block[:len(s.block)/2]
		}
	}
	n := copy(b, s.out)
	s.out = s.out[n:]
	return n, nil
}

// next decodes one unit into block.
func (s *unitStream) next() (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = ErrDamaged
		}
	}()
	if s.block == nil {
		s.block = make([]byte, 2*s.made*s.length)
	}
	u := s.units[0]
	s.given, s.units = s.wrap(s.file[u.start:u.end]), s.units[1:]
	if s.decoder == nil {
		if s.decoder, err = s.begin(unitReader{s}); err != nil {
			return err
		}
	}
	_, err = io.ReadFull(s.decoder, s.block)
	return err
}

// unitReader gives the decoder one unit, so that it is known which one it is at.
type unitReader struct{ s *unitStream }

func (r unitReader) Read(b []byte) (int, error) {
	if len(r.s.given) == 0 {
		return 0, errNextUnit
	}
	n := copy(b, r.s.given)
	r.s.given = r.s.given[n:]
	return n, nil
}
