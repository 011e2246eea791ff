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
