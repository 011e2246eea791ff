package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// listen opens and decodes whatever it is. Nothing may panic, more be decoded
// than promised, or fail other than as documented.
func listen(t testing.TB, file []byte) {
	t.Helper()
	c, err := Open(file)
	if err != nil {
		if !errors.Is(err, ErrFormat) {
			t.Fatalf("%v", err)
		}
		return
	}
	if c.Duration() <= 0 || c.Duration() > MaxDuration {
		t.Fatalf("lasts %v", c.Duration())
	}
	for _, from := range []time.Duration{0, c.Duration() / 2} {
		// Some seconds of any sound are enough to see.
		n, err := io.Copy(io.Discard, io.LimitReader(c.PCM(from), 1<<20))
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%v", err)
		}
		if most := (c.length - c.format.samples(from)) * c.format.frame(); n > most {
			t.Fatalf("%d bytes, want %d at most", n, most)
		}
	}
}

func TestCutOffFiles(t *testing.T) {
	for _, f := range fixtures {
		file := fixture(t, f.name)
		for length := range file {
			if length%211 == 0 || length < 64 {
				listen(t, file[:length])
			}
		}
	}
}

func TestChangedFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, f := range fixtures {
		file := fixture(t, f.name)
		for range 40 {
			changed := bytes.Clone(file)
			for range 1 + random.IntN(8) {
				changed[random.IntN(len(changed))] = byte(random.Uint32())
			}
			listen(t, changed)
		}
	}
}

// TestSizesAreNotBelieved sets every number in the tables of an m4a to what
// would be ruinous to believe.
func TestSizesAreNotBelieved(t *testing.T) {
	file := fixture(t, "android.m4a")
	tables := bytes.Index(file, []byte("moov"))
	var before, after runtime.MemStats
	for at := tables - 4; at+4 <= len(file); at += 4 {
		for _, value := range []uint32{0, 7, 0xffffffff} {
			changed := bytes.Clone(file)
			binary.BigEndian.PutUint32(changed[at:], value)
			runtime.ReadMemStats(&before)
			listen(t, changed)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
				t.Fatalf("%d at %d: %d bytes were allocated", value, at, used)
			}
		}
	}
}

func TestTagsAreNotBelieved(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	listen(t, append([]byte("ID3\x04\x00\x00\xff\xff\xff\xff"), fixture(t, "desktop.mp3")...))
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Fatalf("%d bytes were allocated", used)
	}
	// A tag of an honest length is skipped, whatever is in it.
	desktop := fixture(t, "desktop.mp3")
	tag := append([]byte("ID3\x04\x00\x00\x00\x00\x02\x00"), desktop[:256]...)
	if got, want := open(t, append(tag, desktop...)).Duration(), open(t, desktop).Duration(); got != want {
		t.Errorf("with a tag %v, without %v", got, want)
	}
}

// TestDamage: what is damaged is silent or noise, and everything else stays as it
// is, at its time.
func TestDamage(t *testing.T) {
	for _, name := range []string{"android.m4a", "old-android.aac", "desktop.mp3"} {
		t.Run(name, func(t *testing.T) {
			file := fixture(t, name)
			c := open(t, file)
			whole := decode(t, c, 0)
			var units []unit
			head := 0
			switch sound := c.track.(type) {
			case *aacTrack:
				units = sound.units
			case *mp3Track:
				units, head = sound.frames, 4
			}
			for _, u := range units[5:8] {
				for i := u.start + head; i < u.end; i++ {
					file[i] = 0xff
				}
			}
			damaged := decode(t, open(t, file), 0)
			if len(damaged) != len(whole) {
				t.Fatalf("%d samples, want %d", len(damaged), len(whole))
			}
			if !slices.Equal(damaged[:3*1024], whole[:3*1024]) {
				t.Error("what is before the damage is different")
			}
			if slices.Equal(damaged[5*1152:7*1152], whole[5*1152:7*1152]) {
				t.Error("there is no damage")
			}
			end := len(whole) / 4 * 3
			difference := make([]int16, len(whole)-end)
			for i := range difference {
				difference[i] = damaged[end+i] - whole[end+i]
			}
			if rms(difference) > 60 {
				t.Errorf("the end differs by %.0f", rms(difference))
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	for _, made := range fixtures {
		f.Add(fixture(f, made.name))
	}
	f.Fuzz(func(t *testing.T, file []byte) { listen(t, file) })
}
