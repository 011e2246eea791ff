package edit

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"seance/tui/render"
)

// run does what a string of one-letter commands says, and shows the cursor as |.
func run(b *Buffer, commands string) string {
	do := map[rune]func(){
		'<': b.Left, '>': b.Right, 'b': b.WordLeft, 'w': b.WordRight, '^': b.Home, '$': b.End,
		'h': b.Backspace, 'd': b.Delete, 'W': b.KillWord, 'D': b.KillWordAfter, 'u': b.KillToStart, 'k': b.KillToEnd, 'y': b.Yank,
		'U': func() { b.Up(render.Metrics{}, 40) }, 'J': func() { b.Down(render.Metrics{}, 40) },
		'x': func() { b.Insert("x") },
	}
	for _, c := range commands {
		do[c]()
	}
	return b.text[:b.pos] + "|" + b.text[b.pos:]
}

func TestCommands(t *testing.T) {
	tests := []struct{ name, text, commands, want string }{
		{"insert at the end", "ab", "x", "abx|"},
		{"left and insert", "ab", "<x", "ax|b"},
		{"a joined emoji is one character", "a👨‍👩‍👧‍👦b", "<h", "a|b"},
		{"a letter with marks is one character", "e\u0301", "h", "|"},
		{"delete a flag", "🇦🇺🇳🇿", "^d", "|🇳🇿"},
		{"words", "one two, three", "bb", "one |two, three"},
		{"word right", "one two", "^ww", "one two|"},
		{"kill word", "one two", "W", "one |"},
		{"kill word after", "one two", "^D", "| two"},
		{"kill to start", "one\ntwo three", "bu", "one\n|three"},
		{"kill to start joins lines", "one\ntwo", "^u", "one|two"},
		{"kill to end", "one two\nthree", "^UbkU", "|\nthree"},
		{"kill to end joins lines", "a\nb", "^<k", "a|b"},
		{"yank", "one two", "W^y", "two|one "},
		{"up keeps the column", "long line\nab\nlong line", "<<<UU", "long l|ine\nab\nlong line"},
		{"up to the first line stays", "ab", "U", "ab|"},
		{"home and end", "a\nbcd\ne", "U^", "a\n|bcd\ne"},
		{"nothing before", "", "<hWub", "|"},
		{"nothing after", "", ">dkw", "|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b Buffer
			b.SetText(tt.text)
			if got := run(&b, tt.commands); got != tt.want {
				t.Errorf("%q on %q gives %q, want %q", tt.commands, tt.text, got, tt.want)
			}
		})
	}
}

func TestInsertNormalises(t *testing.T) {
	var b Buffer
	b.Insert("one\r\ntwo\rthree\x1b[31m\x00\tfour\xff")
	if want := "one\ntwo\nthree[31m\tfour\ufffd"; b.Text() != want {
		t.Errorf("text is %q, want %q", b.Text(), want)
	}
	s := Single("one\ntwo")
	if s.Text() != "one two" {
		t.Errorf("a single line is %q", s.Text())
	}
}

func TestLayout(t *testing.T) {
	tests := []struct {
		name, text string
		width      int
		rows       []string
		row, col   int
	}{
		{"empty", "", 10, []string{""}, 0, 0},
		{"one row", "hello", 10, []string{"hello"}, 0, 5},
		{"a full row leaves room for the cursor", "hello", 5, []string{"hell", "o"}, 1, 1},
		{"words", "one two three", 9, []string{"one two ", "three"}, 1, 5},
		{"lines", "a\n\nb", 9, []string{"a", "", "b"}, 2, 1},
		{"trailing line", "a\n", 9, []string{"a", ""}, 1, 0},
		{"wide", "漢字漢字", 6, []string{"漢字", "漢字"}, 1, 4},
		{"tab", "a\tb", 10, []string{"a    b"}, 0, 6},
		{"bidi override is not shown", "a\u202eb", 10, []string{"ab"}, 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b Buffer
			b.SetText(tt.text)
			l := b.Layout(render.Metrics{}, tt.width)
			if !slices.Equal(l.Rows, tt.rows) || l.Row != tt.row || l.Col != tt.col {
				t.Errorf("rows %q cursor %d,%d, want %q %d,%d", l.Rows, l.Row, l.Col, tt.rows, tt.row, tt.col)
			}
		})
	}
}

func FuzzBuffer(f *testing.F) {
	f.Add("hello world", "<<xhbW", 8)
	f.Add("👨‍👩‍👧‍👦 हिन्दी\nשלום", "UUJ<d>hyku", 5)
	f.Fuzz(func(t *testing.T, text, commands string, width int) {
		width = 20 + (width&0xffff)%60 // a family of people takes up to 16 cells
		commands = strings.Map(func(r rune) rune {
			if strings.ContainsRune("<>bw^$hdWDukyUJx", r) {
				return r
			}
			return -1
		}, commands)
		var b Buffer
		b.SetText(text)
		for _, c := range commands {
			run(&b, string(c))
			if b.pos < 0 || b.pos > len(b.text) || !utf8.ValidString(b.text[:b.pos]) {
				t.Fatalf("cursor at %d of %q", b.pos, b.text)
			}
			l := b.Layout(render.Metrics{}, width)
			if l.Row >= len(l.Rows) || l.Col > width {
				t.Fatalf("cursor at %d,%d of %q", l.Row, l.Col, l.Rows)
			}
			for _, row := range l.Rows {
				if w := ansi.StringWidthWc(strings.TrimRight(row, " ")); w > width {
					t.Fatalf("row %q takes %d of %d cells", row, w, width)
				}
			}
		}
	})
}

func TestSelectAll(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*Buffer)
		want string
	}{
		{"a letter", func(b *Buffer) { b.Insert("x") }, "x"},
		{"backspace", (*Buffer).Backspace, ""},
		{"delete", (*Buffer).Delete, ""},
		{"a word", (*Buffer).KillWord, ""},
		{"a motion first", func(b *Buffer) { b.Left(); b.Insert("x") }, "some texxt"},
		{"what was killed comes back", func(b *Buffer) { b.KillWord(); b.Yank() }, "some text"},
	} {
		b := Single("some text")
		b.SelectAll()
		if !b.Selected() {
			t.Fatal("nothing is selected")
		}
		c.do(&b)
		if b.Text() != c.want || b.Selected() {
			t.Errorf("%s: %q, selected: %t", c.name, b.Text(), b.Selected())
		}
	}
	b := Single("")
	b.SelectAll()
	if b.Selected() {
		t.Error("nothing can be selected of nothing")
	}
}

func TestMasked(t *testing.T) {
	b := Single("pä👩‍👩‍👧s\u0301 word")
	b.WordLeft()
	hidden := b.Masked("*")
	l := hidden.Layout(render.Metrics{}, 40)
	if l.Rows[0] != "*********" || l.Col != 5 {
		t.Errorf("drawn as %q, the cursor at %d", l.Rows[0], l.Col)
	}
}
