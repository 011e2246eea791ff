package render

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Wrap breaks a safe text (see Text) into lines of at most width cells, on
// whatever terminal. It breaks at spaces and between ideographs, inside of a
// word only if that is longer than a line. Blank lines and the spaces that a
// line starts with are kept. There is always at least one line.
func Wrap(s string, width int) []string {
	width = max(width, 2)
	var lines []string
	for {
		line, rest, more := strings.Cut(s, "\n")
		lines = wrapLine(lines, line, width)
		if !more {
			return lines
		}
		s = rest
	}
}

// wrapLine appends the pieces of one line.
func wrapLine(lines []string, s string, width int) []string {
	if len(s) <= width && ascii(s) {
		return append(lines, strings.TrimRight(s, " "))
	}
	var (
		start  = 0  // where the piece under work starts
		used   = 0  // its cells so far
		cut    = -1 // where it may be broken
		resume = 0  // where the next piece starts if it is broken there
		after  = 0  // the cells between resume and here
		wide   bool // the last cluster was an ideograph
		solid  bool // the piece has something other than spaces
	)
	for i := 0; i < len(s); {
		cluster := first(s[i:])
		n, w := len(cluster), most(cluster)
		if w > width {
			_, n = utf8.DecodeRuneInString(cluster)
			cluster = cluster[:n]
			w = most(cluster)
		}
		space := cluster == " "
		here := ideograph(cluster)
		if (wide || here) && solid && !space && !closing(cluster) {
			cut, resume, after = i, i, 0
		}
		wide = here
		// What is left behind a break may be too long still.
		for used+w > width && used > 0 && !space {
			if cut < 0 {
				cut, resume, after = i, i, 0
			}
			lines = append(lines, strings.TrimRight(s[start:cut], " "))
			start, used, cut, solid = resume, after, -1, resume < i
		}
		used += w
		after += w
		i += n
		if space && solid {
			cut, resume, after = i-1, i, 0
			if used > width {
				used = width
			}
		} else if !space {
			solid = true
		}
	}
	return append(lines, strings.TrimRight(s[start:], " "))
}

// first is the first grapheme cluster of s. One that would take too many cells
// where terminals do not join is taken apart.
func first(s string) string {
	if len(s) == 1 || s[0] < utf8.RuneSelf && s[1] < utf8.RuneSelf {
		return s[:1]
	}
	cluster := graphemes.FromString(s).First()
	const longest = 64 // bytes; a family of four with skin tones has 41
	if len(cluster) <= longest {
		return cluster
	}
	_, n := utf8.DecodeRuneInString(s)
	for n < longest {
		_, k := utf8.DecodeRuneInString(s[n:])
		n += k
	}
	return s[:n]
}

// ideograph reports whether a line may be broken beside the cluster: scripts
// that are written without spaces and are drawn two cells wide.
func ideograph(cluster string) bool {
	r, _ := utf8.DecodeRuneInString(cluster)
	return r >= 0x2e80 && r <= 0x9fff || r >= 0x20000 && r <= 0x3ffff
}

// closing reports whether the cluster must not start a line.
func closing(cluster string) bool {
	r, _ := utf8.DecodeRuneInString(cluster)
	return strings.ContainsRune("、。，．！？：；）」』】〉》〕ー", r)
}
