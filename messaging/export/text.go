package export

import (
	"bufio"
	"fmt"
	"strings"

	"seance/messaging/preview"
	"seance/store"
)

// textForm is for reading and grep: days, those who speak, and what they say.
type textForm struct {
	out *bufio.Writer
	o   Options
}

func (f textForm) begin(c Conversation) error {
	return f.lines(fmt.Sprintf("%s\n%s\nExported %s, times are %s\n",
		oneLine(c.Title), oneLine(string(c.ID)), f.o.Now.Format("2006-01-02 15:04"), f.o.Now.Format("MST (-07:00)")))
}

// room stands before every line of a message but the first.
const room = "         "

func (f textForm) message(e entry) error {
	e.Message = e.Renamed(oneLine)
	var b strings.Builder
	if e.newDay {
		fmt.Fprintf(&b, "\n-- %s --\n", day(e.at))
	}
	if e.Kind == store.KindInfo {
		fmt.Fprintf(&b, "  %s  * %s\n", e.at.Format("15:04"), oneLine(e.Text))
		return f.lines(strings.TrimSuffix(b.String(), "\n"))
	}
	if e.newRun {
		fmt.Fprintf(&b, "\n%s\n", oneLine(author(e.Message)))
	}
	fmt.Fprintf(&b, "  %s  ", e.at.Format("15:04"))
	var said []string
	if e.Quote != nil {
		for i, line := range lines(e.ReadableQuote()) {
			if i == 0 {
				line = strings.TrimSuffix(oneLine(e.answered)+": "+line, ": ")
			}
			said = append(said, "> "+line)
		}
	}
	if e.Text != "" {
		said = append(said, lines(e.Readable())...)
	}
	if p := e.Preview; p != nil && p.Title != "" {
		said = append(said, "["+oneLine(preview.Host(p.URL)+": "+p.Title)+"]")
	}
	for i, a := range e.Attachments {
		said = append(said, "["+oneLine(attachmentName(a))+", "+described(a, e.file(i))+"]")
		if a.Caption != "" {
			said = append(said, lines(a.Caption)...)
		}
	}
	for _, r := range e.remarks() {
		said = append(said, "("+oneLine(r)+")")
	}
	b.WriteString(strings.Join(said, "\n"+room))
	return f.lines(b.String())
}

func (f textForm) end() error { return nil }

func (f textForm) lines(s string) error {
	_, err := f.out.WriteString(f.o.Clean(s) + "\n")
	return err
}

// ends are the ways in which a line can end.
var ends = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// lines are those of a text. Whatever ends a line somewhere ends it here, so
// that no text can pass for the next message.
func lines(s string) []string { return strings.Split(ends.Replace(s), "\n") }

func oneLine(s string) string { return strings.Join(lines(s), " ") }
