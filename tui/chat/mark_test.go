package chat

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"seance/tui/theme"
)

// TestMarks: what a search matched is marked where it stands, in rows that are
// broken and behind characters that are not shown.
func TestMarks(t *testing.T) {
	for _, c := range []struct {
		text, found, want string // in want, marks stand in brackets
	}{
		{"a needle in hay", "needle", "a [needle] in hay"},
		{"needle", "needle", "[needle]"},
		{"\n\n  needle", "needle", "  [needle]"},
		{"\u202eneed\u0007le needle", "needle", "needle [needle]"},
		{"needle needle needle needle needle", "needle", "[needle] [needle] [needle]|[needle] [needle]"},
		{"one two three four five six seven eight", "three four five six", "one two [three four five]|[six] seven eight"},
		{"first line\n\n   then a needle", "needle", "first line||   then a [needle]"},
		{"é 漢字 needle", "漢字", "é [漢字] needle"},
	} {
		var marks []Mark
		for at := 0; ; {
			i := strings.Index(c.text[at:], c.found)
			if i < 0 {
				break
			}
			marks = append(marks, Mark{at + i, at + i + len(c.found)})
			at += i + len(c.found)
		}
		marked := regexp.MustCompile(`\x1b\[1;4;35m([^\x1b]*)\x1b\[m`)
		var l List
		lk := look(2*margin+gutter+23, 9)
		lk.Theme = theme.New(theme.Options{Colours: theme.Sixteen})
		l.SetLook(lk)
		m := at(0, "Bob", c.text)
		l.Reset([]Message{m}, true, true)
		l.SetHit(m.Key, marks)
		var rows []string
		for _, row := range l.block(0).rows[l.block(0).body+1:] {
			row = ansi.Strip(marked.ReplaceAllString(row, "[$1]"))
			rows = append(rows, strings.TrimRight(row[gutter:], " "))
		}
		if got := strings.Join(rows, "|"); got != c.want {
			t.Errorf("%q is drawn as %q, want %q", c.text, got, c.want)
		}
		l.SetHit(0, nil)
		if s := strings.Join(l.View(false), ""); strings.Contains(s, string(lk.Theme.Match)) {
			t.Errorf("%q stays marked", c.text)
		}
	}
}

// TestMentionsAreNames: in the place of an ID stands a name, which is drawn apart and
// leads nowhere, whatever else is marked.
func TestMentionsAreNames(t *testing.T) {
	th := theme.New(theme.Options{Colours: theme.Sixteen})
	const him, me = "@05b", "@05a"
	for _, c := range []struct{ name, text, found, want string }{
		{"Bob", "ask 05b @05b or @05a", "ask", "[ask] 05b <@Bob> or [@You]"},
		{"B\x1b[2J\nob", "@05b", "", "<@B ob>"},
		{"http://b.example", "@05b http://c.example", "", "<@http://b.example> http://c.example"},
		{"Bob", "@05b", "5b", "<@Bob>"},
		{"Bob", "x@05b05b", "05b", "x<@Bob>[05b]"},
	} {
		m := at(0, "Eve", c.text)
		for i := range c.text {
			if strings.HasPrefix(c.text[i:], him) {
				m.Mentions = append(m.Mentions, Mention{Mark{i, i + len(him)}, c.name, false})
			} else if strings.HasPrefix(c.text[i:], me) {
				m.Mentions = append(m.Mentions, Mention{Mark{i, i + len(me)}, "You", true})
			}
		}
		var l List
		lk := look(80, 9)
		lk.Theme, lk.Links = th, true
		l.SetLook(lk)
		l.Reset([]Message{m}, true, true)
		if i := strings.LastIndex(c.text, c.found); c.found != "" {
			l.SetHit(m.Key, []Mark{{i, i + len(c.found)}})
		}
		row := l.block(0).rows[l.block(0).body+1]
		if strings.Contains(row, "b.example\x1b\\") {
			t.Errorf("%q leads somewhere: %q", c.text, row)
		}
		for style, around := range map[theme.Style]string{th.Match: "[$1]", th.Accent: "<$1>"} {
			row = regexp.MustCompile(regexp.QuoteMeta(string(style))+`([^\x1b]*)\x1b\[m`).ReplaceAllString(row, around)
		}
		if got := strings.TrimSpace(ansi.Strip(row)[gutter:]); got != c.want {
			t.Errorf("%q is drawn as %q, want %q", c.text, got, c.want)
		}
	}
}
