package paint

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi/kitty"
)

// PictureID names a picture in the rows of a frame. It is made of the two
// parts of kitty's image ids that every way to a terminal leaves alone: one of
// the colours that are indexed, and a diacritic. The colour alone tells 224
// pictures apart, and several programs may share a terminal.
type PictureID uint16

// PictureIDs is how many ids there are.
const PictureIDs = colours * 256

// The ids leave out the colours of the user's palette, which are sent on as
// other codes by some.
const (
	firstColour = 32
	colours     = 256 - firstColour
)

// colour is the low byte of kitty's id, high its high byte.
func (id PictureID) colour() int { return firstColour + int(id)%colours }
func (id PictureID) high() int   { return int(id) / colours % 256 }

// Kitty is the id as the kitty graphics protocol writes it.
func (id PictureID) Kitty() uint32 { return uint32(id.high())<<24 | uint32(id.colour()) }

// MaxPicture is the most rows, and the most columns, that a picture may have.
const MaxPicture = 128

// Placeholder is the text that stands for a row of a picture: so many cells,
// which scroll, move and are overwritten as any text is.
//
// Wire reference: the kitty graphics protocol, "Unicode placeholders".
func Placeholder(id PictureID, row, columns int) string {
	var s strings.Builder
	s.WriteString(colourPrefix)
	s.WriteString(strconv.Itoa(id.colour()))
	s.WriteByte('m')
	// The cells after the first one count on from it.
	s.WriteString(placeholder)
	s.WriteRune(kitty.Diacritic(row))
	s.WriteRune(kitty.Diacritic(0))
	s.WriteRune(kitty.Diacritic(id.high()))
	s.WriteString(strings.Repeat(placeholder, columns-1))
	s.WriteString(reset)
	return s.String()
}

const (
	placeholder  = string(kitty.Placeholder)
	colourPrefix = "\x1b[38;5;"
)

// run is a row of a picture in a styled text.
type run struct {
	id         PictureID
	row, cells int
	start, end int // the bytes of the text that it takes
}

// nextRun finds the first row of a picture in a text from some byte on; false
// if there is none. It reads what Placeholder wrote, and nothing else.
func nextRun(s string, from int) (run, bool) {
	for {
		i := strings.Index(s[from:], placeholder)
		if i < 0 {
			return run{}, false
		}
		at := from + i
		if r, ok := runAt(s, at); ok {
			return r, true
		}
		from = at + len(placeholder)
	}
}

// runAt reads the run of which the first cell is at a byte.
func runAt(s string, at int) (run, bool) {
	start := strings.LastIndex(s[:at], colourPrefix)
	if start < 0 || !strings.HasSuffix(s[:at], "m") {
		return run{}, false
	}
	colour, err := strconv.Atoi(s[start+len(colourPrefix) : at-1])
	if err != nil || colour < firstColour || colour > 255 {
		return run{}, false
	}
	end := at + len(placeholder)
	var marks [3]int // row, column, high byte
	for i := range marks {
		r, n := utf8.DecodeRuneInString(s[end:])
		if marks[i] = diacritic(r); marks[i] < 0 {
			return run{}, false
		}
		end += n
	}
	if marks[0] >= MaxPicture || marks[1] != 0 {
		return run{}, false
	}
	cells := 1
	for strings.HasPrefix(s[end:], placeholder) {
		end += len(placeholder)
		cells++
	}
	if strings.HasPrefix(s[end:], reset) {
		end += len(reset)
	}
	id := PictureID(marks[2]*colours + colour - firstColour)
	return run{id, marks[0], cells, start, end}, true
}

// diacritic is the number that a diacritic stands for, -1 if it is none.
func diacritic(r rune) int {
	for i := range 256 {
		if kitty.Diacritic(i) == r {
			return i
		}
	}
	return -1
}
