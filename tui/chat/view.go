package chat

import "seance/tui/render"

// View is exactly Height rows. Active marks the selected message with a bar.
func (l *List) View(active bool) []string {
	rows := make([]string, 0, l.look.Height)
	l.visible(func(i, from, to int) {
		b := l.block(i)
		bar := active && l.items[i].Key == l.selected
		for r := from; r < to; r++ {
			rows = append(rows, l.indent(l.row(b, r), bar && r >= b.body))
		}
	})
	// What is still to be loaded comes below.
	for !l.end && len(rows) < l.look.Height {
		rows = append(rows, "")
	}
	// A short conversation stands at the bottom, where one writes.
	if missing := l.look.Height - len(rows); missing > 0 {
		padded := make([]string, missing, l.look.Height)
		rows = append(padded, rows...)
	}
	return rows
}

// visible tells of the messages on the screen, from the top: the one at i, and
// its rows from the first up to the last.
func (l *List) visible(tell func(i, from, to int)) {
	if len(l.items) == 0 || l.look.Height == 0 {
		return
	}
	top := l.first()
	left := l.look.Height
	for i, off := top.i, top.off; i < len(l.items) && left > 0; i, off = i+1, 0 {
		to := min(l.height(i), off+left)
		tell(i, off, to)
		left -= to - off
	}
}

func (l *List) indent(row string, bar bool) string {
	if bar {
		return l.look.Theme.Accent.Render(l.look.Theme.Glyphs.Bar) + " " + row
	}
	if row == "" {
		return ""
	}
	return render.Spaces(margin) + row
}
