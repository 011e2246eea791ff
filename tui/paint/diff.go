package paint

import (
	"bytes"
	"strconv"
	"strings"
)

// canvas collects the bytes of one frame and follows the terminal's cursor.
type canvas struct {
	bytes.Buffer
	x, y  int // where the terminal's cursor is; x is -1 if that is not certain
	width int

	drawing bool     // something is painted over the rows:
	strokes []stroke // what is written to them is remembered
}

// move puts the cursor somewhere, in as few bytes as will do.
func (c *canvas) move(x, y int) {
	if c.x == x && c.y == y {
		return
	}
	switch {
	case c.x >= 0 && c.y == y && x < c.x && c.x-x <= 3:
		c.WriteString(strings.Repeat("\b", c.x-x))
	case x == 0 && c.y == y:
		c.WriteByte('\r')
	default:
		c.WriteString("\x1b[")
		c.number(y + 1)
		if x > 0 {
			c.WriteByte(';')
			c.number(x + 1)
		}
		c.WriteByte('H')
	}
	c.x, c.y = x, y
}

func (c *canvas) number(n int) { c.Write(strconv.AppendInt(c.AvailableBuffer(), int64(n), 10)) }

// text writes a styled text of so many cells; certain says whether terminals
// agree on that.
func (c *canvas) text(s string, cells int, certain bool) {
	if s == "" {
		return
	}
	c.WriteString(s)
	if certain {
		c.stroke(cells)
	} else {
		c.stroke(c.width)
	}
	c.x += cells
	if !certain || c.x >= c.width {
		c.x = -1
	}
}

// stroke remembers that cells are written from the cursor on.
func (c *canvas) stroke(cells int) {
	if c.drawing {
		c.strokes = append(c.strokes, stroke{c.y, c.x, c.x + cells})
	}
}

// erase blanks n cells from the cursor on, which stays.
func (c *canvas) erase(n int) {
	c.stroke(n)
	switch {
	case n <= 0:
	case c.x+n >= c.width:
		c.WriteString("\x1b[K")
	default:
		c.WriteString("\x1b[")
		c.number(n)
		c.WriteByte('X')
	}
}

// frame turns what the terminal shows into a new frame. old is nil if that is
// not known.
func (c *canvas) frame(old, f *Frame) {
	c.width, c.drawing, c.strokes = f.Width, len(f.over) > 0, c.strokes[:0]
	if old == nil {
		c.WriteString("\x1b[m\x1b[H\x1b[2J")
		c.x, c.y = 0, 0
		old = &Frame{}
	} else if len(old.over) == 0 && len(f.over) == 0 {
		old = c.scroll(old, f)
	} else {
		old = c.uncover(old, f)
	}
	for y := range f.Height {
		c.line(y, old.row(y), f.row(y))
	}
	c.cover(old, f)
}

func (c *canvas) line(y int, old, row []Span) {
	if equal(old, row) {
		return
	}
	if !aligned(old, row) {
		if len(old) > 0 {
			c.move(0, y)
			c.erase(c.width)
		}
		for _, s := range row {
			c.span(y, Span{X: s.X, Width: s.Width}, s)
		}
		return
	}
	for i, s := range row {
		if old[i].Text != s.Text {
			c.span(y, old[i], s)
		}
	}
}

// span turns a span into another one in the same columns.
func (c *canvas) span(y int, old, s Span) {
	oldCells, oldCertain := measure(old.Text)
	cells, certain := measure(s.Text)
	if !certain || !oldCertain {
		c.move(s.X, y)
		if old.Text != "" {
			c.erase(s.Width)
		}
		c.text(s.Text, cells, false)
		return
	}
	p := common(old.Text, s.Text)
	c.move(s.X+p.cells, y)
	c.WriteString(p.style)
	c.text(s.Text[p.bytes:], cells-p.cells, true)
	if extra := oldCells - cells; extra > 0 && cells < s.Width {
		if c.x < 0 {
			c.move(s.X+cells, y)
		}
		c.erase(extra)
	}
}
