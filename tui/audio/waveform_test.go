package audio

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestPeaks(t *testing.T) {
	said := tone(recordRate, 440, 4000, 400*time.Millisecond)
	said = append(said, make([]int16, len(said))...)
	said = append(said, tone(recordRate, 440, 16000, 400*time.Millisecond)...)
	c := open(t, encode(t, said))
	peaks, err := c.Peaks(t.Context(), 3)
	if err != nil || len(peaks) != 3 {
		t.Fatal(peaks, err)
	}
	if !near(float64(peaks[0]), 4000.0/32768, 0.02) || !near(float64(peaks[2]), 16000.0/32768, 0.06) {
		t.Errorf("%v", peaks)
	}
	if peaks, err := c.Peaks(t.Context(), 12); err != nil || Waveform(peaks[5:7], Blocks) != "▁▁" || Waveform(peaks[9:], Blocks) == "▁▁▁" {
		t.Errorf("%v, %v", peaks, err)
	}
	if peaks, err := c.Peaks(t.Context(), 0); err != nil || len(peaks) != 0 {
		t.Errorf("%v, %v", peaks, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Peaks(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// More parts than samples: some have none.
	if peaks, err := open(t, encode(t, said[:20])).Peaks(t.Context(), 100); err != nil || len(peaks) != 100 {
		t.Error(len(peaks), err)
	}
}

func TestWaveform(t *testing.T) {
	for _, test := range []struct {
		peaks  []float32
		levels string
		want   string
	}{
		{nil, Blocks, ""},
		{[]float32{0, 0.2, 0.5, 0.7, 1}, Blocks, "▁▂▃▅▇"},
		{[]float32{0, 0.05, 0.1}, Blocks, "▁▃▇"}, // someone speaks quietly
		{[]float32{0, 0.001, 0.0019}, Blocks, "▁▁▁"},
		{[]float32{0, 1}, ASCIIBlocks, "_#"},
		{[]float32{-1, 2}, Blocks, "▁▇"},
		{[]float32{1}, "", ""},
	} {
		if got := Waveform(test.peaks, test.levels); got != test.want {
			t.Errorf("%v in %q: %q, want %q", test.peaks, test.levels, got, test.want)
		}
	}
}
