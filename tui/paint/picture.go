package paint

import (
	"slices"
	"strings"

	"seance/tui/render"
)

// Picture is an image that cells of a frame stand for: see Placeholder. It
// must not be changed once a frame has it.
type Picture struct {
	ID PictureID

	// Send has the terminal know the picture, and Drop forget it. Send is
	// written once, before the first frame with the picture. The terminal then
	// puts the picture where its cells are.
	Send, Drop []byte

	// Draw is set for a terminal that knows no such cells. They are left blank,
	// and Draw is what paints the rows from one on where the cursor is.
	Draw func(from, rows int) []byte
}

// over is a part of a picture that is painted over blank cells.
type over struct {
	picture             *Picture
	x, y, columns, rows int // the cells
	from                int // the picture's own row at the top
}

// resolve finds the pictures that cells of a frame stand for: those that the
// terminal has to know, and the frame with the others painted over it.
func resolve(f *Frame) (*Frame, []*Picture) {
	if len(f.Pictures) == 0 {
		return f, nil
	}
	known := make(map[PictureID]*Picture, len(f.Pictures))
	for _, p := range f.Pictures {
		known[p.ID] = p
	}
	r := *f
	r.Rows, r.Pictures, r.over = slices.Clone(f.Rows), nil, nil
	var sent []*Picture
	for y, row := range f.Rows {
		copied := false
		for i, s := range row {
			text, rest, cells := "", s.Text, 0
			for at := 0; ; {
				run, ok := nextRun(rest, at)
				if !ok {
					break
				}
				p := known[run.id]
				if p == nil || p.Draw == nil {
					if p != nil && !slices.Contains(sent, p) {
						sent = append(sent, p)
					}
					at = run.end
					continue
				}
				before, certain := measure(rest[:run.start])
				text += rest[:run.start] + render.Spaces(run.cells)
				cells += before
				if certain && cells+run.cells <= s.Width {
					r.put(over{p, s.X + cells, y, run.cells, 1, run.row})
				}
				cells += run.cells
				rest, at = rest[run.end:], 0
			}
			if text != "" {
				if !copied {
					r.Rows[y], copied = slices.Clone(row), true
				}
				r.Rows[y][i].Text = strings.TrimRight(text+rest, " ")
			}
		}
	}
	// A picture that ends in the last row may have the terminal scroll.
	r.over = slices.DeleteFunc(r.over, func(o over) bool { return o.y+o.rows >= r.Height })
	return &r, sent
}

// put adds a row of a picture, to the rows above it if it continues them.
func (f *Frame) put(o over) {
	for i := range f.over {
		above := &f.over[i]
		if above.picture == o.picture && above.x == o.x && above.columns == o.columns &&
			above.y+above.rows == o.y && above.from+above.rows == o.from {
			above.rows++
			return
		}
	}
	f.over = append(f.over, o)
}

// uncover blanks the rows of the pictures that are no longer where they were.
// It returns what the terminal then shows.
func (c *canvas) uncover(old, f *Frame) *Frame {
	now, copied := *old, false
	now.over = nil
	for _, o := range old.over {
		if slices.Contains(f.over, o) {
			now.over = append(now.over, o)
			continue
		}
		if !copied {
			now.Rows, copied = slices.Clone(old.Rows), true
		}
		for y := o.y; y < min(o.y+o.rows, len(now.Rows)); y++ {
			c.move(0, y)
			c.erase(c.width)
			now.Rows[y] = nil
		}
	}
	return &now
}

// cover paints pictures over the cells, but those that are still there.
func (c *canvas) cover(old, f *Frame) {
	for _, o := range f.over {
		if slices.Contains(old.over, o) && !c.wrote(o) {
			continue
		}
		c.move(o.x, o.y)
		c.Write(o.picture.Draw(o.from, o.rows))
		c.x = -1
	}
}

// stroke is where something was written: some cells of a row.
type stroke struct{ y, from, to int }

// wrote reports whether something was written where a picture is.
func (c *canvas) wrote(o over) bool {
	return slices.ContainsFunc(c.strokes, func(s stroke) bool {
		return s.y >= o.y && s.y < o.y+o.rows && s.from < o.x+o.columns && s.to > o.x
	})
}

// most is how many pictures the terminal is asked to keep. It has room for
// many more; what scrolls back into view is seldom further away.
const most = 64

// hold has the terminal know the pictures of a frame, and forget some that
// were not used for long.
func (p *Painter) hold(pictures []*Picture) (out []byte) {
	for _, pic := range pictures {
		if i := slices.Index(p.held, pic); i >= 0 {
			p.held = append(slices.Delete(p.held, i, i+1), pic)
			continue
		}
		out = append(out, pic.Send...)
		p.held = append(p.held, pic)
	}
	for len(p.held) > max(most, len(pictures)) {
		out = append(out, p.held[0].Drop...)
		p.held = slices.Delete(p.held, 0, 1)
	}
	return out
}

// drop has the terminal forget pictures that it knows.
func (p *Painter) drop(pictures []*Picture) (out []byte) {
	p.held = slices.DeleteFunc(p.held, func(pic *Picture) bool {
		if !slices.Contains(pictures, pic) {
			return false
		}
		out = append(out, pic.Drop...)
		return true
	})
	return out
}
