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

// requestsPage lists the strangers who wrote, and the groups that one is invited to.
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
		return m.paragraph("No requests. When somebody who is not among your contacts writes to you or invites you to a group, that waits here until you decide.", width), -1, 0
	}
	rows = append(m.paragraph("Strangers who wrote to you, and groups that you are invited to. Nobody learns anything until you accept.", width), "")
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
	text := render.Wrap(render.Line(said(v.Last.Text, v.Last.Files)), textWidth(width))
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
	asked := func(m *Model) bool { _, ok := m.asking(); return ok }
	return []*Action{
		{Name: "request.read", Title: "Read the request", Hint: "read", Inner: true,
			Keys: map[Context][]string{InRequests: {"enter"}}, When: asked,
			Run: func(m *Model) tea.Cmd { v, _ := m.asking(); return m.openConversation(v.ID) }},
		{Name: "request.accept", Title: "Accept the message request, or join the group", Hint: "accept",
			Keys: map[Context][]string{InRequests: {"a"}, InMessages: {"a"}}, When: asked, Run: (*Model).acceptRequest},
		{Name: "request.delete", Title: "Delete the message request, or decline the invitation", Hint: "delete",
			Keys: map[Context][]string{InRequests: {"d"}, InMessages: {"d"}}, When: asked, Run: quietly((*Model).askDelete)},
		{Name: "request.block", Title: "Block who sent the request or the invitation", Hint: "block",
			Keys: map[Context][]string{InRequests: {"b"}, InMessages: {"B"}}, When: asked, Run: quietly((*Model).askBlock)},
		{Name: "requests.previous", Title: "Request above", Keys: map[Context][]string{InRequests: {"k", "up"}}, Inner: true, Run: move(-1)},
		{Name: "requests.next", Title: "Request below", Keys: map[Context][]string{InRequests: {"j", "down"}}, Inner: true, Run: move(1)},
	}
}

// asking is the request that keys act on: the one under the cursor of the
// page, or the open conversation.
func (m *Model) asking() (v messaging.Conversation, ok bool) {
	if p, is := m.page.(*requestsPage); is {
		if len(p.list) == 0 {
			return v, false
		}
		return p.list[p.cursor], true
	}
	v = m.current()
	return v, m.open != "" && v.Request
}

func (m *Model) acceptRequest() tea.Cmd {
	v, _ := m.asking()
	c := m.client
	accept := m.do(func(ctx context.Context) error {
		if who, person := v.ID.Account(); person {
			return c.Accept(ctx, who)
		}
		return c.AcceptInvitation(ctx, v.ID)
	})
	return tea.Batch(accept, m.openConversation(v.ID))
}

func (m *Model) askDelete() {
	v, _ := m.asking()
	who, person := v.ID.Account()
	c := m.client
	q := &confirm{question: "Delete the request of " + render.Line(v.Title) + "? They are not told, and may ask again.", yes: "delete", no: "keep"}
	if !person {
		q.question, q.yes = "Turn the invitation to "+render.Line(v.Title)+" away? Nobody learns of it.", "decline"
	}
	q.run = func(m *Model) tea.Cmd {
		m.shut(v.ID)
		return m.do(func(ctx context.Context) error {
			if person {
				return c.Decline(ctx, who)
			}
			return c.DeclineInvitation(ctx, v.ID)
		})
	}
	m.confirm = q
}

// askBlock asks before it blocks who sent the request under the cursor, or the contact
// of the open conversation.
func (m *Model) askBlock() {
	v, ok := m.asking()
	if !ok {
		v = m.current()
	}
	who, person := v.ID.Account()
	c := m.client
	question := "Block " + render.Line(v.Title) + "? Nothing they send reaches you any more. They are not told."
	if !person {
		question = "Block who invited you to " + render.Line(v.Title) + "? Nothing they send reaches you any more. They are not told."
	}
	m.confirm = &confirm{
		question: question, yes: "block", no: "cancel",
		run: func(m *Model) tea.Cmd {
			m.shut(v.ID)
			return m.do(func(ctx context.Context) error {
				if person {
					return c.Block(ctx, who)
				}
				_, err := c.BlockInvitation(ctx, v.ID)
				return err
			})
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
