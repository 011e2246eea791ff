package theme

import (
	"strconv"
	"strings"
)

// Style is the escape sequence that switches a style on; "" changes nothing.
type Style string

const reset = "\x1b[m"

// Render is text in the style. The text must hold no escape sequence.
func (s Style) Render(text string) string {
	if s == "" || text == "" {
		return text
	}
	return string(s) + text + reset
}

// Colours is how many colours the terminal has.
type Colours int

// The kinds of terminal.
const (
	None    Colours = iota // NO_COLOR, or a terminal without colours
	Sixteen                // the user's own palette
	Many                   // 256 and up; what is too fine is rounded by the renderer
)

// Options is what is known of the terminal.
type Options struct {
	Colours Colours
	Light   bool // the background is light
	ASCII   bool // only ASCII glyphs are safe to draw
}

// Theme is a style for each role.
type Theme struct {
	Text     Style // what people wrote
	Muted    Style // times, hints, what matters less
	Faint    Style // rules
	Strong   Style // names
	Accent   Style // the one colour: what is new, what is active
	Strongly Style // the accent, bold
	Error    Style
	Key      Style // a key in a hint
	Selected Style // the row that the cursor is on, where a bar does not do
	Glyphs   Glyphs
	Options  Options
}

// New is the theme for a terminal.
func New(o Options) Theme {
	t := Theme{Options: o, Glyphs: unicodeGlyphs}
	if o.ASCII {
		t.Glyphs = asciiGlyphs
	}
	t.Strong = sgr("1")
	switch {
	case o.Colours == None:
		t.Muted, t.Faint, t.Error = sgr("2"), sgr("2"), sgr("1")
		t.Accent, t.Strongly, t.Key, t.Selected = sgr("1"), sgr("1"), sgr("1"), sgr("7")
	case o.Colours == Sixteen:
		t.Muted, t.Faint, t.Error = sgr("90"), sgr("90"), sgr("31")
		t.Accent, t.Strongly, t.Selected = sgr("35"), sgr("1", "35"), sgr("7")
	case o.Light:
		t.Muted, t.Faint, t.Error = rgb("6a6f7a"), rgb("cdd0d6"), rgb("b3261e")
		t.Accent, t.Strongly, t.Key = rgb("6b43c0"), sgr("1")+rgb("6b43c0"), rgb("3c4048")
		t.Selected = ground("ece7f8")
	default:
		t.Muted, t.Faint, t.Error = rgb("868d9b"), rgb("3d4350"), rgb("f0848a")
		t.Accent, t.Strongly, t.Key = rgb("b69df5"), sgr("1")+rgb("b69df5"), rgb("c3c8d2")
		t.Selected = ground("2c2940")
	}
	return t
}

func sgr(codes ...string) Style { return Style("\x1b[" + strings.Join(codes, ";") + "m") }

func rgb(hex string) Style { return sgr("38", "2", channels(hex)) }

func ground(hex string) Style { return sgr("48", "2", channels(hex)) }

// channels turns six hexadecimal digits into the decimal numbers of SGR.
func channels(hex string) string {
	var out []string
	for i := 0; i < len(hex); i += 2 {
		n := 0
		for _, c := range []byte(hex[i : i+2]) {
			n = n*16 + strings.IndexByte("0123456789abcdef", c)
		}
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ";")
}
