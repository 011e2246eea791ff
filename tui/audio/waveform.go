package audio

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"strings"
)

// Blocks are the levels that a waveform is drawn with, from silence on, where
// there is Unicode. ASCIIBlocks are for where there is not.
const (
	Blocks      = "▁▂▃▅▇"
	ASCIIBlocks = "_.-=#"
)

// Peaks are the loudest samples of n equal parts of the sound, from 0 to 1. All
// of it is decoded, which takes some 15 ms for a second of mp3 and 3 ms for one
// of AAC: not for the goroutine that draws. A damaged sound is silent from
// where it is damaged on. The error is that of the context.
func (c *Clip) Peaks(ctx context.Context, n int) ([]float32, error) {
	peaks := make([]float32, max(n, 0))
	if n <= 0 {
		return peaks, nil
	}
	r := bufio.NewReaderSize(c.PCM(0), 1<<14)
	total := c.length * int64(c.format.Channels)
	var sample [2]byte
	for i := range total {
		if i%(1<<14) == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, err := io.ReadFull(r, sample[:]); err != nil {
			break
		}
		part := i * int64(n) / total
		peaks[part] = max(peaks[part], loudness(int16(binary.LittleEndian.Uint16(sample[:]))))
	}
	return peaks, nil
}

func loudness(sample int16) float32 {
	if sample < 0 {
		return -float32(sample) / (1 << 15)
	}
	return float32(sample) / (1<<15 - 1)
}

// Waveform draws peaks, one character each, out of levels, which are characters
// from silence to the loudest. The loudest peak is drawn as the loudest
// character, unless all is next to silent: what people speak into differs.
func Waveform(peaks []float32, levels string) string {
	marks := []rune(levels)
	if len(marks) == 0 {
		return ""
	}
	loudest := float32(0.01)
	for _, p := range peaks {
		loudest = max(loudest, p)
	}
	var b strings.Builder
	for _, p := range peaks {
		at := int(max(p, 0) / loudest * float32(len(marks)))
		b.WriteRune(marks[min(at, len(marks)-1)])
	}
	return b.String()
}
