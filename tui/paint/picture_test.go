package paint

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPlaceholder(t *testing.T) {
	const want = "\x1b[38;5;33m\U0010EEEE\u030d\u0305\u030e\U0010EEEE\U0010EEEE\x1b[m"
	id := PictureID(2*224 + 1)
	if got := Placeholder(id, 1, 3); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := id.Kitty(); got != 2<<24|33 {
		t.Errorf("kitty calls it %#x", got)
	}
	seen := map[uint32]bool{}
	for id := range PictureIDs {
		id := PictureID(id)
		if id.colour() < 16 || seen[id.Kitty()] {
			t.Fatalf("id %d is %#x", id, id.Kitty())
		}
		seen[id.Kitty()] = true
		row, columns := int(id)%MaxPicture, 1+int(id)%MaxPicture
		if id%97 != 0 {
			continue
		}
		text := "\x1b[2m漢\x1b[m  " + Placeholder(id, row, columns) + "x"
		r, ok := nextRun(text, 0)
		if !ok || r.id != id || r.row != row || r.cells != columns || text[r.start:r.end] != Placeholder(id, row, columns) {
			t.Fatalf("id %d, row %d, %d columns: read as %+v, %v", id, row, columns, r, ok)
		}
		if width, certain := measure(text); width != 4+columns+1 || !certain {
			t.Fatalf("%d columns take %d cells, certain: %v", columns, width, certain)
		}
	}
}

// TestNotAPlaceholder: only what Placeholder wrote stands for a picture.
func TestNotAPlaceholder(t *testing.T) {
	for _, s := range []string{
		"", "text", placeholder, strings.Repeat(placeholder, 9), "\x1b[38;5;40m" + placeholder, "\x1b[38;5;40m" + placeholder + "abc",
		"\x1b[38;5;7m" + placeholder + "\u0305\u0305\u0305", "\x1b[38;5;400m" + placeholder + "\u0305\u0305\u0305",
		"\x1b[38;5;40;1m" + placeholder + "\u0305\u0305\u0305", "\x1b[38;5;40m" + placeholder + "\u0305\u030d\u0305",
		"\x1b[38;5;40m" + placeholder + "\u0305",
	} {
		if r, ok := nextRun(s, 0); ok {
			t.Errorf("%q is read as %+v", s, r)
		}
	}
}

// sent is a picture that the terminal puts where its cells are.
func sent(id PictureID) *Picture {
	return &Picture{ID: id, Send: fmt.Appendf(nil, "<send %d>", id), Drop: fmt.Appendf(nil, "<drop %d>", id)}
}

// drawn is a picture that is painted over its cells; its pixels are letters.
func drawn(id PictureID, columns int) *Picture {
	return &Picture{ID: id, Draw: func(from, rows int) []byte {
		var out bytes.Buffer
		for y := range rows {
			pixels := strings.Repeat(string(rune('A'+int(id)%26)), columns-1) + string(rune('0'+(from+y)%10))
			fmt.Fprintf(&out, "\x1b[7m%s\x1b[m\x1b[%dD\x1b[B", pixels, columns)
		}
		return out.Bytes()
	}}
}

// with puts a picture on a frame, as much of it as there is room for.
func (f *Frame) with(p *Picture, x, y, from, columns, rows int) {
	f.Pictures = append(f.Pictures, p)
	for i := range rows {
		if y+i >= 0 && y+i < len(f.Rows) {
			f.Rows[y+i] = []Span{{0, 20, "list"}, {21, f.Width - 21, strings.Repeat(" ", x-21) + Placeholder(p.ID, from+i, columns)}}
		}
	}
}

