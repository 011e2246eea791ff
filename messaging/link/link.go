// Package link finds links in what people wrote. It is pure, and the one place
// that says where a link begins and ends: for the screen, and for the previews
// of what is behind them.
package link

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Link is a part of a text that names something to open: the bytes from From
// to To.
type Link struct{ From, To int }

// schemes are those of links that are worth opening and safe to.
var schemes = [...]string{"https://", "http://", "mailto:"}

// longestLink is how long a link may be, in bytes, as terminals take them.
const longestLink = 2000

// Find finds the links in a text.
func Find(text string) (list []Link) {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], ':')
		if i < 0 {
			return list
		}
		colon := at + i
		at = colon + 1
		for _, scheme := range schemes {
			from := colon - strings.IndexByte(scheme, ':')
			if from < 0 || len(text)-from < len(scheme) || !strings.EqualFold(text[from:from+len(scheme)], scheme) || !starts(text, from) {
				continue
			}
			if to := linkEnd(text, from+len(scheme)); to > from+len(scheme) {
				if to-from <= longestLink {
					list = append(list, Link{from, to})
				}
				at = to // what is too long has no links within either
			}
			break
		}
	}
}

// starts reports whether a word may start at a byte of a text.
func starts(text string, at int) bool {
	if at == 0 {
		return true
	}
	c := text[at-1]
	return c >= utf8.RuneSelf || !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z')
}

// linkEnd is where a link ends of which what is behind the scheme starts at a
// byte. The punctuation of the sentence around it is no part of it, nor is a
// bracket that was opened in front of it.
func linkEnd(text string, from int) int {
	end := len(text)
	if i := strings.IndexFunc(text[from:], outside); i >= 0 {
		end = from + i
	}
	var open ['}' + 1]int // how many brackets of a kind are not closed, by what closes them
	for _, c := range []byte(text[from:end]) {
		switch c {
		case '(':
			open[')']++
		case '[', '{':
			open[c+2]++
		case ')', ']', '}':
			open[c]--
		}
	}
	for end > from {
		switch c := text[end-1]; c {
		case '.', ',', ';', ':', '!', '?', '\'', '*', '_':
		case ')', ']', '}':
			if open[c] >= 0 {
				return end
			}
			open[c]++
		default:
			return end
		}
		end--
	}
	return end
}

// outside reports whether a character is in no link.
func outside(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"`、。「」『』（）【】", r)
}

// Address is a link as programs take it: whatever is not ASCII is escaped.
func (k Link) Address(text string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for _, c := range []byte(text[k.From:k.To]) {
		if c > 0x20 && c < 0x7f {
			out.WriteByte(c)
		} else {
			out.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return out.String()
}
