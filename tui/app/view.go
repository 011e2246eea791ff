package app

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/tui/render"
	"seance/tui/sidebar"
)

// View draws the screen.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true, ReportFocus: true, WindowTitle: m.windowTitle()}
	if m.width == 0 {
		return v
	}
	if m.tooSmall() {
		v.Content = render.Metrics{}.Cut("Seance needs 60 columns and 15 rows.", m.width, "")
		return v
	}
	f := m.frame()
	var left, right []string
	x, y := -1, 0
	if f.list > 0 {
		left = m.listPane(f)
	}
	if f.width > 0 {
		right, x, y = m.mainPane(f)
	}
	var out strings.Builder
	out.Grow(m.width * m.height * 2)
	for i := range m.height - 1 {
		if i < len(left) {
			out.WriteString(left[i])
		}
		if i < len(right) && right[i] != "" {
			if f.x > 0 {
				out.WriteString(render.Spaces(f.x - f.list))
			}
			out.WriteString(right[i])
		}
		out.WriteByte('\n')
	}
	out.WriteString(m.bottomLine())
	v.Content = out.String()
	if x >= 0 {
		v.Cursor = tea.NewCursor(f.x+x, y)
		v.Cursor.Shape, v.Cursor.Blink = tea.CursorBar, false
	}
	return v
}

// windowTitle tells how much is unread, never what.
func (m *Model) windowTitle() string {
	if n := m.unread(); n > 0 {
		return m.o.Title + " (" + strconv.Itoa(n) + ")"
	}
	return m.o.Title
}

// listPane is the conversations, each row exactly as wide as the list.
func (m *Model) listPane(f frame) []string {
	th := m.theme
	rows := make([]string, 0, f.top+f.body)
	name := "Seance"
	rows = append(rows, "  "+th.Strongly.Render(name)+render.Spaces(f.list-2-len(name)), render.Spaces(f.list))
	foot := m.listFoot(f)
	if len(m.list.Items()) == 0 {
		for _, row := range m.emptyList(f.list - 4) {
			rows = append(rows, "  "+th.Muted.Render(row)+render.Spaces(f.list-2-m.metrics.Width(row)))
		}
		for len(rows) < f.top+f.body-len(foot) {
			rows = append(rows, render.Spaces(f.list))
		}
		return append(rows, foot...)
	}
	rows = append(rows, m.list.View(sidebar.Look{
		Theme: th, Metrics: m.metrics, Width: f.list, Height: f.body - len(foot), Now: m.now(), Zone: m.o.Zone,
		Active: m.focus == OnList && m.page == nil && m.confirm == nil, Open: string(m.open),
	})...)
	return append(rows, foot...)
}

// listFoot tells of message requests below the list.
func (m *Model) listFoot(f frame) []string {
	n := len(m.requests())
	if n == 0 {
		return nil
	}
	text := "1 message request"
	if n > 1 {
		text = strconv.Itoa(n) + " message requests"
	}
	key := m.named("requests.open").key(InList)
	text = m.metrics.Cut(text, f.list-6-len(key), m.theme.Glyphs.Ellipsis)
	gap := render.Spaces(f.list - 3 - m.metrics.Width(text) - len(key))
	return []string{"  " + m.theme.Accent.Render(text) + gap + m.theme.Muted.Render(key) + " "}
}

func (m *Model) emptyList(width int) []string {
	if m.reading && m.convs == nil {
		return nil
	}
	key := m.named("conversation.new").anyKey()
	return render.Wrap("No conversations yet.\n\nPress "+key+" to write to somebody's Account ID, or give them yours.", width)
}

// mainPane is the chat or a page, and where the cursor stands on the screen.
func (m *Model) mainPane(f frame) (rows []string, x, y int) {
	if m.fullScreen() {
		return m.page.view(m, f.width, m.height-2)
	}
	th := m.theme
	title, note := m.paneTitle()
	title = m.metrics.Cut(render.Line(title), f.width-6, th.Glyphs.Ellipsis)
	head := indent + th.Strong.Render(title)
	if note != "" && m.metrics.Width(title)+len(note)+6 < f.width {
		head += th.Muted.Render("   " + note)
	}
	rows = append(rows, head, indent+th.Faint.Render(strings.Repeat(th.Glyphs.Rule, f.width-2*len(indent))))
	x = -1
	switch {
	case m.page != nil:
		room := f.body - 1
		if m.confirm != nil {
			room -= f.composer + 1
		}
		body, px, py := m.page.view(m, f.width, room)
		rows = append(append(rows, ""), body...)
		x, y = px, py+f.top+1
		if m.confirm != nil {
			rows = pad(rows, f.top+f.body-f.composer)
			rows = append(rows, m.composerRows(f)...)
			x = -1
		}
	case m.open == "":
		rows = append(rows, m.nothingOpen(f)...)
	default:
		messages := m.chat.View(m.focus == OnMessages)
		if m.chat.Empty() && !m.loading {
			messages = m.emptyChat(f)
		}
		rows = append(rows, messages...)
		rows = pad(rows, f.top+f.chatHeight())
		rows = append(rows, m.lineAbove(f))
		field, cx, cy := m.composerView(f)
		if m.focus == OnComposer && m.confirm == nil {
			x, y = cx, cy+len(rows)
		}
		rows = append(rows, field...)
	}
	return rows, x, y
}

// pad fills up to n rows.
func pad(rows []string, n int) []string {
	for len(rows) < n {
		rows = append(rows, "")
	}
	return rows
}

// paneTitle is the title of what is shown, and a note on it.
func (m *Model) paneTitle() (title, note string) {
	if m.page != nil {
		return m.page.title(), ""
	}
	if m.open == "" {
		return "", ""
	}
	v := m.current()
	switch {
	case v.Blocked:
		note = "blocked"
	case v.Request:
		note = "message request"
	case v.Priority > 0:
		note = "pinned"
	}
	return v.Title, note
}
