package images

import (
	"image"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

const (
	first   = "\x1b[>q\x1b[16t\x1b[14t\x1b[c"
	direct  = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
	through = "\x1bPtmux;\x1b\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\x1b\\\x1b\\"
)

var (
	truecolour = []string{"TERM=xterm-256color", "COLORTERM=truecolor"}
	indexedEnv = []string{"TERM=xterm-256color"}
)

// hear gives a probe the bytes that a terminal answers with. It returns all
// that is asked.
func hear(p *Probe, bytes string) (asked string) {
	var decoder uv.EventDecoder
	for b := []byte(bytes); len(b) > 0; {
		n, event := decoder.Decode(b)
		if n <= 0 {
			break
		}
		b = b[n:]
		q, _ := p.Answer(translated(event))
		asked += q
	}
	return asked
}

// translated is an event as Bubble Tea hands it on.
func translated(event uv.Event) tea.Msg {
	if e, ok := event.(uv.TerminalVersionEvent); ok {
		return tea.TerminalVersionMsg(e)
	}
	return event
}

func TestProbe(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		answers string
		asked   string // after the first question
		want    Support
	}{
		{"nothing is answered", truecolour, "", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"256 colours", indexedEnv, "\x1b[?62;22c", "", Support{Form: HalfBlocks, Cell: usual}},
		{"all colours through tmux", []string{"TERM=tmux-256color", "COLORTERM=truecolor"}, "", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"tmux in a terminal of 256", []string{"TERM=tmux-256color"}, "", "", Support{Form: HalfBlocks, Cell: usual}},
		{"sixels", truecolour, "\x1bP>|XTerm(390)\x1b\\\x1b[6;18;9t\x1b[4;700;800t\x1b[?63;1;2;4;6c", "", Support{Form: Sixel, Cell: image.Pt(9, 18), Colour: True}},
		{"sixteen colours", []string{"TERM=xterm"}, "\x1b[?62;22c", "", Support{Cell: usual}},
		{"sixels in a terminal that says it has sixteen", []string{"TERM=xterm"}, "\x1b[6;18;9t\x1b[?63;1;2;4;6c", "", Support{Form: Sixel, Cell: image.Pt(9, 18)}},
		{"sixels, the size of the window only", truecolour, "\x1b[4;480;800t\x1b[?63;4c", "", Support{Form: Sixel, Cell: image.Pt(10, 20), Colour: True}},
		{"sixels of unknown height", truecolour, "\x1b[?63;1;4c", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"cells that cannot be", truecolour, "\x1b[6;0;0t\x1b[4;99999;99999t\x1b[?63;4c", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"kitty", truecolour, "\x1bP>|kitty(0.36.4)\x1b\\\x1b[6;20;10t\x1b[?62;c\x1b_Gi=31;OK\x1b\\", direct, Support{Form: Kitty, Cell: image.Pt(10, 20), Colour: True}},
		{"ghostty, sixels as well", truecolour, "\x1bP>|ghostty 1.1.3\x1b\\\x1b[6;20;10t\x1b[?62;4c\x1b_Gi=31;OK\x1b\\", direct, Support{Form: Kitty, Cell: image.Pt(10, 20), Colour: True}},
		{"kitty that refuses", truecolour, "\x1bP>|kitty(0.36.4)\x1b\\\x1b_Gi=31;EPERM:no\x1b\\", direct, Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"kitty from before the cells", truecolour, "\x1bP>|kitty(0.26.5)\x1b\\\x1b[?62;c", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"another's answer", truecolour, "\x1bP>|kitty(1.0.0)\x1b\\\x1b_Gi=30;OK\x1b\\", direct, Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"an answer that nobody asked for", truecolour, "\x1b_Gi=31;OK\x1b\\", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"the protocol without cells", truecolour, "\x1bP>|WezTerm 20240203\x1b\\\x1b[6;20;10t\x1b[?65;4;6c", "", Support{Form: Sixel, Cell: image.Pt(10, 20), Colour: True}},
		{"tmux in kitty", truecolour, "\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c\x1b_Gi=31;OK\x1b\\", through, Support{Form: Kitty, Cell: usual, Tmux: true, Colour: True}},
		{"tmux that lets nothing through", truecolour, "\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c", through, Support{Form: HalfBlocks, Cell: usual, Tmux: true, Colour: True}},
		{"tmux with sixels", truecolour, "\x1bP>|tmux 3.5\x1b\\\x1b[6;16;8t\x1b[?1;2;4c", through, Support{Form: Sixel, Cell: image.Pt(8, 16), Tmux: true, Colour: True}},
		{"tmux in WezTerm", append([]string{"WEZTERM_PANE=1"}, truecolour...), "\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c", "", Support{Form: HalfBlocks, Cell: usual, Colour: True}},
		{"twice", truecolour, "\x1bP>|kitty(0.36.4)\x1b\\\x1bP>|kitty(0.36.4)\x1b\\", direct, Support{Form: HalfBlocks, Cell: usual, Colour: True}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewProbe(tt.environ, true)
			if got := p.Question(); got != first {
				t.Errorf("the first question is %q", got)
			}
			p.Resized(80, 24, 0, 0)
			if got := hear(p, tt.answers); got != tt.asked {
				t.Errorf("asked %q, want %q", got, tt.asked)
			}
			if got := p.Support(); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestNobodyIsAsked(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		wanted  bool
		want    Form
	}{
		{"not wanted", truecolour, false, Nothing},
		{"no colours", []string{"TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=1"}, true, Nothing},
		{"no terminal", []string{"TERM=dumb"}, true, Nothing},
		{"the console", []string{"TERM=linux", "COLORTERM=truecolor"}, true, HalfBlocks},
		{"Terminal.app", []string{"TERM=xterm-256color", "TERM_PROGRAM=Apple_Terminal"}, true, HalfBlocks},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewProbe(tt.environ, tt.wanted)
			all := p.Question() + p.Resized(80, 24, 0, 0) + hear(p, "\x1bP>|kitty(0.36.4)\x1b\\\x1b[6;20;10t\x1b[?62;4c\x1b_Gi=31;OK\x1b\\")
			if all != "" {
				t.Errorf("asked %q", all)
			}
			if got := p.Support().Form; got != tt.want {
				t.Errorf("form %v, want %v", got, tt.want)
			}
		})
	}
}

