package audio

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func encode(t testing.TB, samples []int16) []byte {
	t.Helper()
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	// Whoever records gets pieces of any length, also of half samples.
	for b := range slices.Chunk(bytesOf(samples), 999) {
		if n, err := e.Write(b); err != nil || n != len(b) {
			t.Fatal(n, err)
		}
	}
	file, err := e.File()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEncoding(t *testing.T) {
	for _, length := range []time.Duration{time.Millisecond, 100 * time.Millisecond, 1234 * time.Millisecond} {
		said := tone(recordRate, 440, 8000, length)
		c := open(t, encode(t, said))
		if want := recordFormat.duration(int64(len(said))); c.Duration() != want || c.Format() != recordFormat {
			t.Errorf("%v of %v, want %v of %v", c.Duration(), c.Format(), want, recordFormat)
		}
		got := decode(t, c, 0)
		if len(got) != len(said) {
			t.Fatalf("%v: %d samples, want %d", length, len(got), len(said))
		}
		if length < 100*time.Millisecond {
			continue
		}
		if !near(rms(got), rms(said), 300) || !near(pitch(got, recordFormat), 440, 15) {
			t.Errorf("%v: root mean square %.0f at %.0f Hz, want %.0f at 440", length, rms(got), pitch(got, recordFormat), rms(said))
		}
		// In step: a sound shifted by a half wave would double, not vanish.
		difference := make([]int16, len(said))
		for i := range said {
			difference[i] = said[i] - got[i]
		}
		if rms(difference) > rms(said)/4 {
			t.Errorf("%v: differs by %.0f", length, rms(difference))
		}
	}
}

// TestOtherProgramsUnderstand asks ffmpeg, where there is one.
func TestOtherProgramsUnderstand(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	said := tone(recordRate, 440, 8000, time.Second)
	cmd := exec.Command(ffmpeg, "-v", "warning", "-i", "pipe:0", "-f", "s16le", "pipe:1")
	cmd.Stdin = strings.NewReader(string(encode(t, said)))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("%v: %s", err, &complaints)
	}
	got := samplesOf(out)
	// Not every version leaves out what fills the last unit.
	if len(got) < len(said) || len(got) > len(said)+unitSamples {
		t.Fatalf("%d samples, want %d", len(got), len(said))
	}
	got = got[:len(said)]
	if !near(rms(got), rms(said), 300) || !near(pitch(got, recordFormat), 440, 5) {
		t.Errorf("root mean square %.0f, %.0f Hz", rms(got), pitch(got, recordFormat))
	}
}

func TestEncoderIsFullAfterFiveMinutes(t *testing.T) {
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	e.samples = recordFormat.samples(MaxDuration) - 100 // as if they had been written
	if n, err := e.Write(make([]byte, 100)); n != 100 || err != nil {
		t.Error(n, err)
	}
	if n, err := e.Write(make([]byte, 200)); n != 100 || !errors.Is(err, errFull) {
		t.Error(n, err)
	}
	if n, err := e.Write(make([]byte, 2)); n != 0 || !errors.Is(err, errFull) {
		t.Error(n, err)
	}
}

func TestNothingRecorded(t *testing.T) {
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	if file, err := e.File(); !errors.Is(err, ErrNothingRecorded) || file != nil {
		t.Error(file, err)
	}
}

func BenchmarkEncode6Seconds(b *testing.B) {
	said := bytesOf(tone(recordRate, 440, 8000, 6*time.Second))
	for b.Loop() {
		e, err := NewEncoder()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Write(said); err != nil {
			b.Fatal(err)
		}
		if _, err := e.File(); err != nil {
			b.Fatal(err)
		}
	}
}
