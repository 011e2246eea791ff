package app

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/tui/edit"
)

// step is a screen of the onboarding.
type step int

const (
	welcoming step = iota
	naming         // of a new account
	noting         // the recovery phrase is shown
	restoring      // the recovery phrase is asked for
	renaming       // of a restored account
)

// onboarding leads to an account: a new one, one restored, or the demo's.
type onboarding struct {
	step   step
	choice int
	buffer edit.Buffer
	wrong  string // what is wrong with what was entered
	busy   string // what is being done, "" if nothing
	phrase string // to be noted, or as it was entered
	sure   bool   // the phrase was said to be noted once
	made   *messaging.Client
}

func newOnboarding() *onboarding { return &onboarding{} }

func (p *onboarding) title() string { return "" }

func (p *onboarding) contexts() []Context {
	if p.field() != nil {
		return []Context{InOnboarding, InField, Everywhere}
	}
	return []Context{InOnboarding, InMenu, Everywhere}
}

func (p *onboarding) field() *edit.Buffer {
	if p.busy == "" && (p.step == naming || p.step == restoring || p.step == renaming) {
		return &p.buffer
	}
	return nil
}

func (p *onboarding) edited(*Model) { p.wrong = "" }

// to goes to another screen with an empty field.
func (p *onboarding) to(s step) {
	p.step, p.wrong, p.busy, p.sure = s, "", "", false
	p.buffer = edit.Single("")
}

// way is one of the ways to an account.
type way struct {
	name, about string
	start       func(*Model, *onboarding) tea.Cmd
}

// ways are those that there are.
func (m *Model) ways() []way {
	list := []way{
		{"New account", "a key pair, made on this machine", func(_ *Model, p *onboarding) tea.Cmd { p.to(naming); return nil }},
		{"Restore an account", "from its recovery phrase of 13 words", func(_ *Model, p *onboarding) tea.Cmd { p.to(restoring); return nil }},
	}
	if m.o.Onboard.Demo != nil {
		list = append(list, way{"Try the demo", "a private network on this machine; needs no internet", (*Model).startDemo})
	}
	return list
}

func onboardingActions() []*Action {
	on := func(f func(*Model, *onboarding) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			if p, ok := m.page.(*onboarding); ok && p.busy == "" {
				return f(m, p)
			}
			return nil
		}
	}
	move := func(by int) func(*Model) tea.Cmd {
		return on(func(m *Model, p *onboarding) tea.Cmd {
			p.choice = min(max(p.choice+by, 0), len(m.ways())-1)
			return nil
		})
	}
	return []*Action{
		{Name: "onboarding.next", Title: "Go on", Hint: "go on", Inner: true, Keys: map[Context][]string{InOnboarding: {"enter"}}, Run: on((*Model).onboardNext)},
		{Name: "onboarding.back", Title: "Back", Hint: "back", Inner: true, Keys: map[Context][]string{InOnboarding: {"esc"}}, Run: on((*Model).onboardBack),
			When: func(m *Model) bool { p, ok := m.page.(*onboarding); return ok && p.step != welcoming }},
		{Name: "onboarding.previous", Title: "Line above", Inner: true, Keys: map[Context][]string{InMenu: {"up", "k", "shift+tab"}}, Run: move(-1)},
		{Name: "onboarding.following", Title: "Line below", Inner: true, Keys: map[Context][]string{InMenu: {"down", "j", "tab"}}, Run: move(1)},
	}
}

func (m *Model) onboardBack(p *onboarding) tea.Cmd {
	switch p.step {
	case noting:
		p.sure = false
	case renaming:
		p.to(restoring)
		p.buffer.SetText(p.phrase)
	default:
		p.to(welcoming)
	}
	return nil
}

// onboardNext takes what was entered or chosen.
func (m *Model) onboardNext(p *onboarding) tea.Cmd {
	switch p.step {
	case welcoming:
		return m.ways()[p.choice].start(m, p)
	case naming:
		return m.createAccount(p)
	case noting:
		if !p.sure {
			p.sure = true
			return nil
		}
		return m.enter(p.made)
	case restoring:
		text := p.buffer.Text()
		if _, err := identity.ParsePhrase(text); err != nil {
			p.wrong = sentence(err) + "."
			return nil
		}
		p.phrase = text
		p.to(renaming)
	case renaming:
		return m.restoreAccount(p)
	}
	return nil
}

func (m *Model) createAccount(p *onboarding) tea.Cmd {
	name := trimmed(p.buffer.Text())
	switch {
	case name == "":
		p.wrong = "Others are shown a name. Any will do."
		return nil
	case len(name) > messaging.MaxName:
		p.wrong = "That name is too long."
		return nil
	}
	p.busy = "Making your keys."
	create := m.o.Onboard.Create
	return m.onboard(p, func(ctx context.Context) (*messaging.Client, string, error) { return create(ctx, name) },
		func(_ *Model, c *messaging.Client, phrase string) tea.Cmd {
			p.to(noting)
			p.made, p.phrase = c, phrase
			return nil
		})
}

func (m *Model) restoreAccount(p *onboarding) tea.Cmd {
	name, phrase := trimmed(p.buffer.Text()), p.phrase
	p.busy = "Restoring your account."
	restore := m.o.Onboard.Restore
	return m.onboard(p, func(ctx context.Context) (*messaging.Client, string, error) {
		c, err := restore(ctx, phrase, name)
		return c, "", err
	}, func(m *Model, c *messaging.Client, _ string) tea.Cmd { return m.enter(c) })
}

func (m *Model) startDemo(p *onboarding) tea.Cmd {
	p.busy = "Starting twelve nodes on this machine."
	demo := m.o.Onboard.Demo
	return m.onboard(p, func(ctx context.Context) (*messaging.Client, string, error) {
		c, first, err := demo(ctx)
		return c, string(first), err
	}, func(m *Model, c *messaging.Client, first string) tea.Cmd {
		m.o.Open = id.Conversation(first)
		return m.enter(c)
	})
}

// onboard runs what makes an account and shows what is wrong if it fails. The
// text that run returns goes to done.
func (m *Model) onboard(p *onboarding, run func(context.Context) (*messaging.Client, string, error), done func(*Model, *messaging.Client, string) tea.Cmd) tea.Cmd {
	return m.ask(func(ctx context.Context) result {
		c, phrase, err := run(ctx)
		if err == nil && c == nil {
			err = errors.New("there is no account")
		}
		return func(m *Model) tea.Cmd {
			p.busy = ""
			if err != nil {
				p.wrong = sentence(err)
				return nil
			}
			return done(m, c, phrase)
		}
	})
}

// enter leaves the onboarding for the account it led to.
func (m *Model) enter(c *messaging.Client) tea.Cmd {
	m.page, m.focus = nil, OnList
	m.attach(c)
	return m.start()
}
