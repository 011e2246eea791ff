// Package paint puts frames on a terminal with as few bytes as will do.
//
// A frame is rows of spans, each with a column of its own. Spans are placed by
// column and never by what stands before them, so that a terminal which
// measures somebody's text differently cannot shift what is beside it; lines
// never wrap. What is the same as in the frame before costs nothing, and text
// that grows at its end costs just that.
//
// Bubble Tea's own renderer is not used: it wakes up sixty times a second
// while nothing happens, lets a key wait for the next of these moments, and
// writes every row anew, in every frame, that has a wide character in it.
//
// Pictures stand in the rows as cells, so that they scroll as text does: see
// Placeholder. A Painter has the terminal know a picture before the first frame
// with it, or paints it over its cells, again only where it moved or what is
// under it changed.
//
// A Painter owns the modes of the terminal (alternate screen, bracketed paste,
// focus events, keyboard protocol) between Start and Stop, and one goroutine
// that writes: whoever hands it a frame never waits for the terminal. It knows
// nothing of what is drawn.
//
// Wire reference: ECMA-48; XTerm Control Sequences; the kitty keyboard and
// graphics protocols; the synchronised output and Unicode core modes (2026, 2027).
package paint

import "slices"

// Span is a piece of a row: styled text that is safe to show, and the columns
// that it may use.
type Span struct {
	X, Width int
	Text     string
}

// Frame is what the screen shows.
type Frame struct {
	Width, Height int
	Rows          [][]Span // from the top, spans from the left; missing rows are blank
	CursorX       int      // negative hides the cursor
	CursorY       int
	Title         string // of the window

	// Pictures are those that the cells of Placeholder in the rows may stand
	// for.
	Pictures []*Picture

	over []over // what is painted over the rows
}

// row is row y, nil if it is blank.
func (f *Frame) row(y int) []Span {
	if y < len(f.Rows) {
		return f.Rows[y]
	}
	return nil
}

func equal(a, b []Span) bool { return slices.Equal(a, b) }

// aligned reports whether two rows have their spans in the same columns, so
// that one can be turned into the other span by span.
func aligned(a, b []Span) bool {
	return slices.EqualFunc(a, b, func(s, t Span) bool { return s.X == t.X && s.Width == t.Width })
}
