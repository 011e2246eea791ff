package app

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/paint"
	"seance/tui/render"
	"seance/tui/sidebar"
)

// View is empty: what is on the screen is drawn by package paint.
func (m *Model) View() tea.View { return tea.View{} }

// draw has the screen drawn as the model is now.
func (m *Model) draw() {
	if m.painter != nil && m.width > 0 && m.height > 0 {
		m.painter.Show(m.picture())
	}
}

// picture is the screen: the list and the other pane beside each other, and
// the bottom line.
func (m *Model) picture() *paint.Frame {
	p := &paint.Frame{Width: m.width, Height: m.height, CursorX: -1, Title: m.windowTitle(), Rows: make([][]paint.Span, m.height)}
	if m.tooSmall() {
		p.Rows[0] = []paint.Span{{Width: m.width, Text: m.metrics.Cut("Seance needs 60 columns and 15 rows.", m.width, "")}}
		return p
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
	for i := range p.Rows[:m.height-1] {
		if i < len(left) {
			p.Rows[i] = append(p.Rows[i], paint.Span{Width: f.list, Text: strings.TrimRight(left[i], " ")})
		}
		if f.width > 0 {
			s := paint.Span{X: f.x, Width: m.width - f.x}
			if i < len(right) {
				s.Text = right[i]
			}
			p.Rows[i] = append(p.Rows[i], s)
		}
	}
	p.Rows[m.height-1] = []paint.Span{{Width: m.width, Text: m.bottomLine()}}
	if x >= 0 {
		p.CursorX, p.CursorY = f.x+x, y
	}
	p.Pictures = m.gallery.store.Shown()
	return p
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
		for _, row := range m.emptyList(f) {
			rows = append(rows, "  "+row+render.Spaces(f.list-2-m.metrics.Width(row)))
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

// listFoot stands below the list: the question where no other pane has room for
// it, else how many message requests there are, or that the list still fills.
func (m *Model) listFoot(f frame) []string {
	if m.confirm != nil && f.width == 0 {
		return append([]string{""}, m.confirm.rows(m, f.list)...)
	}
	if m.filling != nil && len(m.list.Items()) > 0 {
		text := m.metrics.Cut(m.fillingFoot(), f.list-3, m.theme.Glyphs.Ellipsis)
		return []string{render.Spaces(f.list), "  " + m.theme.Muted.Render(text) + render.Spaces(f.list-2-m.metrics.Width(text))}
	}
	n := len(m.requests())
	if n == 0 {
		return nil
	}
	text := "1 message request"
	if n > 1 {
		text = strconv.Itoa(n) + " message requests"
	}
	key := m.named("requests.open").key(InList)
	room := f.list - 6 - len(key)
	if len(text) > room {
		text = plural(n, "request")
	}
	text = m.metrics.Cut(text, room, m.theme.Glyphs.Ellipsis)
	gap := render.Spaces(f.list - 3 - m.metrics.Width(text) - len(key))
	return []string{render.Spaces(f.list), "  " + m.theme.Accent.Render(text) + gap + m.theme.Muted.Render(key) + " "}
}

// emptyList is what stands in place of conversations.
func (m *Model) emptyList(f frame) []string {
	switch {
	case m.filling != nil && f.width > 0 && m.open == "" && m.page == nil:
		return nil // the other pane says it
	case m.filling != nil:
		return m.fillingRows(f.list - 4)
	case m.reading && m.convs == nil:
		return nil
	}
	write, own := m.named("conversation.new").anyKey(), m.named("account.show").key(InList)
	rows := render.Wrap("No conversations yet.\n\nPress "+write+" to write to somebody's Account ID, or "+own+" for yours, to give to them.", f.list-4)
	for i := range rows {
		rows[i] = m.theme.Muted.Render(rows[i])
	}
	return rows
}

// mainPane is the chat or a page, and where the cursor stands on the screen.
func (m *Model) mainPane(f frame) (rows []string, x, y int) {
	if m.fullScreen() {
		return m.page.view(m, f.width, m.height-2)
	}
	th := m.theme
	rows = append(rows, m.head(f.width), indent+th.Faint.Render(strings.Repeat(th.Glyphs.Rule, f.width-2*len(indent))))
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
		if m.confirm != nil {
			rows = append(pad(rows, f.top+f.body-f.composer), m.composerRows(f)...)
		}
	default:
		messages := m.chat.View(m.focus == OnMessages)
		if m.chat.Empty() && m.chat.Whole() {
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

// head is the title of what is shown, and as many notes on it as there is room for.
func (m *Model) head(width int) string {
	th := m.theme
	title, notes := m.paneTitle()
	room := width - 6
	if len(notes) > 0 {
		const least = 16 // of the title, for the sake of the first note
		room = max(room-3-len(notes[0]), least)
	}
	title = m.metrics.Cut(render.Line(title), room, th.Glyphs.Ellipsis)
	said, used := "", 2*len(indent)+m.metrics.Width(title)
	for _, note := range notes {
		if used += 3 + len(note); used > width {
			break
		}
		if said != "" {
			said += " " + th.Glyphs.Dot + " "
		}
		said += note
	}
	if said == "" {
		return indent + th.Strong.Render(title)
	}
	return indent + th.Strong.Render(title) + th.Muted.Render("   "+said)
}

// groupNote says that a conversation is a group, by the number of its members where we are
// one of them.
func groupNote(v messaging.Conversation) string {
	if v.Membership != store.Member || v.Members == 0 {
		return "group"
	}
	return plural(v.Members, "member")
}

// paneTitle is the title of what is shown, and notes on it, those that matter
// most first. Notes are ASCII.
func (m *Model) paneTitle() (title string, notes []string) {
	if m.page != nil {
		return m.page.title(), nil
	}
	if m.open == "" {
		return "", nil
	}
	v := m.current()
	add := func(so bool, note string) {
		if so {
			notes = append(notes, note)
		}
	}
	add(v.Blocked, "blocked")
	add(v.Request && v.Kind != id.KindGroup, "message request")
	add(v.Request && v.Kind == id.KindGroup, "invitation to a group")
	add(v.Timer.Mode != store.ExpireNever, "disappears "+timerText(v.Timer))
	add(v.Kind == id.KindGroup && !v.Request, groupNote(v))
	add(v.Kind == id.KindCommunity, "community")
	add(m.open == m.peeked, "peeking: nothing is marked as read")
	add(m.muted(v), "muted")
	add(v.Priority > 0, "pinned")
	return v.Title, notes
}
