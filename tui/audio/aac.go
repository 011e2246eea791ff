package audio

import (
	"encoding/binary"
	"errors"
	"io"

	aacpcm "github.com/tphakala/go-aac/pcm"
)

const (
	unitSamples = 1024 // what one access unit of AAC-LC holds of every channel
	// maxUnit is what an access unit can be at most, in bytes: the length field of
	// ADTS has 13 bits.
	maxUnit = 1<<13 - 1
	// maxUnits are enough for MaxDuration at any rate.
	maxUnits = 5*60*96000/unitSamples + 16
)

// unit is one access unit: where it is in the file.
type unit struct{ start, end int }

// aacTrack is AAC-LC, out of whichever container.
type aacTrack struct {
	file   []byte
	units  []unit
	config []byte // the AudioSpecificConfig
	form   Format
	skip   int64 // samples before the sound begins: what the encoder needed
	length int64 // samples after those
}

// newAACTrack asks the decoder what the configuration means: how many channels
// there are stands only there. A file of one channel often says two elsewhere.
func newAACTrack(file []byte, units []unit, config []byte) (*aacTrack, error) {
	if len(units) == 0 {
		return nil, errors.New("no sound in it")
	}
	decoder, err := aacpcm.NewDecoder(&unitReader{}, aacpcm.WithRawStream(config))
	if err != nil {
		return nil, err
	}
	info := decoder.Info()
	return &aacTrack{
		file: file, units: units, config: config,
		form:   Format{info.SampleRate, info.Channels},
		length: int64(len(units)) * unitSamples,
	}, nil
}

func (t *aacTrack) format() Format { return t.form }

func (t *aacTrack) samples() int64 { return t.length }

// stream begins one unit early, since every unit is half of what overlaps with
// the next one.
func (t *aacTrack) stream(from int64) io.Reader {
	from += t.skip
	first := max(from/unitSamples-1, 0)
	units := t.units[min(first, int64(len(t.units))):]
	decoder, err := aacpcm.NewDecoder(&unitReader{file: t.file, units: units}, aacpcm.WithRawStream(t.config))
	if err != nil {
		return failed{err}
	}
	return &skipped{decoder, (from - first*unitSamples) * t.form.frame()}
}

// unitReader gives access units as the decoder takes them: each after its
// length in two bytes.
type unitReader struct {
	file  []byte
	units []unit
	head  []byte // what is left of a length
	body  []byte // and of its unit
}

func (r *unitReader) Read(b []byte) (int, error) {
	if len(r.head) == 0 && len(r.body) == 0 {
		if len(r.units) == 0 {
			return 0, io.EOF
		}
		u := r.units[0]
		r.units, r.body = r.units[1:], r.file[u.start:u.end]
		r.head = binary.BigEndian.AppendUint16(nil, uint16(len(r.body)))
	}
	from := &r.head
	if len(r.head) == 0 {
		from = &r.body
	}
	n := copy(b, *from)
	*from = (*from)[n:]
	return n, nil
}
