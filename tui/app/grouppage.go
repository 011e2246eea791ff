package app

import (
	"context"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/edit"
	"seance/tui/render"
)

// readGroup reads the group that pages are about, and shows what changed on the one
// that is open. then is done once it is here; it may be nil.
func (m *Model) readGroup(group id.Conversation, then func(*Model) tea.Cmd) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		g, err := c.Group(ctx, group)
		return func(m *Model) tea.Cmd {
			switch {
			case err != nil && then == nil:
				return nil // it was left
			case err != nil:
				return failed(err)(m)
			case then == nil && m.group.ID != group:
				return nil
			}
			m.group = g
			if then != nil {
				return then(m)
			}
			if m.page != nil {
				m.back(m.page)
			}
			return nil
		}
	})
}

// showGroup shows what a group is, and what can be done with it.
func (m *Model) showGroup(group id.Conversation, back page) tea.Cmd {
	return m.readGroup(group, func(m *Model) tea.Cmd {
		face := &portrait{of: func(m *Model) store.Picture { v, _ := m.conversation(group); return v.Picture }}
		p := &textPage{name: m.group.Title, in: []Context{InGroup}, about: group, portrait: face, back: back}
		p.text = func(m *Model, width int) []string {
			g := m.group
			p.name = g.Title
			var rows []string
			for _, row := range render.Wrap(render.Text(g.Description), textWidth(width)) {
				rows = append(rows, indent+row)
			}
			if g.Description != "" {
				rows = append(rows, "")
			}
			role := "a member"
			if g.Admin {
				role = "an admin"
			}
			rows = append(rows, m.fact("You are", role, width), m.fact("Members", membersText(g.Members), width),
				m.fact("Messages", "disappear "+timerText(g.Timer), width), "")
			return m.withPortrait(face, append(rows, m.possibleRows(InGroup, width)...))
		}
		m.page = p
		return nil
	})
}

// membersText counts the members: "5, 2 admins, 1 invited".
func membersText(list []store.GroupMember) string {
	admins, invited := 0, 0
	for _, v := range list {
		switch {
		case v.Admin:
			admins++
		case v.State == store.MemberInvited || v.State == store.MemberToInvite || v.State == store.MemberInviteFailed:
			invited++
		}
	}
	text := strconv.Itoa(len(list)-invited) + ", " + plural(admins, "admin")
	if invited > 0 {
		text += ", " + strconv.Itoa(invited) + " invited"
	}
	return text
}

// ofGroup is the group that actions are about: that of the page, or the chosen one.
func (m *Model) ofGroup() (messaging.Conversation, bool) {
	if p, ok := m.page.(*textPage); ok && m.client != nil && len(p.in) > 0 && p.in[0] == InGroup {
		return m.conversation(p.about)
	}
	return m.chosen()
}

// administers reports whether the group can be changed. Of one that was not looked at
// it is not known: the engine refuses.
func administers(m *Model) bool {
	v, ok := m.ofGroup()
	return ok && inGroup(v) && (m.group.Admin || m.page == nil)
}

// groupPageActions change what all members see of a group.
func groupPageActions() []*Action {
	with := func(do func(*Model, messaging.Conversation)) func(*Model) tea.Cmd {
		return quietly(func(m *Model) { v, _ := m.ofGroup(); do(m, v) })
	}
	key := func(k string) map[Context][]string { return map[Context][]string{InGroup: {k}} }
	return []*Action{
		{Name: "group.rename", Title: "Rename the group", Keys: key("n"), When: administers, Run: with((*Model).showGroupName)},
		{Name: "group.describe", Title: "Describe the group", Keys: key("e"), When: administers,
			Run: func(m *Model) tea.Cmd {
				v, _ := m.ofGroup()
				back := m.page
				return m.readGroup(v.ID, func(m *Model) tea.Cmd { m.showDescription(back); return nil })
			}},
		{Name: "group.picture", Title: "Give the group a picture, or take it away", Keys: key("p"), When: administers, Run: with((*Model).showGroupPicture)},
		{Name: "group.expire", Title: "Have messages of the group disappear", Keys: key("t"), When: administers, Run: with((*Model).showGroupTimer)},
		{Name: "group.clear", Title: "Delete what was written in the group so far, for everybody", Keys: key("D"), When: administers, Run: with((*Model).showClear)},
		{Name: "group.leave", Title: "Leave the group", Keys: map[Context][]string{InGroup: {"L"}}, When: func(m *Model) bool { v, ok := m.ofGroup(); return ok && isGroup(v) }, Run: with((*Model).askLeave)},
		{Name: "group.end", Title: "End the group for everybody", Keys: map[Context][]string{InGroup: {"E"}}, When: administers, Run: with((*Model).askEnd)},
	}
}

