// Package export writes a conversation out for people and other programs: as
// JSON lines, as a text to read and grep, or as one HTML page.
//
// It owns the three forms, and the names that files of an export get. What a
// message says is taken from an iterator, one at a time, so that the memory
// needed does not grow with the history. The package does not know where
// messages come from, how a profile is opened, or that there is a terminal. It
// starts no goroutine.
//
// Names and texts are other people's. In JSON they are exact; in HTML they are
// escaped, the page loads nothing from elsewhere and runs nothing; in a text
// they pass Options.Clean. No file is written outside of the directory that is
// named, and none is overwritten.
package export

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// Format is a form of an export.
type Format string

// The formats, by the names that people type; they end the names of files too.
const (
	JSON Format = "json" // one object a line
	Text Format = "text"
	HTML Format = "html" // one page that needs nothing but its attachments
)

// Conversation is what is exported.
type Conversation struct {
	ID       id.Conversation
	Title    string
	Messages iter.Seq2[messaging.Message, error] // in the order of the conversation
}

// Options say how.
type Options struct {
	Format Format
	Now    time.Time // when this happens, in the zone that times are told in
	// Object is the JSON form of a message. files has the path of each of its
	// attachments, relative to the export; "" for one that was not exported.
	Object func(m messaging.Message, files []string) any
	// Clean makes the lines of Text fit for a terminal.
	Clean func(string) string
	// Open reads an attachment that is in the profile. It serves only
	// Directory.Write.
	Open func(store.Attachment) (io.ReadCloser, error)
}

// Count tells what was exported.
type Count struct {
	Messages    int
	Attachments int
	Absent      int // attachments that are not on this device
	Damaged     int // attachments that could not be read
}

// Add counts another conversation in.
func (c *Count) Add(o Count) {
	c.Messages += o.Messages
	c.Attachments += o.Attachments
	c.Absent += o.Absent
	c.Damaged += o.Damaged
}

// Write exports a conversation to w. Its attachments are only named.
func Write(w io.Writer, c Conversation, o Options) (Count, error) {
	return write(w, c, o, func(messaging.Message, *Count) ([]string, error) { return nil, nil })
}

// entry is a message in its surroundings.
type entry struct {
	messaging.Message
	at       time.Time
	newDay   bool
	newRun   bool // the one before was not by the same author on the same day
	files    []string
	answered string // who is quoted
}

// file is the path of an exported attachment; "" if it was not exported.
func (e entry) file(i int) string {
	if i < len(e.files) {
		return e.files[i]
	}
	return ""
}

// form is one of the three forms.
type form interface {
	begin(c Conversation) error
	message(e entry) error
	end() error
}

// write exports a conversation. save exports the attachments of a message and
// tells their paths.
func write(w io.Writer, c Conversation, o Options, save func(messaging.Message, *Count) ([]string, error)) (count Count, err error) {
	out := bufio.NewWriter(w)
	var f form
	switch o.Format {
	case JSON:
		f = newJSONForm(out, o)
	case Text:
		f = textForm{out, o}
	case HTML:
		f = htmlForm{out, o}
	default:
		return count, fmt.Errorf("there is no format %q", o.Format)
	}
	if err := f.begin(c); err != nil {
		return count, err
	}
	people := map[id.Sender]string{}
	var before *entry
	for m, err := range c.Messages {
		if err != nil {
			return count, err
		}
		people[m.Author] = author(m)
		e := entry{Message: m, at: time.UnixMilli(m.TimestampMS).In(o.Now.Location())}
		e.newDay = before == nil || day(before.at) != day(e.at)
		e.newRun = e.newDay || before.Author != m.Author || before.Kind != m.Kind
		if m.Quote != nil {
			e.answered = people[m.Quote.Author]
			if e.answered == "" {
				e.answered = id.Shorten(m.Quote.Author.String())
			}
		}
		if e.files, err = save(m, &count); err != nil {
			return count, err
		}
		if err := f.message(e); err != nil {
			return count, err
		}
		count.Messages++
		before = &e
	}
	if err := f.end(); err != nil {
		return count, err
	}
	return count, out.Flush()
}

// author is how a message is headed.
func author(m messaging.Message) string {
	if m.Direction == store.Out {
		return "You"
	}
	return m.Name
}

func day(t time.Time) string { return t.Format("Monday 2 January 2006") }
