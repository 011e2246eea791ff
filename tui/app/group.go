package app

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/edit"
	"seance/tui/picker"
	"seance/tui/render"
)

// inGroup reports whether the conversation is a group that we are in, and invited
// whether it is one that we may join.
func inGroup(v messaging.Conversation) bool {
	_, group := v.ID.Group()
	return group && v.Membership == store.Member
}

func invited(v messaging.Conversation) bool {
	_, group := v.ID.Group()
	return group && v.Membership == store.Invited
}

// groupActions create groups and are about the chosen one.
func groupActions() []*Action {
	of := func(is func(messaging.Conversation) bool) func(*Model) bool {
		return func(m *Model) bool { v, ok := m.chosen(); return ok && is(v) }
	}
	with := func(do func(*Model, messaging.Conversation) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { v, _ := m.chosen(); return do(m, v) }
	}
	return []*Action{
		{Name: "group.create", Title: "Create a group", When: func(m *Model) bool { return m.client != nil },
			Run: quietly((*Model).showNewGroup)},
		{Name: "group.accept", Title: "Join the group that you are invited to", Hint: "join",
			Keys: map[Context][]string{InMessages: {"a"}}, When: of(invited), Run: with((*Model).joinGroup)},
		{Name: "group.decline", Title: "Turn the invitation to the group away", Hint: "decline",
			Keys: map[Context][]string{InMessages: {"d"}}, When: of(invited), Run: with((*Model).askDecline)},
		{Name: "group.members", Title: "Members of the group", Keys: map[Context][]string{InList: {"i"}}, When: of(inGroup),
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { return m.showMembers(v.ID, nil) })},
		{Name: "group.invite", Title: "Invite somebody to the group", When: of(inGroup),
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { m.showInvite(v.ID, nil); return nil })},
		{Name: "group.rename", Title: "Rename the group", When: of(inGroup),
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { m.showGroupName(v, nil); return nil })},
		{Name: "group.expire", Title: "Have messages of the group disappear", When: of(inGroup),
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd { m.showGroupTimer(v, nil); return nil })},
		{Name: "group.leave", Title: "Leave the group", When: of(isGroup), Run: with((*Model).askLeave)},
		{Name: "group.end", Title: "End the group for everybody", When: of(inGroup), Run: with((*Model).askEnd)},
	}
}

// isGroup reports whether the conversation is a group that can be left.
func isGroup(v messaging.Conversation) bool {
	_, group := v.ID.Group()
	return group && v.Membership != store.Invited
}

// showNewGroup asks for the name of a new group, then for who is to be in it.
func (m *Model) showNewGroup() {
	p := &formPage{
		name: "New group", intro: "What is the group called? You invite people next. Nobody else sees who is in it.",
		hint: "Name of the group", buffer: edit.Single(""), back: m.page,
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		c, name := m.client, trimmed(text)
		return m.ask(func(ctx context.Context) result {
			v, err := c.CreateGroup(ctx, messaging.NewGroup{Name: name})
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
					return nil
				}
				open := m.openConversation(v.ID)
				m.showInvite(v.ID, nil)
				return open
			}
		})
	}
	m.page = p
}

// showInvite has people picked, one after the other, to be invited to a group.
func (m *Model) showInvite(group id.Conversation, back page) {
	asked := map[string]bool{}
	p := &pickPage{name: "Invite to the group", back: back}
	p.fresh = func(m *Model) (items []picker.Item) {
		for _, v := range m.convs {
			if !isPerson(v) || v.Blocked || v.Request {
				continue
			}
			item := picker.Item{ID: string(v.ID), Title: render.Line(v.Title)}
			if asked[item.ID] {
				item.Note = "invited"
			}
			items = append(items, item)
		}
		return items
	}
	p.pick = func(m *Model, chosen string) tea.Cmd {
		m.page = p // until it is left
		account, ok := id.Conversation(chosen).Account()
		if !ok || asked[chosen] {
			return nil
		}
		c := m.client
		return m.ask(func(ctx context.Context) result {
			err := c.Invite(ctx, group, []id.Account{account}, false)
			return func(m *Model) tea.Cmd {
				if err != nil {
					m.complain(err)
					return nil
				}
				asked[chosen] = true
				p.picker.Query.SetText("")
				p.picker.Filter()
				p.picker.Set(p.fresh(m))
				return nil
			}
		})
	}
	p.picker = picker.New("Whom do you want to invite? Esc when you are done.", "You have no such contact.", p.fresh(m))
	m.page = p
}

// joinGroup accepts an invitation.
func (m *Model) joinGroup(v messaging.Conversation) tea.Cmd {
	c := m.client
	return m.do(func(ctx context.Context) error { return c.AcceptInvitation(ctx, v.ID) })
}

// askDecline asks whether an invitation is to be turned away.
func (m *Model) askDecline(v messaging.Conversation) tea.Cmd {
	c := m.client
	m.confirm = &confirm{
		question: "Turn the invitation to " + render.Line(v.Title) + " away? Nobody learns of it.", yes: "decline", no: "keep",
		run: func(m *Model) tea.Cmd {
			m.shut(v.ID)
			return m.do(func(ctx context.Context) error { return c.DeclineInvitation(ctx, v.ID) })
		},
	}
	return nil
}

func (m *Model) showGroupName(v messaging.Conversation, back page) {
	p := &formPage{
		name: "Name of the group", intro: "All members see the new name.", hint: render.Line(v.Name), buffer: edit.Single(v.Name), back: back,
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		c, name := m.client, trimmed(text)
		return m.ask(func(ctx context.Context) result {
			err := c.ConfigureGroup(ctx, v.ID, messaging.GroupChange{Name: &name})
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
				} else if m.page == p {
					m.back(p.back)
				}
				return nil
			}
		})
	}
	m.page = p
}

// showGroupTimer has the time chosen after which messages of a group disappear.
func (m *Model) showGroupTimer(v messaging.Conversation, back page) {
	var choices []choice
	for _, after := range []time.Duration{0, time.Hour, 12 * time.Hour, 24 * time.Hour, aWeek, 2 * aWeek} {
		title := "Never"
		if after > 0 {
			title = lasting(after) + " after sending"
		}
		now := v.Timer.Seconds == int64(after/time.Second)
		choices = append(choices, choice{title, now, func(m *Model) tea.Cmd {
			c := m.client
			return m.do(func(ctx context.Context) error {
				return c.ConfigureGroup(ctx, v.ID, messaging.GroupChange{Timer: &after})
			})
		}})
	}
	m.showChoices("Messages disappear", back, choices)
}

func (m *Model) askLeave(v messaging.Conversation) tea.Cmd {
	m.askEndOf(v, "Leave "+render.Line(v.Title)+"? The conversation is deleted on all your devices.", "leave", false)
	return nil
}

func (m *Model) askEnd(v messaging.Conversation) tea.Cmd {
	m.askEndOf(v, "End "+render.Line(v.Title)+" for all of its members? This cannot be undone.", "end it", true)
	return nil
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
