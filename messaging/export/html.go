package export

import (
	"bufio"
	_ "embed"
	"html/template"
	"slices"
	"strings"
	"time"

	"seance/messaging"
	"seance/messaging/link"
	"seance/messaging/preview"
	"seance/store"
)

//go:embed page.html
var pageText string

// page has a template for the beginning of the page, for a message, and for
// the end, each of which is written as soon as it can be.
var page = template.Must(template.New("page").Parse(pageText))

// htmlForm is one page: its style stands in it, pictures are those that were
// exported beside it, and a policy keeps browsers from loading anything else.
type htmlForm struct {
	out *bufio.Writer
	o   Options
}

func (f htmlForm) begin(c Conversation) error {
	return page.ExecuteTemplate(f.out, "begin", struct{ Title, ID, When string }{
		oneLine(c.Title), string(c.ID), f.o.Now.Format("2006-01-02 15:04 MST"),
	})
}

// messageView is what the template shows of a message.
type messageView struct {
	ID, Day, Author string // Day and Author only where they change
	Own, Info       bool
	Time, Stamp     string
	Quote           *quoteView
	Text            []piece
	Preview         *previewView
	Files           []fileView
	Remarks         []string
}

type quoteView struct{ Author, Text string }

type previewView struct{ Host, Title string }

// piece is a part of a text: a link, or what is between links.
type piece struct {
	Text string
	Link bool
}

type fileView struct {
	Name, Note, Path, Caption string
	Image, Sound              bool
}

func (f htmlForm) message(e entry) error {
	e.Message = e.Renamed(oneLine)
	v := messageView{
		ID: e.ID(), Own: e.Direction == store.Out, Info: e.Kind == store.KindInfo,
		Time: e.at.Format("15:04"), Stamp: e.at.Format(time.RFC3339), Text: pieces(e.Message), Remarks: e.remarks(),
	}
	if e.newDay {
		v.Day = day(e.at)
	}
	if e.newRun && !v.Info {
		v.Author = oneLine(author(e.Message))
	}
	if e.Quote != nil {
		v.Quote = &quoteView{oneLine(e.answered), e.ReadableQuote()}
	}
	if p := e.Preview; p != nil && p.Title != "" {
		v.Preview = &previewView{preview.Host(p.URL), p.Title}
	}
	for i, a := range e.Attachments {
		path := e.file(i)
		v.Files = append(v.Files, fileView{
			Name: oneLine(attachmentName(a)), Note: described(a, ""), Path: path, Caption: a.Caption,
			Image: path != "" && shown(a.ContentType), Sound: path != "" && strings.HasPrefix(a.ContentType, "audio/"),
		})
	}
	return page.ExecuteTemplate(f.out, "message", v)
}

func (f htmlForm) end() error { return page.ExecuteTemplate(f.out, "end", nil) }

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