// TestPixelsOfTheSystem: a terminal that does not answer may have told the
// system.
func TestPixelsOfTheSystem(t *testing.T) {
	p := NewProbe(truecolour, true)
	p.Resized(80, 24, 720, 432)
	hear(p, "\x1b[?63;4c")
	if got, want := p.Support(), (Support{Form: Sixel, Cell: image.Pt(9, 18), Colour: True}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestLettersGrow: what is known of cells follows the terminal.
func TestLettersGrow(t *testing.T) {
	p := NewProbe(truecolour, true)
	hear(p, "\x1b[6;20;10t\x1b[?62;4c")
	if q := p.Resized(70, 20, 0, 0); !strings.Contains(q, "\x1b[16t") {
		t.Errorf("asked %q", q)
	}
	if _, changed := p.Answer(uv.CellSizeEvent{Width: 12, Height: 24}); !changed || p.Support().Cell != image.Pt(12, 24) {
		t.Errorf("changed: %v, %+v", changed, p.Support())
	}
	if _, changed := p.Answer(uv.CellSizeEvent{Width: 12, Height: 24}); changed {
		t.Error("the same answer is news")
	}
}

func TestFit(t *testing.T) {
	s := Support{Form: Kitty, Cell: image.Pt(10, 20)}
	for _, tt := range []struct {
		w, h      int
		box, want Box
	}{
		{1920, 1080, Box{48, 20}, Box{48, 14}},
		{1080, 1920, Box{48, 20}, Box{23, 20}},
		{95, 41, Box{48, 20}, Box{10, 3}},
		{1, 1, Box{48, 20}, Box{1, 1}},
		{100000, 1, Box{48, 20}, Box{48, 1}},
		{1 << 31, 1 << 31, Box{1 << 20, 1 << 20}, Box{128, 64}},
		{0, 10, Box{48, 20}, Box{}},
		{10, 10, Box{0, 20}, Box{}},
	} {
		if got := s.Fit(tt.w, tt.h, tt.box); got != tt.want {
			t.Errorf("%d x %d within %v is %v, want %v", tt.w, tt.h, tt.box, got, tt.want)
		}
	}
	blocks := Support{Form: HalfBlocks, Cell: image.Pt(16, 32)}
	for _, tt := range []struct {
		w, h int
		want Box
	}{{480, 300, Box{44, 14}}, {10, 7, Box{10, 4}}, {1, 9000, Box{1, 14}}, {9000, 1, Box{48, 1}}} {
		if got := blocks.Fit(tt.w, tt.h, Box{48, 14}); got != tt.want {
			t.Errorf("%d x %d in blocks: %v, want %v", tt.w, tt.h, got, tt.want)
		}
	}
	if got := (Support{}).Fit(100, 100, Box{48, 20}); got != (Box{}) {
		t.Errorf("without pictures: %v", got)
	}
}

// FuzzProbe: whatever comes in as answers, a form is used only if the terminal
// has said that it knows it, and cells are of a size that can be.
func FuzzProbe(f *testing.F) {
	for _, seed := range []string{
		"\x1bP>|kitty(0.36.4)\x1b\\\x1b[6;20;10t\x1b[?62;4c\x1b_Gi=31;OK\x1b\\", "\x1b[4;480;800t\x1b[?63;4c",
		"\x1bP>|tmux 3.3a\x1b\\", "\x1b_Gi=31\x1b\\", "\x1b_G;OK\x1b\\", "\x1b[48;24;80;480;800t",
	} {
		f.Add(seed, 80, 24, 800, 480)
	}
	f.Fuzz(func(t *testing.T, answers string, columns, rows, width, height int) {
		p := NewProbe(truecolour, true)
		p.Resized(columns, rows, width, height)
		asked := hear(p, answers)
		if asked != "" && asked != direct && asked != through {
			t.Fatalf("asked %q", asked)
		}
		s := p.Support()
		if !likely(s.Cell) {
			t.Fatalf("cells of %v", s.Cell)
		}
		if s.Form == Nothing || s.Form == Kitty && asked == "" || s.Form == Sixel && !strings.Contains(answers, "4") {
			t.Fatalf("%+v after %q", s, answers)
		}
		if box := s.Fit(4000, 3000, Box{columns, rows}); box.Columns > largest || box.Rows > largest || box.Columns > max(columns, 0) || box.Rows > max(rows, 0) {
			t.Fatalf("a box of %v in %d x %d", box, columns, rows)
		}
	})
}
