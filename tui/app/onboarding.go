package app

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
	"seance/tui/edit"
)

// step is a screen of the onboarding.
type step int

const (
	welcoming step = iota
	naming         // of a new account
	restoring      // the recovery phrase is asked for
	renaming       // of a restored account
	locking        // a passphrase is asked for
	repeating      // and once more
	noting         // the recovery phrase is shown
)

// onboarding leads to an account: a new one, one restored, or the demo's.
type onboarding struct {
	step       step
	choice     int
	buffer     edit.Buffer
	wrong      string // what is wrong with what was entered
	busy       string // what is being done, "" if nothing
	name       string
	phrase     string // to be noted, or as it was entered; "" before a new account is made
	passphrase string // as it was entered first
	visible    bool   // the passphrase is shown while it is typed
	sure       bool   // what would be easy to overlook was confirmed once
	made       *messaging.Client
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
	if p.busy == "" && p.step != welcoming && p.step != noting {
		return &p.buffer
	}
	return nil
}

func (p *onboarding) edited(*Model) tea.Cmd {
	p.wrong, p.sure = "", false
	return nil
}

// secret reports whether a passphrase is being typed.
func (p *onboarding) secret() bool { return p.step == locking || p.step == repeating }

// chooses reports whether one of the ways is chosen.
func (p *onboarding) chooses() bool { return p.step == welcoming }

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
	idle := func(when func(*onboarding) bool) func(*Model) bool {
		return func(m *Model) bool { p, ok := m.page.(*onboarding); return ok && p.busy == "" && when(p) }
	}
	move := func(by int) func(*Model) tea.Cmd {
		return on(func(m *Model, p *onboarding) tea.Cmd {
			p.choice = min(max(p.choice+by, 0), len(m.ways())-1)
			return nil
		})
	}
	return []*Action{
		{Name: "onboarding.next", Title: "Go on", Hint: "go on", Inner: true, Keys: map[Context][]string{InOnboarding: {"enter"}}, Run: on((*Model).onboardNext), When: idle(func(*onboarding) bool { return true })},
		{Name: "onboarding.back", Title: "Back", Hint: "back", Inner: true, Keys: map[Context][]string{InOnboarding: {"esc"}}, Run: on((*Model).onboardBack),
			When: idle(func(p *onboarding) bool { return p.step != welcoming })},
		{Name: "onboarding.show", Title: "Show or hide the passphrase", Hint: "show", Inner: true, Keys: map[Context][]string{InOnboarding: {"tab"}},
			When: idle((*onboarding).secret),
			Run:  on(func(_ *Model, p *onboarding) tea.Cmd { p.visible = !p.visible; return nil })},
		{Name: "onboarding.previous", Title: "Line above", Hint: "above", Inner: true, Keys: map[Context][]string{InMenu: {"up", "k", "shift+tab"}}, When: idle((*onboarding).chooses), Run: move(-1)},
		{Name: "onboarding.following", Title: "Line below", Hint: "below", Inner: true, Keys: map[Context][]string{InMenu: {"down", "j", "tab"}}, When: idle((*onboarding).chooses), Run: move(1)},
		{Name: "onboarding.quit", Title: "Quit", Hint: "quit", Inner: true, Keys: map[Context][]string{InMenu: {"q"}}, When: idle((*onboarding).chooses), Run: (*Model).quit},
	}
}

func (m *Model) onboardBack(p *onboarding) tea.Cmd {
	switch p.step {
	case noting:
		p.sure = false
	case renaming:
		p.to(restoring)
		p.buffer.SetText(p.phrase)
	case locking:
		if p.sure {
			p.sure = false
			break
		}
		if p.phrase == "" {
			p.to(naming)
		} else {
			p.to(renaming)
		}
		p.buffer.SetText(p.name)
	case repeating:
		p.to(locking)
	default:
		p.to(welcoming)
	}
	return nil
}

// onboardNext takes what was entered or chosen.
func (m *Model) onboardNext(p *onboarding) tea.Cmd {
	text := p.buffer.Text()
	switch p.step {
	case welcoming:
		p.phrase, p.name, p.passphrase, p.visible = "", "", "", false
		return m.ways()[p.choice].start(m, p)
	case naming, renaming:
		p.name = trimmed(text)
		switch {
		case p.name == "" && p.step == naming:
			p.wrong = "Others are shown a name. Any will do."
		case len(p.name) > messaging.MaxName:
			p.wrong = "That name is too long."
		default:
			p.to(locking)
		}
	case restoring:
		if _, err := identity.ParsePhrase(text); err != nil {
			p.wrong = sentence(err) + "."
			return nil
		}
		p.phrase = text
		p.to(renaming)
	case locking:
		if text == "" && !p.sure {
			p.sure = true
			return nil
		}
		p.passphrase = text
		if text == "" || p.visible {
			return m.makeAccount(p)
		}
		p.to(repeating)
	case repeating:
		if text != p.passphrase {
			p.to(locking)
			p.wrong = "Those were two different ones. Once more, please."
			return nil
		}
		return m.makeAccount(p)
	case noting:
		if !p.sure {
			p.sure = true
			return nil
		}
		return m.enter(p.made)
	}
	return nil
}

// makeAccount makes or restores the account that was described.
func (m *Model) makeAccount(p *onboarding) tea.Cmd {
	name, phrase, passphrase := p.name, p.phrase, secret.New([]byte(p.passphrase))
	p.to(locking)
	p.passphrase = ""
	if phrase != "" {
		p.busy = "Restoring your account."
		restore := m.o.Onboard.Restore
		return m.onboard(p, func(ctx context.Context) (*messaging.Client, string, error) {
			defer passphrase.Wipe()
			c, err := restore(ctx, phrase, name, passphrase)
			return c, "", err
		}, func(m *Model, c *messaging.Client, _ string) tea.Cmd { return m.enter(c) })
	}
	p.busy = "Making your keys."
	create := m.o.Onboard.Create
	return m.onboard(p, func(ctx context.Context) (*messaging.Client, string, error) {
		defer passphrase.Wipe()
		return create(ctx, name, passphrase)
	}, func(_ *Model, c *messaging.Client, phrase string) tea.Cmd {
		p.to(noting)
		p.made, p.phrase = c, phrase
		return nil
	})
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
