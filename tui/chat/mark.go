package chat

import (
	"strings"

	"seance/tui/render"
	"seance/tui/theme"
)

// Mark is a part of a message's text that a search matched: the bytes from
// From to To.
type Mark struct{ From, To int }

// SetHit marks what a search matched in one message, and in no other; key 0
// marks nothing.
func (l *List) SetHit(key int64, marks []Mark) {
	for _, k := range []int64{l.hit, key} {
		if i := l.index(k); i >= 0 {
			l.items[i].block = block{}
		}
	}
	l.hit, l.marks = key, marks
}

// safe makes a text safe to show, and tells where the marks are in what is
// shown. Its parts are made safe each for itself: what would join two of them
// goes.
func safe(text string, marks []Mark) (string, []Mark) {
	if len(marks) == 0 {
		return render.Text(text), nil
	}
	var out strings.Builder
	moved := make([]Mark, 0, len(marks))
	at := 0
	for _, m := range marks {
		if m.From < at || m.To < m.From || m.To > len(text) {
			continue
		}
		out.WriteString(render.Text(text[at:m.From]))
		from := out.Len()
		out.WriteString(render.Text(text[m.From:m.To]))
		moved = append(moved, Mark{from, out.Len()})
		at = m.To
	}
	out.WriteString(render.Text(text[at:]))
	return out.String(), moved
}

// paint is the row of a text that starts at byte at, what is marked in it in
// another style.
func paint(row string, at int, marks []Mark, plain, marked theme.Style) string {
	var out strings.Builder
	done := 0
	for _, m := range marks {
		from, to := max(m.From-at, done), min(m.To-at, len(row))
		if from >= to {
			continue
		}
		out.WriteString(plain.Render(row[done:from]))
		out.WriteString(marked.Render(row[from:to]))
		done = to
	}
	out.WriteString(plain.Render(row[done:]))
	return out.String()
}
