package app

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/identity"
	"seance/store"
	"seance/tui/edit"
	"seance/tui/render"
)

// showAccount shows who one is: what to give to others.
func (m *Model) showAccount() tea.Cmd {
	m.communityRequests = ""
	own := &portrait{of: func(m *Model) store.Picture { return m.client.Self().Picture }}
	m.page = &textPage{name: "Your account", in: []Context{InAccount}, portrait: own, text: func(m *Model, width int) []string {
		self := m.client.Self()
		rows := m.paragraph("Your Account ID. Whoever has it can write to you; it tells nothing else about you.", width)
		rows = append(rows, "")
		for _, half := range render.Wrap(self.Account.String(), min(textWidth(width), 33)) {
			rows = append(rows, indent+m.theme.Strong.Render(half))
		}
		name := render.Line(self.Name)
		if name == "" {
			name = "none yet: others see the ends of your Account ID"
		}
		requests := map[string]string{"on": "may write to you", "off": "may not write to you"}[m.communityRequests]
		rows = append(rows, "", m.fact("Name", name, width), m.fact("Network", render.Line(self.Network), width),
			m.fact("Strangers", "from communities "+requests, width), "")
		return m.withPortrait(own, append(rows, m.keyRows(InAccount, width)...))
	}}
	return m.communities(func(ctx context.Context, c *messaging.Client) (bool, error) { return c.CommunityRequests(ctx) }, false)
}

// communities asks the engine whether people of communities may write, and says
// what it answers if that is wanted.
func (m *Model) communities(ask func(context.Context, *messaging.Client) (bool, error), say bool) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		may, err := ask(ctx, c)
		if err != nil {
			return failed(err)
		}
		return func(m *Model) tea.Cmd {
			m.communityRequests = "off"
			said := "People of communities cannot write to you any more."
			if may {
				m.communityRequests, said = "on", "People of communities may write to you, as a message request."
			}
			if say {
				m.say(said)
			}
			return nil
		}
	})
}

func (m *Model) toggleRequests() tea.Cmd {
	return m.communities(func(ctx context.Context, c *messaging.Client) (bool, error) {
		may, err := c.CommunityRequests(ctx)
		if err != nil {
			return false, err
		}
		return !may, c.SetCommunityRequests(ctx, !may)
	}, true)
}

// fact is a label and what it labels, in one row.
func (m *Model) fact(label, value string, width int) string {
	const column = 11
	value = m.metrics.Cut(value, width-column-2*len(indent), m.theme.Glyphs.Ellipsis)
	return indent + m.theme.Muted.Render(m.metrics.Fit(label, column, "")) + value
}

func (m *Model) showRename() {
	p := &formPage{name: "Your name", intro: "The name that others see from your next message on. It may be empty.", buffer: edit.Single(m.client.Self().Name), back: m.page}
	p.submit = func(m *Model, text string) tea.Cmd {
		c := m.client
		return m.ask(func(ctx context.Context) result {
			err := c.SetName(ctx, trimmed(text))
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
					return nil
				}
				if m.page == p {
					m.back(p.back)
				}
				m.say("Others see your new name from the next message on.")
				return nil
			}
		})
	}
	m.page = p
}

// askPhrase shows the recovery phrase only to who asks twice.
func (m *Model) askPhrase() {
	back := m.page
	m.confirm = &confirm{
		question: "Show the recovery phrase? Anyone who sees these words has your account, and reads what you write and are sent.",
		yes:      "show", no: "cancel",
		run: quietly(func(m *Model) {
			phrase := m.client.RecoveryPhrase()
			m.page = &textPage{name: "Your recovery phrase", in: []Context{InPhrase}, back: back, text: func(m *Model, width int) []string {
				rows := m.paragraph("These words restore your account on another device. Keep them on paper, and give them to nobody.", width)
				rows = append(append(rows, ""), m.phraseRows(phrase, width)...)
				return append(append(rows, ""), m.keyRows(InPhrase, width)...)
			}}
		}),
	}
}

// showPhraseCode shows the recovery phrase as the apps take it from a screen.
func (m *Model) showPhraseCode() {
	seed, err := identity.ParsePhrase(m.client.RecoveryPhrase())
	if err != nil {
		m.complain(err)
		return
	}
	m.showCode("Your recovery phrase", "Scan it with the app that you want to link. Nobody else should see it.", seed.LinkCode(),
		"The words of the phrase do the same: "+m.named("page.close").key(InPage)+" leads back to them.")
}

// phraseRows is a recovery phrase in columns, numbered from the top down.
func (m *Model) phraseRows(phrase string, width int) []string {
	words := strings.Fields(phrase)
	columns := 3
	if width < 56 {
		columns = 2
	}
	height := (len(words) + columns - 1) / columns
	rows := make([]string, height)
	for i, w := range words {
		n := strconv.Itoa(i + 1)
		cell := m.theme.Muted.Render(render.Spaces(2-len(n))+n) + "  " + m.theme.Strong.Render(w) + render.Spaces(14-len(w))
		rows[i%height] += cell
	}
	for i := range rows {
		rows[i] = indent + rows[i]
	}
	return rows
}

func trimmed(s string) string { return strings.TrimSpace(s) }
