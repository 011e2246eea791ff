package images

import (
	"image"
	"strconv"
)

// Half blocks: the upper pixel of a cell is its foreground.
const (
	upper = "▀"
	lower = "▄"
)

// halfBlocks draws a picture in cells, each with two pixels, one above the
// other. What is more than half transparent is left to the background.
func halfBlocks(img *image.RGBA, box Box, c Colour) []string {
	rows := make([]string, 0, box.Rows)
	for y := range box.Rows {
		rows = append(rows, halfBlockRow(img, 2*y, box.Columns, c))
	}
	return rows
}

// ink is what a pixel is drawn in: a colour code, "" for nothing.
type ink string

func halfBlockRow(img *image.RGBA, y, columns int, c Colour) string {
	row := make([]byte, 0, columns*24)
	var front, back ink // in force
	for x := range columns {
		top, bottom := inkAt(img, x, y, c), inkAt(img, x, y+1, c)
		glyph, f, b := upper, top, bottom
		switch {
		case top == "" && bottom == "":
			glyph, f = " ", front
		case top == "":
			glyph, f, b = lower, bottom, ""
		case top == bottom:
			glyph, f = " ", front
		}
		if f != front || b != back {
			row = append(row, "\x1b["...)
			if f != front {
				row = append(append(row, "38;"...), f...)
			}
			if b != back {
				if f != front {
					row = append(row, ';')
				}
				if b == "" {
					row = append(row, "49"...)
				} else {
					row = append(append(row, "48;"...), b...)
				}
			}
			row = append(row, 'm')
			front, back = f, b
		}
		row = append(row, glyph...)
	}
	if front == "" && back == "" {
		return string(row)
	}
	return string(append(row, "\x1b[m"...))
}

func inkAt(img *image.RGBA, x, y int, c Colour) ink {
	if !image.Pt(x, y).In(img.Rect) {
		return ""
	}
	p := img.RGBAAt(x, y)
	if p.A < 128 {
		return ""
	}
	if c == True {
		b := append(make([]byte, 0, 16), "2;"...)
		b = append(strconv.AppendUint(b, uint64(p.R), 10), ';')
		b = append(strconv.AppendUint(b, uint64(p.G), 10), ';')
		return ink(strconv.AppendUint(b, uint64(p.B), 10))
	}
	return ink(strconv.AppendInt([]byte("5;"), int64(indexed(int(p.R), int(p.G), int(p.B))), 10))
}

// indexed is the nearest of the colours that all terminals with 256 of them
// show alike: a cube of six levels, and 24 greys.
func indexed(r, g, b int) int {
	level := func(v int) (index, value int) {
		if v < 48 {
			return 0, 0
		}
		if v < 115 {
			return 1, 95
		}
		index = (v - 35) / 40
		return index, 55 + 40*index
	}
	ri, rv := level(r)
	gi, gv := level(g)
	bi, bv := level(b)
	grey := min(max(((r+g+b)/3-3)/10, 0), 23)
	shade := 8 + 10*grey
	distance := func(x, y, z int) int { return (r-x)*(r-x) + (g-y)*(g-y) + (b-z)*(b-z) }
	if distance(shade, shade, shade) < distance(rv, gv, bv) {
		return 232 + grey
	}
	return 16 + 36*ri + 6*gi + bi
}
