package app

import (
	tea "charm.land/bubbletea/v2"

	"seance/tui/render"
)

// confirm is a question asked before something is done that cannot be undone
// or that others notice.
type confirm struct {
	question string
	yes      string // the verb that does it
	no       string // the verb that leaves it
	run      func(*Model) tea.Cmd
}

// rows draws the question in the place of the composer.
func (c *confirm) rows(m *Model, width int) []string {
	var rows []string
	for _, row := range render.Wrap(render.Text(c.question), textWidth(width)) {
		rows = append(rows, indent+m.theme.Strong.Render(row))
	}
	return append(rows, indent+m.hint("y", c.yes)+"   "+m.hint("n", c.no))
}

// answer ends the question.
func (m *Model) answer(yes bool) tea.Cmd {
	c := m.confirm
	m.confirm = nil
	if c == nil || !yes {
		return nil
	}
	return c.run(m)
}