// TestPicturesAnew is TestSameAsAnew with pictures that are painted over.
func TestPicturesAnew(t *testing.T) {
	pictures := make([]*Picture, 4)
	for i := range pictures {
		pictures[i] = drawn(PictureID(i), 8+i)
	}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		w, h := 60+r.IntN(30), 8+r.IntN(14)
		step := newTerminal(w, h)
		var frames []*Frame
		var last *Frame
		y := r.IntN(h)
		for range 6 {
			last = randomFrame(r, w, h, last)
			last.Pictures = pictures
			y += r.IntN(3) - 1
			for i, p := range pictures[:r.IntN(4)] {
				last.with(p, 24, y+5*i-4, 0, 8+i, 1+r.IntN(5))
			}
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

// TestPictureIsLeftAlone: a picture is painted only where it moved or what is
// under it changed, and never where the terminal would scroll.
func TestPictureIsLeftAlone(t *testing.T) {
	p := drawn(3, 10)
	frame := func(y, from, rows int, text, typed string) *Frame {
		f := &Frame{Width: 80, Height: 24, Rows: make([][]Span, 24), CursorX: 30, CursorY: 23}
		f.Rows[2] = []Span{{0, 20, text}, {21, 59, "over the picture"}}
		f.Rows[22] = []Span{{0, 20, ""}, {21, 59, typed}}
		f.with(p, 30, y, from, 10, rows)
		return f
	}
	pixel := "\x1b[7m"
	tests := []struct {
		name      string
		old, next *Frame
		want      int // rows that are painted
	}{
		{"typing", frame(5, 0, 4, "a", "x"), frame(5, 0, 4, "a", "xy"), 0},
		{"a change in the list", frame(5, 0, 4, "a", "x"), frame(5, 0, 4, "b", "x"), 0},
		{"it moves", frame(5, 0, 4, "a", "x"), frame(4, 0, 4, "a", "x"), 4},
		{"its upper part leaves", frame(5, 0, 4, "a", "x"), frame(5, 1, 3, "a", "x"), 3},
		{"it comes", frame(5, 0, 0, "a", "x"), frame(5, 0, 4, "a", "x"), 4},
		{"it leaves", frame(5, 0, 4, "a", "x"), frame(5, 0, 0, "a", "x"), 0},
		{"down to the last row", frame(5, 0, 0, "a", "x"), frame(20, 0, 4, "a", "x"), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			n := draw(&out, tt.old, tt.next)
			last := out.String()[out.Len()-n:]
			if got := strings.Count(last, pixel); got != tt.want {
				t.Errorf("%d rows are painted, want %d: %q", got, tt.want, last)
			}
		})
	}
	under := frame(5, 0, 4, "a", "x")
	under.Rows[6] = []Span{{0, 20, "list"}, {21, 59, "gone    12" + strings.TrimLeft(under.Rows[6][1].Text, " ")}}
	var out bytes.Buffer
	n := draw(&out, frame(5, 0, 4, "a", "x"), under)
	if got := strings.Count(out.String()[out.Len()-n:], pixel); got == 0 {
		t.Error("the picture is not painted where a row under it changed")
	}
}

// TestPicturesAreSent runs the painter: a picture is sent before the frame with
// it, once, again if everything is drawn anew, and forgotten at the end.
func TestPicturesAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out counted
		p := New(&out, []string{"TERM=xterm"}, time.Millisecond)
		p.Start()
		step := func(f *Frame) string {
			synctest.Wait() // what the painter does by itself is done
			out.Reset()
			if f != nil {
				p.Show(f)
			} else {
				p.Redraw()
			}
			time.Sleep(time.Second)
			synctest.Wait()
			return out.String()
		}
		seen, unseen := sent(7), sent(8)
		frame := func(y int) *Frame {
			f := &Frame{Width: 80, Height: 24, Rows: make([][]Span, 24), CursorX: -1}
			f.with(seen, 25, y, 0, 4, 3)
			f.Pictures = append(f.Pictures, unseen)
			return f
		}
		first := step(frame(3))
		if a, b := strings.Index(first, "<send 7>"), strings.Index(first, placeholder); a < 0 || a > b {
			t.Errorf("the picture is sent at %d, its cells at %d", a, b)
		}
		if moved := step(frame(9)); strings.Contains(moved, "send") || len(moved) > 80 {
			t.Errorf("the picture is moved by %q", moved)
		}
		if anew := step(nil); strings.Count(anew, "<send 7>") != 1 || !strings.Contains(anew, placeholder) {
			t.Errorf("drawn anew by %q", anew)
		}
		out.Reset()
		p.Forget([]*Picture{unseen, seen})
		time.Sleep(time.Second)
		synctest.Wait()
		if got := out.String(); got != "<drop 7>" {
			t.Errorf("the picture is forgotten by %q", got)
		}
		if back := step(frame(9)); strings.Count(back, "<send 7>") != 1 {
			t.Errorf("what was forgotten comes back by %q", back)
		}
		out.Reset()
		if err := p.Lend(func() error { return nil }); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if back := out.String(); strings.Count(back, "<send 7>") != 1 {
			t.Errorf("to a terminal that was lent %q is written", back)
		}
		out.Reset()
		p.Stop()
		end := out.String()
		if a, b := strings.Index(end, "<drop 7>"), strings.Index(end, "\x1b[?1049l"); a < 0 || a > b || strings.Contains(end, "<drop 8>") {
			t.Errorf("the end is %q", end)
		}
	})
}

// TestPicturesAreDropped: the terminal keeps those that were shown last.
func TestPicturesAreDropped(t *testing.T) {
	var p Painter
	var all []*Picture
	for i := range most + 2 {
		all = append(all, sent(PictureID(i)))
	}
	for _, pic := range all[:most] {
		p.hold([]*Picture{pic})
	}
	p.hold(all[:1])
	if got := string(p.hold(all[most:])); got != fmt.Sprintf("<send %d><send %d><drop 1><drop 2>", most, most+1) {
		t.Errorf("two more: %s", got)
	}
	if !slices.Contains(p.held, all[0]) || len(p.held) != most {
		t.Errorf("%d pictures are held", len(p.held))
	}
	if got := p.hold(all); len(p.held) != len(all) || strings.Contains(string(got), "drop") {
		t.Errorf("of a frame with %d pictures %d are held", len(all), len(p.held))
	}
}
