package app

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"seance/messaging/id"
	"seance/network"
	"seance/tui/render"
)

// bottomLine says how the network is, and which keys do something here. An
// error or an answer takes the place of both until the next key.
func (m *Model) bottomLine() string {
	th := m.theme
	if m.pending != "" {
		return m.continuations()
	}
	if m.notice.text != "" {
		style := th.Muted
		if m.notice.bad {
			style = th.Error
		}
		return indent + style.Render(m.metrics.Cut(render.Line(m.notice.text), m.width-2*len(indent), th.Glyphs.Ellipsis))
	}
	left, bad := m.networkLine()
	width := len(indent) + m.metrics.Width(left)
	style := th.Muted
	if bad {
		style = th.Error
	}
	line := indent + style.Render(left)
	if left != "" {
		line += "   "
		width += 3
	}
	if f := m.frame(); f.x > 0 && width < f.x+len(indent) {
		line += render.Spaces(f.x + len(indent) - width)
		width = f.x + len(indent)
	}
	return line + m.hints(m.width-width-len(indent))
}

// continuations are the keys that may follow those that were pressed.
func (m *Model) continuations() string {
	line, room := indent+m.theme.Muted.Render(keyName(m.pending)), m.width-2*len(indent)-len(m.pending)
	for _, c := range m.contexts() {
		for _, a := range m.actions {
			for _, key := range a.Keys[c] {
				rest, ok := strings.CutPrefix(key, m.pending+" ")
				if width := len(hintGap + rest + " " + a.Title); ok && a.possible(m) && width <= room {
					line += hintGap + m.hint(keyName(rest), a.Title)
					room -= width
				}
			}
		}
	}
	return line
}

// networkLine is the state of the network in a few words.
func (m *Model) networkLine() (text string, bad bool) {
	if m.client == nil {
		return "", false
	}
	switch m.net.State {
	case network.Ready:
		if m.width < twoPanes {
			return "", false // the hints need the room
		}
		hops := 0
		if len(m.net.Paths) > 0 {
			hops = len(m.net.Paths[0].Hops)
		}
		text = plural(len(m.net.Paths), "path") + "  " + plural(hops, "hop")
		if m.rtt > 0 {
			text += "  " + milliseconds(m.rtt)
		}
		return text, false
	case network.Offline:
		return "offline", true
	}
	return "connecting", false
}

// steady is the round-trip time to show. It follows the measured one only when
// that has changed by much, so that the line is not drawn for nothing.
func steady(shown time.Duration, s network.Status) time.Duration {
	if len(s.Paths) == 0 || s.Paths[0].RTT == 0 {
		return shown
	}
	now := s.Paths[0].RTT
	const little = 20 * time.Millisecond
	if shown > 0 && (now < shown*2 && now > shown/2 || (now-shown).Abs() < little) {
		return shown
	}
	return now
}

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + " ms"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// hints are the actions worth knowing here, as many as fit. There is always
// room for the help, which has them all, and before it for what leads to more of a page.
func (m *Model) hints(width int) string {
	contexts := m.contexts()
	var out, last []string
	room := width + len(hintGap) // behind the last is no gap
	told := map[*Action]bool{}
	for _, name := range []string{"page.page_down", "app.help"} {
		a := m.named(name)
		told[a] = true
		if text, n := m.hintOf(a, contexts...); text != "" && n <= room {
			room -= n
			last = append(last, text)
		}
	}
	for _, c := range contexts {
		for _, a := range m.actions {
			text, n := m.hintOf(a, c)
			if text == "" || told[a] || m.lookup(contexts, a.Keys[c][0]) != a {
				continue // the key may mean something closer here
			}
			if n > room {
				break
			}
			room -= n
			told[a] = true
			out = append(out, text)
		}
	}
	return strings.Join(append(out, last...), hintGap)
}

const hintGap = "   "

