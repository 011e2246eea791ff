package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"seance/messaging"
	"seance/store"
	"seance/tui/chat"
)

func TestTable(t *testing.T) {
	m := newModel(t.Context(), Options{})
	names := make(map[string]bool)
	for _, a := range m.actions {
		if names[a.Name] {
			t.Errorf("two actions are called %s", a.Name)
		}
		names[a.Name] = true
		if a.Title == "" || a.Run == nil || !strings.Contains(a.Name, ".") {
			t.Errorf("%s is not complete", a.Name)
		}
		if a.Inner && len(a.Keys) == 0 {
			t.Errorf("%s can't be reached: neither a key nor the palette has it", a.Name)
		}
	}
	for c, keys := range m.keys {
		for key, actions := range keys {
			conditional := 0
			for _, a := range actions {
				if a.When != nil {
					conditional++
				}
			}
			if len(actions) > 1 && conditional < len(actions)-1 {
				t.Errorf("%s: %s does several things: %v", c, key, actions)
			}
		}
	}
}

// TestTypingIsAlwaysPossible: no context with a field takes a letter away from it.
func TestTypingIsAlwaysPossible(t *testing.T) {
	m := newModel(t.Context(), Options{})
	for _, contexts := range [][]Context{
		{InComposer, InField, Everywhere}, (&pickPage{}).contexts(), (&formPage{}).contexts(), (&search{}).contexts(),
		(&onboarding{step: naming}).contexts(), (&onboarding{step: locking}).contexts(),
	} {
		for r := ' '; r < 0x7f; r++ {
			for _, c := range contexts {
				for key, actions := range m.keys[c] {
					if key == string(r) || strings.HasPrefix(key, string(r)+" ") {
						t.Errorf("%v: %q does %s", contexts, r, actions[0].Name)
					}
				}
			}
		}
	}
}

// TestHelpHasEveryKey: the help page is made of the table, all of it.
func TestHelpHasEveryKey(t *testing.T) {
	m := newModel(t.Context(), Options{})
	m.page = nil
	m.showHelp()
	text := strings.Join(m.page.(*textPage).text(m, 100), "\n")
	for _, a := range m.actions {
		for _, s := range sections {
			if len(a.Keys[s.in]) > 0 && (!strings.Contains(text, a.Title) || !strings.Contains(text, keyName(a.Keys[s.in][0]))) {
				t.Errorf("the help does not tell of %s", a.Name)
			}
		}
	}
}

// TestHelpBeginsWithWhatIsOfUse: what cannot be done now is below what can.
func TestHelpBeginsWithWhatIsOfUse(t *testing.T) {
	m := conversing(t, 3)
	m.client = &messaging.Client{}
	m.width, m.height = 60, 15
	m.focus = OnComposer
	order := func() []string {
		m.page = nil
		m.showHelp()
		return strings.Split(ansi.Strip(strings.Join(m.page.(*textPage).text(m, 60), "\n")), "\n")
	}
	at := func(rows []string, title string) int {
		return slices.IndexFunc(rows, func(row string) bool { return strings.HasSuffix(row, title) })
	}
	rows := order()
	if !strings.Contains(rows[0], "While writing") || !strings.Contains(rows[1], "Send the message") {
		t.Errorf("it begins with %q", rows[:2])
	}
	if at(rows, "Attach a file to the message") > at(rows, "Reply to no message") || at(rows, "Everywhere") > at(rows, "In any field of text") {
		t.Errorf("the order is %q", rows)
	}
	m.answers[m.open] = chat.Message{Name: "Bob"}
	if rows = order(); at(rows, "Reply to no message") > at(rows, "Attach a file to the message") {
		t.Errorf("while answering the order is %q", rows)
	}
}

// TestHelpFits: where it is narrow too, no title is cut.
func TestHelpFits(t *testing.T) {
	m := newModel(t.Context(), Options{})
	for _, width := range []int{40, 55, 60, 85} {
		for _, s := range sections {
			rows := m.keyRows(s.in, width)
			text := strings.Join(strings.Fields(ansi.Strip(strings.Join(rows, " "))), " ")
			for _, row := range rows {
				if w := ansi.StringWidth(strings.TrimRight(ansi.Strip(row), " ")); w > width {
					t.Errorf("%d columns of %d: %q", w, width, row)
				}
			}
			for _, a := range m.actions {
				if last := a.Title[strings.LastIndexByte(a.Title, ' ')+1:]; len(a.Keys[s.in]) > 0 && !strings.Contains(text, last) {
					t.Errorf("%d columns: %q is cut", width, a.Title)
				}
			}
		}
	}
}

