package audio

import (
	"encoding/binary"
	"errors"

	aacpcm "github.com/tphakala/go-aac/pcm"
)

// What Android records. session-android: audio/AudioRecorder.kt.
const (
	recordRate    = 44100
	recordBitrate = 32000
)

// recordFormat is what a microphone is asked for, and what an Encoder takes.
var recordFormat = Format{Rate: recordRate, Channels: 1}

// errFull ends a recording that has reached MaxDuration.
var errFull = errors.New("five minutes are recorded")

// Encoder makes a voice message out of samples: 44,100 in a second, one channel,
// 16 bits, little endian. It keeps what is encoded already, 4 kB for a second.
type Encoder struct {
	aac     *aacpcm.FrameEncoder
	units   []byte
	sizes   []int
	samples int64
	odd     []byte // half a sample
}

// NewEncoder begins a voice message.
func NewEncoder() (*Encoder, error) {
	aac, err := aacpcm.NewFrameEncoder(aacpcm.Config{SampleRate: recordRate, BitDepth: 16, Channels: 1, Bitrate: recordBitrate})
	return &Encoder{aac: aac}, err
}

// Write takes samples up to MaxDuration; the error then is not nil, and what was
// taken can be had from File.
func (e *Encoder) Write(pcm []byte) (int, error) {
	room := (recordFormat.samples(MaxDuration)-e.samples)*2 - int64(len(e.odd))
	taken := min(int64(len(pcm)), room)
	whole := append(e.odd, pcm[:taken]...)
	end := len(whole) &^ 1
	if err := e.aac.EncodeInterleaved(whole[:end], e.keep); err != nil {
		return 0, err
	}
	e.samples += int64(end / 2)
	e.odd = append([]byte(nil), whole[end:]...)
	if taken < int64(len(pcm)) {
		return int(taken), errFull
	}
	return len(pcm), nil
}

func (e *Encoder) keep(unit []byte, _ int) error {
	e.units = append(e.units, unit...)
	e.sizes = append(e.sizes, len(unit))
	return nil
}

// File ends the voice message and gives the file. ErrNothingRecorded: nothing
// was written.
func (e *Encoder) File() ([]byte, error) {
	if e.samples == 0 {
		return nil, ErrNothingRecorded
	}
	if err := e.aac.Flush(e.keep); err != nil {
		return nil, err
	}
	return e.mux(), nil
}

// mux puts the units into an mp4 file (ISO 14496-12 and -14) with everything
// that players want to know before them. No time of recording is in it.
func (e *Encoder) mux() []byte {
	all := uint32(len(e.sizes) * unitSamples)
	heard := uint32(e.samples)
	sizes := u32(0, 0, uint32(len(e.sizes)))
	for _, size := range e.sizes {
		sizes = append(sizes, u32(uint32(size))...)
	}
	matrix := u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
	head := box("ftyp", []byte("M4A "), u32(0), []byte("M4A isommp42"))
	// The place of the sound depends on the length of the table that says it.
	movie := func(soundAt int) []byte {
		return box("moov",
			box("mvhd", u32(0, 0, 0, recordRate, heard, 0x10000), []byte{1, 0}, make([]byte, 10), matrix, make([]byte, 24), u32(2)),
			box("trak",
				box("tkhd", u32(7, 0, 0, 1, 0, heard, 0, 0, 0), []byte{1, 0, 0, 0}, matrix, u32(0, 0)),
				box("edts", box("elst", u32(0, 1, heard, uint32(e.aac.Delay()), 0x10000))),
				box("mdia",
					box("mdhd", u32(0, 0, 0, recordRate, all), []byte{0x55, 0xc4, 0, 0}), // no language
					box("hdlr", u32(0, 0), []byte("soun"), make([]byte, 12), []byte("\x00")),
					box("minf",
						box("smhd", u32(0, 0)),
						box("dinf", box("dref", u32(0, 1), box("url ", u32(1)))),
						box("stbl",
							box("stsd", u32(0, 1), e.sampleEntry()),
							box("stts", u32(0, 1, uint32(len(e.sizes)), unitSamples)),
							box("stsc", u32(0, 1, 1, uint32(len(e.sizes)), 1)),
							box("stsz", sizes),
							box("stco", u32(0, 1, uint32(soundAt))))))))
	}
	soundAt := len(head) + len(movie(0)) + 8
	file := append(head, movie(soundAt)...)
	return append(file, box("mdat", e.units)...)
}

// sampleEntry says that the sound is AAC, and how to decode it.
func (e *Encoder) sampleEntry() []byte {
	config := e.aac.AudioSpecificConfig()
	decoder := append([]byte{0x40, 0x15, 0, 0, 0}, u32(recordBitrate, recordBitrate)...)
	decoder = append(decoder, tagged(5, config)...)
	es := append([]byte{0, 0, 0}, tagged(4, decoder)...)
	es = append(es, tagged(6, []byte{2})...)
	return box("mp4a",
		[]byte{0, 0, 0, 0, 0, 0, 0, 1}, u32(0, 0), []byte{0, 1, 0, 16, 0, 0, 0, 0}, u32(recordRate<<16),
		box("esds", u32(0), tagged(3, es)))
}

func box(kind string, parts ...[]byte) []byte {
	b := append(u32(0), kind...)
	for _, p := range parts {
		b = append(b, p...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// tagged is an MPEG-4 descriptor of less than 128 bytes.
func tagged(tag byte, body []byte) []byte {
	return append([]byte{tag, byte(len(body))}, body...)
}

func u32(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}
