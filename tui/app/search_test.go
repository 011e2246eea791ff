package app_test

import (
	"fmt"
	"strings"
	"testing"

	"seance/tui/app"
)

// marked is the row in front of which the selection's bar stands.
func (s *screen) marked() string {
	s.Helper()
	for _, row := range s.rows() {
		if _, text, ok := strings.Cut(row, "▌ "); ok && strings.Contains(text, "needle") {
			return text
		}
	}
	s.Fatalf("no needle is marked:\n%s", s.text())
	return ""
}

func TestSearch(t *testing.T) {
	for _, size := range []app.Size{{Width: 120, Height: 36}, {Width: 60, Height: 15}} {
		t.Run(fmt.Sprint(size.Width), func(t *testing.T) {
			offline(t, func(w *world) {
				alice, bob := w.still("Alice"), w.still("Bob")
				w.writes(alice, bob, "the first needle")
				w.writes(alice, alice, "a needle of mine")
				for i := range 120 {
					w.writes(alice, bob, fmt.Sprintf("straw %d", i))
				}
				w.writes(alice, bob, "the needle in the haystack")
				for i := range 120 {
					w.writes(alice, bob, fmt.Sprintf("hay %d", i))
				}
				s := w.open(size.Width, size.Height, app.Options{Client: alice, Open: with(bob)})
				s.typed("half a thought")
				s.press("ctrl+f")
				s.shows("Tab everywhere", "from:", "has:link")
				s.typed("need")
				s.shows("2 found in", "the needle in the haystack", "the first needle")
				if strings.Contains(strings.Join(s.pane(size.Width/3), "\n"), "a needle of mine") {
					t.Fatalf("other conversations are searched too:\n%s", s.text())
				}
				s.press("tab")
				s.shows("3 found in all conversations", "Note to self", "a needle of mine")

				s.press("esc")
				s.shows("hay 119", "› half a thought")
				s.press("ctrl+f", "enter")
				s.shows("straw 119", "hay 0", "Match 1 of 2", "› half a thought")
				if row := s.marked(); !strings.Contains(row, "the needle in the haystack") {
					t.Fatalf("%q is marked", row)
				}
				s.press("n")
				s.shows("straw 0", "Match 2 of 2")
				if row := s.marked(); !strings.Contains(row, "the first needle") {
					t.Fatalf("%q is marked", row)
				}
				s.press("n")
				s.shows("oldest match", "straw 0")
				s.press("N")
				s.shows("straw 119", "hay 0")

				s.press("/")
				s.shows("› need", "2 found")
				s.typed("first") // replaces what was there
				s.shows("› first", "1 found")
				s.press("backspace")
				s.shows("› firs", "1 found")
				s.typed("zzz")
				s.shows("Nothing found")
				s.press("ctrl+u")
				s.typed("from:nobody x")
				s.shows(`No contact is called "nobody"`)
				s.hides("not found")
				s.press("ctrl+u")
				s.shows("has:link")
				s.press("esc", "G")
				s.shows("hay 119")
			})
		})
	}
}

// TestSearchPages: hits come as they are looked at, as far as there are any.
func TestSearchPages(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.still("Alice")
		for i := range 180 {
			w.writes(alice, alice, fmt.Sprintf("needle number %d.", i))
		}
		s := w.open(100, 30, app.Options{Client: alice, Open: with(alice)})
		s.press("ctrl+f")
		s.typed("needle")
		s.shows("50+ found")
		for i := 179; i >= 0; i-- {
			if row := s.marked(); !strings.Contains(s.text(), fmt.Sprintf("▌ needle number %d.", i)) {
				t.Fatalf("instead of %d, %q is marked:\n%s", i, row, s.text())
			}
			s.press("down")
		}
		s.shows("180 found")
		s.press("enter")
		s.shows("Match 180 of 180", "▌ ", "needle number 0.")
	})
}

// TestMatchIsEmphasised with and without colours.
func TestMatchIsEmphasised(t *testing.T) {
	for _, environ := range [][]string{{"TERM=xterm-256color"}, {"TERM=xterm", "NO_COLOR=1"}, {"TERM=xterm"}} {
		offline(t, func(w *world) {
			alice := w.still("Alice")
			w.writes(alice, alice, "a needle\nin hay, and a needle in straw")
			s := w.open(100, 30, app.Options{Client: alice, Open: with(alice), Environ: append(environ, "LANG=C.UTF-8")})
			emphasised := func() {
				t.Helper()
				for y, row := range s.rows() {
					x := strings.Index(row, "needle in straw")
					if x < 0 || y == 0 {
						continue
					}
					x = len([]rune(row[:x]))
					in, out := s.vt.CellAt(x+2, y).Style, s.vt.CellAt(x+8, y).Style
					if in.Equal(&out) || s.vt.CellAt(x-2, y).Style.Equal(&in) {
						t.Fatalf("%v: the match is drawn as the text around it: %v", environ, in)
					}
					return
				}
				t.Fatalf("no match:\n%s", s.text())
			}
			s.press("ctrl+f")
			s.typed("need")
			emphasised()
			s.press("enter")
			emphasised()
		})
	}
}

// TestArrivalsDoNotDisturb: who reads far up is told of what comes in, and goes
// on reading.
func TestArrivalsDoNotDisturb(t *testing.T) {
	offline(t, func(w *world) {
		alice := w.still("Alice")
		for i := range 250 {
			w.writes(alice, alice, fmt.Sprintf("line %d.", i))
		}
		s := w.open(100, 30, app.Options{Client: alice, Open: with(alice)})
		s.press("esc", "g")
		s.shows("g Go to the oldest message", "d Go to a date")
		s.press("g")
		s.shows("line 0.", "line 9.")
		const chat, top, end = 33, 2, 26
		before := strings.Join(s.pane(chat)[top:end], "\n")
		for i := range 250 {
			w.writes(alice, alice, fmt.Sprintf("late %d.", i))
		}
		s.settle()
		if after := strings.Join(s.pane(chat)[top:end], "\n"); after != before {
			t.Fatalf("what was read has moved:\n%s\n\nbefore:\n%s", after, before)
		}
		s.shows("more below")
		s.press("G")
		s.shows("late 249.")
		s.press("g", "d")
		s.typed("yesterday")
		s.press("enter")
		s.shows("line")
	})
}
