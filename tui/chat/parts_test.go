package chat

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"seance/tui/theme"
)

// TestParts: what belongs to a message stands below its author, in one order.
func TestParts(t *testing.T) {
	answer := at(1, "me", "yes\nit did")
	answer.State = Sent
	answer.Quote = &Quote{Key: 100000, Name: "Bob", Text: "\n did it\x1b[2J build?\nsay"}
	answer.Reactions = []Reaction{{Emoji: "🎉", Who: []string{"Bob"}}, {Emoji: "❤️", Who: []string{"You", "Bob"}, Own: true}}
	lost := at(2, "Bob", "ok")
	lost.Quote = &Quote{Own: true, Name: "x"}
	empty := at(3, "Bob", "hm")
	empty.Quote = &Quote{Key: 5, Name: "Bob"}
	gone := at(4, "me", "This message was deleted.")
	gone.Deleted, gone.State = true, Sent
	var l List
	l.SetLook(look(60, 30))
	l.Reset([]Message{at(0, "Bob", "did it build?"), answer, lost, empty, gone}, true, true)
	want := strings.Split(`                           Today

  Bob
  12:00  did it build?

  You
  12:01  │ Bob: did it build?
         yes
         it did
         🎉 Bob   ❤️ 2
         sent

  Bob
  12:02  │ You: original message not here
         ok
  12:03  │ Bob: no text
         hm

  You
  12:04  This message was deleted.`, "\n")
	var got []string
	for _, row := range l.View(false) {
		got = append(got, strings.TrimRight(ansi.Strip(row), " "))
	}
	got = got[len(got)-len(want):]
	if !slices.Equal(got, want) {
		t.Errorf("drawn as\n%s", strings.Join(got, "\n"))
	}
}

// TestManyReactions: they take two rows at most, and tell how many are left out.
func TestManyReactions(t *testing.T) {
	m := at(0, "Bob", "hi")
	for range 40 {
		m.Reactions = append(m.Reactions, Reaction{Emoji: "👍", Who: []string{"Somebody Long"}})
	}
	var l List
	l.SetLook(look(60, 30))
	l.Reset([]Message{m}, true, true)
	rows := l.View(false)
	if got := strings.TrimSpace(ansi.Strip(rows[len(rows)-1])); got != "and 36 more" {
		t.Errorf("it ends with %q", got)
	}
}

// TestChangeOfParts: a message is drawn anew when something was put to it.
func TestChangeOfParts(t *testing.T) {
	var l List
	l.SetLook(look(60, 10))
	m := at(0, "Bob", "hi")
	l.Reset([]Message{m}, true, true)
	l.View(false)
	for _, change := range []func(){
		func() { m.Reactions = []Reaction{{Emoji: "👍", Who: []string{"A"}}} },
		func() { m.Reactions = []Reaction{{Emoji: "👍", Who: []string{"A", "B"}}} },
		func() { m.Quote = &Quote{Name: "Zed", Text: "what"} },
		func() { m.Quote = &Quote{Name: "Zed", Text: "why"} },
		func() { m.Deleted, m.Text = true, "gone" },
	} {
		before := view(&l)
		change()
		if l.Change(m); slices.Equal(before, view(&l)) {
			t.Errorf("nothing is new of %+v", m)
		}
	}
}

// TestLinksAreTold: every row of a link is told to be a part of the same one, and
// the text stays as it is without links.
func TestLinksAreTold(t *testing.T) {
	open := regexp.MustCompile("\x1b\\]8;([^;]*);([^\x1b]*)\x1b\\\\")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("htps:/.ex a\n漢)\u202e"))).Draw(t, "before") +
			rapid.SampledFrom([]string{"https://long.example/with/a/path/that/is/broken/over/rows", " http://b.example ", ""}).Draw(t, "link") +
			rapid.String().Draw(t, "after")
		lk := look(40, 40)
		lk.Theme = theme.New(theme.Options{Colours: theme.Many})
		m := at(0, "Bob", text)
		var plain, linked List
		plain.SetLook(lk)
		lk.Links = true
		linked.SetLook(lk)
		for _, l := range []*List{&plain, &linked} {
			l.Reset([]Message{m}, true, true)
		}
		a, b := view(&plain), view(&linked)
		if !slices.Equal(a, b) {
			t.Fatalf("with links %q, without %q", b, a)
		}
		rows := strings.Join(linked.View(false), "\n")
		if opened, closed := len(open.FindAllString(rows, -1)), strings.Count(rows, "\x1b]8;;\x1b\\"); opened != 2*closed {
			t.Fatalf("%d links begin, %d end", opened-closed, closed)
		}
		for _, k := range open.FindAllStringSubmatch(rows, -1) {
			if k[2] != "" && !strings.Contains(strings.ToLower(k[2]), ":") || strings.ContainsFunc(k[2], func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				t.Fatalf("the address is %q", k[2])
			}
		}
	})
}

// BenchmarkDraw draws a screen of messages with all that messages can have.
func BenchmarkDraw(b *testing.B) {
	var page []Message
	for i := range 40 {
		m := at(i, []string{"me", "Bob"}[i%2], "An answer with a link, https://getsession.org/docs, and some words behind it.")
		m.Quote = &Quote{Key: 1, Name: "Bob", Text: "What is it about?"}
		m.Reactions = []Reaction{{Emoji: "🎉", Who: []string{"Bob"}}, {Emoji: "👍", Who: []string{"Bob", "You"}}}
		page = append(page, m)
	}
	for _, c := range []struct {
		name string
		full bool
	}{{"plain", false}, {"full", true}} {
		b.Run(c.name, func(b *testing.B) {
			lk := look(100, 40)
			lk.Theme, lk.Links = theme.New(theme.Options{Colours: theme.Many}), c.full
			shown := slices.Clone(page)
			for i := range shown {
				if !c.full {
					shown[i].Quote, shown[i].Reactions = nil, nil
				}
			}
			var l List
			l.SetLook(lk)
			for b.Loop() {
				l.Reset(shown, true, true)
				l.View(false)
			}
		})
	}
}

// BenchmarkCached shows a screen of messages drawn before.
func BenchmarkCached(b *testing.B) {
	var page []Message
	for i := range 40 {
		m := at(i, "Bob", "some words")
		m.Reactions = []Reaction{{Emoji: "🎉", Who: []string{"Bob"}}}
		page = append(page, m)
	}
	var l List
	l.SetLook(look(100, 40))
	l.Reset(page, true, true)
	for b.Loop() {
		l.View(false)
	}
}
