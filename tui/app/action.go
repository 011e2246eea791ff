package app

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/tui/edit"
)

// Context is a situation in which keys have a meaning of their own.
type Context string

// The contexts, by the part of the screen that they belong to.
const (
	Everywhere   Context = "everywhere"
	InList       Context = "list"
	InMessages   Context = "messages"
	InComposer   Context = "composer"
	InField      Context = "field" // any field of text, the composer included
	InPicker     Context = "picker"
	InPage       Context = "page" // a page of text
	InSearch     Context = "search"
	InRequests   Context = "requests"
	InAccount    Context = "account"
	InContact    Context = "contact"
	InGroup      Context = "group"
	InMember     Context = "member"   // of a group
	InPhrase     Context = "phrase"   // the recovery phrase is shown
	InDelivery   Context = "delivery" // how a message was delivered
	InPicture    Context = "picture"
	InRecorder   Context = "recorder" // a voice message is recorded, or listened to before it is sent
	InForm       Context = "form"     // a page with a field
	InQuestion   Context = "question"
	InOnboarding Context = "onboarding"
	InMenu       Context = "menu"
)

// Action is something that can be done. It is the only place where its name,
// its keys and what it does are written.
type Action struct {
	Name  string               // for the configuration: "message.copy"
	Title string               // for people: "Copy message"
	Hint  string               // one word for the bottom line; "" is not hinted at
	Keys  map[Context][]string // default keys
	Run   func(*Model) tea.Cmd
	When  func(*Model) bool // whether it makes sense now; nil is always
	Inner bool              // a motion within a field or a list: not in the palette
}

func (a *Action) possible(m *Model) bool { return a.When == nil || a.When(m) }

// key is the first key of the action in one of the contexts, as people write
// it; "" if it has none.
func (a *Action) key(contexts ...Context) string {
	for _, c := range contexts {
		if keys := a.Keys[c]; len(keys) > 0 {
			return keyName(keys[0])
		}
	}
	return ""
}

// anyKey is a key of the action in whatever context.
func (a *Action) anyKey() string {
	return a.key(Everywhere, InMessages, InList, InComposer, InField, InRequests, InPage)
}

type keymap map[Context]map[string][]*Action

// bind makes the key map of a table.
func bind(actions []*Action) keymap {
	k := make(keymap)
	for _, a := range actions {
		for c, keys := range a.Keys {
			if k[c] == nil {
				k[c] = make(map[string][]*Action)
			}
			for _, key := range keys {
				k[c][key] = append(k[c][key], a)
			}
		}
	}
	return k
}

// lookup finds what a key does, the closest context first.
func (m *Model) lookup(contexts []Context, key string) *Action {
	for _, c := range contexts {
		for _, a := range m.keys[c][key] {
			if a.possible(m) {
				return a
			}
		}
	}
	return nil
}

// begins reports whether a key is the first of a sequence.
func (m *Model) begins(contexts []Context, key string) bool {
	for _, c := range contexts {
		for sequence := range m.keys[c] {
			if strings.HasPrefix(sequence, key+" ") && m.lookup(contexts, sequence) != nil {
				return true
			}
		}
	}
	return false
}

// contexts are those that the focus is in, the closest first.
func (m *Model) contexts() []Context {
	switch {
	case m.confirm != nil:
		return []Context{InQuestion}
	case m.page != nil:
		return m.page.contexts()
	case m.focus == OnList:
		return []Context{InList, Everywhere}
	case m.focus == OnMessages:
		return []Context{InMessages, Everywhere}
	}
	if m.recorderHere() != nil {
		return []Context{InRecorder, Everywhere}
	}
	return []Context{InComposer, InField, Everywhere}
}

// editor is the field that is written in, nil if none is.
func (m *Model) editor() *edit.Buffer {
	switch {
	case m.confirm != nil:
		return nil
	case m.page != nil:
		return m.page.field()
	case m.focus == OnComposer && writable(m) && m.recorderHere() == nil:
		return &m.compose.Buffer
	}
	return nil
}

// edited is called whenever the field that is written in may have changed.
func (m *Model) edited() tea.Cmd {
	if m.page != nil {
		return m.page.edited(m)
	}
	m.compose.Complete()
	var people tea.Cmd
	if m.compose.Asks() {
		people = m.readPeople()
	}
	return tea.Batch(m.draftChanged(), m.tellTyping(), m.previewSoon(), people)
}

// keyName is a key, or a sequence of keys, as people write it.
func keyName(key string) string {
	if first, rest, sequence := strings.Cut(key, " "); sequence {
		return keyName(first) + " " + keyName(rest)
	}
	var parts []string
	for _, p := range strings.Split(key, "+") {
		switch p {
		case "":
			p = "+"
		case "ctrl", "alt", "shift", "enter", "tab", "esc", "space", "up", "down", "left", "right", "home", "end", "delete", "backspace":
			p = strings.ToUpper(p[:1]) + p[1:]
		case "pgup":
			p = "PgUp"
		case "pgdown":
			p = "PgDn"
		default:
			if len(parts) > 0 || p[0] == 'f' && len(p) > 1 {
				p = strings.ToUpper(p)
			}
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, "-")
}
