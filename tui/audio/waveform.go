package audio

import (
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
// of AAC: not for the goroutine that draws. The error is that
// of the context.
func (c *Clip) Peaks(ctx context.Context, n int) ([]float32, error) {
	peaks := make([]float32, max(n, 0))
	if n <= 0 {
		return peaks, nil
	}
	r := c.PCM(0)
	total := c.length * int64(c.format.Channels)
	block := make([]byte, 1<<14)
	for i := int64(0); ; {
		read, err := io.ReadFull(r, block)
		for at := 0; at+1 < read; at += 2 {
			part := i * int64(n) / total
			peaks[part] = max(peaks[part], loudness(int16(binary.LittleEndian.Uint16(block[at:]))))
			i++
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			break
		}
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
