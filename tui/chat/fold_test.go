package chat

import (
	"strings"
	"testing"
)

// TestFold: lines one below the other that say the same are one, which can be
// selected, and taken away one after the other.
func TestFold(t *testing.T) {
	line := func(minute int, text string) Message {
		m := at(minute, "Bob", text)
		m.Info = true
		return m
	}
	const saved, missed = "Bob saved a file.", "Missed call."
	yesterday := -24 * 60
	var l List
	l.SetLook(look(60, 30))
	l.Reset([]Message{
		line(yesterday, saved), line(yesterday+1, saved), line(0, saved), line(1, saved), line(2, saved), line(3, missed),
		at(4, "Bob", "hello"), line(5, missed),
	}, true, true)
	shown := func() string {
		var rows []string
		for _, row := range view(&l) {
			if row = strings.Trim(row, " ▌"); row != "" {
				rows = append(rows, row)
			}
		}
		return strings.Join(rows, "|")
	}
	if got, want := shown(), "Yesterday|Bob saved a file. (2 times)|Today|Bob saved a file. (3 times)|Missed call.|Bob|12:04  hello|Missed call."; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	var path []int64
	for l.SelectLast(); l.Move(-1); {
		sel, _ := l.Selected()
		path = append(path, sel.Key-100000)
	}
	want := []int64{4, 3, 2, int64(yesterday + 1)}
	if len(path) != len(want) {
		t.Fatalf("up leads to %v, want %v", path, want)
	}
	for i := range want {
		if path[i] != want[i] {
			t.Errorf("up leads to %v, want %v", path, want)
		}
	}
	if l.Move(1); l.selected-100000 != 2 {
		t.Errorf("down leads to %d", l.selected-100000)
	}
	l.Remove(l.selected)
	if got := shown(); !strings.Contains(got, "Today|Bob saved a file. (2 times)|Missed") {
		t.Errorf("after one was taken away: %s", got)
	}
	for height := range 12 {
		l.SetLook(look(60, height+1))
		for range 20 {
			l.Scroll(-1)
			l.View(true)
		}
		for range 20 {
			l.Scroll(1)
			l.View(true)
		}
	}
}

// TestFoldMany: however many lines say the same, enough is loaded for any screen, and
// both ends can be reached.
func TestFoldMany(t *testing.T) {
	d := history(4000, func(int) string { return "Bob saved a file." })
	for i := range d {
		d[i].Info, d[i].Author = true, "Bob"
	}
	for _, height := range []int{1, 5, 36, 120} {
		var l List
		l.SetLook(look(60, height))
		d.end(&l)
		for step := 0; !l.start || l.first() != (spot{}); step++ {
			if d.feed(&l); step > len(d) {
				t.Fatalf("%d rows: the start is never reached", height)
			}
			if n := l.lastVisible(); n == 0 {
				t.Fatalf("%d rows: nothing is seen", height)
			}
			l.Page(-1)
		}
		for step := 0; !l.AtEnd(); step++ {
			if d.feed(&l); step > len(d) {
				t.Fatalf("%d rows: the end is never reached", height)
			}
			l.Page(1)
		}
		if n, most := len(l.items), max(most, 5*height*2*mostFolded); n > most {
			t.Errorf("%d rows: %d messages are held", height, n)
		}
	}
}

// TestFoldMoveNowhere: to stay where one is ends, on a line that another stands for too.
func TestFoldMoveNowhere(t *testing.T) {
	var l List
	l.SetLook(look(60, 30))
	a, b := at(0, "Bob", "Bob saved a file."), at(1, "Bob", "Bob saved a file.")
	a.Info, b.Info = true, true
	l.Reset([]Message{a, b}, true, true)
	if l.Select(a.Key); l.Move(0) {
		t.Error("it has moved")
	}
}

// TestInfoIsOneLine: what is in a name begins no line of its own.
func TestInfoIsOneLine(t *testing.T) {
	m := at(0, "Eve", "Eve\nAlice left the group.")
	m.Info = true
	var l List
	l.SetLook(look(60, 10))
	l.Reset([]Message{m}, true, true)
	if got := strings.Join(view(&l), "|"); !strings.Contains(got, "Eve Alice left the group.") {
		t.Error(got)
	}
}
