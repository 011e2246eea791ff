package audio

import (
	"bytes"
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
	decoder, err := aacpcm.NewDecoder(bytes.NewReader(nil), aacpcm.WithRawStream(config))
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
	s := &unitStream{
		file: t.file, units: units, form: t.form, length: unitSamples, made: t.form.Channels,
		begin: func(r io.Reader) (io.Reader, error) {
			return aacpcm.NewDecoder(r, aacpcm.WithRawStream(t.config))
		},
		// The decoder takes each unit after its length in two bytes.
		wrap: func(unit []byte) []byte {
			return append(binary.BigEndian.AppendUint16(nil, uint16(len(unit))), unit...)
		},
	}
	return &skipped{s, (from - first*unitSamples) * t.form.frame()}
}
