package app

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/edit"
	"seance/tui/picker"
	"seance/tui/render"
)

// page is what is shown in place of the chat.
type page interface {
	title() string
	contexts() []Context
	// field is the text field of the page, nil if it has none; edited is called
	// after each change of it.
	field() *edit.Buffer
	edited(*Model) tea.Cmd
	// view is at most height rows, and where the cursor stands; x below 0 is
	// nowhere.
	view(m *Model, width, height int) (rows []string, x, y int)
}

// textPage is a page to read.
type textPage struct {
	name string
	in   []Context // beside those of all pages
	text func(m *Model, width int) []string
	back page // where closing it leads; nil is the chat or the list

	about    id.Conversation // the contact, group or member that it is about; "" for none
	portrait *portrait       // on the page; nil for none

	top  int
	rows int // how many there were, and
	room int // how many fitted, when it was drawn last
}

func (p *textPage) title() string         { return p.name }
func (p *textPage) contexts() []Context   { return append(slices.Clip(p.in), InPage, Everywhere) }
func (p *textPage) field() *edit.Buffer   { return nil }
func (p *textPage) edited(*Model) tea.Cmd { return nil }

func (p *textPage) view(m *Model, width, height int) ([]string, int, int) {
	rows := p.text(m, width)
	p.rows, p.room = len(rows), height
	p.scroll(0)
	return rows[p.top:min(p.top+height, len(rows))], -1, 0
}

func (p *textPage) scroll(by int) { p.top = max(min(p.top+by, p.rows-p.room), 0) }

// pickPage is a page to pick something from.
type pickPage struct {
	name   string
	picker *picker.Picker
	pick   func(m *Model, id string) tea.Cmd
	back   page
	fresh  func(m *Model) []picker.Item // the items anew, after something changed; nil: they stay
	typed  bool                         // what was typed is such a change
}

func (p *pickPage) title() string       { return p.name }
func (p *pickPage) contexts() []Context { return []Context{InPicker, InField, Everywhere} }
func (p *pickPage) field() *edit.Buffer { return &p.picker.Query }

func (p *pickPage) edited(m *Model) tea.Cmd {
	p.picker.Filter()
	if p.typed {
		p.picker.Set(p.fresh(m))
	}
	return nil
}

func (p *pickPage) view(m *Model, width, height int) ([]string, int, int) {
	return p.picker.View(picker.Look{Theme: m.theme, Metrics: m.metrics, Width: width, Height: height})
}

// back returns to a page. What it shows may have changed meanwhile.
func (m *Model) back(to page) {
	m.page = to
	if p, ok := to.(*pickPage); ok && p.fresh != nil {
		p.picker.Set(p.fresh(m))
	}
}

// formPage is a page with one field to fill in.
type formPage struct {
	name     string
	intro    string
	hint     string
	buffer   edit.Buffer
	back     page
	wrong    string // what is wrong with what was entered
	submit   func(m *Model, text string) tea.Cmd
	complete func(m *Model) tea.Cmd // what has been entered; nil: it cannot be
}

func (p *formPage) title() string         { return p.name }
func (p *formPage) contexts() []Context   { return []Context{InForm, InField, Everywhere} }
func (p *formPage) field() *edit.Buffer   { return &p.buffer }
func (p *formPage) edited(*Model) tea.Cmd { p.wrong = ""; return nil }

func (p *formPage) view(m *Model, width, _ int) (rows []string, x, y int) {
	for _, row := range render.Wrap(p.intro, textWidth(width)) {
		rows = append(rows, indent+m.theme.Muted.Render(row))
	}
	rows = append(rows, "")
	field, x, y := m.fieldRows(&p.buffer, p.hint, width)
	y += len(rows)
	rows = append(append(rows, field...), "")
	for _, row := range render.Wrap(render.Line(p.wrong), textWidth(width)) {
		rows = append(rows, indent+m.theme.Error.Render(row))
	}
	return rows, x, y
}

// indent is left of the text of pages.
const indent = "  "

// textWidth is how wide the text of a page of some width is at most.
func textWidth(width int) int { return max(min(width-2*len(indent), 76), 16) }

// fieldRows draws a text field with its prompt.
func (m *Model) fieldRows(b *edit.Buffer, hint string, width int) (rows []string, x, y int) {
	lead := indent + m.theme.Strongly.Render(m.theme.Glyphs.Prompt) + " "
	if b.Empty() {
		return []string{lead + m.theme.Muted.Render(hint)}, len(indent) + 2, 0
	}
	l := b.Layout(m.metrics, textWidth(width)-2)
	for i, row := range l.Rows {
		if i > 0 {
			lead = indent + "  "
		}
		rows = append(rows, lead+row)
	}
	return rows, len(indent) + 2 + l.Col, l.Row
}

// closePage goes back to where the page was opened from: another page, the
// chat, or the list if no conversation is open.
func (m *Model) closePage() tea.Cmd {
	var back page
	switch p := m.page.(type) {
	case *textPage:
		back = p.back
	case *codePage:
		back = p.back
	case *pickPage:
		back = p.back
	case *formPage:
		back = p.back
	}
	m.back(back)
	if back == nil && m.open == "" {
		m.focus = OnList
	}
	return nil
}
