package edit

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/uax29/v2/graphemes"

	"seance/tui/render"
)

// Layout is a buffer's text broken into rows.
type Layout struct {
	Rows     []string // what is shown, each row safe and within the width
	Row, Col int      // the cursor, in cells
	starts   []int    // the byte offset of each row
	ends     []int
}

// Layout breaks the text into rows of at most width cells. A row is kept free
// for the cursor behind a full one.
func (b *Buffer) Layout(m render.Metrics, width int) Layout {
	width = max(width, 4)
	var l Layout
	start := 0
	for {
		end := b.lineEnd(start)
		l.line(b.text, start, end, width)
		if end == len(b.text) {
			break
		}
		start = end + 1
	}
	l.Rows = make([]string, len(l.starts))
	for i := range l.starts {
		l.Rows[i] = show(b.text[l.starts[i]:l.ends[i]])
		if l.starts[i] <= b.pos {
			l.Row = i
		}
	}
	l.Col = min(m.Width(show(b.text[l.starts[l.Row]:min(b.pos, l.ends[l.Row])])), width)
	return l
}

// line breaks one line, from start to end, at spaces where it can.
func (l *Layout) line(text string, start, end, width int) {
	row, used := start, 0
	cut, rest := -1, 0 // behind the last space, and the cells since
	for at := start; at < end; {
		cluster := graphemes.FromString(text[at:end]).First()
		shown := show(cluster)
		w := max(ansi.StringWidth(shown), ansi.StringWidthWc(shown))
		// What is left behind a break may be too long still.
		for used+w >= width && used > 0 && cluster != " " {
			if cut <= row {
				cut, rest = at, 0
			}
			l.add(row, cut)
			row, used, cut = cut, rest, -1
		}
		at += len(cluster)
		used, rest = used+w, rest+w
		if cluster == " " {
			cut, rest = at, 0
			used = min(used, width-1)
		}
	}
	l.add(row, end)
}

func (l *Layout) add(start, end int) {
	l.starts, l.ends = append(l.starts, start), append(l.ends, end)
}

// show is the text as it is drawn. It is made safe cluster by cluster, so that
// where the cursor stands can be told.
func show(s string) string {
	if safe(s) {
		return s
	}
	var out strings.Builder
	for g := graphemes.FromString(s); g.Next(); {
		if c := g.Value(); c == "\t" {
			out.WriteString("    ")
		} else {
			out.WriteString(render.Line(c))
		}
	}
	return out.String()
}

func safe(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Up moves the cursor one row up; it reports whether there was one.
func (b *Buffer) Up(m render.Metrics, width int) bool { return b.vertical(m, width, -1) }

// Down moves the cursor one row down; it reports whether there was one.
func (b *Buffer) Down(m render.Metrics, width int) bool { return b.vertical(m, width, 1) }

func (b *Buffer) vertical(m render.Metrics, width, by int) bool {
	l := b.Layout(m, width)
	row := l.Row + by
	if row < 0 || row >= len(l.Rows) {
		return false
	}
	goal := b.goal
	if goal < 0 {
		goal = l.Col
	}
	at, col := l.starts[row], 0
	for at < l.ends[row] {
		cluster := graphemes.FromString(b.text[at:l.ends[row]]).First()
		w := m.Width(show(cluster))
		if col+w > goal {
			break
		}
		at, col = at+len(cluster), col+w
	}
	if at == l.ends[row] && row+1 < len(l.starts) && l.starts[row+1] == at && at > l.starts[row] {
		at = b.before(at)
	}
	b.pos, b.goal, b.chosen = at, goal, false
	return true
}
