package paint

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"seance/tui/render"
)

// prefix is the part that two styled texts have in common, cut back to a point
// where it is certain which column a terminal has reached.
type prefix struct {
	bytes int
	cells int
	style string // the escape sequences in force there
}

// common finds what old and new start with alike.
func common(old, new string) prefix {
	var at, safe prefix
	n := 0
	for n < len(old) && n < len(new) && old[n] == new[n] {
		n++
	}
	for at.bytes < n {
		if seq := sequence(new[at.bytes:]); seq > 0 {
			if at.bytes+seq > n {
				return safe
			}
			at.style = inForce(at.style, new[at.bytes:at.bytes+seq])
			if len(at.style) > longest {
				return safe
			}
			at.bytes += seq
			safe = at
			continue
		}
		cluster := cluster(new[at.bytes:])
		if at.bytes+len(cluster) > n {
			return safe
		}
		width, ok := cells(cluster)
		if !ok {
			return safe
		}
		at.bytes += len(cluster)
		at.cells += width
		// A mark that follows in one of the two belongs to this cluster.
		if starts(old[at.bytes:]) && starts(new[at.bytes:]) {
			safe = at
		}
	}
	return safe
}

// starts reports whether a text begins a cluster of its own for certain: it
// ends here, or goes on with ASCII.
func starts(s string) bool { return s == "" || s[0] < 0x80 }

// measure is the cells of a styled text; false if terminals disagree.
func measure(s string) (width int, certain bool) {
	for i := 0; i < len(s); {
		if seq := sequence(s[i:]); seq > 0 {
			i += seq
			continue
		}
		c := cluster(s[i:])
		w, ok := cells(c)
		if !ok {
			return 0, false
		}
		width += w
		i += len(c)
	}
	return width, true
}

// sequence is the length of the SGR sequence that s starts with, or of the
// beginning or end of a link, 0 if it starts with neither.
func sequence(s string) int {
	if strings.HasPrefix(s, link) {
		if i := strings.Index(s, linkEnd); i > 0 {
			return i + len(linkEnd)
		}
		return 0
	}
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] < 0x7f {
			return i + 1
		}
	}
	return 0
}

// inForce adds a sequence to those in force. A reset ends all but a link, in
// which styles begin and end.
func inForce(style, seq string) string {
	switch {
	case seq == unlink:
		return ""
	case seq == reset:
		if strings.HasPrefix(style, link) {
			return style[:sequence(style)]
		}
		return ""
	}
	return style + seq
}

// A link begins with link, its parameters, its address and linkEnd (OSC 8).
const (
	link    = "\x1b]8;"
	linkEnd = "\x1b\\"
	unlink  = link + ";" + linkEnd
)

const reset = "\x1b[m"

// longest is how many bytes of escape sequences are written again at most, to
// spare the text before them: a row of half blocks has one in every cell.
const longest = 128

// cluster is the first grapheme cluster of a text.
func cluster(s string) string {
	if len(s) == 1 || s[0] < 0x80 && s[1] < 0x80 {
		return s[:1]
	}
	c := graphemes.FromString(s).First()
	// A sequence of ours may stand within: it is no part of the cluster.
	if i := strings.IndexByte(c, 0x1b); i > 0 {
		return c[:i]
	}
	return c
}

// cells is the width that all terminals give a cluster; false if they differ.
func cells(cluster string) (int, bool) {
	if len(cluster) == 1 || strings.HasPrefix(cluster, placeholder) {
		return 1, true
	}
	if !render.Agreed(cluster) {
		return 0, false
	}
	return render.Metrics{}.Width(cluster), true
}
