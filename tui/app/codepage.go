package app

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"seance/tui/edit"
	"seance/tui/render"
)

// codePage is a QR code to be scanned from the screen.
type codePage struct {
	name  string
	about string // shown below, where there is room
	rows  []string
	wide  int
	back  page

	instead string // what else can be done where the code does not fit
}

// showCode shows text as a QR code.
func (m *Model) showCode(name, about, text, instead string) {
	rows, wide, err := render.QR(text)
	if err != nil {
		m.complain(err)
		return
	}
	m.page = &codePage{name, about, rows, wide, m.page, instead}
}

func (p *codePage) title() string         { return p.name }
func (p *codePage) contexts() []Context   { return []Context{InPage, Everywhere} }
func (p *codePage) field() *edit.Buffer   { return nil }
func (p *codePage) edited(*Model) tea.Cmd { return nil }

// view shows the whole code or none of it: half a code is no use.
func (p *codePage) view(m *Model, width, height int) (rows []string, x, y int) {
	if wide, high := p.wide+len(indent)-width, len(p.rows)-height; wide > 0 || high > 0 {
		return m.paragraph("The code does not fit: it needs a window of "+strconv.Itoa(m.width+max(wide, 0))+
			" columns and "+strconv.Itoa(m.height+max(high, 0))+" rows, or a smaller font. "+p.instead, width), -1, 0
	}
	for _, row := range p.rows {
		rows = append(rows, indent+row)
	}
	if below := m.paragraph(p.about, width); len(rows)+1+len(below) <= height {
		rows = append(append(rows, ""), below...)
	}
	return rows, -1, 0
}

// copyInstead tells how an Account ID is copied on the page before the code.
func (m *Model) copyInstead(action string, in Context) string {
	return "To copy the Account ID instead, press " + m.named("page.close").key(InPage) + " and then " + m.named(action).key(in) + "."
}
