package chat

import (
	"slices"
	"strconv"
	"strings"

	"seance/messaging/link"
	"seance/tui/render"
)

// parts draws what stands under the author of a message, one part below the
// other: what it answers, its text, where a link leads, what was attached, the reactions, and what
// became of it. Every part is rows of at most room cells; the first row has
// the time in front of it.
func (l *List) parts(b *block, m Message, room int) {
	th := l.look.Theme
	stamp := render.Spaces(gutter-3) + th.Faint.Render(th.Glyphs.Dot) + "  "
	if b.minute {
		stamp = th.Muted.Render(l.time(m).Format("15:04")) + "  "
	}
	add := func(part []string) {
		for _, row := range part {
			b.add(stamp + row)
			stamp = render.Spaces(gutter)
		}
	}
	add(l.quote(m, room))
	add(l.text(m, room))
	if m.Preview != nil && !m.Deleted {
		rows, picture := l.preview(m, room)
		if n := picture.Box.Rows; n > 0 {
			b.pictures = append(b.pictures, placed{len(b.rows) + len(rows) - n, *m.Preview.Image, picture})
		}
		add(rows)
	}
	if !m.Deleted {
		for _, f := range m.Files {
			if f.Voice && f.Failure == "" {
				b.voices = append(b.voices, spoken{len(b.rows), f, room})
			}
			rows, picture := l.file(m, f, room)
			if picture.Box.Rows > 0 {
				b.pictures = append(b.pictures, placed{len(b.rows), f, picture})
			}
			add(rows)
			if caption, _ := between(render.Text(f.Caption)); caption != "" {
				for _, row := range render.Wrap(caption, room) {
					add([]string{th.Text.Render(row)})
				}
			}
		}
	}
	add(l.reactions(m, room))
	add(l.state(m, b.context, room))
}

// quote is one line of what the message answers.
func (l *List) quote(m Message, room int) []string {
	q := m.Quote
	if q == nil {
		return nil
	}
	th := l.look.Theme
	said, _ := between(render.Text(q.Text))
	said, _, _ = strings.Cut(strings.TrimLeft(said, " "), "\n")
	switch {
	case said != "":
	case q.Key == 0:
		said = "original message not here"
	default:
		said = "no text"
	}
	name := render.Line(q.Name)
	if q.Own {
		name = "You"
	}
	name = l.look.Metrics.Cut(name, max(room/3, 8), th.Glyphs.Ellipsis)
	line := l.look.Metrics.Cut(name+": "+said, room-2, th.Glyphs.Ellipsis)
	return []string{th.Faint.Render(th.Glyphs.Divider) + " " + th.Muted.Render(line)}
}

// text is what was written, with the links in it and what a search found.
func (l *List) text(m Message, room int) (rows []string) {
	th := l.look.Theme
	if m.Deleted {
		return []string{th.Muted.Render(l.look.Metrics.Cut(render.Line(m.Text), room, th.Glyphs.Ellipsis))}
	}
	var marks []Mark
	if m.Key == l.hit {
		marks = l.marks
	}
	whole, spans := safe(m.Text, marks, m.Mentions, th)
	text, at := between(whole)
	if text == "" && len(m.Files) > 0 {
		return nil
	}
	if text == "" {
		return []string{th.Muted.Render("(nothing that can be seen)")}
	}
	var links []link.Link
	if l.look.Links {
		links = slices.DeleteFunc(link.Find(whole), func(k link.Link) bool { // a name leads nowhere
			return slices.ContainsFunc(spans, func(s span) bool { return s.mention && s.From < k.To && k.From < s.To })
		})
	}
	for _, row := range render.Wrap(text, room) {
		if len(spans) > 0 || len(links) > 0 {
			// Only blanks are left out between the rows of a text.
			at += max(strings.Index(whole[at:], row), 0)
		}
		if len(links) > 0 {
			rows = append(rows, l.linked(row, at, whole, links, spans))
		} else {
			rows = append(rows, paint(row, at, spans, th.Text))
		}
		at += len(row)
	}
	return rows
}

// linked is the row of a text that starts at byte at, with its links: the
// terminal is told of them by OSC 8. A part of one that is broken is told to
// be the same as the others.
func (l *List) linked(row string, at int, whole string, links []link.Link, spans []span) string {
	th := l.look.Theme
	var out strings.Builder
	done := 0
	for _, k := range links {
		from, to := max(k.From-at, done), min(k.To-at, len(row))
		if from >= to {
			continue
		}
		id := ""
		if k.From < at || k.To > at+len(row) {
			id = "id=" + strconv.Itoa(k.From)
		}
		out.WriteString(paint(row[done:from], at+done, spans, th.Text))
		out.WriteString("\x1b]8;" + id + ";" + k.Address(whole) + "\x1b\\")
		out.WriteString(paint(row[from:to], at+from, spans, th.Link))
		out.WriteString("\x1b]8;;\x1b\\")
		done = to
	}
	out.WriteString(paint(row[done:], at+done, spans, th.Text))
	return out.String()
}

// between is a text from the first line with something in it to the last: what
// is blank around it would only push other messages off the screen. at is where
// in the text that is.
func between(text string) (s string, at int) {
	end := strings.TrimRight(text, " \n")
	start := len(end) - len(strings.TrimLeft(end, " \n"))
	at = strings.LastIndexByte(end[:start], '\n') + 1
	return end[at:], at
}

// reactionRows is how many rows of reactions are shown at most.
const reactionRows = 2

// widestEmoji is how many cells an emoji may take: joined ones do on terminals
// that do not join.
const widestEmoji = 10

// reactions are the emoji that people put to a message: one with the name of
// who did, several with their number.
func (l *List) reactions(m Message, room int) (rows []string) {
	th := l.look.Theme
	const gap = "   "
	row, used := "", 0
	for i, r := range m.Reactions {
		emoji, who := render.Wrap(render.Line(r.Emoji), widestEmoji)[0], strconv.Itoa(len(r.Who))
		if len(r.Who) == 1 {
			who = l.look.Metrics.Cut(render.Line(r.Who[0]), room/3, th.Glyphs.Ellipsis)
		}
		if emoji == "" {
			emoji = "?"
		}
		cells := render.Most(emoji + " " + who)
		if used > 0 && used+len(gap)+cells > room {
			rows = append(rows, row)
			row, used = "", 0
			if len(rows) == reactionRows {
				return append(rows, th.Muted.Render("and "+strconv.Itoa(len(m.Reactions)-i)+" more"))
			}
		}
		if used > 0 {
			row, used = row+gap, used+len(gap)
		}
		style := th.Muted
		if r.Own {
			style = th.Accent
		}
		row, used = row+emoji+" "+style.Render(who), used+cells
	}
	if used > 0 {
		rows = append(rows, row)
	}
	return rows
}

// state is the line under a message that says what became of one's own, and how
// long it is there yet. Success is told once, under the newest.
func (l *List) state(m Message, c context, room int) []string {
	th := l.look.Theme
	var told []string
	switch {
	case m.Deleted:
	case m.State == Failed:
		why := "not sent"
		if m.Failure != "" {
			why += ": " + render.Line(m.Failure)
		}
		return []string{th.Error.Render(l.look.Metrics.Cut(why, room, th.Glyphs.Ellipsis))}
	case m.State == Sending:
		told = append(told, "sending")
	case c.tail && m.State != "":
		told = append(told, string(m.State))
	}
	if c.left != "" {
		told = append(told, c.left)
	}
	if len(told) == 0 {
		return nil
	}
	return []string{th.Muted.Render(strings.Join(told, " "+th.Glyphs.Dot+" "))}
}
