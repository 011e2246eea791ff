package paint

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/vt"

	"seance/tui/render"
)

// terminal is what stands on the other side.
type terminal struct{ *vt.SafeEmulator }

func newTerminal(w, h int) terminal {
	t := terminal{vt.NewSafeEmulator(w, h)}
	go func() { _, _ = io.Copy(io.Discard, t) }()
	_, _ = t.Write([]byte("\x1b[?7l"))
	return t
}

// close ends the goroutine that takes the terminal's answers. The emulator's
// own Close races with it.
func (t terminal) close() { _ = t.InputPipe().(io.Closer).Close() }

// cells is everything that can be seen: characters, colours, the cursor.
func (t terminal) cells() string {
	var out strings.Builder
	for y := range t.Height() {
		for x := range t.Width() {
			if c := t.CellAt(x, y); c != nil && c.Content != "" && (c.Content != " " || c.Style.Bg != nil) {
				fmt.Fprintf(&out, "%d,%d %q %v\n", x, y, c.Content, c.Style.String())
			}
		}
	}
	fmt.Fprint(&out, t.CursorPosition())
	return out.String()
}

// draw paints one frame after another and returns the bytes of the last.
func draw(t io.Writer, frames ...*Frame) int {
	c := canvas{x: -1}
	var old *Frame
	for _, f := range frames {
		c.Reset()
		f, _ = resolve(f)
		c.frame(old, f)
		c.move(f.CursorX, f.CursorY)
		_, _ = t.Write(c.Bytes())
		old = f
	}
	return c.Len()
}

var pieces = []string{"hello", "world ", " ", "x", "é", "e\u0301", "漢字", "🙂", "❤️", "👍🏽", "हिन्दी", "שלום", "────", "12:04", "\x1b[1mbold\x1b[m", "\x1b[38;5;141mcolour\x1b[m", "\x1b[1m\x1b[31mboth\x1b[m", "👨‍👩‍👧‍👦"}

// randomFrame is a screen with a list on the left and a chat on the right; it
// resembles the one before.
func randomFrame(r *rand.Rand, w, h int, before *Frame) *Frame {
	f := &Frame{Width: w, Height: h, CursorX: r.IntN(w - 1), CursorY: r.IntN(h), Rows: make([][]Span, h)}
	text := func(width int) string {
		var s string
		for range r.IntN(5) {
			p := pieces[r.IntN(len(pieces))]
			if n, _ := measureMost(s + p); n > width {
				break
			}
			s += p
		}
		return s
	}
	shift, together := r.IntN(5)-2, r.IntN(3) == 0
	for y := range f.Rows {
		k := r.IntN(10)
		if together && k < 9 {
			k = 4 // nearly everything moves by the same
		}
		switch {
		case before != nil && k < 3:
			f.Rows[y] = before.row(y)
		case before != nil && k < 7 && y+shift >= 0:
			f.Rows[y] = before.row(y + shift)
		case before != nil && k < 8 && len(before.row(y)) == 2:
			row := before.row(y)
			longer := row[1].Text + "x"
			if n, _ := measureMost(longer); n > row[1].Width {
				longer = row[1].Text
			}
			f.Rows[y] = []Span{row[0], {row[1].X, row[1].Width, longer}}
		case k < 9:
			f.Rows[y] = []Span{{0, 20, (render.Metrics{}).Cut(strings.ReplaceAll(ansiFree(text(20)), "\n", ""), 20, "")}, {21, w - 21, text(w - 21)}}
			f.Rows[y][0].Text = (render.Metrics{}).Name(f.Rows[y][0].Text)
		}
	}
	return f
}

func ansiFree(s string) string {
	for _, code := range []string{"\x1b[1m", "\x1b[m", "\x1b[38;5;141m", "\x1b[31m"} {
		s = strings.ReplaceAll(s, code, "")
	}
	return s
}

func measureMost(s string) (int, bool) {
	s = ansiFree(s)
	return len([]rune(s)) * 2, true
}

// TestSameAsAnew: whatever was on the screen before, a frame looks as if it
// were drawn on an empty one.
func TestSameAsAnew(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		w, h := 60+r.IntN(60), 6+r.IntN(14)
		step := newTerminal(w, h)
		var frames []*Frame
		var last *Frame
		for range 6 {
			last = randomFrame(r, w, h, last)
			frames = append(frames, last)
		}
		draw(step, frames...)
		anew := newTerminal(w, h)
		draw(anew, last)
		if got, want := step.cells(), anew.cells(); got != want {
			t.Fatalf("seed %d: after %d frames:\n%s\n\nanew:\n%s", seed, len(frames), got, want)
		}
		step.close()
		anew.close()
	}
}

