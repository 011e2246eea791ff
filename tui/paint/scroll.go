package paint

// least is how many rows a scroll has to spare to be worth its bytes.
const least = 3

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
	for shift := -(bottom - top - least); shift <= bottom-top-least; shift++ {
		if shift == 0 {
			continue
		}
		if n := spared(old, f, top, bottom, shift); n > best {
			best, by = n, shift
		}
	}
	if best < least || 2*best < bottom-top+1 {
		return old
	}
	c.WriteString("\x1b[")
	c.number(top + 1)
	c.WriteByte(';')
	c.number(bottom + 1)
	c.WriteString("r\x1b[")
	if by > 0 {
		c.number(by)
		c.WriteByte('S')
	} else {
		c.number(-by)
		c.WriteByte('T')
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

// spared is how many rows that are not blank are right after a scroll by so
// many rows, and are not without it.
func spared(old, f *Frame, top, bottom, by int) int {
	n := 0
	for y := max(top, top-by); y <= min(bottom, bottom-by); y++ {
		row := f.row(y)
		if len(row) == 0 {
			continue
		}
		if equal(old.row(y+by), row) {
			n++
		}
		if equal(old.row(y), row) {
			n--
		}
	}
	return n
}
