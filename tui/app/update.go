package app

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"seance/tui/theme"
)

// Update takes a message from the terminal or the engine. What has to follow
// from the new state, whatever brought it about, is done once at the end.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := tea.Batch(m.handle(msg), m.hideExpired())
	m.layOut()
	next := m.follow()
	m.draw()
	return m, tea.Batch(cmd, next)
}

func (m *Model) handle(msg tea.Msg) tea.Cmd {
	m.fromTerminal(msg)
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.pasted(msg.Content)
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.measured()
	case tea.FocusMsg:
		m.away = false
	case tea.BlurMsg:
		m.away = true
		return m.saveDraft()
	case tea.BackgroundColorMsg:
		m.look.Light = !msg.IsDark()
		m.theme = theme.New(m.look)
	case tea.ModeReportMsg:
		m.capability(msg)
	case result:
		return msg(m)
	}
	return nil
}

// capability takes the terminal's answer to whether it knows a mode.
func (m *Model) capability(msg tea.ModeReportMsg) {
	if msg.Value != ansi.ModeSet && msg.Value != ansi.ModeReset && msg.Value != ansi.ModePermanentlySet {
		return
	}
	switch msg.Mode {
	case ansi.ModeSynchronizedOutput:
		m.painter.Synchronised()
	case ansi.ModeUnicodeCore:
		m.metrics.Graphemes = true
		m.painter.Unicode()
	}
}

// result is what a command of ours came back with: what to do about it, on the
// model's own goroutine.
type result func(*Model) tea.Cmd

// follow starts what the state asks for: loading the page that is scrolled
// towards, and telling the engine what was read.
func (m *Model) follow() tea.Cmd {
	if m.client == nil {
		return nil
	}
	return tea.Batch(m.loadMore(), m.moreHits(), m.markRead(), m.sendNext(), m.showPictures(), m.followVoices(), m.followTimers())
}

// insert writes into the field that has the focus.
func (m *Model) insert(text string) tea.Cmd {
	if e := m.editor(); e != nil {
		e.Insert(text)
		return m.edited()
	}
	if m.page == nil && m.confirm == nil && writable(m) && m.recorderHere() == nil {
		m.focus = OnComposer
		m.compose.Insert(text)
		return m.edited()
	}
	return nil
}

// key does what a key is bound to where the focus is, or writes it.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	m.notice, m.broken = notice{}, false
	if m.tooSmall() {
		if k.String() == "ctrl+c" {
			return tea.Quit
		}
		return nil
	}
	contexts, pressed := m.contexts(), k.String()
	if m.pending != "" {
		return m.continued(contexts, k)
	}
	if a := m.lookup(contexts, pressed); a != nil {
		return a.Run(m)
	}
	if k.Text != "" && m.editor() != nil {
		return m.insert(k.Text)
	}
	if m.begins(contexts, pressed) {
		m.pending = pressed
		return nil
	}
	// The place of a key on the keyboard, for those who write in another script.
	if a := m.lookup(contexts, k.Keystroke()); a != nil {
		return a.Run(m)
	}
	if m.begins(contexts, k.Keystroke()) {
		m.pending = k.Keystroke()
	}
	return nil
}

// continued does what a sequence of keys is bound to. One that is bound to
// nothing is forgotten.
func (m *Model) continued(contexts []Context, k tea.KeyPressMsg) tea.Cmd {
	begun := m.pending
	m.pending = ""
	for _, key := range []string{k.String(), k.Keystroke()} {
		if a := m.lookup(contexts, begun+" "+key); a != nil {
			return a.Run(m)
		}
	}
	return nil
}
