package app

import (
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/paint"
)

// FuzzScreen shows arbitrary names and texts on a terminal, one that joins
// characters and one that does not, and looks whether the rest of the screen is
// where it belongs.
func FuzzScreen(f *testing.F) {
	f.Add("Alice", "hello")
	f.Add("\x1b[2J\u202e👩🏽‍💻", "\x1b]0;x\a\x1b[1;1H"+strings.Repeat("e\u0301\u0302\u0303\u0304\u0305", 50))
	f.Add("हिन्दी क्षि", strings.Repeat("👨‍👩‍👧‍👦1️⃣❤️", 40))
	f.Add("https://a.example/é", "(see https://b.example/"+strings.Repeat("long/", 60)+") mailto:a@b.c")
	f.Add("שלום\n\t", strings.Repeat("漢字。", 99))
	f.Fuzz(func(t *testing.T, name, text string) {
		if len(text) > 4000 {
			return
		}
		for _, joins := range []bool{false, true} {
			m := conversing(t, 0)
			m.metrics.Graphemes = joins
			m.say("the bottom line")
			conv := store.Conversation{ID: id.Conversation("05"), Kind: id.KindContact, Approved: true, Last: store.Preview{Row: 1, Text: text}}
			other := conv
			other.ID, other.Unread = "06", 12
			m.showList([]messaging.Conversation{{Conversation: conv, Title: name}, {Conversation: other, Title: text}})
			m.chat.Reset([]chat.Message{
				{Key: 1, MS: 1, Author: "a", Name: name, Text: text, Mentions: []chat.Mention{{Mark: chat.Mark{From: len(text) / 3, To: len(text) / 2}, Name: name}}, Files: []chat.File{{Name: text, Picture: true, Failure: name}, {Name: name, Voice: true}}, Quote: &chat.Quote{Name: text, Text: name}, Preview: &chat.Preview{Host: name, Title: text}, Reactions: []chat.Reaction{{Emoji: text, Who: []string{name}}}}, {Key: 2, MS: 2, Author: "b", Own: true, Text: name, State: chat.Failed, Failure: text},
			}, true, true)
			m.typing.until[m.open] = m.now()
			m.layOut()
			intact(t, m, joins)
			m.focus = OnMessages
			m.chat.SelectLast()
			m.chat.Page(-1)
			m.showJump()
			intact(t, m, joins)
			m.page = nil
			m.showMessageInfo()
			m.story.message = messaging.Message{Name: name, Message: store.Message{
				Row: 2, Conversation: m.open, Text: text, State: store.StateFailed, Failure: text, Hash: id.Hash(name), Reactions: []store.Reaction{{Emoji: text}},
			}}
			m.story.attempts = []store.Attempt{{Error: text}, {Path: []string{name, text}}}
			intact(t, m, joins)
			m.page = &picturePage{files: []chat.File{{Name: text, Picture: true}}, wrong: name}
			intact(t, m, joins)
			m.page = nil
			m.showReact()
			intact(t, m, joins)
			m.page = nil
			m.answers[m.open] = chat.Message{Name: name, Text: text}
			m.compose.Load("https://a.example")
			m.previews.know(m.writtenLink(), &preview.Preview{URL: "https://a.example", Title: text})
			m.layOut()
			m.picture()
			m.compose.Load("")
			delete(m.answers, m.open)
			m.layOut()
			found := messaging.Hit{Message: messaging.Message{Message: store.Message{Row: 1, Text: text}, Name: name}, Title: name}
			for i := range text {
				if i%5 == 3 {
					found.Marks = append(found.Marks, store.Mark{From: i - 1, To: i + 1})
				}
			}
			m.search = &search{home: m.open, wanted: "x", hits: []hit{kept(found, "x"), kept(found, "has:link")}}
			m.page = m.search
			intact(t, m, joins)
			m.page, m.focus = nil, OnMessages
			m.chat.SetHit(1, m.search.hits[0].marks)
			intact(t, m, joins)
		}
	})
}

// intact fails if something of the frame is not in its place.
func intact(t *testing.T, m *Model, joins bool) {
	t.Helper()
	term := vt.NewSafeEmulator(m.width, m.height)
	go func() { _, _ = io.Copy(io.Discard, term) }()
	defer func() { _ = term.InputPipe().(io.Closer).Close() }()
	shown := &frozen{Writer: term}
	p := paint.New(shown, []string{"TERM=dumb"}, 0)
	if joins {
		p.Unicode()
	}
	p.Show(m.picture())
	p.Start()
	p.Stop()
	row := func(y, from, to int) string {
		var s strings.Builder
		for x := from; x < to; x++ {
			if c := term.CellAt(x, y); c != nil && c.Content != "" {
				s.WriteString(c.Content)
			} else {
				s.WriteByte(' ')
			}
		}
		return s.String()
	}
	if s := row(0, 0, 33); strings.TrimSpace(s) != "Seance" {
		t.Fatalf("the head is %q", s)
	}
	if s := row(1, 33, m.width); strings.Trim(s, " ") != strings.Repeat("─", m.width-37) {
		t.Fatalf("the rule is %q", s)
	}
	if s := row(m.height-1, 0, m.width); strings.TrimSpace(s) != "the bottom line" {
		t.Fatalf("the bottom line is %q", s)
	}
	for y := range m.height - 1 {
		if s := row(y, 32, 33); s != " " {
			t.Fatalf("row %d reaches %q beyond the list", y, s)
		}
		if s := row(y, 33, 34); s != " " && s != "▌" {
			t.Fatalf("row %d begins with %q", y, s)
		}
	}
	if m.page == nil && m.focus == OnComposer {
		if s := row(m.height-3, 33, 40); s != "  › Typ" {
			t.Fatalf("the composer is %q", s)
		}
	}
}

// frozen hands on what is written until the screen is given back, so that it
// can be looked at.
type frozen struct {
	io.Writer
	over bool
}

func (w *frozen) Write(b []byte) (int, error) {
	if w.over = w.over || strings.Contains(string(b), "\x1b[?1049l"); w.over {
		return len(b), nil
	}
	return w.Writer.Write(b)
}
