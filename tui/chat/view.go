package chat

import "seance/tui/render"

// View is exactly Height rows. Active marks the selected message with a bar.
func (l *List) View(active bool) []string {
	rows := make([]string, 0, l.look.Height)
	if len(l.items) > 0 {
		top := l.first()
		for i, off := top.i, top.off; i < len(l.items) && len(rows) < l.look.Height; i, off = i+1, 0 {
			b := l.block(i)
			bar := active && l.items[i].Key == l.selected
			for r := off; r < len(b.rows) && len(rows) < l.look.Height; r++ {
				rows = append(rows, l.indent(b.rows[r], bar && r >= b.body))
			}
		}
	}
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

func (l *List) indent(row string, bar bool) string {
	if bar {
		return l.look.Theme.Accent.Render(l.look.Theme.Glyphs.Bar) + " " + row
	}
	if row == "" {
		return ""
	}
	return render.Spaces(margin) + row
}
