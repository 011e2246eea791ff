package app

import (
	"strings"

	"seance/tui/render"
)

// column is how wide the onboarding is at most.
const column = 66

// view draws the screen in the middle of the window.
func (p *onboarding) view(m *Model, width, height int) (rows []string, x, y int) {
	inner := min(width-4, column)
	left := render.Spaces((width - inner) / 2)
	body, x, y := p.body(m, inner, height)
	above := max((height-len(body))/3, 0)
	rows = make([]string, above, above+len(body))
	for _, row := range body {
		rows = append(rows, left+row)
	}
	if x >= 0 {
		x += len(left)
	}
	return rows, x, y + above
}

// body is what the screen says. The welcome is the longest: it goes without what is not
// needed where that does not fit.
func (p *onboarding) body(m *Model, width, height int) (rows []string, x, y int) {
	if p.step != welcoming || p.busy != "" {
		return p.stepRows(m, width)
	}
	for _, with := range []struct{ blanks, abouts bool }{{true, true}, {false, true}, {false, false}} {
		if rows = p.welcome(m, width, with.blanks, with.abouts); len(rows) <= height {
			break
		}
	}
	return rows, -1, 0
}

// welcome has one of the ways to an account chosen.
func (p *onboarding) welcome(m *Model, width int, blanks, abouts bool) []string {
	th := m.theme
	rows := []string{indent + th.Strongly.Render("Seance"), ""}
	rows = append(rows, m.paragraph("Session messages in a terminal. No phone number, no e-mail, no server: a key pair that is yours, and a network of nodes none of which knows who talks to whom.", width)...)
	rows = append(rows, "")
	for i, w := range m.ways() {
		bar, style := indent, th.Text
		if i == p.choice {
			bar, style = th.Accent.Render(th.Glyphs.Bar)+" ", th.Strong
		}
		if blanks {
			rows = append(rows, "")
		}
		rows = append(rows, bar+style.Render(w.name))
		if abouts {
			rows = append(rows, bar+th.Muted.Render(m.metrics.Cut(w.about, width-2, th.Glyphs.Ellipsis)))
		}
	}
	return append(rows, p.wrongRows(m, width)...)
}

// wrongRows say what is wrong with what was entered.
func (p *onboarding) wrongRows(m *Model, width int) (rows []string) {
	if p.wrong == "" {
		return nil
	}
	rows = []string{""}
	for _, row := range render.Wrap(render.Text(p.wrong), textWidth(width)) {
		rows = append(rows, indent+m.theme.Error.Render(row))
	}
	return rows
}

// stepRows are those of what comes after the welcome.
func (p *onboarding) stepRows(m *Model, width int) (rows []string, x, y int) {
	th := m.theme
	add := func(more ...string) { rows = append(rows, more...) }
	x = -1
	field := func(hint string) {
		b := p.buffer
		if p.secret() && !p.visible {
			b = b.Masked(th.Glyphs.Mask)
		}
		f, fx, fy := m.fieldRows(&b, hint, width)
		x, y = fx, fy+len(rows)
		add(f...)
	}
	if p.busy != "" {
		add(indent + th.Strong.Render(p.busy))
		add("")
		add(m.paragraph("This takes a moment.", width)...)
		return rows, -1, 0
	}
	switch p.step {
	case naming:
		add(indent+th.Strong.Render("New account"), "")
		add(m.paragraph("What should others call you? Any name will do, and you can change it later.", width)...)
		add("")
		field("Your name")
	case locking:
		add(indent+th.Strong.Render("A passphrase"), "")
		add(m.paragraph("It protects the history on this disk: whoever copies the disk reads nothing. Seance asks for it when it starts, and nobody can give it back to you. It may stay empty.", width)...)
		add("")
		field("Passphrase, or nothing")
		if p.sure {
			add("", indent+th.Text.Render("Then the history on this disk is not protected."))
			add(m.paragraph("'seance passphrase set' protects it later.", width)...)
			add("", indent+m.hint("Enter", "go on without")+"   "+m.hint("Esc", "back"))
		}
	case repeating:
		add(indent+th.Strong.Render("A passphrase"), "")
		add(m.paragraph("Once more, so that no slip of a finger locks you out.", width)...)
		add("")
		field("The same passphrase")
	case noting:
		add(indent+th.Strong.Render("Your recovery phrase"), "")
		add(m.paragraph("These thirteen words are your account. Write them down, on paper: nobody can give them back to you, and whoever reads them can be you.", width)...)
		add("")
		add(m.phraseRows(p.phrase, width)...)
		add("")
		if p.sure {
			add(indent + th.Strongly.Render("Written down? ") + m.hint("Enter", "once more to begin") + "   " + m.hint("Esc", "look again"))
		} else {
			add(indent + m.hint("Enter", "I have written them down"))
		}
	case restoring:
		add(indent+th.Strong.Render("Restore an account"), "")
		add(m.paragraph("Type or paste the thirteen words. Capitals and more spaces do no harm, and the beginnings of words are enough.", width)...)
		add("")
		field("Recovery phrase")
		if n := len(strings.Fields(p.buffer.Text())); n > 0 && p.wrong == "" {
			add("", indent+th.Muted.Render(plural(n, "word")+" of "+"13"))
		}
	case renaming:
		add(indent+th.Strong.Render("Restore an account"), "")
		add(m.paragraph("The words are right. An account that has a name keeps it; of one without, what should others call you? It may stay empty.", width)...)
		add("")
		field("Your name")
	}
	add(p.wrongRows(m, width)...)
	return rows, x, y
}
