package messaging

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"seance/store"
)

func TestSplitQuery(t *testing.T) {
	tests := []struct {
		text string
		want []queryWord
	}{
		{"", nil},
		{"  two  words ", []queryWord{{"", "two", false}, {"", "words", false}}},
		{`"a phrase" word`, []queryWord{{"", "a phrase", true}, {"", "word", false}}},
		{`from:Alice In:"Book club" has:link`, []queryWord{{"from", "Alice", false}, {"in", "Book club", true}, {"has", "link", false}}},
		{`it:self http://x from:`, []queryWord{{"", "it:self", false}, {"", "http://x", false}, {"from", "", false}}},
		{`open "quote`, []queryWord{{"", "open", false}, {"", "quote", true}}},
		{`a"b c"`, []queryWord{{"", "a", false}, {"", "b c", true}}},
		{`""`, []queryWord{{"", "", true}}},
	}
	for _, tt := range tests {
		if got := splitQuery(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

func TestSearch(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob B")
		alice.say(bob, "shall we have Crêpes tomorrow?")
		bob.receive()
		bob.say(alice, "yes, crêpes! https://example.org/recipe")
		alice.receive()
		alice.say(alice, "buy flour for crepes")

		tests := []struct {
			query string
			want  []string // conversation, author and what matched, newest first
		}{
			{"crepe", []string{"Note to self/Alice: crepes", "Bob B/Bob B: crêpes", "Bob B/Alice: Crêpes"}},
			{`"crepe"`, nil},
			{"crep from:me", []string{"Note to self/Alice: crepes", "Bob B/Alice: Crêpes"}},
			{`from:"bob b"`, []string{"Bob B/Bob B: "}},
			{`from:bo flour`, nil},
			{`from:b yes`, []string{"Bob B/Bob B: yes"}},
			{"in:self flour", []string{"Note to self/Alice: flour"}},
			{"from:" + string(bob.with(bob)), []string{"Bob B/Bob B: "}},
			{"in:me crepes", []string{"Note to self/Alice: crepes"}},
			{`in:"Bob B" has:link yes`, []string{"Bob B/Bob B: yes"}},
			{"crepes before:2026-11-23", nil},
			{"crepes after:2026-11-23", nil},
			{"flour after:2026-11-22 before:2026-11-24", []string{"Note to self/Alice: flour"}},
			{"flour after:2025 before:2027", []string{"Note to self/Alice: flour"}},
			{"flour before:today", nil},
			{"flour after:yesterday", []string{"Note to self/Alice: flour"}},
			{"", nil},
		}
		for _, tt := range tests {
			hits, err := alice.Search(w.Context(), Query{Text: tt.query})
			if err != nil {
				w.Errorf("%q: %v", tt.query, err)
			}
			var got []string
			for _, h := range hits {
				var matched []string
				for _, m := range h.Marks {
					matched = append(matched, h.Text[m.From:m.To])
				}
				got = append(got, fmt.Sprintf("%s/%s: %s", h.Title, h.Name, strings.Join(matched, " ")))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				w.Errorf("%q (-want +got):\n%s", tt.query, d)
			}
		}
		for query, want := range map[string]error{
			"from:": ErrInvalid, "after:2026-01": ErrInvalid, "before:2026 after:2025": ErrInvalid, "has:sheep": ErrInvalid, "before:noon": ErrInvalid, "in:me in:\"Bob B\"": ErrInvalid,
			"from:Carol": ErrUnknown, "from:elf": ErrUnknown, "in:Carol": ErrUnknown,
		} {
			if _, err := alice.Search(w.Context(), Query{Text: query}); !errors.Is(err, want) {
				w.Errorf("%q: %v", query, err)
			}
		}
	})
}

func TestSnippet(t *testing.T) {
	mark := func(text, part string) []store.Mark {
		i := strings.Index(text, part)
		return []store.Mark{{From: i, To: i + len(part)}}
	}
	long := "It begins here,\nand goes on and on until the needle stands in it, and then on."
	tests := []struct {
		text, part string
		points     int
		want       string
	}{
		{"short", "short", 20, "short"},
		{"two\nlines", "lines", 20, "two lines"},
		{long, "needle", 24, "…the needle stands …"},
		{long, "It", 12, "It begins h…"},
		{long, "on.", 16, "…and then on."},
		{"東京都に住んでいます", "住", 6, "…都に住ん…"},
		{"", "", 5, ""},
	}
	for _, tt := range tests {
		h := Hit{Message: Message{Message: store.Message{Text: tt.text}}, Marks: mark(tt.text, tt.part)}
		got, marks := h.Snippet(tt.points)
		if got != tt.want || utf8.RuneCountInString(got) > tt.points {
			t.Errorf("%q in %d: %q, want %q", tt.text, tt.points, got, tt.want)
		}
		if tt.part != "" && (len(marks) != 1 || got[marks[0].From:marks[0].To] != tt.part) {
			t.Errorf("%q: marks %v in %q", tt.text, marks, got)
		}
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add("some text\nwith 東京", 5, 3, 12)
	f.Fuzz(func(t *testing.T, text string, from, size, points int) {
		from = min(max(from, 0), len(text))
		to := min(from+max(size, 0), len(text))
		for from > 0 && from < len(text) && !utf8.RuneStart(text[from]) {
			from--
		}
		for to < len(text) && !utf8.RuneStart(text[to]) {
			to++
		}
		if to <= from || points < 4 || points > 1000 {
			return
		}
		h := Hit{Message: Message{Message: store.Message{Text: text}}, Marks: []store.Mark{{From: from, To: to}}}
		got, marks := h.Snippet(points)
		if utf8.ValidString(text) && utf8.RuneCountInString(got) > points {
			t.Fatalf("%d code points in %q", utf8.RuneCountInString(got), got)
		}
		if len(marks) != 1 || marks[0].From < 0 || marks[0].To > len(got) {
			t.Fatalf("%v in %q", marks, got)
		}
	})
}

func FuzzSplitQuery(f *testing.F) {
	f.Add(`from:"a b" c "d`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range splitQuery(text) {
			if w.filter == "" && w.text == "" && !w.quoted {
				t.Fatalf("an empty word in %q", text)
			}
		}
	})
}