// hintOf is the hint of an action, and its width with the gap behind it; "" if
// there is none here.
func (m *Model) hintOf(a *Action, contexts ...Context) (string, int) {
	key := a.key(contexts...)
	if a.Hint == "" || key == "" || !a.possible(m) {
		return "", 0
	}
	return m.hint(key, a.Hint), m.metrics.Width(key + " " + a.Hint + hintGap)
}

// hint is a key and what it does.
func (m *Model) hint(key, does string) string {
	return m.theme.Key.Render(key) + " " + m.theme.Muted.Render(does)
}

// lineAbove is the line between messages and composer: what came in below the
// screen, and how much may still be written.
func (m *Model) lineAbove(f frame) string {
	counter, over := m.compose.Counter()
	style := m.theme.Muted
	if over {
		style = m.theme.Error
	}
	line := ""
	if text := m.typists(f.width - 4*len(indent) - len(counter)); text != "" {
		line = indent + m.theme.Muted.Render(text)
	}
	if !m.chat.AtEnd() && !m.chat.Empty() {
		text := m.theme.Glyphs.Down + " more below"
		if n := m.chat.Fresh(); n > 0 {
			text = m.theme.Glyphs.Down + " " + strconv.Itoa(n) + " new"
		}
		pill := m.theme.Muted
		if m.chat.Fresh() > 0 {
			pill = m.theme.Strongly
		}
		if line != "" {
			line += "   " + pill.Render(text)
		} else {
			line = indent + pill.Render(text)
		}
		if m.focus == OnMessages {
			line += "   " + m.hint(m.named("messages.end").key(InMessages), "to the end")
		}
	}
	if counter != "" {
		gap := f.width - len(indent) - m.metrics.Width(line) - len(counter)
		line += render.Spaces(gap) + style.Render(counter)
	}
	return line
}

// emptyChat says what to do with a conversation that has no messages.
func (m *Model) emptyChat(f frame) []string {
	v := m.current()
	text := "No messages yet.\n\nWhat you write goes through three nodes. The first knows you, the last knows where it goes, none knows both."
	if account, ok := v.ID.Account(); ok && m.client != nil && account == m.client.Self().Account {
		text = "Notes to yourself. They are encrypted to your own account, and reach all your devices."
	}
	switch {
	case barred(v) == "":
	case v.Kind != id.KindCommunity:
		text = "No messages here."
	default:
		text = "No messages here. This version keeps communities in the list for your other devices; it does not fetch their messages yet."
	}
	rows := m.paragraph(text, f.width)
	return append(make([]string, max(f.chatHeight()-len(rows)-1, 0)), rows...)
}

// nothingOpen says what to do when no conversation is open.
func (m *Model) nothingOpen(f frame) []string {
	if m.client == nil || m.reading && m.convs == nil {
		return nil
	}
	if m.filling != nil {
		rows := []string{""}
		for _, row := range m.fillingRows(textWidth(f.width)) {
			rows = append(rows, indent+row)
		}
		return rows
	}
	rows := m.paragraph("Choose a conversation, or start one.", f.width)
	rows = append(rows, "")
	for _, name := range []string{"conversation.jump", "conversation.new", "account.show", "app.palette", "app.help"} {
		a := m.named(name)
		key := a.key(InList, Everywhere)
		rows = append(rows, indent+m.theme.Key.Render(m.metrics.Fit(key, 10, ""))+m.theme.Muted.Render(a.Title))
	}
	return append([]string{""}, rows...)
}

func (m *Model) paragraph(text string, width int) []string {
	var rows []string
	for _, row := range render.Wrap(text, textWidth(width)) {
		rows = append(rows, indent+m.theme.Muted.Render(row))
	}
	return rows
}

// named is an action by its name. Asking for one that is not in the table is a
// mistake of the program.
func (m *Model) named(name string) *Action {
	for _, a := range m.actions {
		if a.Name == name {
			return a
		}
	}
	panic("internal error: no action " + name)
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}
