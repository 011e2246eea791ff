// Package edit is a field of text that is being written: the text as it was
// typed, a cursor in it, and the usual motions and deletions. The composer
// and every smaller field on the screen are made of it.
//
// The text is kept exactly as it was typed or pasted, but for control
// characters; what is shown of it passes package render. It knows no keys, no
// terminal and no messages, and starts no goroutine.
package edit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Buffer is a text with a cursor. The zero value is empty and ready.
type Buffer struct {
	text   string
	pos    int    // byte offset of the cursor, at a cluster's boundary
	goal   int    // column that Up and Down try to keep, -1 if none
	killed string // what the last kill took, for Yank
	single bool   // one line: line feeds become spaces
	chosen bool   // all of it is selected: the next change replaces it
}

// Single is a buffer for one line of text.
func Single(text string) Buffer {
	b := Buffer{single: true}
	b.SetText(text)
	return b
}

// Text is what was written.
func (b *Buffer) Text() string { return b.text }

// Empty reports whether nothing was written.
func (b *Buffer) Empty() bool { return b.text == "" }

// Len is the number of code points.
func (b *Buffer) Len() int { return utf8.RuneCountInString(b.text) }

// AtEnd reports whether the cursor stands behind the text.
func (b *Buffer) AtEnd() bool { return b.pos == len(b.text) }

// SetText replaces the text; the cursor stands at its end.
func (b *Buffer) SetText(text string) {
	b.text, b.pos, b.goal, b.chosen = "", 0, -1, false
	b.Insert(text)
}

// SelectAll has the next insertion or deletion replace the text. A motion ends
// that.
func (b *Buffer) SelectAll() { b.pos, b.goal, b.chosen = len(b.text), -1, b.text != "" }

// Selected reports whether all of the text is selected.
func (b *Buffer) Selected() bool { return b.chosen }

// Masked is the buffer with every character replaced by a mask of one cell, to
// be drawn.
func (b *Buffer) Masked(mask string) Buffer {
	count := func(s string) (n int) {
		for g := graphemes.FromString(s); g.Next(); {
			n++
		}
		return n
	}
	before := strings.Repeat(mask, count(b.text[:b.pos]))
	return Buffer{text: before + strings.Repeat(mask, count(b.text[b.pos:])), pos: len(before), goal: -1, single: b.single}
}

// Insert writes at the cursor. Line breaks of all kinds become line feeds;
// other control characters but the tab are left out.
func (b *Buffer) Insert(s string) {
	if b.chosen {
		b.text, b.pos, b.chosen = "", 0, false
	}
	s = b.normal(s)
	b.text = b.text[:b.pos] + s + b.text[b.pos:]
	b.pos = b.boundary(b.pos + len(s))
	b.goal = -1
}

func (b *Buffer) normal(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && b.single:
			return ' '
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
}

// boundary is the end of the cluster that pos stands in: what was inserted may
// have joined with what follows.
func (b *Buffer) boundary(pos int) int {
	start := b.lineStart(pos)
	for at := start; at < pos; {
		at += len(graphemes.FromString(b.text[at:]).First())
		if at >= pos {
			return at
		}
	}
	return pos
}

func (b *Buffer) lineStart(pos int) int { return strings.LastIndexByte(b.text[:pos], '\n') + 1 }

func (b *Buffer) lineEnd(pos int) int {
	if n := strings.IndexByte(b.text[pos:], '\n'); n >= 0 {
		return pos + n
	}
	return len(b.text)
}

// before is the start of the cluster that ends at pos.
func (b *Buffer) before(pos int) int {
	if pos == 0 {
		return 0
	}
	if b.text[pos-1] == '\n' {
		return pos - 1
	}
	at := b.lineStart(pos)
	for {
		n := len(graphemes.FromString(b.text[at:]).First())
		if at+n >= pos {
			return at
		}
		at += n
	}
}

// after is the end of the cluster that starts at pos.
func (b *Buffer) after(pos int) int {
	if pos == len(b.text) {
		return pos
	}
	return pos + len(graphemes.FromString(b.text[pos:]).First())
}

// wordBefore is the start of the word before pos.
func (b *Buffer) wordBefore(pos int) int {
	for pos > 0 && !letter(b.text[b.before(pos):pos]) {
		pos = b.before(pos)
	}
	for pos > 0 && letter(b.text[b.before(pos):pos]) {
		pos = b.before(pos)
	}
	return pos
}

// wordAfter is the end of the word after pos.
func (b *Buffer) wordAfter(pos int) int {
	for pos < len(b.text) && !letter(b.text[pos:b.after(pos)]) {
		pos = b.after(pos)
	}
	for pos < len(b.text) && letter(b.text[pos:b.after(pos)]) {
		pos = b.after(pos)
	}
	return pos
}

func letter(cluster string) bool {
	r, _ := utf8.DecodeRuneInString(cluster)
	return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_'
}
