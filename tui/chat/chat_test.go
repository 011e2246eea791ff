package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"seance/tui/theme"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func look(width, height int) Look {
	return Look{Theme: theme.New(theme.Options{}), Width: width, Height: height, Now: noon, Zone: time.UTC}
}

// at is a message so many minutes after noon.
func at(minute int, author, text string) Message {
	return Message{
		Key: int64(minute) + 100000, MS: noon.Add(time.Duration(minute) * time.Minute).UnixMilli(),
		Author: author, Name: author, Own: author == "me", Text: text,
	}
}

// view is the list without styles and trailing blanks.
func view(l *List) []string {
	var rows []string
	for _, row := range l.View(true) {
		rows = append(rows, strings.TrimRight(ansi.Strip(row), " "))
	}
	return rows
}

func TestView(t *testing.T) {
	var l List
	l.SetLook(look(46, 30))
	failed := at(7, "me", "can you?")
	failed.State, failed.Failure = Failed, "the swarm said no"
	sent := at(6, "me", "yes\n  indeed")
	sent.State = Sent
	l.Reset([]Message{
		at(-60*24, "Bob", "yesterday"), at(0, "Bob", "Did the build pass? I would like to know, really"), at(0+1, "Bob", "hello?"),
		sent, failed, {Key: 5, MS: at(8, "", "").MS, Info: true, Text: "Bob accepted."}, at(9, "Bob", "new one"),
	}, true, true)
	l.MarkUnread(at(9, "Bob", "").Place())
	want := `
                  Yesterday

  Bob
  12:00  yesterday

                    Today

  Bob
  12:00  Did the build pass? I would like to
         know, really
  12:01  hello?

  me
  12:06  yes
           indeed
  12:07  can you?
         not sent: the swarm said no

         Bob accepted.

  ────────────────────────────────── new ───

  Bob
  12:09  new one`
	want = strings.ReplaceAll(want, "  me\n", "  You\n")
	got := view(&l)
	if g := strings.Join(got, "\n"); !strings.HasSuffix(g, want) || strings.TrimSpace(strings.TrimSuffix(g, want)) != "" {
		t.Errorf("got\n%s\nwant\n%s", g, want)
	}
}

func TestStateIsToldOnce(t *testing.T) {
	var l List
	l.SetLook(look(60, 20))
	a, b := at(0, "me", "one"), at(1, "me", "two")
	a.State, b.State = Sent, Sending
	l.Reset([]Message{a, b}, true, true)
	if s := strings.Join(view(&l), "\n"); strings.Contains(s, "sent") || strings.Count(s, "sending") != 1 {
		t.Errorf("while the second is on its way:\n%s", s)
	}
	b.State = Read
	l.Change(b)
	if s := strings.Join(view(&l), "\n"); strings.Contains(s, "sent") || strings.Count(s, "read") != 1 {
		t.Errorf("when the second was read:\n%s", s)
	}
}

// TestPlaceIsKept reads somewhere in the middle while messages come and go,
// pages are loaded on both sides, and the window changes its size and back.
func TestPlaceIsKept(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		text := func(i int) string { return fmt.Sprint(i, strings.Repeat(" word", r.IntN(40))) }
		var page []Message
		for i := range 100 {
			page = append(page, at(i, []string{"me", "Bob"}[r.IntN(2)], text(i)))
		}
		var l List
		l.SetLook(look(70, 20))
		l.Reset(page, false, true)
		l.Scroll(-40 - r.IntN(60))
		before := view(&l)
		for step := range 12 {
			what := ""
			switch r.IntN(6) {
			case 0:
				what = "a new message"
				l.Add(at(1000+step, "Bob", "new"))
			case 1:
				what = "an older page"
				var older []Message
				for i := range 50 {
					older = append(older, at(-100*step-50+i-10, "Bob", text(i)))
				}
				l.Older(older, false)
			case 2:
				what = "a resize there and back"
				l.SetLook(look(40, 12))
				l.SetLook(look(70, 20))
				l.SetLook(look(70, 33))
				l.SetLook(look(70, 20))
			case 3:
				what = "a change below"
				m := l.items[len(l.items)-1].Message
				m.Text += " changed"
				l.Change(m)
			case 4:
				what = "a message removed below"
				l.Remove(l.items[len(l.items)-2].Key)
			case 5:
				what = "scrolling there and back"
				l.Scroll(-5)
				l.Scroll(5)
			}
			after := view(&l)
			if what == "a resize there and back" {
				// A row of a paragraph has no counterpart in a narrower one: the
				// message at the top is what stays.
				if l.index(l.top) < 0 || !sharesRow(before, after) {
					t.Fatalf("seed %d, %s:\n%s\n\nbefore:\n%s", seed, what, strings.Join(after, "\n"), strings.Join(before, "\n"))
				}
				before = after
				continue
			}
			if !slices.Equal(after, before) {
				t.Fatalf("seed %d, %s moved what was read:\n%s\n\nbefore:\n%s", seed, what, strings.Join(after, "\n"), strings.Join(before, "\n"))
			}
		}
	}
}

