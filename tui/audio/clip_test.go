package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fixture reads one of the files that were made as other programs make them.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, file []byte) *Clip {
	t.Helper()
	c, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func decode(t testing.TB, c *Clip, from time.Duration) []int16 {
	t.Helper()
	b, err := io.ReadAll(c.PCM(from))
	if err != nil {
		t.Fatal(err)
	}
	return samplesOf(b)
}

func samplesOf(b []byte) []int16 {
	s := make([]int16, len(b)/2)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return s
}

func bytesOf(samples []int16) (b []byte) {
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// tone is a sine of one channel.
func tone(rate int, hertz, amplitude float64, length time.Duration) []int16 {
	s := make([]int16, int(length)*rate/int(time.Second))
	for i := range s {
		s[i] = int16(amplitude * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	return s
}

func rms(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(len(samples), 1)))
}

// pitch counts how often the first channel rises above a threshold after having
// been below its opposite, in Hz.
func pitch(samples []int16, f Format) float64 {
	threshold, below, rises := int16(rms(samples)/2), false, 0
	for i := 0; i < len(samples); i += f.Channels {
		switch {
		case samples[i] < -threshold:
			below = true
		case below && samples[i] > threshold:
			below = false
			rises++
		}
	}
	return float64(rises) * float64(f.Rate) * float64(f.Channels) / float64(len(samples))
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

var fixtures = []struct {
	name    string
	format  Format
	samples int // of one channel
	rms     float64
}{
	{"ios.m4a", Format{44100, 2}, 22050, 2048},
	{"android.m4a", Format{44100, 1}, 22050, 2896},
	// These do not say where the sound begins and ends: there are silent samples too.
	{"old-android.aac", Format{44100, 1}, 23 * 1024, 2896},
	{"desktop.mp3", Format{44100, 1}, 21 * 1152, 2750},
	{"tagged.mp3", Format{22050, 2}, 22 * 576, 2048},
}

func TestSoundsOfOtherPrograms(t *testing.T) {
	for _, want := range fixtures {
		t.Run(want.name, func(t *testing.T) {
			c := open(t, fixture(t, want.name))
			if !c.Whole() || c.Format() != want.format || c.Duration() != want.format.duration(int64(want.samples)) {
				t.Fatalf("%v for %v, want %v for %d samples", c.Format(), c.Duration(), want.format, want.samples)
			}
			got := decode(t, c, 0)
			if len(got) != want.samples*want.format.Channels {
				t.Fatalf("%d samples, want %d", len(got), want.samples*want.format.Channels)
			}
			middle := got[len(got)/4 : len(got)/4*3]
			if !near(rms(middle), want.rms, want.rms/20) {
				t.Errorf("root mean square %.0f, want %.0f", rms(middle), want.rms)
			}
			if got := pitch(middle, want.format); !near(got, 440, 9) {
				t.Errorf("%.0f Hz, want 440", got)
			}
		})
	}
}

// TestSeeking: what is decoded from somewhere on is what is heard there
// otherwise.
func TestSeeking(t *testing.T) {
	for _, f := range fixtures {
		t.Run(f.name, func(t *testing.T) {
			c := open(t, fixture(t, f.name))
			all := decode(t, c, 0)
			for _, from := range []time.Duration{0, time.Millisecond, 100 * time.Millisecond, 333 * time.Millisecond, c.Duration() - time.Millisecond} {
				got := decode(t, c, from)
				want := all[int(c.format.samples(from))*f.format.Channels:]
				if len(got) != len(want) {
					t.Fatalf("from %v: %d samples, want %d", from, len(got), len(want))
				}
				difference := make([]int16, len(got))
				for i := range got {
					difference[i] = got[i] - want[i]
				}
				// Noise that AAC invents differs each time.
				if rms(difference) > 60 {
					t.Errorf("from %v: differs by %.0f", from, rms(difference))
				}
			}
			for _, beyond := range []time.Duration{c.Duration(), time.Hour} {
				if got := decode(t, c, beyond); len(got) != 0 {
					t.Errorf("%d samples from %v on", len(got), beyond)
				}
			}
			if got := decode(t, c, -time.Second); len(got) != len(all) {
				t.Errorf("%d samples from before the beginning, want %d", len(got), len(all))
			}
		})
	}
}

func TestNoMoreThanFiveMinutes(t *testing.T) {
	for _, name := range []string{"old-android.aac", "desktop.mp3"} {
		c := open(t, bytes.Repeat(fixture(t, name), 640))
		if c.Duration() != MaxDuration || c.Whole() {
			t.Errorf("%s: %v, want %v", name, c.Duration(), MaxDuration)
		}
		if got := decode(t, c, MaxDuration-time.Second); len(got) != c.Format().Rate {
			t.Errorf("%s: the last second has %d samples", name, len(got))
		}
	}
}

func TestWhatCannotBePlayed(t *testing.T) {
	movie := box("moov", box("trak", box("mdia", box("minf", box("stbl")))))
	for name, file := range map[string][]byte{
		"nothing":          nil,
		"text":             []byte("This is not a sound, however long one listens to it."),
		"zeros":            make([]byte, 100_000),
		"ones":             bytes.Repeat([]byte{0xff}, 100_000),
		"mp4 without AAC":  append(box("ftyp", []byte("M4A ")), movie...),
		"mp4 without more": box("ftyp", []byte("M4A ")),
		"too long":         append(fixture(t, "desktop.mp3"), make([]byte, MaxFile)...),
		"wav":              append([]byte("RIFF\x24\x08\x00\x00WAVEfmt "), make([]byte, 4000)...),
		"opus":             append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"), make([]byte, 4000)...),
	} {
		if c, err := Open(file); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func BenchmarkDecode6Seconds(b *testing.B) {
	for _, name := range []string{"android.m4a", "ios.m4a", "desktop.mp3"} {
		b.Run(name, func(b *testing.B) {
			c := open(b, fixture(b, name))
			for b.Loop() {
				for range 12 {
					if _, err := io.Copy(io.Discard, c.PCM(0)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
