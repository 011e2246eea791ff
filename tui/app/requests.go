package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/edit"
	"seance/tui/render"
	"seance/tui/sidebar"
)

// requestsPage lists the strangers who wrote.
type requestsPage struct {
	list   []messaging.Conversation
	cursor int
}

func (p *requestsPage) title() string         { return "Message requests" }
func (p *requestsPage) contexts() []Context   { return []Context{InRequests, Everywhere} }
func (p *requestsPage) field() *edit.Buffer   { return nil }
func (p *requestsPage) edited(*Model) tea.Cmd { return nil }

func (p *requestsPage) set(list []messaging.Conversation) {
	p.list = list
	p.cursor = min(p.cursor, max(len(list)-1, 0))
}

func (p *requestsPage) view(m *Model, width, height int) (rows []string, x, y int) {
	if len(p.list) == 0 {
		return m.paragraph("No requests. When somebody writes to you who is not among your contacts, they wait here until you decide.", width), -1, 0
	}
	rows = append(m.paragraph("These people wrote to you for the first time. They learn nothing until you accept.", width), "")
	const each = 4
	visible := max((height-len(rows)+1)/each, 1)
	from := max(p.cursor-visible+1, 0)
	for i := from; i < len(p.list) && i < from+visible; i++ {
		rows = append(rows, m.request(p.list[i], i == p.cursor, width)...)
	}
	return rows, -1, 0
}

// request is three rows and a blank: who, and the start of what they wrote.
func (m *Model) request(v messaging.Conversation, cursor bool, width int) []string {
	th := m.theme
	bar := indent
	if cursor {
		bar = th.Accent.Render(th.Glyphs.Bar) + " "
	}
	when := sidebar.When(time.UnixMilli(v.ActiveMS()), m.now(), m.o.Zone)
	name := m.metrics.Cut(m.metrics.Name(v.Title), textWidth(width)-10, th.Glyphs.Ellipsis)
	rows := []string{bar + th.Strong.Render(name) + "  " + th.Muted.Render(when)}
	text := render.Wrap(render.Line(v.Last.Text), textWidth(width))
	for i := range 2 {
		row := ""
		if i < len(text) {
			row = text[i]
		}
		if i == 1 && len(text) > 2 {
			row += th.Glyphs.Ellipsis
		}
		if row == "" {
			bar = indent // nothing to mark
		}
		rows = append(rows, bar+row)
	}
	return append(rows, "")
}

func requestActions() []*Action {
	move := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) {
			if p, ok := m.page.(*requestsPage); ok {
				p.cursor = min(max(p.cursor+by, 0), max(len(p.list)-1, 0))
			}
		})
	}
	asked := func(m *Model) bool { _, _, ok := m.asking(); return ok }
	return []*Action{
		{Name: "request.read", Title: "Read the request", Hint: "read", Inner: true,
			Keys: map[Context][]string{InRequests: {"enter"}}, When: asked,
			Run: func(m *Model) tea.Cmd { v, _, _ := m.asking(); return m.openConversation(v.ID) }},
		{Name: "request.accept", Title: "Accept the message request", Hint: "accept",
			Keys: map[Context][]string{InRequests: {"a"}, InMessages: {"a"}}, When: asked, Run: (*Model).acceptRequest},
		{Name: "request.delete", Title: "Delete the message request", Hint: "delete",
			Keys: map[Context][]string{InRequests: {"d"}, InMessages: {"d"}}, When: asked, Run: quietly((*Model).askDelete)},
		{Name: "request.block", Title: "Block who sent the message request", Hint: "block",
			Keys: map[Context][]string{InRequests: {"b"}, InMessages: {"B"}}, When: asked, Run: quietly((*Model).askBlock)},
		{Name: "requests.previous", Title: "Request above", Keys: map[Context][]string{InRequests: {"k", "up"}}, Inner: true, Run: move(-1)},
		{Name: "requests.next", Title: "Request below", Keys: map[Context][]string{InRequests: {"j", "down"}}, Inner: true, Run: move(1)},
	}
}

// asking is the request that keys act on: the one under the cursor of the
// page, or the open conversation.
func (m *Model) asking() (messaging.Conversation, id.Account, bool) {
	var v messaging.Conversation
	if p, ok := m.page.(*requestsPage); ok {
		if len(p.list) == 0 {
			return v, id.Account{}, false
		}
		v = p.list[p.cursor]
	} else if v = m.current(); m.open == "" || !v.Request {
		return v, id.Account{}, false
	}
	who, ok := v.ID.Account()
	return v, who, ok
}

func (m *Model) acceptRequest() tea.Cmd {
	v, who, _ := m.asking()
	c := m.client
	accept := m.do(func(ctx context.Context) error { return c.Accept(ctx, who) })
	return tea.Batch(accept, m.openConversation(v.ID))
}

func (m *Model) askDelete() {
	v, who, _ := m.asking()
	c := m.client
	m.confirm = &confirm{
		question: "Delete the request of " + render.Line(v.Title) + "? They are not told, and may ask again.",
		yes:      "delete", no: "keep",
		run: func(m *Model) tea.Cmd {
			m.shut(v.ID)
			return m.do(func(ctx context.Context) error { return c.Decline(ctx, who) })
		},
	}
}

// askBlock asks before it blocks the request under the cursor, or the contact
// of the open conversation.
func (m *Model) askBlock() {
	v, who, ok := m.asking()
	if !ok {
		v = m.current()
		if who, ok = v.ID.Account(); !ok {
			return
		}
	}
	c := m.client
	m.confirm = &confirm{
		question: "Block " + render.Line(v.Title) + "? Nothing they send reaches you any more. They are not told.",
		yes:      "block", no: "cancel",
		run: func(m *Model) tea.Cmd {
			m.shut(v.ID)
			return m.do(func(ctx context.Context) error { return c.Block(ctx, who) })
		},
	}
}

func (m *Model) unblock() tea.Cmd {
	who, ok := m.open.Account()
	if !ok {
		return nil
	}
	c := m.client
	return m.do(func(ctx context.Context) error { return c.Unblock(ctx, who) })
}

// shut closes a conversation that goes away.
func (m *Model) shut(conv id.Conversation) {
	if m.open != conv {
		return
	}
	m.compose.Load("")
	m.chat.Reset(nil, true, true)
	m.reads++
	m.open, m.focus, m.loading = "", OnList, false
}

func (m *Model) showRequests() {
	p := &requestsPage{}
	p.set(m.requests())
	m.page = p
}