func sharesRow(a, b []string) bool {
	return slices.ContainsFunc(a, func(row string) bool { return len(row) > 12 && slices.Contains(b, row) })
}

func TestMemoryIsBounded(t *testing.T) {
	var l List
	l.SetLook(look(70, 20))
	l.Reset([]Message{at(0, "Bob", "first")}, false, true)
	for n := range 40 {
		var page []Message
		for i := range 80 {
			page = append(page, at(-80*(n+1)+i, "Bob", "old"))
		}
		l.ToStart()
		l.Older(page, false)
	}
	if len(l.items) > most || l.Whole() {
		t.Errorf("%d messages are kept, whole: %v", len(l.items), l.Whole())
	}
	l.ToStart()
	if more, from := l.Wants(); more != OlderPage || from != l.items[0].Place() {
		t.Errorf("wants %v from %v", more, from)
	}
	l.ToEnd()
	if more, from := l.Wants(); more != NewerPage || from != l.items[len(l.items)-1].Place() {
		t.Errorf("at the end of what is loaded it wants %v from %v", more, from)
	}
}

func TestSelect(t *testing.T) {
	var l List
	l.SetLook(look(60, 10))
	var page []Message
	for i := range 40 {
		page = append(page, at(i, "Bob", fmt.Sprint("message ", i)))
	}
	page[20].Text = strings.Repeat("very long ", 100)
	l.Reset(page, true, true)
	l.SelectLast()
	for i := 39; i > 0; i-- {
		sel, ok := l.Selected()
		if !ok || sel.Key != page[i].Key {
			t.Fatalf("selected %v, want message %d", sel.Key, i)
		}
		if rows := view(&l); !slices.ContainsFunc(rows, func(r string) bool { return strings.HasPrefix(r, "▌") }) || len(rows) != 10 {
			t.Fatalf("message %d is not on the screen:\n%s", i, strings.Join(rows, "\n"))
		}
		l.Move(-1)
	}
	l.ToEnd()
	if !l.AtEnd() || l.Fresh() != 0 {
		t.Error("not at the end")
	}
}

func TestDayName(t *testing.T) {
	for _, tt := range []struct {
		back int
		want string
	}{{0, "Today"}, {1, "Yesterday"}, {2, "Saturday 21 November"}, {400, "Sunday 19 October 2025"}} {
		if got := dayName(noon.AddDate(0, 0, -tt.back), noon); got != tt.want {
			t.Errorf("%d days back is %q, want %q", tt.back, got, tt.want)
		}
	}
}

func TestRefreshKeepsThePlace(t *testing.T) {
	var l List
	l.SetLook(look(60, 12))
	var page []Message
	for i := range 80 {
		page = append(page, at(i, "Bob", fmt.Sprint("message ", i)))
	}
	l.Reset(page, true, true)
	l.Refresh(append(page, at(90, "Bob", "newer")), true, true)
	if rows := view(&l); !strings.Contains(rows[11], "newer") || !l.AtEnd() {
		t.Errorf("the end is not followed:\n%s", strings.Join(rows, "\n"))
	}
	l.Scroll(-30)
	before := view(&l)
	top, ok := l.Top()
	l.Refresh(page[20:70], false, false)
	if after := view(&l); !ok || top == (Place{}) || !slices.Equal(after, before) {
		t.Errorf("moved:\n%s\n\nbefore:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	l.Refresh(page[:5], true, true)
	if !l.AtEnd() {
		t.Error("the message at the top is gone, and the end is not shown")
	}
}

// TestBlankTexts: what is blank around a text takes no rows, and a text that is
// nothing else says so.
func TestBlankTexts(t *testing.T) {
	var l List
	l.SetLook(look(60, 12))
	l.Reset([]Message{at(0, "Bob", "\n \n  deep\n\nend \n\n"), at(1, "Bob", strings.Repeat("\n", 300)), at(2, "Bob", "\u200b\u2060 ")}, true, true)
	want := `
  Bob
  12:00    deep

         end
  12:01  (nothing that can be seen)
  12:02  (nothing that can be seen)`
	if got := strings.Join(view(&l), "\n"); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
