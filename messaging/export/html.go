package export

import (
	"bufio"
	_ "embed"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"seance/messaging"
	"seance/messaging/link"
	"seance/messaging/preview"
	"seance/store"
)

// head is the beginning of a page: its policy and its style.
//
//go:embed head.html
var head string

// htmlForm is one page: its style stands in it, pictures are those that were
// exported beside it, and a policy keeps browsers from loading anything else.
// What came from people is put into nodes, never into the text of the page, and
// each message is written as soon as it can be. (html/template would do it too,
// but calls methods by name, so that the linker has to keep all there are: 3 MB.)
type htmlForm struct {
	out *bufio.Writer
	o   Options
}

func (f htmlForm) begin(c Conversation) error {
	title := oneLine(c.Title)
	f.out.WriteString(head) // errors are told again by the next one who writes
	if err := html.Render(f.out, tag("title", nil, text(title))); err != nil {
		return err
	}
	f.out.WriteString("\n</head>\n<body>\n")
	return f.line(tag("header", nil,
		tag("h1", nil, name(title)), text("\n"),
		tag("p", nil, text(string(c.ID)), tag("br", nil), text("Exported "+f.o.Now.Format("2006-01-02 15:04 MST"))),
	))
}

func (f htmlForm) end() error {
	_, err := f.out.WriteString("</body>\n</html>\n")
	return err
}

func (f htmlForm) message(e entry) error {
	e.Message = e.Renamed(oneLine)
	info := e.Kind == store.KindInfo
	if e.newDay {
		if err := f.line(tag("h2", nil, text(day(e.at)))); err != nil {
			return err
		}
	}
	if e.newRun && !info {
		if err := f.line(tag("h3", nil, name(oneLine(author(e.Message))))); err != nil {
			return err
		}
	}
	attributes := []string{"id", e.ID()}
	if e.Direction == store.Out {
		attributes = append(attributes, "class", "own")
	}
	return f.line(tag("article", attributes,
		tag("time", []string{"datetime", e.at.Format(time.RFC3339)}, text(e.at.Format("15:04"))),
		tag("div", nil, rows(e.content())...),
	))
}

// line writes an element, and ends the line.
func (f htmlForm) line(n *html.Node) error {
	if err := html.Render(f.out, n); err != nil {
		return err
	}
	return f.out.WriteByte('\n')
}

// content is what stands in a message, from what it answers to what became of it.
func (e entry) content() (list []*html.Node) {
	if e.Quote != nil {
		list = append(list, tag("blockquote", nil, name(oneLine(e.answered)), text("\n"+e.ReadableQuote())))
	}
	if parts := pieces(e.Message); len(parts) > 0 {
		class := "text"
		if e.Kind == store.KindInfo {
			class = "info"
		}
		p := tag("p", []string{"class", class})
		for _, part := range parts {
			n := text(part.Text)
			if part.Link {
				n = tag("a", []string{"href", part.Text, "rel", "noreferrer noopener"}, n)
			}
			p.AppendChild(n)
		}
		list = append(list, p)
	}
	if p := e.Preview; p != nil && p.Title != "" {
		list = append(list, tag("blockquote", nil, name(p.Title), text("\n"), name(preview.Host(p.URL))))
	}
	for i, a := range e.Attachments {
		list = append(list, figure(a, e.file(i)))
	}
	for _, remark := range e.remarks() {
		list = append(list, tag("p", []string{"class", "remark"}, text(remark)))
	}
	return list
}

// figure shows an attachment that was exported to a path, or names one that was not.
func figure(a store.Attachment, path string) *html.Node {
	var inside []*html.Node
	label := name(oneLine(attachmentName(a)))
	if path != "" {
		at := (&url.URL{Path: path}).String()
		switch {
		case shown(a.ContentType):
			inside = append(inside, tag("img", []string{"src", at, "alt", "", "loading", "lazy"}))
		case strings.HasPrefix(a.ContentType, "audio/"):
			inside = append(inside, tag("audio", []string{"controls", "", "preload", "none", "src", at}))
		}
		label = tag("a", []string{"href", at}, label)
	}
	caption := tag("figcaption", nil, label, text(", "+described(a, "")))
	if a.Caption != "" {
		caption.AppendChild(tag("br", nil))
		caption.AppendChild(name(a.Caption))
	}
	return tag("figure", nil, rows(append(inside, caption))...)
}

// tag makes an element; its attributes are names and values in turn.
func tag(kind string, attributes []string, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: kind}
	for pair := range slices.Chunk(attributes, 2) {
		n.Attr = append(n.Attr, html.Attribute{Key: pair[0], Val: pair[1]})
	}
	for _, child := range children {
		n.AppendChild(child)
	}
	return n
}

func text(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// name keeps the direction of a text from reaching what is around it.
func name(s string) *html.Node { return tag("bdi", nil, text(s)) }

// rows puts each element on a line of its own.
func rows(elements []*html.Node) []*html.Node {
	list := []*html.Node{text("\n")}
	for _, n := range elements {
		list = append(list, n, text("\n"))
	}
	return list
}

// piece is a part of a text: a link, or what is between links.
type piece struct {
	Text string
	Link bool
}

// shown reports whether a browser shows files of this type as a picture, and
// does nothing else with them.
func shown(contentType string) bool {
	switch contentType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp":
		return true
	}
	return false
}

// pieces takes the links out of the text of a message. A name leads nowhere, nor does
// a line about somebody.
func pieces(m messaging.Message) (list []piece) {
	text := m.Readable()
	if m.Kind == store.KindInfo {
		return []piece{{Text: oneLine(text)}}
	}
	var names []link.Link // where they are in the text
	grown := 0
	for _, n := range m.Mentions {
		name := link.Link{From: n.From + grown, To: n.From + grown + len("@"+n.Name)}
		names, grown = append(names, name), name.To-n.To
	}
	at := 0
	for _, k := range link.Find(text) {
		if slices.ContainsFunc(names, func(n link.Link) bool { return n.From < k.To && k.From < n.To }) {
			continue
		}
		if k.From > at {
			list = append(list, piece{Text: text[at:k.From]})
		}
		list = append(list, piece{text[k.From:k.To], true})
		at = k.To
	}
	if at < len(text) {
		list = append(list, piece{Text: text[at:]})
	}
	return list
}
