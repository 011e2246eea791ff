package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/picker"
	"seance/tui/render"
)

// showMembers lists the members of a group; picking one tells what can be done.
func (m *Model) showMembers(group id.Conversation, back page) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		g, err := c.Group(ctx, group)
		return func(m *Model) tea.Cmd {
			if err != nil {
				m.complain(err)
				return nil
			}
			m.membersPage(g, back)
			return nil
		}
	})
}

func (m *Model) membersPage(g messaging.Group, back page) {
	p := &pickPage{name: "Members of " + g.Title, back: back}
	items := make([]picker.Item, len(g.Members))
	for i, v := range g.Members {
		items[i] = picker.Item{ID: v.Account.String(), Title: m.memberTitle(v), Note: memberNote(v)}
	}
	p.pick = func(m *Model, chosen string) tea.Cmd {
		for _, v := range g.Members {
			if v.Account.String() == chosen {
				m.showMember(g, v, p)
			}
		}
		return nil
	}
	hint := "Part of a name"
	if g.Description != "" {
		hint = render.Line(g.Description)
	}
	p.picker = picker.New(hint, "There is no such member.", items)
	m.page = p
}

func (m *Model) memberTitle(v store.GroupMember) string {
	if m.client != nil && v.Account == m.client.Self().Account {
		return "You"
	}
	return render.Line(v.Name)
}

// memberNote is the role of a member, and what is still to be done about it.
func memberNote(v store.GroupMember) string {
	switch v.State {
	case store.MemberToInvite:
		return "invitation not sent yet"
	case store.MemberInvited:
		return "invited"
	case store.MemberInviteFailed:
		return "invitation failed"
	case store.MemberToPromote, store.MemberPromoted:
		return "becoming admin"
	case store.MemberPromotionFailed:
		return "could not be made admin"
	case store.MemberRemoved:
		return "being removed"
	}
	if v.Admin {
		return "admin"
	}
	return ""
}

// showMember tells what can be done about a member: by everybody, and by admins.
func (m *Model) showMember(g messaging.Group, v store.GroupMember, back page) {
	c := m.client
	// what admins do changes the list, which is asked for anew
	as := func(f func(context.Context) error) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			return m.ask(func(ctx context.Context) result {
				err := f(ctx)
				return func(m *Model) tea.Cmd {
					if err != nil {
						m.complain(err)
						return nil
					}
					return m.showMembers(g.ID, nil)
				}
			})
		}
	}
	who := []id.Account{v.Account}
	own := m.client != nil && v.Account == m.client.Self().Account
	choices := []choice{{title: "Copy the Account ID", set: func(m *Model) tea.Cmd { return m.copyText(v.Account.String(), "Copied the Account ID.") }}}
	if !own {
		choices = append(choices, choice{title: "Write to them alone", set: func(m *Model) tea.Cmd {
			m.page = nil
			return m.openConversation(id.With(v.Account))
		}})
	}
	if g.Admin && !own && !v.Admin {
		if v.State == store.MemberJoined {
			choices = append(choices, choice{title: "Make them admin, for good", set: as(func(ctx context.Context) error { return c.Promote(ctx, g.ID, who) })})
		} else if v.State != store.MemberRemoved {
			choices = append(choices, choice{title: "Invite them again", set: as(func(ctx context.Context) error { return c.Invite(ctx, g.ID, who, false) })})
		}
		choices = append(choices,
			choice{title: "Remove them", set: as(func(ctx context.Context) error { return c.RemoveMembers(ctx, g.ID, who, false) })},
			choice{title: "Remove them and what they wrote", set: as(func(ctx context.Context) error { return c.RemoveMembers(ctx, g.ID, who, true) })},
		)
	}
	m.showChoices(m.memberTitle(v), back, choices)
}
