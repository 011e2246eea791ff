package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The index is made of words, and some scripts write none. In what it is given,
// each of their characters stands alone, and so do emoji; a query for several
// of them is one for a phrase. So that the places of a match can be found in
// the text, the separator is a character that texts do not have.
const separator = '\x1f'

// alone are the characters that stand alone.
var alone = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Javanese, unicode.Balinese,
	unicode.So,
}

// words is a text as the index is given it, and whether that is another one.
func words(text string) (string, bool) {
	apart := func(r rune) bool { return r >= 0x80 && unicode.In(r, alone...) }
	first := strings.IndexFunc(text, apart)
	if first < 0 {
		return text, false
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/2)
	b.WriteString(text[:first])
	previous := false
	for i, r := range text[first:] {
		now := apart(r)
		if (now || previous) && first+i > 0 {
			b.WriteByte(separator)
		}
		_, size := utf8.DecodeRuneInString(text[first+i:])
		b.WriteString(text[first+i : first+i+size])
		previous = now
	}
	return b.String(), true
}

// hasWords reports whether the index would keep anything of a text.
func hasWords(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.N, unicode.Co, unicode.So)
	}) >= 0
}

// hasLink is what has:link finds.
func hasLink(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "https://") || strings.Contains(text, "http://")
}

// The characters that the index puts around what matched.
const (
	matchBegin = '\x02'
	matchEnd   = '\x03'
)

// marks finds in a text what is between the signs of a match in marked, which
// is the same text with signs and separators in it. Neighbours are one mark.
func marks(text, marked string) []Mark {
	var list []Mark
	begin, at := -1, 0
	for _, r := range marked {
		here, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case size > 0 && here == r:
			at += size
		case r == matchBegin:
			begin = at
		case r == matchEnd && begin >= 0:
			if n := len(list); n > 0 && list[n-1].To == begin {
				list[n-1].To = at
			} else if begin < at {
				list = append(list, Mark{begin, at})
			}
			begin = -1
		}
	}
	return list
}
