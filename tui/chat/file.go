package chat

import (
	"strconv"

	"seance/tui/render"
)

// File is a file that came or goes with a message.
type File struct {
	Index       int
	Name        string // safe as a name of a file; text from others all the same
	Size        int64  // bytes, as its sender says
	Voice       bool   // a voice message
	Here        bool   // on this device
	Moving      bool   // on its way,
	Done, Total int64  // so far, in bytes; Total 0: not known
	Failure     string // why it did not get here
}

// files are a line for each file of a message.
func (l *List) files(m Message, room int) (rows []string) {
	if m.Deleted {
		return nil
	}
	th := l.look.Theme
	for _, f := range m.Files {
		name, rest := l.look.Metrics.Name(render.Line(f.Name)), "  "+render.Bytes(f.Size)
		if f.Voice {
			name = "voice message"
		}
		style := th.Muted
		switch {
		case f.Moving:
			rest += "  " + f.progress()
		case f.Failure != "":
			rest += "  " + render.Line(f.Failure)
			style = th.Error
		case l.look.FileHint != "":
			rest += "  " + l.look.FileHint
		}
		// The name gives way first, then the rest.
		rest = l.look.Metrics.Cut(rest, room-2-leastName, th.Glyphs.Ellipsis)
		name = l.look.Metrics.Cut(name, room-2-l.look.Metrics.Width(rest), th.Glyphs.Ellipsis)
		rows = append(rows, style.Render("[")+th.Text.Render(name)+style.Render(rest+"]"))
	}
	return rows
}

// leastName is how much of a file's name is shown in any case.
const leastName = 12

// progress is how far a file on its way is.
func (f File) progress() string {
	if f.Total <= 0 {
		return "on its way"
	}
	return strconv.FormatInt(min(max(f.Done, 0), f.Total)*100/f.Total, 10) + " %"
}
