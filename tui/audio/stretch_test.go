package audio

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
	"time"
)

func TestSpeeds(t *testing.T) {
	for _, f := range []Format{{44100, 1}, {44100, 2}, {8000, 1}} {
		for _, speed := range []float64{0.5, 1, 1.5, 2, 3} {
			mono := tone(f.Rate, 440, 8000, time.Second)
			var said []int16
			for _, s := range mono {
				said = append(said, slices.Repeat([]int16{s}, f.Channels)...)
			}
			out, err := io.ReadAll(stretched(iotest.OneByteReader(bytes.NewReader(bytesOf(said))), f, speed))
			if err != nil {
				t.Fatal(err)
			}
			got := samplesOf(out)
			length := f.duration(int64(len(got) / f.Channels)).Seconds()
			if len(got)%f.Channels != 0 || !near(length, 1/speed, 0.06) {
				t.Errorf("%v at speed %v: %.3f s, want %.3f", f, speed, length, 1/speed)
			}
			if !near(pitch(got, f), 440, 15) || !near(rms(got), rms(said), rms(said)/10) {
				t.Errorf("%v at speed %v: %.0f Hz with root mean square %.0f, want 440 with %.0f", f, speed, pitch(got, f), rms(got), rms(said))
			}
		}
	}
}

func TestShortSoundsAtSpeed(t *testing.T) {
	f := Format{44100, 1}
	for _, samples := range []int{0, 1, 100, 882, 1323, 2000} {
		out, err := io.ReadAll(stretched(bytes.NewReader(make([]byte, 2*samples)), f, 2))
		if got := len(out) / 2; err != nil || !near(float64(got), float64(samples)/2, 900) || samples == 0 && got > 0 || samples >= 2 && got == 0 {
			t.Errorf("%d samples at twice the speed: %d, %v", samples, got, err)
		}
	}
}

func TestSpeedKeepsErrors(t *testing.T) {
	broken := errors.New("broken")
	in := io.MultiReader(bytes.NewReader(make([]byte, 100_000)), iotest.ErrReader(broken))
	if out, err := io.ReadAll(stretched(in, recordFormat, 2)); !errors.Is(err, broken) || len(out) < 40_000 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func BenchmarkSpeed6Seconds(b *testing.B) {
	said := bytesOf(tone(recordRate, 440, 8000, 6*time.Second))
	for b.Loop() {
		io.Copy(io.Discard, stretched(bytes.NewReader(said), recordFormat, 1.5))
	}
}
