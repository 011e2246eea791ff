package picker

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"seance/tui/theme"
)

func people() *Picker {
	return New("Part of a name", "Nobody.", []Item{
		{ID: "1", Title: "Alice Liddell", Note: "2 unread"}, {ID: "2", Title: "Bob"}, {ID: "3", Title: "Zoë 👩🏽‍💻", Also: "05abcdef"}, {ID: "4", Title: "山田 太郎"},
	})
}

func TestFilter(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"", "1"}, {"bo", "2"}, {"allid", "1"}, {"05ab", "3"}, {"太", "4"}, {"  bob ", "2"}, {"nobody here", ""},
	} {
		p := people()
		p.Query.Insert(tt.query)
		p.Filter()
		it, ok := p.Picked()
		if it.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("%q picks %q, want %q", tt.query, it.ID, tt.want)
		}
	}
}

func TestView(t *testing.T) {
	p := people()
	p.Query.Insert("al")
	p.Filter()
	rows, x, y := p.View(Look{Theme: theme.New(theme.Options{Colours: theme.Many}), Width: 50, Height: 10})
	if x != 6 || y != 0 || !strings.Contains(ansi.Strip(rows[0]), "› al") {
		t.Errorf("cursor at %d,%d of %q", x, y, rows)
	}
	if !strings.Contains(ansi.Strip(rows[2]), "▌ Alice Liddell") || !strings.HasSuffix(ansi.Strip(rows[2]), "2 unread") {
		t.Errorf("first row is %q", rows[2])
	}
	p.Query.SetText("xyz")
	p.Filter()
	if rows, _, _ = p.View(Look{Width: 50, Height: 10}); !strings.Contains(strings.Join(rows, ""), "Nobody.") {
		t.Errorf("nothing found shows %q", rows)
	}
}

func TestMoveStaysInTheList(t *testing.T) {
	p := people()
	p.Move(-1)
	p.Move(100)
	if it, _ := p.Picked(); it.ID != "4" {
		t.Errorf("picked %s", it.ID)
	}
	p.Query.Insert("b")
	p.Filter()
	if it, ok := p.Picked(); !ok || it.ID != "2" {
		t.Errorf("after typing %s is picked", it.ID)
	}
}

// TestNobody: what is said when nothing matches is said in full.
func TestNobody(t *testing.T) {
	p := New("", "Nobody by that name. Ctrl-N writes to an Account ID.", nil)
	rows, _, _ := p.View(Look{Theme: theme.New(theme.Options{}), Width: 40, Height: 10})
	text := ansi.Strip(strings.Join(rows, " "))
	for _, row := range rows {
		if ansi.StringWidth(row) > 40 {
			t.Errorf("%q is too wide", row)
		}
	}
	if !strings.HasSuffix(text, "Account ID.") {
		t.Errorf("it says %q", text)
	}
}

// TestExact: letters that only stand somewhere in a name find nothing.
func TestExact(t *testing.T) {
	p := New("", "", []Item{
		{ID: "1", Title: "heart on fire", Sign: "❤️‍🔥"}, {ID: "2", Title: "campfire"}, {ID: "6", Title: "fire engine"}, {ID: "3", Title: "fire", Sign: "🔥", Note: "yours"}, {ID: "4", Title: "face with rolling eyes"},
		{ID: "5", Title: "hot pepper", Also: "spice fire"},
	})
	p.Exact = true
	p.Query.Insert("Fire")
	p.Filter()
	var order []string
	for range 6 {
		it, _ := p.Picked()
		if n := len(order); n == 0 || order[n-1] != it.ID {
			order = append(order, it.ID)
		}
		p.Move(1)
	}
	if got := strings.Join(order, ""); got != "36125" {
		t.Errorf("found %s", got)
	}
	rows, _, _ := p.View(Look{Theme: theme.New(theme.Options{}), Width: 50, Height: 10})
	if got := strings.TrimSpace(ansi.Strip(rows[2])); got != "fire  🔥  yours" {
		t.Errorf("the first row is %q", got)
	}
}
