package chat

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// TestVoices: a voice message is a line with its shape and its length, which
// follows what is known of it without being drawn anew.
func TestVoices(t *testing.T) {
	known := map[string]Sound{}
	lk := look(60, 20)
	lk.FileHint = "press o to open"
	lk.Voices = Voices{Sound: func(content string) (Sound, bool) { s, ok := known[content]; return s, ok }, Hint: "press p to play", Trust: "press p to fetch and play"}
	m := at(1, "Bob", "listen")
	m.Files = []File{{Name: "voice.m4a", Size: 9_000, Voice: true, Here: true, Content: "1/a"}, {Name: "other.m4a", Size: 7_000, Voice: true, Index: 1}}
	var l List
	l.SetLook(lk)
	l.Reset([]Message{m}, true, true)
	shows := func(what string, lines ...string) {
		t.Helper()
		got := view(&l)
		for _, want := range lines {
			if !slices.ContainsFunc(got, func(row string) bool { return strings.Contains(row, want) }) {
				t.Errorf("%s: not shown as %q:\n%s", what, want, strings.Join(got, "\n"))
			}
		}
		for _, row := range got {
			if ansi.StringWidth(row) > 60 {
				t.Errorf("%s: %q is too wide", what, row)
			}
		}
	}
	shows("nothing known", "[voice message  9.0 KB  press p to play]", "  7.0 KB  press p to fetch and play]")
	if v := l.Voices(); len(v) != 2 || v[0].Message != m.Key || v[0].File.Content != "1/a" || v[1].File.Index != 1 {
		t.Errorf("on the screen: %+v", v)
	}
	peaks := make([]float32, 40)
	peaks[39] = 1
	sound := Sound{Length: 65 * time.Second, Peaks: peaks}
	known["1/a"] = sound
	shows("at rest", "▸ ▁▁▁▁▁▁▁", "▁▇  1:05  press p to play")
	sound.On, sound.Position = true, 32500*time.Millisecond
	known["1/a"] = sound
	shows("played", "▁▇  0:32 / 1:05")
	sound.Paused, sound.Speed = true, 1.5
	known["1/a"] = sound
	shows("paused", "‖ ▁▁", "▁▇  0:32 / 1:05  paused  1.5x")
	known["1/a"] = Sound{Failure: "of a kind that cannot be played here"}
	shows("not playable", "  9.0 KB  of a kind that cannot be")
}

// TestSoundFits: however little room there is, the line is not longer.
func TestSoundFits(t *testing.T) {
	s := Sound{Length: 5 * time.Minute, Peaks: []float32{0, 1, 0.5}, On: true, Paused: true, Position: time.Minute, Speed: 1.5}
	for room := 12; room < 100; room++ {
		if row := s.View(look(60, 20).Theme, room, ""); ansi.StringWidth(row) > room {
			t.Fatalf("%d cells in %d: %q", ansi.StringWidth(row), room, row)
		}
	}
}