// changeGroup changes a group; p is the form that asked, and stays with what is wrong.
func (m *Model) changeGroup(group id.Conversation, change messaging.GroupChange, p *formPage) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		err := c.ConfigureGroup(ctx, group, change)
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

func (m *Model) showGroupName(v messaging.Conversation) {
	p := &formPage{
		name: "Name of the group", intro: "All members see the new name.", hint: render.Line(v.Name), buffer: edit.Single(v.Name), back: m.page,
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		name := trimmed(text)
		return m.changeGroup(v.ID, messaging.GroupChange{Name: &name}, p)
	}
	m.page = p
}

func (m *Model) showDescription(back page) {
	p := &formPage{
		name: "Description of the group", intro: "What the group is for. All members see it. An empty one takes it away.",
		hint: "What the group is for", buffer: edit.Single(m.group.Description), back: back,
	}
	group := m.group.ID
	p.submit = func(m *Model, text string) tea.Cmd {
		description := trimmed(text)
		return m.changeGroup(group, messaging.GroupChange{Description: &description}, p)
	}
	m.page = p
}

func (m *Model) showGroupPicture(v messaging.Conversation) {
	c := m.client
	m.showPictureForm(pictureForm{
		name: "Picture of the group", busy: "Uploading the picture.",
		intro: "The path of an image, of which the middle is shown to all members. Tab completes it. Leave it empty to have no picture.",
		done:  "The group has a new picture.", gone: "The group has no picture any more.",
		set: func(ctx context.Context, image []byte) error { return c.SetGroupPicture(ctx, v.ID, image) },
	})
}

// showGroupTimer has the time chosen after which messages of a group disappear.
func (m *Model) showGroupTimer(v messaging.Conversation) {
	timers := []store.Timer{{}}
	for _, after := range []time.Duration{12 * time.Hour, 24 * time.Hour, aWeek, 2 * aWeek} {
		timers = append(timers, store.Timer{Mode: store.ExpireAfterSend, Seconds: int64(after / time.Second)})
	}
	m.showTimers(v, m.page, timers, func(m *Model, t store.Timer) tea.Cmd {
		after := time.Duration(t.Seconds) * time.Second
		c := m.client
		return m.do(func(ctx context.Context) error {
			return c.ConfigureGroup(ctx, v.ID, messaging.GroupChange{Timer: &after})
		})
	})
}

// showClear has it chosen what is deleted of what was written in a group.
func (m *Model) showClear(v messaging.Conversation) {
	c := m.client
	erase := func(title, what string, change func(*time.Time) messaging.GroupChange) choice {
		return choice{title: title, set: func(m *Model) tea.Cmd {
			m.confirm = &confirm{
				question: "Delete " + what + " in " + render.Line(v.Title) + " so far, on all devices of all members? This cannot be undone.",
				yes:      "delete", no: "keep",
				run: func(m *Model) tea.Cmd {
					now := m.now()
					return m.do(func(ctx context.Context) error { return c.ConfigureGroup(ctx, v.ID, change(&now)) })
				},
			}
			return nil
		}}
	}
	m.showChoices("Delete for everybody", m.page, []choice{
		erase("All messages so far", "all messages", func(now *time.Time) messaging.GroupChange { return messaging.GroupChange{DeleteBefore: now} }),
		erase("Only messages with files", "all messages with files", func(now *time.Time) messaging.GroupChange { return messaging.GroupChange{DeleteFilesBefore: now} }),
	})
}
