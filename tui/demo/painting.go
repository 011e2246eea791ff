package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The size of the paintings in pixels.
const (
	paintingWidth  = 480
	paintingHeight = 300
)

// dusk paints the library at dusk: a sky that goes over from night to the last
// light, the moon, roofs, and windows of which some are lit.
func dusk() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, paintingWidth, paintingHeight))
	for y := range paintingHeight {
		for x := range paintingWidth {
			img.SetRGBA(x, y, sky(x, y))
		}
	}
	// The houses from the back to the front: left and right edge, roof, colour.
	for _, h := range []struct {
		from, to, top int
		wall          color.RGBA
	}{
		{0, 90, 190, color.RGBA{52, 40, 74, 255}}, {350, 480, 170, color.RGBA{52, 40, 74, 255}}, {70, 150, 210, color.RGBA{40, 31, 60, 255}},
		{410, 480, 215, color.RGBA{34, 26, 52, 255}}, {150, 380, 150, color.RGBA{27, 21, 43, 255}},
	} {
		for y := h.top; y < paintingHeight; y++ {
			for x := h.from; x < h.to; x++ {
				img.SetRGBA(x, y, h.wall)
			}
		}
	}
	gable(img, 265, 105, 115, color.RGBA{27, 21, 43, 255})
	for row := range 3 {
		for column := range 7 {
			lit := (row*5+column*3)%4 != 0
			window(img, 168+column*30, 172+row*42, lit)
		}
	}
	return encoded(img)
}

func encoded(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// candle paints a candle in the dark.
func candle() ([]byte, error) {
	const size, middle, wick = 200, 100, 96
	night, light := color.RGBA{30, 22, 48, 255}, color.RGBA{255, 196, 92, 255}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			dx, dy := float64(x-middle), float64(y-wick)
			c := between(night, light, 0.7*math.Exp(-math.Hypot(dx, dy+20)/38))
			if y > wick && math.Abs(dx) < 22 {
				c = between(color.RGBA{250, 240, 214, 255}, color.RGBA{170, 132, 128, 255}, math.Abs(dx+8)/30)
			}
			// The flame is a drop: narrower the higher.
			if high := (wick - 2 - float64(y)) / 52; high > 0 && high < 1 {
				if share := math.Abs(dx) / (15 * math.Sqrt(high*4) * (1 - high) * 1.3); share < 1 {
					c = between(color.RGBA{255, 252, 226, 255}, color.RGBA{255, 150, 48, 255}, share)
				}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return encoded(img)
}

// sky is the colour of the sky, with the moon in it.
func sky(x, y int) color.RGBA {
	shades := [...]color.RGBA{{17, 20, 58, 255}, {72, 52, 117, 255}, {214, 104, 92, 255}, {252, 190, 112, 255}}
	at := min(float64(y)/220, 1) * float64(len(shades)-1)
	i := min(int(at), len(shades)-2)
	c := between(shades[i], shades[i+1], at-float64(i))
	const moonX, moonY, radius, glow = 88, 66, 26, 70
	d := math.Hypot(float64(x-moonX), float64(y-moonY))
	switch {
	case d < radius:
		return color.RGBA{250, 244, 214, 255}
	case d < glow:
		return between(color.RGBA{250, 244, 214, 255}, c, 0.55+0.45*(d-radius)/(glow-radius))
	}
	return c
}

// between mixes two colours: 0 is the first, 1 the second.
func between(a, b color.RGBA, share float64) color.RGBA {
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*share) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// gable puts a roof on a house: its tip, and half of its width 45 pixels below.
func gable(img *image.RGBA, x, y, half int, c color.RGBA) {
	const height = 45
	for dy := range height {
		for dx := -half * dy / height; dx <= half*dy/height; dx++ {
			img.SetRGBA(x+dx, y+dy, c)
		}
	}
}

// window paints a window with its bars.
func window(img *image.RGBA, x, y int, lit bool) {
	const width, height = 18, 28
	for dy := range height {
		for dx := range width {
			c := color.RGBA{58, 50, 84, 255}
			if lit {
				c = between(color.RGBA{255, 226, 140, 255}, color.RGBA{244, 160, 84, 255}, float64(dy)/height)
			}
			if dx == width/2 || dy == height/2 {
				c = color.RGBA{27, 21, 43, 255}
			}
			img.SetRGBA(x+dx, y+dy, c)
		}
	}
}
