package images

import (
	"image"

	"golang.org/x/image/draw"
)

// Scale shrinks a picture to fit into so many pixels; a smaller one stays as
// it is.
func Scale(img image.Image, width, height int) *image.RGBA {
	b := img.Bounds()
	w, h := within(b.Dx(), b.Dy(), width, height)
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(small, small.Rect, img, b.Min, draw.Src)
		return small
	}
	// The quick way looks at four pixels for each, whatever is between. What is
	// much larger is brought near the size that way, and then averaged.
	near := image.Rect(0, 0, w*oversize, h*oversize)
	if b.Dx() <= near.Dx() || b.Dy() <= near.Dy() {
		draw.BiLinear.Scale(small, small.Rect, img, b, draw.Src, nil)
		return small
	}
	large := image.NewRGBA(near)
	draw.ApproxBiLinear.Scale(large, near, img, b, draw.Src, nil)
	draw.BiLinear.Scale(small, small.Rect, large, near, draw.Src, nil)
	return small
}

// oversize is how many pixels are averaged, on each side.
const oversize = 2
