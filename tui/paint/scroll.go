package paint

import "strings"

// scrolling is about how many bytes it takes to move rows.
const scrolling = 24

// scroll moves rows of the terminal up or down where that leaves less to
// write, as when a conversation is read without the list beside it. It returns
// what the terminal then shows.
func (c *canvas) scroll(old, f *Frame) *Frame {
	top, bottom := 0, f.Height-1
	for top <= bottom && equal(old.row(top), f.row(top)) {
		top++
	}
	for bottom > top && equal(old.row(bottom), f.row(bottom)) {
		bottom--
	}
	best, by := 0, 0
	for shift := top - bottom; shift <= bottom-top; shift++ {
		if n := spared(old, f, top, bottom, shift); n > best {
			best, by = n, shift
		}
	}
	if best <= scrolling {
		return old
	}
	c.WriteString("\x1b[")
	c.number(top + 1)
	c.WriteByte(';')
	c.number(bottom + 1)
	c.WriteByte('r')
	// Line feeds at the bottom margin and their reverse at the top one are
	// known to everything that calls itself a terminal.
	c.x, c.y = 0, 0 // setting margins moves the cursor there
	if by > 0 {
		c.move(0, bottom)
		c.WriteString(strings.Repeat("\n", by))
	} else {
		c.move(0, top)
		c.WriteString(strings.Repeat("\x1bM", -by))
	}
	c.WriteString("\x1b[r")
	c.x, c.y = 0, 0
	moved := *old
	moved.Rows = make([][]Span, f.Height)
	for y := range moved.Rows {
		switch {
		case y < top || y > bottom:
			moved.Rows[y] = old.row(y)
		case y+by >= top && y+by <= bottom:
			moved.Rows[y] = old.row(y + by)
		}
	}
	return &moved
}

// spared is about how many bytes need not be written after a scroll by so many
// rows.
func spared(old, f *Frame, top, bottom, by int) int {
	n := 0
	for y := top; y <= bottom; y++ {
		var moved []Span
		if from := y + by; from >= top && from <= bottom {
			moved = old.row(from)
		}
		row := f.row(y)
		still, after := equal(old.row(y), row), equal(moved, row)
		switch {
		case after && !still:
			n += size(row)
		case still && !after:
			n -= size(row)
		}
	}
	return n
}

// size is about how many bytes a row takes.
func size(row []Span) int {
	n := 0
	for _, s := range row {
		n += len(s.Text)
	}
	return n
}
