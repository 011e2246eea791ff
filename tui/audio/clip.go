package audio

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// Format is how samples are to be understood: signed, 16 bits, little endian,
// the channels by turns.
type Format struct {
	Rate     int // samples of one channel in a second
	Channels int // 1 or 2
}

// frame is the number of bytes of one sample of every channel.
func (f Format) frame() int64 { return int64(2 * f.Channels) }

func (f Format) duration(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(f.Rate)
}

func (f Format) samples(d time.Duration) int64 {
	return (int64(d)*int64(f.Rate) + int64(time.Second)/2) / int64(time.Second)
}

// valid says whether a sound's own claim is one that devices understand.
func (f Format) valid() bool {
	return f.Rate >= 7350 && f.Rate <= 96000 && (f.Channels == 1 || f.Channels == 2)
}

// track is the one sound in a file.
type track interface {
	format() Format
	// samples is the number of samples of one channel, found without decoding.
	samples() int64
	// stream decodes from a sample on. It may panic.
	stream(from int64) io.Reader
}

// Clip is an opened sound. It may be used by several goroutines.
type Clip struct {
	track  track
	format Format
	length int64 // samples of one channel, at most MaxDuration
}

// Open looks what a file is, by its content. The file must not be changed while
// the Clip is in use. The error is ErrFormat, wrapped.
func Open(file []byte) (clip *Clip, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			clip, err = nil, fmt.Errorf("%w: %v", ErrFormat, cause)
		}
	}()
	if len(file) > MaxFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrFormat, MaxFile)
	}
	var t track
	switch {
	case len(file) >= 8 && bytes.Equal(file[4:8], []byte("ftyp")):
		t, err = openM4A(file)
	case isADTS(file):
		t, err = openADTS(file)
	default:
		t, err = openMP3(file)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	f := t.format()
	if !f.valid() {
		return nil, fmt.Errorf("%w: %d channels of %d samples in a second", ErrFormat, f.Channels, f.Rate)
	}
	length := min(t.samples(), f.samples(MaxDuration))
	if length <= 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrFormat)
	}
	return &Clip{t, f, length}, nil
}

// Duration is how long the sound is, at most MaxDuration. Nothing is decoded to
// know it.
func (c *Clip) Duration() time.Duration { return c.format.duration(c.length) }

// Whole reports whether all of the file is within Duration, but for the second
// that encoders may add.
func (c *Clip) Whole() bool { return c.track.samples() <= c.length+c.format.samples(time.Second) }

// Format is that of the samples that PCM gives.
func (c *Clip) Format() Format { return c.format }

// PCM decodes from a time on while it is read, up to Duration. What is damaged
// is silent. An error other than io.EOF is ErrDamaged, wrapped.
func (c *Clip) PCM(from time.Duration) io.Reader {
	start := min(max(c.format.samples(from), 0), c.length)
	r := &pcmReader{open: func() io.Reader { return c.track.stream(start) }}
	return io.LimitReader(r, (c.length-start)*c.format.frame())
}

// pcmReader turns panics of a decoder into errors.
type pcmReader struct {
	open func() io.Reader
	r    io.Reader
	err  error
}

func (p *pcmReader) Read(b []byte) (n int, err error) {
	if p.err != nil {
		return 0, p.err
	}
	defer func() {
		if cause := recover(); cause != nil {
			n, err = 0, fmt.Errorf("%w: %v", ErrDamaged, cause)
		} else if err != nil && err != io.EOF {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		p.err = err
	}()
	if p.r == nil {
		p.r = p.open()
	}
	return p.r.Read(b)
}

// skipped is r without its first n bytes.
type skipped struct {
	r io.Reader
	n int64
}

func (s *skipped) Read(b []byte) (int, error) {
	if s.n > 0 {
		n, err := io.CopyN(io.Discard, s.r, s.n)
		s.n -= n
		if err != nil {
			return 0, err
		}
	}
	return s.r.Read(b)
}
