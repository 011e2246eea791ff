package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/picker"
)

// setting is a row of the settings of a conversation.
type setting struct {
	label string
	value string // as it is now
	// change has it changed, or shows what there is to choose from on a page
	// that goes back to the one it is given.
	change func(m *Model, back page) tea.Cmd
}

// settings are those that a conversation has.
func (m *Model) settings(v messaging.Conversation) (list []setting) {
	add := func(has bool, label, value string, change func(m *Model, back page) tea.Cmd) {
		if has {
			list = append(list, setting{label, value, change})
		}
	}
	stay := func(f func(*Model, messaging.Conversation) tea.Cmd) func(*Model, page) tea.Cmd {
		return func(m *Model, back page) tea.Cmd { m.back(back); return f(m, v) }
	}
	choose := func(f func(*Model, messaging.Conversation, page)) func(*Model, page) tea.Cmd {
		return func(m *Model, back page) tea.Cmd { f(m, v, back); return nil }
	}
	question := func(f func(*Model, messaging.Conversation)) func(*Model, page) tea.Cmd {
		return stay(func(m *Model, v messaging.Conversation) tea.Cmd { f(m, v); return nil })
	}
	add(callable(v), "Notifications", notifyText(v), choose((*Model).showNotify))
	add(callable(v), "Muted", m.mutedText(v), choose((*Model).showMute))
	add(personal(v), "Messages disappear", timerText(v.Timer), choose((*Model).showTimer))
	add(inGroup(v), "About the group, and its members", "", func(m *Model, back page) tea.Cmd { return m.showGroup(v.ID, back) })
	add(isPerson(v), "Nickname", v.Nickname, choose((*Model).showNickname))
	add(isPerson(v), "Read receipts and typing", "", func(m *Model, back page) tea.Cmd { return m.showPrivacy(v, back) })
	add(changeable(v), "Pinned to the top", yesNo(v.Priority > 0), stay((*Model).togglePin))
	add(changeable(v), "Unread", yesNo(unread(v)), stay((*Model).toggleRead))
	add(changeable(v), "Pictures on this screen", m.picturesText(), func(m *Model, back page) tea.Cmd {
		m.togglePictures()
		m.back(back)
		return nil
	})
	add(personal(v), "Delete the conversation", "", question((*Model).askDeleteConversation))
	add(isGroup(v), "Leave the group", "", question((*Model).askLeave))
	add(isPerson(v), "Delete this contact", "", question((*Model).askDeleteContact))
	return list
}

// showSettings lists the settings of a conversation, to change them.
func (m *Model) showSettings(conv id.Conversation) {
	p := &pickPage{name: "Settings"}
	current := func(m *Model) []setting {
		v, ok := m.conversation(conv)
		if !ok {
			return nil
		}
		p.name = "Settings of " + v.Title
		return m.settings(v)
	}
	p.fresh = func(m *Model) (items []picker.Item) {
		for _, s := range current(m) {
			items = append(items, picker.Item{ID: s.label, Title: s.label, Note: s.value})
		}
		return items
	}
	p.pick = func(m *Model, label string) tea.Cmd {
		for _, s := range current(m) {
			if s.label == label {
				p.picker.Query.SetText("")
				p.picker.Filter()
				return s.change(m, p)
			}
		}
		return nil
	}
	p.picker = picker.New("What do you want to change?", "There is no such setting.", p.fresh(m))
	m.page = p
}

// choice is one of the values that a setting can have.
type choice struct {
	title string
	now   bool // it has it
	set   func(*Model) tea.Cmd
}

// showChoices has one of some values chosen. The one that is set is marked first.
func (m *Model) showChoices(name string, back page, choices []choice) {
	items, now := make([]picker.Item, len(choices)), 0
	for i, c := range choices {
		items[i] = picker.Item{ID: strconv.Itoa(i), Title: c.title}
		if c.now {
			items[i].Note, now = "now", i
		}
	}
	list := picker.New("Part of a choice", "There is no such choice.", items)
	list.Move(now)
	m.page = &pickPage{
		name: name, back: back, picker: list,
		pick: func(m *Model, chosen string) tea.Cmd {
			m.back(back)
			i, err := strconv.Atoi(chosen)
			if err != nil {
				return nil
			}
			return choices[i].set(m)
		},
	}
}

