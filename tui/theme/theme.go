package theme

import "strings"

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
	Link     Style // what can be opened, in other text
	Match    Style // what a search found, in other text
	Error    Style
	Key      Style // a key in a hint
	Glyphs   Glyphs
	Options  Options
}

// New is the theme for a terminal.
func New(o Options) Theme {
	t := Theme{Options: o, Glyphs: unicodeGlyphs}
	if o.ASCII {
		t.Glyphs = asciiGlyphs
	}
	t.Strong, t.Link = sgr("1"), sgr("4")
	switch {
	case o.Colours == None:
		t.Muted, t.Faint, t.Error = sgr("2"), sgr("2"), sgr("1")
		t.Accent, t.Strongly, t.Key = sgr("1"), sgr("1"), sgr("1")
		t.Match = sgr("1", "4")
	case o.Colours == Sixteen:
		t.Muted, t.Faint, t.Error = sgr("90"), sgr("90"), sgr("31")
		t.Accent, t.Strongly = sgr("35"), sgr("1", "35")
		t.Match = sgr("1", "4", "35")
	case o.Light:
		t.Muted, t.Faint, t.Error = indexed("243"), indexed("252"), indexed("124")
		t.Accent, t.Strongly, t.Key = indexed("55"), sgr("1", "38", "5", "55"), indexed("238")
		t.Match = sgr("1", "38", "5", "55", "48", "5", "254")
	default:
		t.Muted, t.Faint, t.Error = indexed("245"), indexed("238"), indexed("210")
		t.Accent, t.Strongly, t.Key = indexed("141"), sgr("1", "38", "5", "141"), indexed("252")
		t.Match = sgr("1", "38", "5", "141", "48", "5", "236")
	}
	return t
}

func sgr(codes ...string) Style { return Style("\x1b[" + strings.Join(codes, ";") + "m") }

// indexed is a colour of the 256 that nearly every terminal has, and shows
// alike. They take fewer bytes than exact ones.
func indexed(colour string) Style { return sgr("38", "5", colour) }
