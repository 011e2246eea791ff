package paint

import (
	"encoding/base64"
	"slices"
	"strings"
)

// modes are what is switched on for the time that the screen is ours.
type modes struct {
	on, off string
}

// modesFor leaves out what a terminal would show as garbage.
func modesFor(environ []string) modes {
	term, program := "", ""
	for _, v := range environ {
		if s, ok := strings.CutPrefix(v, "TERM="); ok {
			term = s
		}
		if s, ok := strings.CutPrefix(v, "TERM_PROGRAM="); ok {
			program = s
		}
	}
	m := modes{
		on: "\x1b[22;2t" + // keep the window's title
			"\x1b[?1049h" + // alternate screen
			"\x1b[?7l" + // lines do not wrap
			"\x1b[?2004h" + // pasted text is marked
			"\x1b[?1004h" + // focus is told
			"\x1b[>4;2m\x1b[>1u" + // keys that used to be the same differ
			"\x1b[6 q", // the cursor is a bar that does not blink
		off: "\x1b[m\x1b[0 q\x1b[<u\x1b[>4m\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[23;2t",
	}
	if term == "linux" || term == "dumb" || program == "Apple_Terminal" {
		return m
	}
	// Questions: synchronised output, Unicode core, the background's colour.
	m.on += "\x1b[?2026$p\x1b[?2027$p\x1b]11;?\a"
	return m
}

// enter switches to a screen of our own. What it shows is drawn anew.
func (p *Painter) enter() {
	p.writing.Lock()
	_, _ = p.out.Write([]byte(p.modes.on))
	p.x, p.y, p.hidden, p.title = -1, 0, false, ""
	p.writing.Unlock()
	p.mu.Lock()
	p.forget = true
	if p.core {
		p.raw = append(p.raw, "\x1b[?2027h"...)
	}
	p.mu.Unlock()
	p.signal()
}

// exit goes back to the screen that was there.
func (p *Painter) exit() {
	p.mu.Lock()
	core := p.core
	p.mu.Unlock()
	p.writing.Lock()
	defer p.writing.Unlock()
	off := p.drop(slices.Clone(p.held))
	if core {
		off = append(off, "\x1b[?2027l"...)
	}
	_, _ = p.out.Write(append(off, p.modes.off...))
}

func clipboard(text string) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
}
