package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/network/netfile"
	"seance/store"
	"seance/tui/chat"
)

var newest = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// created is a client of somebody who has nothing yet.
func created(tb testing.TB, o messaging.Options) *messaging.Client {
	tb.Helper()
	seed, err := identity.SeedFromBytes(make([]byte, identity.SeedSize))
	if err != nil {
		tb.Fatal(err)
	}
	c, err := messaging.Create(tb.Context(), o, messaging.NewAccount{Seed: seed, Name: "Sam", Network: netfile.Session()})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// remembering is a client with a long note to self, a line a minute.
func remembering(tb testing.TB, lines int) (*messaging.Client, id.Conversation) {
	tb.Helper()
	o := messaging.Options{Dir: tb.TempDir()}
	c := created(tb, o)
	self := c.Self().Account
	if err := c.Close(); err != nil {
		tb.Fatal(err)
	}
	db, err := store.Open(tb.Context(), o.Dir, store.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	err = db.Update(tb.Context(), func(tx *store.Tx) error {
		if err := tx.PutConversation(store.Conversation{ID: id.With(self), Kind: id.KindSelf, Approved: true, ApprovedMe: true}); err != nil {
			return err
		}
		for i := range lines {
			at := newest.Add(time.Duration(i-lines) * time.Minute).UnixMilli()
			if _, _, err := tx.InsertMessage(store.Message{
				Conversation: id.With(self), Author: self.Sender(), Direction: store.Out, TimestampMS: at, ReceivedMS: at,
				Kind: store.KindMessage, State: store.StateSent, Text: fmt.Sprintf("#%d%s", i, strings.Repeat(" word", i%17)),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	if c, err = messaging.Open(tb.Context(), o); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
	return c, id.With(self)
}

// looker is a model of which the commands are run when the test says so.
type looker struct {
	*Model
	waiting []tea.Cmd
}

func look(tb testing.TB, c *messaging.Client, conv id.Conversation) *looker {
	l := &looker{Model: newModel(tb.Context(), Options{Client: c, Size: Size{Width: 80, Height: 30}, Now: func() time.Time { return newest }, Zone: time.UTC})}
	tb.Cleanup(l.close)
	l.does(l.readList())
	l.does(l.openConversation(conv))
	l.focus = OnMessages
	l.layOut()
	return l
}

// lookFor looks at a conversation of so many lines, for a word of them.
func lookFor(tb testing.TB, lines int) *looker {
	tb.Helper()
	c, conv := remembering(tb, lines)
	l := look(tb, c, conv)
	l.answers()
	l.does(l.showSearch())
	l.types("word")
	return l
}

func (l *looker) does(cmd tea.Cmd) {
	if cmd != nil {
		l.waiting = append(l.waiting, cmd)
	}
}

func (l *looker) key(k tea.KeyPressMsg) {
	_, cmd := l.Update(k)
	l.does(cmd)
}

func (l *looker) types(text string) {
	for _, r := range text {
		l.key(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// answer runs one of the commands that wait.
func (l *looker) answer(i int) {
	cmd := l.waiting[i]
	l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			l.does(c)
		}
	default:
		_, next := l.Update(msg)
		l.does(next)
	}
}

func (l *looker) answers() {
	for len(l.waiting) > 0 {
		l.answer(0)
	}
}

// lines are the numbers of the lines on the screen.
func (l *looker) lines() (list []int) {
	for _, row := range l.chat.View(true) {
		if _, text, ok := strings.Cut(ansi.Strip(row), "#"); ok {
			var n int
			if _, err := fmt.Sscan(text, &n); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// gapless fails unless the lines on the screen follow each other.
func (l *looker) gapless(t interface {
	Helper()
	Fatalf(string, ...any)
}) []int {
	t.Helper()
	lines := l.lines()
	for i := range lines {
		if lines[i] != lines[0]+i {
			t.Fatalf("on the screen are %v", lines)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("there is nothing on the screen")
	}
	return lines
}

// TestThroughAll pages through all of a long conversation, up and down.
func TestThroughAll(t *testing.T) {
	const n = 4000
	c, conv := remembering(t, n)
	l := look(t, c, conv)
	l.answers()
	lowest, highest := n, -1
	for range n {
		lines := l.gapless(t)
		if lines[len(lines)-1] < lowest-1 {
			t.Fatalf("after %d comes %d", lowest, lines[len(lines)-1])
		}
		if lowest = lines[0]; lowest == 0 {
			break
		}
		l.key(tea.KeyPressMsg{Code: tea.KeyPgUp})
		l.answers()
	}
	for range n {
		lines := l.gapless(t)
		if lines[0] > highest+1 {
			t.Fatalf("after %d comes %d", highest, lines[0])
		}
		if highest = lines[len(lines)-1]; highest == n-1 {
			break
		}
		l.key(tea.KeyPressMsg{Code: tea.KeyPgDown})
		l.answers()
	}
	if lowest != 0 || highest != n-1 {
		t.Errorf("from %d to %d", lowest, highest)
	}
}

// TestAnyWay goes about a conversation faster than pages are read, in any order.
func TestAnyWay(t *testing.T) {
	const n = 2000
	c, conv := remembering(t, n)
	rapid.Check(t, func(r *rapid.T) {
		l := look(t, c, conv)
		goal := -1 // the line that was gone to last
		press := func(keys ...tea.KeyPressMsg) func(*rapid.T) {
			return func(*rapid.T) {
				goal = -1
				for _, k := range keys {
					l.key(k)
				}
			}
		}
		rune := func(c rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: c, Text: string(c)} }
		r.Repeat(map[string]func(*rapid.T){
			"page up":   press(tea.KeyPressMsg{Code: tea.KeyPgUp}),
			"page down": press(tea.KeyPressMsg{Code: tea.KeyPgDown}),
			"up":        press(rune('k'), rune('k'), rune('k')),
			"start":     press(rune('g'), rune('g')),
			"end":       press(rune('G')),
			"reload":    func(*rapid.T) { l.does(l.reload()) },
			"hit": func(r *rapid.T) {
				goal = rapid.IntRange(0, n-1).Draw(r, "line")
				var at store.Position
				at.TimestampMS = newest.Add(time.Duration(goal-n) * time.Minute).UnixMilli()
				self := c.Self().Account.Sender()
				at.Author = self
				l.does(l.openAt(spot{conv: conv, at: at, row: int64(goal + 1), marks: []chat.Mark{{From: 0, To: 1}}}))
			},
			"day": func(r *rapid.T) {
				goal = rapid.IntRange(0, n-1).Draw(r, "line")
				l.does(l.toDay(newest.Add(time.Duration(goal-n) * time.Minute)))
			},
			"answer": func(r *rapid.T) {
				if len(l.waiting) > 0 {
					l.answer(rapid.IntRange(0, len(l.waiting)-1).Draw(r, "which"))
				}
			},
		})
		l.answers()
		lines := l.gapless(r)
		if sel, ok := l.chat.Selected(); goal >= 0 && (!ok || !strings.HasPrefix(sel.Text+" ", fmt.Sprintf("#%d ", goal)) || lines[0] > goal || lines[len(lines)-1] < goal) {
			r.Fatalf("%q is selected, not %d; on the screen are %v", sel.Text, goal, lines)
		}
	})
}

// TestHitsAreBounded: who walks through the matches of a frequent word does not
// fill the memory with them.
func TestHitsAreBounded(t *testing.T) {
	l := lookFor(t, 1500)
	l.answers()
	for range 1500 {
		l.key(tea.KeyPressMsg{Code: tea.KeyDown})
		l.answers()
	}
	rows, _, _ := l.search.view(l.Model, 80, 30)
	if n := len(l.search.hits); n != mostHits || !strings.Contains(ansi.Strip(rows[1]), "1000+ found") {
		t.Errorf("%d hits are kept: %q", n, ansi.Strip(rows[1]))
	}
	l.key(tea.KeyPressMsg{Code: tea.KeyEnter})
	l.answers()
	if sel, ok := l.chat.Selected(); !ok || sel.Key != l.search.hits[mostHits-1].row {
		t.Errorf("%q is selected", sel.Text)
	}
	l.types("n")
	if !strings.Contains(l.notice.text, "not at hand") {
		t.Errorf("after the last match of many: %q", l.notice.text)
	}
}

// TestOlderQueryIsGivenUp: an answer that comes late does not take the place of
// what was asked for after it.
func TestOlderQueryIsGivenUp(t *testing.T) {
	l := lookFor(t, 200)
	late := l.waiting
	l.waiting = nil
	l.key(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	l.types("199")
	l.answers()
	l.waiting = late
	l.answers()
	if s := l.search; len(s.hits) != 1 || !strings.HasPrefix(s.hits[0].excerpt.Text, "#199") || s.busy {
		t.Errorf("%d hits for %q", len(s.hits), s.wanted)
	}
}

func TestLinks(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "http and https: nothing": nil, "https://a.example/b?c": {"https://a.example/b?c"},
		"see http://x and\nhttps://y.": {"http://x", "https://y."}, "httphttp://z": {"http://z"},
	} {
		var got []string
		for _, m := range links(text) {
			got = append(got, text[m.From:m.To])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

// BenchmarkSearchKey is a key in the field of a search with results on the
// screen, from the program's input to a frame to paint.
func BenchmarkSearchKey(b *testing.B) {
	l := lookFor(b, 2000)
	l.answers()
	if len(l.search.hits) != hitsAtOnce {
		b.Fatalf("%d hits", len(l.search.hits))
	}
	for b.Loop() {
		l.Update(tea.KeyPressMsg{Code: 'x', Text: "x"})
		l.picture()
		l.Update(tea.KeyPressMsg{Code: tea.KeyBackspace})
		l.picture()
	}
}

// BenchmarkSearch is a query from the key that asks for it to its results in a
// frame to paint, without the time that is waited for another key.
func BenchmarkSearch(b *testing.B) {
	l := lookFor(b, 2000)
	for b.Loop() {
		l.does(l.find(l.search, 0))
		l.answers()
		l.picture()
	}
}

// BenchmarkOpenAt shows a message somewhere in a long conversation.
func BenchmarkOpenAt(b *testing.B) {
	const n = 20_000
	c, conv := remembering(b, n)
	l := look(b, c, conv)
	l.answers()
	for i := 0; b.Loop(); i++ {
		line := i * 7919 % n
		at := store.Position{TimestampMS: newest.Add(time.Duration(line-n) * time.Minute).UnixMilli(), Author: c.Self().Account.Sender()}
		l.does(l.openAt(spot{conv: conv, at: at, row: int64(line + 1)}))
		l.answers()
		l.picture()
	}
}
