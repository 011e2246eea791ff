package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Metrics says how the terminal advances over joined characters. The zero
// value is the way of most: code point by code point.
type Metrics struct {
	// Graphemes is set once the terminal has confirmed mode 2027.
	Graphemes bool
}

// Width is how many cells s takes on the terminal, as the renderer counts
// them. Escape sequences of our own take none.
func (m Metrics) Width(s string) int {
	if ascii(s) {
		return len(s)
	}
	if m.Graphemes {
		return ansi.StringWidth(s)
	}
	return ansi.StringWidthWc(s)
}

// Name reduces a line of somebody's text to characters that all terminals give
// the same width, as is needed where something is drawn to the right of it.
// A terminal that has confirmed mode 2027 is shown all of it.
func (m Metrics) Name(s string) string {
	s = Line(s)
	if m.Graphemes || ascii(s) {
		return s
	}
	var out strings.Builder
	for g := graphemes.FromString(s); g.Next(); {
		cluster := g.Value()
		if len(cluster) == 1 || Agreed(cluster) {
			out.WriteString(cluster)
			continue
		}
		out.WriteString(base(cluster))
	}
	return out.String()
}

// Agreed reports whether all terminals give the cluster the same width.
func Agreed(cluster string) bool {
	for _, r := range cluster {
		if r == zwj || r == zwnj || r == 0xfe0e || r == 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff || unicode.Is(unicode.Mc, r) {
			return false
		}
	}
	return ansi.StringWidth(cluster) == ansi.StringWidthWc(cluster)
}

// base is what remains of a cluster without all that joins: the letters of a
// conjunct, the first of joined emoji.
func base(cluster string) string {
	first, n := utf8.DecodeRuneInString(cluster)
	if !unicode.IsLetter(first) {
		if cluster[:n] == "" || ansi.StringWidth(cluster[:n]) != ansi.StringWidthWc(cluster[:n]) {
			return "?"
		}
		return cluster[:n]
	}
	var out strings.Builder
	for _, r := range cluster {
		if unicode.IsLetter(r) {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Cut shortens a line to at most width cells and ends it with tail if
// something was taken away.
func (m Metrics) Cut(s string, width int, tail string) string {
	if len(s) <= width && ascii(s) || m.Width(s) <= width {
		return s
	}
	room := width - m.Width(tail)
	if room < 0 {
		return ""
	}
	var out strings.Builder
	for g := graphemes.FromString(s); g.Next(); {
		w := m.Width(g.Value())
		if w > room {
			break
		}
		room -= w
		out.WriteString(g.Value())
	}
	return strings.TrimRight(out.String(), " ") + tail
}

// Fit cuts a line to width cells and fills it with spaces to exactly that.
func (m Metrics) Fit(s string, width int, tail string) string {
	s = m.Cut(s, width, tail)
	return s + Spaces(width-m.Width(s))
}

// Most is how many cells s takes at most, whatever the terminal.
func Most(s string) (cells int) {
	if ascii(s) {
		return len(s)
	}
	for g := graphemes.FromString(s); g.Next(); {
		cells += most(g.Value())
	}
	return cells
}

// most is the largest number of cells that any terminal gives a cluster.
func most(cluster string) int {
	if len(cluster) == 1 {
		return 1
	}
	return max(ansi.StringWidth(cluster), ansi.StringWidthWc(cluster))
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

const blank = "                                                                                                    "

// Spaces is n spaces, none if n is negative.
func Spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blank) {
		return blank[:n]
	}
	return strings.Repeat(" ", n)
}
