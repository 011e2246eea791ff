package preview

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// about is what a page says of itself.
type about struct {
	title string
	image string // its address, as it stands there
}

// names are what pages call their title and their picture, the best name first.
var (
	titleNames = []string{"og:title"}
	imageNames = []string{"og:image", "og:image:url"}
	iconNames  = []string{"shortcut icon", "icon", "apple-touch-icon"}
)

// page is what has been read of a page.
type page struct {
	charset string
	title   string
	meta    map[string]string // the first of each name
	icons   map[string]string
}

// read reads a page as far as its head goes, or further if there was no title.
// charset is what its sender calls the encoding, "" if that is not known.
func read(r io.Reader, charset string) about {
	p := page{charset: strings.ToLower(charset), meta: map[string]string{}, icons: map[string]string{}}
	z := html.NewTokenizer(r)
	for !p.token(z) {
	}
	a := about{title: p.text(first(p.meta, titleNames)), image: p.text(first(p.meta, imageNames))}
	if a.title == "" {
		a.title = p.text(p.title)
	}
	if a.image == "" {
		a.image = p.text(first(p.icons, iconNames))
	}
	a.title = cut(a.title, MaxTitle)
	return a
}

// token reads the next one. It reports whether that was the last that matters.
func (p *page) token(z *html.Tokenizer) (last bool) {
	kind := z.Next()
	if kind == html.ErrorToken {
		return true
	}
	if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
		return false
	}
	tag, attributes := z.TagName()
	switch name := string(tag); {
	case name == "head" && kind == html.EndTagToken, name == "body":
		return p.title != "" || p.meta[titleNames[0]] != ""
	case kind == html.EndTagToken:
	case name == "title" && p.title == "":
		if z.Next() == html.TextToken {
			p.title = string(z.Text())
		}
	case (name == "meta" || name == "link") && attributes:
		p.attributes(z, name)
	}
	return false
}

func (p *page) attributes(z *html.Tokenizer, tag string) {
	var name, rel, content, href string
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		value = bytes.TrimSpace(value)
		switch string(key) {
		case "property", "name":
			name = strings.ToLower(string(value))
		case "content":
			content = string(value)
		case "charset":
			if p.charset == "" {
				p.charset = strings.ToLower(string(value))
			}
		case "rel":
			rel = strings.ToLower(string(value))
		case "href":
			href = string(value)
		}
	}
	if tag == "link" {
		keep(p.icons, iconNames, rel, href)
		return
	}
	keep(p.meta, titleNames, name, content)
	keep(p.meta, imageNames, name, content)
}

// keep notes the first value of a name that matters.
func keep(values map[string]string, names []string, name, value string) {
	if _, known := values[name]; !known && value != "" && slices.Contains(names, name) {
		values[name] = value
	}
}

// first is the value of the best name that there is.
func first(values map[string]string, names []string) string {
	for _, name := range names {
		if v := values[name]; v != "" {
			return v
		}
	}
	return ""
}

// text is what stands on a page, on one line; "" if nobody can tell the letters.
// Nearly all pages are UTF-8, whatever they say, and most others are what
// browsers take for Latin letters.
func (p *page) text(s string) string {
	if !utf8.ValidString(s) {
		switch p.charset {
		case "iso-8859-1", "latin1", "iso8859-1", "windows-1252", "cp1252", "us-ascii", "ascii":
			s = latin(s)
		default:
			return ""
		}
	}
	return strings.Join(strings.Fields(s), " ")
}

// latin reads windows-1252, which is Latin-1 but for these.
func latin(s string) string {
	high := []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 0x80 && c < 0xa0 {
			b.WriteRune(high[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// cut bounds a text to so many code points.
func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}
