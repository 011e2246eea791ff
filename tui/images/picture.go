package images

import (
	"image"
	"math"

	"seance/tui/paint"
)

// largest is the most cells a side of a picture may have.
const largest = paint.MaxPicture

// Picture is a picture for the screen.
type Picture struct {
	Box   Box
	rows  []string
	cells *paint.Picture // nil if the rows are all there is
	size  int            // bytes it takes
}

// Rows are the lines of text that show the picture, each Box.Columns cells
// wide. They must be shown whole, and may be shown in part from above or below.
func (p *Picture) Rows() []string { return p.rows }

// resolution is how many pixels a picture is brought to the terminal with, of
// those that its box has. Where cells are large the bytes are worth more than
// what is finest. Kitty enlarges the picture again; a sixel one is then smaller
// than its box, which takes a very large one.
func resolution(f Form, width, height int) (w, h int) {
	most := 1_000_000
	if f == Kitty {
		most = 300_000
	}
	if width*height <= most {
		return width, height
	}
	scale := math.Sqrt(float64(most) / float64(width*height))
	return max(int(float64(width)*scale), 1), max(int(float64(height)*scale), 1)
}

// render makes a picture of an image. id names it on the screen.
func render(img image.Image, id paint.PictureID, box Box, s Support) (*Picture, error) {
	p := &Picture{Box: box}
	if s.Form == HalfBlocks {
		p.rows = halfBlocks(Scale(img, box.Columns, 2*box.Rows), box, s.Colour)
		for _, row := range p.rows {
			p.size += len(row)
		}
		return p, nil
	}
	cell := s.cell()
	w, h := resolution(s.Form, box.Columns*cell.X, box.Rows*cell.Y)
	small := Scale(img, w, h)
	var err error
	if s.Form == Sixel {
		p.cells, p.size, err = sixelPicture(id, small, s)
	} else {
		p.cells, err = kittyPicture(id, small, box, s)
	}
	if err != nil {
		return nil, err
	}
	for y := range box.Rows {
		p.rows = append(p.rows, paint.Placeholder(id, y, box.Columns))
	}
	p.size += len(p.cells.Send) + box.Rows*len(p.rows[0])
	return p, nil
}
