package images

import (
	"bytes"
	"image"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Probe finds out what a terminal can do, from its environment and from the
// answers to questions. It is a state machine: whatever comes in which order,
// or never, it knows the best that is certain so far.
type Probe struct {
	mute      bool // the terminal would show questions as garbage
	support   Support
	columns   int         // the terminal's size in cells,
	rows      int         // 0 if that is not known
	pixels    image.Point // the terminal's size in pixels
	sixel     bool        // it knows sixels
	celled    bool        // it told the size of a cell
	kitty     bool        // it knows kitty's protocol, and cells that stand for pictures
	asked     bool        // it was asked whether it does
	forbidden bool        // the outer terminal knows the protocol but not the cells
}

// NewProbe starts with what the environment tells. Without wanted there are
// never pictures, and no questions.
func NewProbe(environ []string, wanted bool) *Probe {
	p := &Probe{mute: true, support: Support{Cell: usual}}
	if !wanted {
		return p
	}
	switch colorprofile.Env(environ) {
	case colorprofile.TrueColor:
		p.support.Form, p.support.Colour = HalfBlocks, True
	case colorprofile.ANSI256:
		p.support.Form = HalfBlocks
	case colorprofile.ANSI:
		// Too few for half blocks; pictures of the other forms have their own.
	default:
		return p
	}
	p.mute = false
	tmux, all := false, false
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		switch {
		case name == "TERM" && strings.HasPrefix(value, "tmux"):
			tmux = true
		case name == "COLORTERM":
			all = value == "truecolor" || value == "24bit"
		case name == "TERM" && (value == "linux" || value == "dumb"), name == "TERM_PROGRAM" && value == "Apple_Terminal":
			p.mute = true
		case (name == "WEZTERM_PANE" || name == "KONSOLE_VERSION") && value != "":
			p.forbidden = true
		}
	}
	if tmux && all {
		// tmux takes all colours and shows those that its terminal has.
		p.support.Colour = True
	}
	return p
}

// Question is what to ask first; "" is nothing.
func (p *Probe) Question() string {
	if p.mute {
		return ""
	}
	// Who it is, the size of a cell, that of the window, what it can do. The
	// last is answered by everything, but nothing depends on that.
	return "\x1b[>q\x1b[16t\x1b[14t\x1b[c"
}

// Resized takes the size that the terminal has now, in cells and in pixels,
// which are 0 if they are not known. It returns what is to be asked: letters
// may have grown.
func (p *Probe) Resized(columns, rows, width, height int) (question string) {
	p.columns, p.rows, p.pixels = columns, rows, image.Pt(width, height)
	if p.mute {
		return ""
	}
	p.settle()
	return "\x1b[16t\x1b[14t"
}

// Support is what the terminal can do, as far as it has told.
func (p *Probe) Support() Support { return p.support }

// Answer takes a message of the terminal; others are ignored. It returns what
// is to be asked next, "" if nothing is, and whether Support has changed.
func (p *Probe) Answer(msg tea.Msg) (question string, changed bool) {
	if p.mute {
		return "", false
	}
	before := p.support
	switch msg := msg.(type) {
	case tea.TerminalVersionMsg:
		question = p.named(msg.Name)
	case uv.PrimaryDeviceAttributesEvent:
		for _, a := range msg {
			p.sixel = p.sixel || a == 4
		}
	case uv.CellSizeEvent:
		if c := image.Pt(msg.Width, msg.Height); likely(c) {
			p.support.Cell, p.celled = c, true
		}
	case uv.PixelSizeEvent:
		p.pixels = image.Pt(msg.Width, msg.Height)
	case uv.KittyGraphicsEvent:
		p.kitty = p.kitty || p.asked && msg.Options.ID == queryID && bytes.Equal(msg.Payload, []byte("OK"))
	case uv.MultiEvent:
		for _, e := range msg {
			q, c := p.Answer(e)
			question, changed = question+q, changed || c
		}
	}
	p.settle()
	return question, changed || p.support != before
}

// settle concludes from what is known.
func (p *Probe) settle() {
	s := &p.support
	known := p.celled
	if c := p.perCell(); !known && likely(c) {
		s.Cell, known = c, true
	}
	switch {
	case p.kitty:
		s.Form = Kitty
	case p.sixel && known:
		// A sixel of unknown height would run over what is below it.
		s.Form = Sixel
	}
}

// perCell is the size of a cell as that of the window has it.
func (p *Probe) perCell() image.Point {
	if p.columns <= 0 || p.rows <= 0 {
		return image.Point{}
	}
	return image.Pt(p.pixels.X/p.columns, p.pixels.Y/p.rows)
}

// likely reports whether cells can be of that size.
func likely(cell image.Point) bool {
	return cell.X >= 3 && cell.Y >= 6 && cell.X <= 64 && cell.Y <= 128
}

// queryID is the id in the question to kitty and in its answer.
const queryID = 31

// named takes the terminal's name. Only those are asked about kitty's protocol
// that know its cells, or that stand before a terminal which may: others show
// the question, take it for a title, or know the protocol without the cells.
func (p *Probe) named(name string) (question string) {
	name = strings.ToLower(name)
	switch {
	case p.asked:
		return ""
	case strings.HasPrefix(name, "tmux"):
		if p.forbidden {
			return ""
		}
		p.support.Tmux = true
	case strings.HasPrefix(name, "kitty"):
		if !recent(name) {
			return ""
		}
	case !strings.HasPrefix(name, "ghostty"):
		return ""
	}
	p.asked = true
	return p.support.wrap(ansi.KittyGraphics([]byte("AAAA"), "i="+strconv.Itoa(queryID), "s=1", "v=1", "a=q", "t=d", "f=24"))
}

// recent reports whether a version of kitty has the cells: from 0.28 on.
func recent(name string) bool {
	_, version, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	if m, err := strconv.Atoi(major); err != nil || m > 0 {
		return err == nil
	}
	n, err := strconv.Atoi(minor)
	return err == nil && n >= 28
}

// wrap has a sequence reach the terminal around tmux. That needs its option
// allow-passthrough; without it nothing is answered.
func (s Support) wrap(sequence string) string {
	if s.Tmux {
		return ansi.TmuxPassthrough(sequence)
	}
	return sequence
}