func (m *Model) showNotify(v messaging.Conversation, back page) {
	modes := []store.Notify{store.NotifyAll, store.NotifyMentions, store.NotifyNone}
	if v.Kind == id.KindContact {
		modes = []store.Notify{store.NotifyAll, store.NotifyNone} // nobody else is there to be mentioned
	}
	var choices []choice
	for _, mode := range modes {
		choices = append(choices, choice{notifyName(mode), notifyMode(v) == mode, func(m *Model) tea.Cmd {
			return m.configure(v, messaging.Settings{Notify: &mode}, "")
		}})
	}
	m.showChoices("Notifications", back, choices)
}

func (m *Model) showMute(v messaging.Conversation, back page) {
	var choices []choice
	for _, d := range []struct {
		title, said string
		length      time.Duration
	}{{"For 8 hours", "Muted for 8 hours.", aWhile}, {"For a week", "Muted for a week.", aWeek}, {"For good", "Muted for good.", forGood}} {
		choices = append(choices, choice{d.title, false, func(m *Model) tea.Cmd { return m.mute(v, d.length, d.said) }})
	}
	choices = append(choices, choice{"Not muted", !m.muted(v), func(m *Model) tea.Cmd { return m.unmute(v) }})
	m.showChoices("Mute", back, choices)
}

// followTimer has messages disappear here as the other side has set it.
func (m *Model) followTimer() tea.Cmd {
	sel, _ := m.chat.Selected()
	v, c := m.current(), m.client
	return m.ask(func(ctx context.Context) result {
		line, err := c.Message(ctx, store.Message{Row: sel.Key}.ID())
		return func(m *Model) tea.Cmd {
			switch {
			case err != nil:
				m.complain(err)
			case line.Timer == nil || *line.Timer == v.Timer:
				m.say("Messages disappear like that here already.")
			default:
				return m.configure(v, messaging.Settings{Timer: line.Timer}, "Your messages disappear "+timerText(*line.Timer)+" too.")
			}
			return nil
		}
	})
}

// showTimer offers the times that the apps do.
// session-desktop: ts/session/disappearing_messages/timerOptions.ts.
func (m *Model) showTimer(v messaging.Conversation, back page) {
	const day = 24 * time.Hour
	timers := []store.Timer{{}}
	add := func(mode store.ExpireMode, times ...time.Duration) {
		for _, d := range times {
			timers = append(timers, store.Timer{Mode: mode, Seconds: int64(d / time.Second)})
		}
	}
	if v.Kind != id.KindSelf {
		add(store.ExpireAfterRead, 5*time.Minute, time.Hour, day/2, day, aWeek, 2*aWeek)
	}
	add(store.ExpireAfterSend, day/2, day, aWeek, 2*aWeek)
	m.showTimers(v, back, timers, func(m *Model, t store.Timer) tea.Cmd {
		return m.configure(v, messaging.Settings{Timer: &t}, "")
	})
}

// showTimers has one of some timers chosen. The one that is set is among them, whoever
// set it to a time that is not offered.
func (m *Model) showTimers(v messaging.Conversation, back page, timers []store.Timer, set func(*Model, store.Timer) tea.Cmd) {
	if !slices.Contains(timers, v.Timer) {
		at := slices.IndexFunc(timers, func(t store.Timer) bool { return t.Mode == v.Timer.Mode && t.Seconds > v.Timer.Seconds })
		if at < 0 {
			at = len(timers)
		}
		timers = slices.Insert(timers, at, v.Timer)
	}
	choices := make([]choice, len(timers))
	for i, t := range timers {
		choices[i] = choice{capital(timerText(t)), v.Timer == t, func(m *Model) tea.Cmd { return set(m, t) }}
	}
	m.showChoices("Messages disappear", back, choices)
}
