package chat

import (
	"strconv"

	"seance/tui/images"
	"seance/tui/render"
)

// File is a file that came or goes with a message.
type File struct {
	Index       int
	Name        string // safe as a name of a file; text from others all the same
	Size        int64  // bytes, as its sender says
	Voice       bool   // a voice message
	Picture     bool   // to be shown as one,
	Width       int    // of so many pixels, as its sender says;
	Height      int    // 0: not known
	Here        bool   // on this device
	Content     string // what is here, by a name that nothing else ever has
	Moving      bool   // on its way,
	Done, Total int64  // so far, in bytes; Total 0: not known
	Failure     string // why it did not get here
	Caption     string // what its sender says of it; text from others
}

// file is what stands for a file of a message: a line, or the room for a
// picture, and then what names it.
func (l *List) file(m Message, f File, room int) (rows []string, picture images.Key) {
	if f.Voice && f.Here && f.Failure == "" {
		return []string{""}, images.Key{} // it is put in when the row is shown
	}
	if key, ok := l.picture(m, f, room); ok {
		_, err := l.look.Pictures.Store.Get(key)
		if err == nil {
			return l.pictureRows(f, key, room), key
		}
		f.Failure = err.Error()
	}
	hint := l.look.FileHint
	if f.Picture && !f.Here && l.look.Pictures.Hint != "" {
		hint = l.look.Pictures.Hint
	}
	if f.Voice && l.look.Voices.Trust != "" {
		hint = l.look.Voices.Trust
	}
	return []string{l.fileLine(f, hint, room)}, images.Key{}
}

// fileLine names a file, and says how far it is, or else what can be done with
// it.
func (l *List) fileLine(f File, hint string, room int) string {
	th := l.look.Theme
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
	case hint != "":
		rest += "  " + hint
	}
	// The name gives way first, then the rest.
	rest = l.look.Metrics.Cut(rest, room-2-leastName, th.Glyphs.Ellipsis)
	name = l.look.Metrics.Cut(name, room-2-l.look.Metrics.Width(rest), th.Glyphs.Ellipsis)
	return style.Render("[") + th.Text.Render(name) + style.Render(rest+"]")
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
