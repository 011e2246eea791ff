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

// showMembers lists the members of a group; picking one tells who it is.
func (m *Model) showMembers(group id.Conversation, back page) tea.Cmd {
	return m.readGroup(group, func(m *Model) tea.Cmd {
		p := &pickPage{name: "Members of " + m.group.Title, back: back}
		p.fresh = func(m *Model) []picker.Item {
			items := make([]picker.Item, len(m.group.Members))
			for i, v := range m.group.Members {
				items[i] = picker.Item{ID: v.Account.String(), Title: m.memberTitle(v), Note: memberNote(v), Also: v.Account.String()}
			}
			return items
		}
		p.pick = func(m *Model, chosen string) tea.Cmd {
			m.showMember(id.Conversation(chosen), p)
			return nil
		}
		p.picker = picker.New("Part of a name", "There is no such member.", p.fresh(m))
		m.page = p
		return nil
	})
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

// memberStory is the same in a sentence.
func memberStory(v store.GroupMember) string {
	switch v.State {
	case store.MemberToInvite:
		return "invited; the invitation was not sent yet"
	case store.MemberInvited:
		return "invited, and has not answered yet"
	case store.MemberInviteFailed:
		return "invited; the invitation could not be sent"
	case store.MemberToPromote:
		return "admin, and is not told so yet"
	case store.MemberPromoted:
		return "admin, and has not heard of it yet"
	case store.MemberPromotionFailed:
		return "admin, and could not be told so"
	case store.MemberRemoved:
		return "being removed"
	}
	if v.Admin {
		return "admin"
	}
	return "member"
}

// showMember shows who a member of the group is.
func (m *Model) showMember(who id.Conversation, back page) {
	face := &portrait{of: func(m *Model) store.Picture {
		if v, ok := m.memberOf(who); ok {
			return v.Picture
		}
		return store.Picture{}
	}}
	m.page = &textPage{name: "About this member", in: []Context{InMember}, about: who, portrait: face, back: back, text: func(m *Model, width int) []string {
		v, ok := m.memberOf(who)
		if !ok {
			return m.paragraph("They are not in the group any more.", width)
		}
		name := m.memberTitle(v)
		if name == "You" {
			name = "You, as " + render.Line(orNone(v.Name))
		}
		rows := []string{m.fact("Name", name, width)}
		if c, known := m.conversation(who); known && c.Nickname != "" && c.Name != "" {
			rows = append(rows, m.fact("Own name", render.Line(c.Name), width))
		}
		rows = append(rows, m.fact("Role", memberStory(v), width), "")
		for _, half := range render.Wrap(string(who), min(textWidth(width), 33)) {
			rows = append(rows, indent+m.theme.Strong.Render(half))
		}
		return m.withPortrait(face, append(append(rows, ""), m.possibleRows(InMember, width)...))
	}}
}

// memberOf is a member of the group that pages are about.
func (m *Model) memberOf(who id.Conversation) (store.GroupMember, bool) {
	for _, v := range m.group.Members {
		if id.With(v.Account) == who {
			return v, true
		}
	}
	return store.GroupMember{}, false
}

// memberActions are what can be done about a member: by everybody, and by admins.
func memberActions() []*Action {
	key := func(keys ...string) map[Context][]string { return map[Context][]string{InMember: keys} }
	member := func(m *Model) (store.GroupMember, bool) {
		p, ok := m.page.(*textPage)
		if !ok {
			return store.GroupMember{}, false
		}
		return m.memberOf(p.about)
	}
	is := func(so func(m *Model, v store.GroupMember) bool) func(*Model) bool {
		return func(m *Model) bool { v, ok := member(m); return ok && so(m, v) }
	}
	anybody := func(*Model, store.GroupMember) bool { return true } // not who is gone meanwhile
	other := func(m *Model, v store.GroupMember) bool { return v.Account.Sender() != m.self }
	removable := func(m *Model, v store.GroupMember) bool {
		return other(m, v) && m.group.Admin && !v.Admin && v.State != store.MemberRemoved
	}
	with := func(do func(*Model, store.GroupMember) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { v, _ := member(m); return do(m, v) }
	}
	return []*Action{
		{Name: "member.write", Title: "Write to them", Hint: "write", Inner: true, Keys: key("w", "enter"), When: is(other),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd { return m.openConversation(id.With(v.Account)) })},
		{Name: "member.copy_id", Title: "Copy the Account ID", Hint: "copy", Inner: true, Keys: key("y"), When: is(anybody),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd {
				return m.copyText(v.Account.String(), "Copied the Account ID.")
			})},
		{Name: "member.code", Title: "Show the Account ID as a QR code", Hint: "QR code", Inner: true, Keys: key("c"), When: is(anybody),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd {
				m.showCode("Account ID of "+v.Name, "Scan it with the app of whoever wants to write to them.", v.Account.String(),
					m.copyInstead("member.copy_id", InMember))
				return nil
			})},
		{Name: "member.invite_again", Title: "Send them the invitation again", Hint: "invite again", Inner: true, Keys: key("r"),
			When: is(func(m *Model, v store.GroupMember) bool { return removable(m, v) && v.State != store.MemberJoined }),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd {
				return m.administer("The invitation goes out again.", func(ctx context.Context, c *messaging.Client, g id.Conversation) error {
					return c.Invite(ctx, g, []id.Account{v.Account}, false)
				})
			})},
		{Name: "member.promote_again", Title: "Tell them again that they are an admin", Hint: "tell again", Inner: true, Keys: key("r"),
			When: is(func(m *Model, v store.GroupMember) bool {
				return other(m, v) && m.group.Admin && v.Admin && v.State != store.MemberJoined
			}),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd {
				return m.administer("They are told again.", func(ctx context.Context, c *messaging.Client, g id.Conversation) error {
					return c.Promote(ctx, g, []id.Account{v.Account})
				})
			})},
		{Name: "member.promote", Title: "Make them an admin, for good", Hint: "admin", Inner: true, Keys: key("p"),
			When: is(func(m *Model, v store.GroupMember) bool { return removable(m, v) && v.State == store.MemberJoined }),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd {
				m.confirm = &confirm{
					question: "Make " + m.memberTitle(v) + " an admin? Admins can do everything that you can, and cannot be removed.",
					yes:      "make admin", no: "cancel",
					run: func(m *Model) tea.Cmd {
						return m.administer("", func(ctx context.Context, c *messaging.Client, g id.Conversation) error {
							return c.Promote(ctx, g, []id.Account{v.Account})
						})
					},
				}
				return nil
			})},
		{Name: "member.remove", Title: "Remove them from the group", Hint: "remove", Inner: true, Keys: key("x"), When: is(removable),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd { m.askRemove(v, false); return nil })},
		{Name: "member.remove_all", Title: "Remove them, and what they wrote", Inner: true, Keys: key("X"), When: is(removable),
			Run: with(func(m *Model, v store.GroupMember) tea.Cmd { m.askRemove(v, true); return nil })},
	}
}

// administer does what admins do about members of the group. The page follows.
func (m *Model) administer(said string, do func(context.Context, *messaging.Client, id.Conversation) error) tea.Cmd {
	c, group := m.client, m.group.ID
	return m.ask(func(ctx context.Context) result {
		if err := do(ctx, c, group); err != nil {
			return failed(err)
		}
		return func(m *Model) tea.Cmd {
			m.say(said)
			return nil
		}
	})
}

// askRemove asks whether somebody is to be removed from the group.
func (m *Model) askRemove(v store.GroupMember, withMessages bool) {
	question := "Remove " + m.memberTitle(v) + " from the group? They keep what they have, and read nothing more."
	if withMessages {
		question = "Remove " + m.memberTitle(v) + " from the group, and delete what they wrote for everybody?"
	}
	m.confirm = &confirm{
		question: question, yes: "remove", no: "cancel",
		run: func(m *Model) tea.Cmd {
			return m.administer("", func(ctx context.Context, c *messaging.Client, g id.Conversation) error {
				return c.RemoveMembers(ctx, g, []id.Account{v.Account}, withMessages)
			})
		},
	}
}
