package chat

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"seance/tui/audio"
	"seance/tui/render"
	"seance/tui/theme"
)

// Voices is how a list shows voice messages. The zero value shows a line for
// each, as for other files.
type Voices struct {
	// Sound is what is known of the content of a file; false: nothing yet. It is
	// asked for each voice message on the screen, whenever that is drawn.
	Sound func(content string) (Sound, bool)
	Hint  string // what those say that are here
	Trust string // what those say that have to be asked for
}

// Sound is a voice message, and how far it is played.
type Sound struct {
	Length   time.Duration
	Peaks    []float32     // its shape; nil: not known yet
	On       bool          // it is played, and is
	Paused   bool          // or not,
	Position time.Duration // here
	Speed    float64       // so fast; 0 is 1
	Failure  string        // why it cannot be played; "" if it can
}

const (
	// widestWave is how many cells a waveform takes at most, and leastWave at
	// least.
	widestWave = 40
	leastWave  = 8
	// besideWave is the room for what stands around it.
	besideWave = 30
)

// View draws the sound in a line: whether it is played, its shape, with what
// has been played in another colour, and its length. hint is what can be done
// with it, as long as it is not played.
func (s Sound) View(th theme.Theme, room int, hint string) string {
	width := min(max(room-besideWave, leastWave), widestWave)
	levels := audio.Blocks
	if th.Options.ASCII {
		levels = audio.ASCIIBlocks
	}
	wave := []rune(audio.Waveform(squeezed(s.Peaks, width), levels))
	sign, played, rest := th.Muted.Render(th.Glyphs.Play), 0, "  "+Clock(s.Length)
	switch {
	case s.On:
		if s.Length > 0 {
			played = int(int64(width) * int64(min(s.Position, s.Length)) / int64(s.Length))
		}
		sign, rest = th.Accent.Render(th.Glyphs.Play), "  "+Clock(s.Position.Truncate(time.Second))+" / "+Clock(s.Length)
		if s.Paused {
			sign = th.Accent.Render(th.Glyphs.Pause)
			rest += "  paused"
		}
		if s.Speed != 0 && s.Speed != 1 {
			rest += fmt.Sprintf("  %gx", s.Speed)
		}
	case hint != "":
		rest += "  " + hint
	}
	if over := len(rest) + width + 2 - room; over > 0 {
		rest = strings.ToValidUTF8(rest[:max(len(rest)-over, 0)], "")
	}
	return sign + " " + th.Accent.Render(string(wave[:played])) + th.Muted.Render(string(wave[played:])+rest)
}

// squeezed are n peaks made of more, the loudest of those that come together;
// silence if there are none.
func squeezed(peaks []float32, n int) []float32 {
	list := make([]float32, n)
	for i, p := range peaks {
		at := i * n / len(peaks)
		list[at] = max(list[at], p)
	}
	return list
}

// Clock is a length as players show it, 1:05, rounded to the second. What is
// not nothing is not shown as that.
func Clock(d time.Duration) string {
	s := int64((d + time.Second/2) / time.Second)
	if s == 0 && d > 0 {
		s = 1
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// spoken is a voice message in a block.
type spoken struct {
	row  int // of the block
	file File
	room int
}

// voiceRow is the row of a voice message that is here, as it is now.
func (l *List) voiceRow(v spoken) string {
	hint := cmp.Or(l.look.Voices.Hint, l.look.FileHint)
	if v.file.Moving {
		hint = v.file.progress()
	}
	s, known := Sound{}, false
	if l.look.Voices.Sound != nil && v.file.Content != "" {
		s, known = l.look.Voices.Sound(v.file.Content)
	}
	if !known {
		return l.fileLine(v.file, hint, v.room)
	}
	if s.Failure != "" {
		return l.fileLine(v.file, render.Line(s.Failure), v.room)
	}
	return s.View(l.look.Theme, v.room, hint)
}

// Voice is a voice message on the screen.
type Voice struct {
	Message int64 // its key
	File    File
}

// Voices are the voice messages on the screen.
func (l *List) Voices() (list []Voice) {
	l.visible(func(i, from, to int) {
		for _, v := range l.block(i).voices {
			if v.row >= from && v.row < to {
				list = append(list, Voice{l.items[i].Key, v.file})
			}
		}
	})
	return list
}