// TestHintsAreTrue: what the bottom line says of a key is what the key does.
func TestHintsAreTrue(t *testing.T) {
	m := conversing(t, 3)
	m.client = &messaging.Client{}
	hints := func() string { return ansi.Strip(m.hints(200)) }
	if h := hints(); !strings.Contains(h, "Ctrl-P actions") {
		t.Errorf("while writing: %s", h)
	}
	m.showPalette()
	if h := hints(); strings.Contains(h, "Ctrl-P") || !strings.Contains(h, "Esc back") {
		t.Errorf("in the palette, where Ctrl-P goes up: %s", h)
	}
}

// TestNothingIsMissedWhileLoading: what happens in a conversation while it is
// read from the disk may not be in what was read.
func TestNothingIsMissedWhileLoading(t *testing.T) {
	m := conversing(t, 3)
	m.client = &messaging.Client{}
	in := messaging.Message{Message: store.Message{Conversation: m.open, Row: 3}}
	for _, e := range []messaging.Event{messaging.MessageAdded{Message: in}, messaging.MessageChanged{Message: in}} {
		m.loading, m.stale = true, false
		if m.loaded() != nil || m.loading {
			t.Errorf("read again although nothing happened")
		}
		m.loading = true
		m.happened([]messaging.Event{e})
		if m.loaded() == nil || !m.loading {
			t.Errorf("%T: not read again", e)
		}
	}
}

func TestLightBackground(t *testing.T) {
	for value, want := range map[string]bool{"": false, "15;0": false, "0;15": true, "0;default;15": true, "12;8": false, "0;7": true, "0;default": false} {
		if got := lightBackground(value); got != want {
			t.Errorf("COLORFGBG=%q is light: %t", value, got)
		}
	}
}

func TestKeyName(t *testing.T) {
	for key, want := range map[string]string{
		"ctrl+k": "Ctrl-K", "alt+enter": "Alt-Enter", "f1": "F1", "y": "y", "G": "G", "pgup": "PgUp", "?": "?", "up": "Up", "shift+tab": "Shift-Tab", "f": "f", "g d": "g d",
	} {
		if got := keyName(key); got != want {
			t.Errorf("keyName(%q) = %q, want %q", key, got, want)
		}
	}
}

// conversing is a model with a long conversation open.
func conversing(tb testing.TB, messages int) *Model {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	m := newModel(tb.Context(), Options{Size: Size{Width: 120, Height: 36}, Now: func() time.Time { return start }, Zone: time.UTC})
	m.page, m.open, m.focus = nil, "05", OnComposer
	var page []chat.Message
	for i := range messages {
		page = append(page, chat.Message{
			Key: int64(i + 1), MS: start.Add(time.Duration(i-messages) * time.Minute).UnixMilli(), Author: fmt.Sprint(i % 3), Name: "Alice", Own: i%3 == 0,
			Text: fmt.Sprintf("message %d, and some words that follow it 🙂", i), State: chat.Sent,
		})
	}
	m.chat.Reset(page, true, true)
	m.layOut()
	return m
}

// BenchmarkKeyPress is a key from the program's input to a frame to paint.
func BenchmarkKeyPress(b *testing.B) {
	m := conversing(b, 600)
	for b.Loop() {
		m.Update(tea.KeyPressMsg{Code: 'x', Text: "x"})
		m.picture()
		m.Update(tea.KeyPressMsg{Code: tea.KeyBackspace})
		m.picture()
	}
}

// BenchmarkScroll is a page up and down through a conversation drawn before.
func BenchmarkScroll(b *testing.B) {
	m := conversing(b, 600)
	for b.Loop() {
		m.Update(tea.KeyPressMsg{Code: tea.KeyPgUp})
		m.picture()
		m.Update(tea.KeyPressMsg{Code: tea.KeyPgDown})
		m.picture()
	}
}

// BenchmarkResize draws every message on the screen anew.
func BenchmarkResize(b *testing.B) {
	m := conversing(b, 600)
	for i := 0; b.Loop(); i++ {
		m.Update(tea.WindowSizeMsg{Width: 100 + i%20, Height: 36})
		m.picture()
	}
}
