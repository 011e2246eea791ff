package app

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/store"
	"seance/tui/render"
)

// inGroup reports whether the conversation is a group that we are in.
func inGroup(v messaging.Conversation) bool {
	_, group := v.ID.Group()
	return group && v.Membership == store.Member
}

// groupActions create groups and are about the chosen one.
func groupActions() []*Action {
	of := func(is func(messaging.Conversation) bool) func(*Model) bool {
		return func(m *Model) bool { v, ok := m.ofGroup(); return ok && is(v) }
	}
	with := func(do func(*Model, messaging.Conversation) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { v, _ := m.ofGroup(); return do(m, v) }
	}
	return []*Action{
		{Name: "group.create", Title: "Create a group", When: attached, Run: quietly((*Model).showNewGroup)},
		{Name: "group.show", Title: "About the group", Keys: map[Context][]string{InList: {"i"}},
			When: func(m *Model) bool { v, ok := m.chosen(); return ok && inGroup(v) },
			Run:  with(func(m *Model, v messaging.Conversation) tea.Cmd { return m.showGroup(v.ID, nil) })},
		{Name: "group.show_here", Title: "About the group, from a line about it", Hint: "group", Inner: true, Keys: map[Context][]string{InMessages: {"i"}},
			When: func(m *Model) bool {
				v, ok := m.chosen()
				sel, on := m.chat.Selected()
				return ok && inGroup(v) && (!on || sel.Info)
			},
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { return m.showGroup(v.ID, nil) })},
		{Name: "group.members", Title: "Members of the group", Hint: "members", Keys: map[Context][]string{InGroup: {"m", "enter"}}, When: of(inGroup),
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { return m.showMembers(v.ID, m.page) })},
		{Name: "group.invite", Title: "Invite people to the group", Hint: "invite", Keys: map[Context][]string{InGroup: {"i"}}, When: administers,
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { return m.showInvite(v.ID, m.page, false) })},
	}
}

// isGroup reports whether the conversation is a group that can be left.
func isGroup(v messaging.Conversation) bool {
	_, group := v.ID.Group()
	return group && v.Membership != store.Invited
}

func (m *Model) askLeave(v messaging.Conversation) {
	m.askEndOf(v, "Leave "+render.Line(v.Title)+"? The conversation is deleted on all your devices.", "leave", false)
}

func (m *Model) askEnd(v messaging.Conversation) {
	m.askEndOf(v, "End "+render.Line(v.Title)+" for all of its members? This cannot be undone.", "end it", true)
}

func (m *Model) askEndOf(v messaging.Conversation, question, yes string, destroy bool) {
	c := m.client
	m.confirm = &confirm{
		question: question, yes: yes, no: "stay",
		run: func(m *Model) tea.Cmd {
			m.page = nil
			return m.ask(func(ctx context.Context) result {
				err := c.Leave(ctx, v.ID, destroy)
				return func(m *Model) tea.Cmd {
					if err != nil && !errors.Is(err, context.Canceled) {
						m.complain(err)
						return nil
					}
					m.dropDraft(v.ID)
					m.shut(v.ID)
					return nil
				}
			})
		},
	}
}
