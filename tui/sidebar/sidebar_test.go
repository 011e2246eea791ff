package sidebar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"seance/tui/theme"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func look(width, height int) Look {
	return Look{Theme: theme.New(theme.Options{}), Width: width, Height: height, Now: now, Zone: time.UTC, Active: true}
}

func items(n int) (list []Item) {
	for i := range n {
		list = append(list, Item{ID: fmt.Sprint(i), Title: fmt.Sprint("Contact ", i), Preview: "hello"})
	}
	return list
}

// TestRowsAreExact: whatever people are called, the list is as wide as it is,
// for terminals that join characters and for those that do not.
func TestRowsAreExact(t *testing.T) {
	names := []string{"Alice", "", "漢字漢字漢字漢字漢字漢字漢字漢字漢字", "👩🏽‍💻 ❤️ 1️⃣ 👨‍👩‍👧‍👦", "हिन्दी क्षि", "\x1b[31mred\n\t", strings.Repeat("long ", 40), "شيماء", "é" + strings.Repeat("\u0301", 30)}
	for _, width := range []int{22, 32, 60} {
		var l List
		var list []Item
		for i, n := range names {
			list = append(list, Item{ID: fmt.Sprint(i), Title: n, Preview: names[(i+1)%len(names)], When: now.AddDate(0, 0, -i), Unread: i * 300, Pinned: i%2 == 0, Muted: i%3 == 0, Draft: i == 4, Failed: i == 5})
		}
		l.Set(list)
		rows := l.View(look(width, 40))
		if len(rows) != 40 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, row := range rows {
			if g, w := ansi.StringWidth(row), ansi.StringWidthWc(row); g != width || w != width {
				t.Errorf("row %q takes %d or %d of %d cells", row, g, w, width)
			}
		}
	}
}

func TestCursorStaysOnItsConversation(t *testing.T) {
	var l List
	l.Set(items(20))
	l.Move(15)
	moved := append([]Item{{ID: "new", Title: "New"}}, items(20)...)
	l.Set(moved)
	if l.Selected() != "15" {
		t.Errorf("the cursor is on %s", l.Selected())
	}
	if rows := strings.Join(l.View(look(30, 9)), "\n"); !strings.Contains(rows, "Contact 15") {
		t.Errorf("the cursor is not on the screen:\n%s", rows)
	}
	l.Set(items(3))
	if l.Selected() != "2" {
		t.Errorf("when it is gone the cursor is on %q", l.Selected())
	}
	l.Set(nil)
	l.Move(1)
	if l.Selected() != "" || l.Neighbour("", 1) != "" || l.Unread("") != "" {
		t.Error("an empty list has something")
	}
}

func TestNeighbourAndUnread(t *testing.T) {
	var l List
	list := items(4)
	list[1].Unread, list[1].Muted = 3, true
	list[3].Unread = 1
	l.Set(list)
	for _, tt := range []struct{ got, want string }{
		{l.Neighbour("3", 1), "0"}, {l.Neighbour("0", -1), "3"}, {l.Neighbour("gone", 1), "0"},
		{l.Unread("0"), "3"}, {l.Unread("3"), "1"}, {l.Unread("gone"), "3"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestWhen(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{now.Add(-time.Hour), "11:00"}, {now.Add(-13 * time.Hour), "Sun"}, {now.AddDate(0, 0, -6), "Tue"},
		{now.AddDate(0, 0, -7), "16 Nov"}, {now.AddDate(-1, 0, 0), "2025"}, {time.Time{}, ""},
	} {
		if got := When(tt.at, now, time.UTC); got != tt.want {
			t.Errorf("When(%v) = %q, want %q", tt.at, got, tt.want)
		}
	}
}

// TestMarked: what is marked counts as unread, and has a dot in place of a number.
func TestMarked(t *testing.T) {
	var l List
	list := items(4)
	list[2].Marked = true
	list[3].Marked, list[3].Unread = true, 7
	l.Set(list)
	if to := l.Unread("0"); to != "2" {
		t.Errorf("the next unread one is %q", to)
	}
	dot := theme.New(theme.Options{}).Glyphs.Unread
	if rows := l.View(look(30, 12)); strings.Contains(rows[1], dot) || !strings.HasSuffix(ansi.Strip(rows[7]), dot+" ") || !strings.HasSuffix(ansi.Strip(rows[10]), "7 ") {
		t.Errorf("the list is\n%s", strings.Join(rows, "\n"))
	}
}
