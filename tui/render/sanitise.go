package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining characters may follow a letter. Vietnamese
// needs two, pointed and cantillated Hebrew up to four.
const maxMarks = 4

// maxJoins is how many times zero width joiners may chain characters into
// one. The longest emoji sequences in use have three.
const maxJoins = 4

// tabWidth is how many spaces stand for a tab.
const tabWidth = 4

// Text makes a text of several lines safe to show: valid UTF-8, whose only
// control character is the line feed, with nothing in it that moves the
// cursor, turns the direction of writing, hides or piles up. Letters, marks
// and emoji stay as they are.
func Text(s string) string {
	if plain(s, true) {
		return s
	}
	return clean(s, true)
}

// Line is Text for a single line: what would break it becomes a space.
func Line(s string) string {
	if plain(s, false) {
		return s
	}
	return clean(s, false)
}

// plain reports whether s is printable ASCII, which needs no work.
func plain(s string, lines bool) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 0x20 || c >= 0x7f) && !(lines && c == '\n') {
			return false
		}
	}
	return true
}

// cleaner holds what has to be known of the characters before.
type cleaner struct {
	out   strings.Builder
	lines bool
	prev  rune // the last character written, 0 at the start of a line
	marks int  // combining characters since the last base
	joins int  // joiners since the last character that stood alone
}

func clean(s string, lines bool) string {
	c := cleaner{lines: lines}
	c.out.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == 0x1b || r == 0x9b {
			i += escape(s[i:])
			continue
		}
		if r == '\r' && strings.HasPrefix(s[i+n:], "\n") {
			i += n
			continue
		}
		next, size := utf8.DecodeRuneInString(s[i+n:])
		if next == utf8.RuneError && size <= 1 {
			next = 0
		}
		c.add(r, next)
		i += n
	}
	return c.out.String()
}

// escape is the length of the escape character at the start of s and of the
// control sequence that it starts, if that is a short and complete one. Of
// anything longer only the escape character goes: no text is ever hidden.
func escape(s string) int {
	_, alone := utf8.DecodeRuneInString(s)
	start := alone
	if s[0] == 0x1b {
		if !strings.HasPrefix(s[alone:], "[") {
			return alone
		}
		start++
	}
	const longest = 32
	for i := start; i < len(s) && i < start+longest; i++ {
		switch b := s[i]; {
		case b >= 0x20 && b < 0x40: // parameters
		case b >= 0x40 && b < 0x7f: // the final byte
			return i + 1
		default:
			return alone
		}
	}
	return alone
}

func (c *cleaner) put(r rune) {
	c.out.WriteRune(r)
	c.prev, c.marks, c.joins = r, 0, 0
}

func (c *cleaner) space(n int) {
	for range n {
		c.put(' ')
	}
}

func (c *cleaner) newline() {
	if !c.lines {
		c.space(1)
		return
	}
	c.out.WriteByte('\n')
	c.prev, c.marks, c.joins = 0, 0, 0
}

// add takes one character and looks one ahead.
func (c *cleaner) add(r, next rune) {
	switch {
	case r >= 0x20 && r < 0x7f:
		c.put(r)
	case r == '\n', r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
		c.newline()
	case r == '\t':
		if c.lines {
			c.space(tabWidth)
		} else {
			c.space(1)
		}
	case r < 0x20, r >= 0x7f && r < 0xa0:
		// Other control characters.
	case r == 0x3000:
		c.space(2)
	case unicode.Is(unicode.Zs, r):
		c.space(1)
	case r == zwj || r == zwnj:
		c.join(r, next)
	case invisible(r):
		// Bidirectional controls, tags, fillers, invisible operators.
	case combining(r):
		c.mark(r)
	case r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef:
		c.put(utf8.RuneError)
	default:
		joins := c.joins
		if c.prev != zwj {
			joins = 0
		}
		c.put(r)
		c.joins = joins
	}
}

const (
	zwnj = 0x200c
	zwj  = 0x200d
)

// join keeps a joiner between two visible characters, where Persian, the
// scripts of India and emoji need it.
func (c *cleaner) join(r, next rune) {
	if c.prev == 0 || c.prev == ' ' || c.prev == zwj || c.prev == zwnj || c.joins >= maxJoins {
		return
	}
	if !unicode.In(next, unicode.L, unicode.So) || invisible(next) || combining(next) {
		return
	}
	c.out.WriteRune(r)
	c.prev = r
	c.joins++
}

// mark keeps a combining character that has something to combine with.
func (c *cleaner) mark(r rune) {
	if c.prev == 0 || c.prev == ' ' || c.marks >= maxMarks {
		return
	}
	c.out.WriteRune(r)
	if c.prev == zwj || c.prev == zwnj {
		c.prev = r
	}
	c.marks++
}

// combining reports whether r is drawn into the cell before it. The vowels and
// finals of conjoining Hangul are, and pile up as marks do.
func combining(r rune) bool {
	return unicode.In(r, unicode.M) || r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff ||
		r >= 0x1f3fb && r <= 0x1f3ff || r == 0xff9e || r == 0xff9f
}

// invisible reports whether r draws nothing and is not a joiner.
func invisible(r rune) bool {
	switch {
	case r >= 0x0600 && r <= 0x0605, r == 0x06dd, r == 0x070f, r == 0x0890, r == 0x0891, r == 0x08e2, r == 0x110bd, r == 0x110cd:
		return false // number signs of Arabic, Syriac and Kaithi: they are drawn
	case unicode.Is(unicode.Cf, r):
		return true
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0, r == 0x2800:
		return true // grapheme joiner, Hangul fillers, Khmer inherent vowels, empty Braille
	case r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0d, r >= 0xe0000 && r <= 0xe0fff:
		return true // variation selectors but those of text and emoji, tags
	case r == 0x10eeee:
		return true // stands for a picture in the kitty graphics protocol
	case r == 0x2065, r >= 0xfff0 && r <= 0xfffb, r >= 0x1bca0 && r <= 0x1bca3:
		return true
	}
	return false
}
