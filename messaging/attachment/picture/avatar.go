package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// AvatarSide is the size of the largest profile picture that is uploaded, in
// pixels (session-desktop: ts/util/attachment/attachmentSizes.ts).
const AvatarSide = 600

// Avatar makes a profile picture: the square in the middle of an image, made
// smaller if it is larger than AvatarSide. It is a JPEG, or a PNG if parts can
// be seen through. The error wraps ErrFormat or ErrTooLarge.
func Avatar(data []byte) ([]byte, error) {
	m, err := Decode(data)
	if err != nil {
		return nil, err
	}
	square := middle(m.Bounds())
	side := min(square.Dx(), AvatarSide)
	small := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(small, small.Rect, m, square, draw.Src, nil)
	return encode(small, small.Opaque())
}

// middle is the largest square in the middle.
func middle(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	at := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{at, at.Add(image.Pt(side, side))}
}

// Scale makes an image smaller so that it fits into width by height pixels; one
// that fits stays as it is.
func Scale(m image.Image, width, height int) image.Image {
	size := m.Bounds().Size()
	if size.X <= width && size.Y <= height {
		return m
	}
	w, h := width, size.Y*width/size.X
	if h > height {
		w, h = size.X*height/size.Y, height
	}
	small := image.NewNRGBA(image.Rect(0, 0, max(1, w), max(1, h)))
	draw.ApproxBiLinear.Scale(small, small.Rect, m, m.Bounds(), draw.Src, nil)
	return small
}

// Small makes a picture of at most side by side pixels of an image: a JPEG, or a
// PNG if parts can be seen through. The error wraps ErrFormat or ErrTooLarge.
func Small(data []byte, side int) ([]byte, error) {
	m, err := Decode(data)
	if err != nil {
		return nil, err
	}
	m = Scale(m, side, side)
	return encode(m, isOpaque(m))
}
