package app

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/edit"
	"seance/tui/picker"
	"seance/tui/render"
)

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
				return tea.Batch(m.openConversation(v.ID), m.showInvite(v.ID, nil, true))
			}
		})
	}
	m.page = p
}

// done is what stands first among people once somebody was picked.
const done = "done"

// guest is somebody who was picked to be invited.
type guest struct {
	account id.Account
	name    string
}

// showInvite has people picked who are then invited to a group together. What was
// written before they may be given to read, unless there is nothing.
func (m *Model) showInvite(group id.Conversation, back page, empty bool) tea.Cmd {
	return m.readGroup(group, func(m *Model) tea.Cmd {
		var guests []guest
		p := &pickPage{name: "Invite to " + m.group.Title, back: back, typed: true}
		p.fresh = func(m *Model) []picker.Item { return m.invitable(guests, p.picker) }
		p.pick = func(m *Model, chosen string) tea.Cmd {
			m.page = p // until it is left
			if chosen == done {
				return m.invite(group, guests, p, empty)
			}
			account, ok := id.Conversation(chosen).Account()
			if !ok {
				return nil
			}
			if i := slices.IndexFunc(guests, func(g guest) bool { return g.account == account }); i >= 0 {
				guests = slices.Delete(guests, i, i+1)
			} else {
				name := account.Short()
				if v, known := m.conversation(id.With(account)); known {
					name = v.Title
				}
				guests = append(guests, guest{account, name})
			}
			p.picker.Query.SetText("")
			p.picker.Filter()
			p.picker.Set(p.fresh(m))
			return nil
		}
		p.picker = picker.New("Whom do you want to invite? Name or Account ID", "Nobody else among your contacts. The whole Account ID of anybody will do.", m.invitable(nil, nil))
		m.page = p
		return nil
	})
}

// invitable are those who can be invited to the group, in front what has it done.
func (m *Model) invitable(guests []guest, p *picker.Picker) (items []picker.Item) {
	chosen := func(who id.Account) bool {
		return slices.ContainsFunc(guests, func(g guest) bool { return g.account == who })
	}
	query := ""
	if p != nil {
		query = trimmed(p.Query.Text())
	}
	if len(guests) > 0 && query == "" {
		names := make([]string, len(guests))
		for i, g := range guests {
			names[i] = render.Line(g.name)
		}
		items = append(items, picker.Item{ID: done, Title: "Invite " + strings.Join(names, ", ")})
	}
	known := map[id.Account]bool{}
	for _, v := range m.group.Members {
		known[v.Account] = true
	}
	for _, v := range m.convs {
		account, ok := v.ID.Account()
		if !ok || !isPerson(v) || v.Blocked || v.Request || known[account] {
			continue
		}
		known[account] = true
		item := picker.Item{ID: string(v.ID), Title: render.Line(v.Title), Also: string(v.ID)}
		if chosen(account) {
			item.Note = "picked"
		}
		items = append(items, item)
	}
	strangers := guests
	if account, err := id.ParseAccount(query); err == nil && !chosen(account) {
		strangers = append(slices.Clip(strangers), guest{account: account})
	}
	for _, g := range strangers {
		if known[g.account] {
			continue
		}
		item := picker.Item{ID: g.account.String(), Title: g.account.Short(), Note: "Account ID", Also: g.account.String()}
		if chosen(g.account) {
			item.Note = "picked"
		}
		items = append(items, item)
	}
	return items
}

// invite invites who was picked, after it was asked whether they may read what was
// written before.
func (m *Model) invite(group id.Conversation, guests []guest, p *pickPage, empty bool) tea.Cmd {
	who := make([]id.Account, len(guests))
	for i, g := range guests {
		who[i] = g.account
	}
	with := func(history bool) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			m.back(p.back)
			c := m.client
			return m.do(func(ctx context.Context) error { return c.Invite(ctx, group, who, history) })
		}
	}
	if empty {
		return with(false)(m)
	}
	m.showChoices("What may they read?", p, []choice{
		{title: "What is written from now on", set: with(false)},
		{title: "Also what was written in the last two weeks", set: with(true)},
	})
	return nil
}