func TestBytes(t *testing.T) {
	row := func(text string) []Span { return []Span{{0, 20, "\x1b[1mAlice 🙂\x1b[m"}, {21, 59, text}} }
	screen := func(x int, rows ...[]Span) *Frame {
		return &Frame{Width: 80, Height: 24, Rows: rows, CursorX: x, CursorY: len(rows) - 1}
	}
	list := func(from int) *Frame {
		f := &Frame{Width: 80, Height: 24, CursorX: 0, CursorY: 23}
		for i := range 23 {
			f.Rows = append(f.Rows, []Span{{0, 80, fmt.Sprintf("line %d of a long history that is scrolled through", from+i)}})
		}
		return f
	}
	tests := []struct {
		name      string
		old, next *Frame
		most      int
	}{
		{"nothing", screen(5, row("hello")), screen(5, row("hello")), 0},
		{"a character", screen(26, row("hello")), screen(27, row("hellox")), 1},
		{"a character in a styled text", screen(26, row("\x1b[31mhello\x1b[m")), screen(27, row("\x1b[31mhellox\x1b[m")), 9},
		{"a character behind ideographs", screen(25, row("漢字")), screen(26, row("漢字x")), 1},
		{"backspace", screen(26, row("hello")), screen(25, row("hell")), 5},
		{"a character behind an emoji that terminals disagree about", screen(25, row("👍🏽")), screen(26, row("👍🏽x")), 32},
		{"scrolling by a line without a list", list(0), list(1), 100},
		{"scrolling back by three", list(3), list(0), 250},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if n := draw(&out, tt.old, tt.next); n > tt.most {
				t.Errorf("%d bytes, want at most %d: %q", n, tt.most, out.Bytes()[out.Len()-n:])
			}
		})
	}
}

// TestPainter runs the goroutine: the last frame of many is what is shown, a
// burst of them is drawn a few times only, and the terminal is given back.
func TestPainter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out counted
		p := New(&out, []string{"TERM=xterm"}, 10*time.Millisecond)
		p.Start()
		for i := range 1000 {
			p.Show(&Frame{Width: 80, Height: 24, Rows: [][]Span{{{0, 80, fmt.Sprint("frame ", i)}}}, Title: "Seance"})
			if i%100 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if out.writes > 8 {
			t.Errorf("a burst took %d writes", out.writes)
		}
		seen := newTerminal(80, 24)
		defer seen.close()
		if _, _ = seen.Write(out.Bytes()); !strings.Contains(seen.cells(), "8,0 \"9\"") {
			t.Errorf("frame 999 is not shown: %s", seen.cells())
		}
		writes := out.writes
		time.Sleep(time.Hour)
		synctest.Wait()
		if out.writes != writes {
			t.Errorf("an idle hour took %d writes", out.writes-writes)
		}
		if err := p.Lend(func() error { p.Show(&Frame{Width: 80, Height: 24}); time.Sleep(time.Second); return nil }); err != nil {
			t.Error(err)
		}
		p.Copy("text")
		time.Sleep(time.Second)
		p.Stop()
		text := out.String()
		for _, want := range []string{"\x1b[?1049h", "\x1b]2;Seance\a", "\x1b]52;c;dGV4dA==\a", "\x1b[?1049l"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q was not written", want)
			}
		}
		if on, off := strings.Count(text, "\x1b[?1049h"), strings.Count(text, "\x1b[?1049l"); on != 2 || off != 2 {
			t.Errorf("the screen was taken %d times and given back %d times", on, off)
		}
		if !strings.HasSuffix(text, p.modes.off) {
			t.Errorf("the terminal is left as %q", text[len(text)-40:])
		}
	})
}

type counted struct {
	bytes.Buffer
	writes int
}

func (c *counted) Write(p []byte) (int, error) {
	c.writes++
	return c.Buffer.Write(p)
}

func BenchmarkTypedCharacter(b *testing.B) {
	f := func(text string) *Frame {
		g := &Frame{Width: 120, Height: 36, CursorX: 40, CursorY: 34}
		for y := range 36 {
			g.Rows = append(g.Rows, []Span{{0, 32, fmt.Sprint("Alice Liddell ", y)}, {33, 87, fmt.Sprintf("\x1b[38;5;245m12:0%d\x1b[m  some text %d 🙂", y%10, y)}})
		}
		g.Rows[34] = []Span{{0, 32, ""}, {33, 87, text}}
		return g
	}
	a, z := f("hello"), f("hellox")
	var c canvas
	for b.Loop() {
		c.Reset()
		c.frame(a, z)
	}
	b.ReportMetric(float64(c.Len()), "B/char")
}

// TestManyStyles: two rows of half blocks that start alike are told apart
// without writing all the colours of the start again.
func TestManyStyles(t *testing.T) {
	row := func(last string) []Span {
		var s strings.Builder
		for i := range 40 {
			fmt.Fprintf(&s, "\x1b[38;2;%d;0;0;48;2;0;%d;0m▀", i, i)
		}
		return []Span{{0, 80, s.String() + last + "\x1b[m"}}
	}
	old := &Frame{Width: 80, Height: 2, Rows: [][]Span{row("x")}}
	next := &Frame{Width: 80, Height: 2, Rows: [][]Span{row("y")}}
	var out bytes.Buffer
	if n, all := draw(&out, old, next), len(row("y")[0].Text); n > all+20 {
		t.Errorf("%d bytes for a row of %d", n, all)
	}
	step, anew := newTerminal(80, 2), newTerminal(80, 2)
	defer step.close()
	defer anew.close()
	draw(step, old, next)
	draw(anew, next)
	if got, want := step.cells(), anew.cells(); got != want {
		t.Errorf("%s\n\nanew:\n%s", got, want)
	}
}
