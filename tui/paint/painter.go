package paint

import (
	"io"
	"sync"
	"time"
)

// Painter shows frames on a terminal. Its methods may be called from any
// goroutine.
type Painter struct {
	out   io.Writer
	pause time.Duration // at least this between two frames
	modes modes
	wake  chan struct{} // holds one request to paint
	ended chan struct{}

	mu     sync.Mutex
	next   *Frame     // to be shown; nil if nothing new is
	raw    []byte     // to be written beside frames
	gone   []*Picture // the terminal is to forget them
	forget bool       // what the terminal shows is not known
	sync   bool       // the terminal knows synchronised output
	core   bool       // mode 2027 was switched on
	lent   bool       // something else has the terminal
	done   bool

	writing sync.Mutex // held while the terminal is written to
	last    *Frame     // guarded by writing, as is the following
	shown   *Frame     // what the terminal shows of it; nil if that is not known
	held    []*Picture // those that the terminal knows, the last used at the end
	title   string
	x, y    int
	hidden  bool
}

// New is a painter for a terminal of which the environment is known. Two
// frames are at least pause apart; the first after a rest is shown at once.
func New(out io.Writer, environ []string, pause time.Duration) *Painter {
	return &Painter{out: out, pause: pause, modes: modesFor(environ), wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Start starts the goroutine that takes over the terminal and paints.
func (p *Painter) Start() {
	go func() {
		defer close(p.ended)
		p.enter()
		p.paint()
	}()
}

// Stop gives the terminal back as it was, after the last frame.
func (p *Painter) Stop() {
	p.mu.Lock()
	p.done = true
	p.mu.Unlock()
	p.signal()
	<-p.ended
	p.exit()
}

// Show has a frame shown as soon as the terminal takes it. Of several that
// wait, the last one is.
func (p *Painter) Show(f *Frame) {
	p.mu.Lock()
	p.next = f
	p.mu.Unlock()
	p.signal()
}

// Redraw has everything drawn anew, whatever is on the screen.
func (p *Painter) Redraw() {
	p.mu.Lock()
	p.forget = true
	p.mu.Unlock()
	p.signal()
}

// Copy hands text to the clipboard of the terminal's user (OSC 52).
func (p *Painter) Copy(text string) {
	p.mu.Lock()
	p.raw = append(p.raw, clipboard(text)...)
	p.mu.Unlock()
	p.signal()
}

// Ask has a question written that the terminal answers where it is read from.
func (p *Painter) Ask(question string) {
	p.mu.Lock()
	p.raw = append(p.raw, question...)
	p.mu.Unlock()
	p.signal()
}

// Forget has the terminal forget pictures that no frame will have again.
func (p *Painter) Forget(pictures []*Picture) {
	if len(pictures) == 0 {
		return
	}
	p.mu.Lock()
	p.gone = append(p.gone, pictures...)
	p.mu.Unlock()
	p.signal()
}

// Synchronised is told that the terminal can show a frame all at once.
func (p *Painter) Synchronised() {
	p.mu.Lock()
	p.sync = true
	p.mu.Unlock()
}

// Unicode is told that the terminal knows mode 2027, and switches it on.
func (p *Painter) Unicode() {
	p.mu.Lock()
	if !p.core {
		p.raw = append(p.raw, "\x1b[?2027h"...)
	}
	p.core, p.forget = true, true
	p.mu.Unlock()
	p.signal()
}

// Lend gives the terminal to something else for as long as f takes.
func (p *Painter) Lend(f func() error) error {
	p.lend(true)
	p.exit()
	defer func() {
		p.lend(false)
		p.enter()
	}()
	return f()
}

func (p *Painter) lend(lent bool) {
	p.mu.Lock()
	p.lent = lent
	p.mu.Unlock()
}

func (p *Painter) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// paint writes frames until Stop.
func (p *Painter) paint() {
	for range p.wake {
		if p.once() {
			return
		}
		time.Sleep(p.pause)
	}
}

// once writes what is to be written. It reports whether that was the last.
func (p *Painter) once() bool {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.mu.Lock()
	if p.lent {
		p.mu.Unlock()
		return false
	}
	f, raw, gone, done, synchronised := p.next, p.raw, p.gone, p.done, p.sync
	if p.forget {
		if f == nil {
			f = p.last
		}
		p.shown, p.held = nil, nil
	}
	p.next, p.raw, p.gone, p.forget = nil, nil, nil, false
	p.mu.Unlock()
	raw = append(raw, p.drop(gone)...)
	if len(raw) > 0 {
		_, _ = p.out.Write(raw)
	}
	if f != nil {
		p.write(f, synchronised)
	}
	return done
}

// small is how many bytes a terminal draws so quickly that nobody sees it.
const small = 48

// write shows a frame. Errors are left out: if the terminal is gone, whoever
// reads from it notices.
func (p *Painter) write(f *Frame, synchronised bool) {
	old := p.shown
	if old != nil && (old.Width != f.Width || old.Height != f.Height) {
		old = nil
	}
	p.last = f
	f, pictures := resolve(f)
	out := p.hold(pictures)
	c := canvas{x: p.x, y: p.y}
	c.frame(old, f)
	show := f.CursorX >= 0
	if show {
		c.move(f.CursorX, f.CursorY)
	}
	body := c.Bytes()
	big := len(body) > small
	if big && synchronised {
		out = append(out, "\x1b[?2026h"...)
	}
	if !p.hidden && (!show || big && !synchronised) {
		out = append(out, "\x1b[?25l"...)
		p.hidden = true
	}
	out = append(out, body...)
	if show && p.hidden {
		out = append(out, "\x1b[?25h"...)
		p.hidden = false
	}
	if big && synchronised {
		out = append(out, "\x1b[?2026l"...)
	}
	if f.Title != p.title {
		out = append(append(append(out, "\x1b]2;"...), f.Title...), '\a')
		p.title = f.Title
	}
	p.shown, p.x, p.y = f, c.x, c.y
	if len(out) > 0 {
		_, _ = p.out.Write(out)
	}
}
