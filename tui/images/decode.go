package images

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// What a picture may be at most: its pixels, and the memory that decoding takes.
const (
	MaxPixels = 40_000_000
	maxMemory = 256 << 20
)

// Why a picture cannot be shown.
var (
	ErrFormat = errors.New("not a picture that Seance can read")
	ErrLarge  = errors.New("too large to be shown")
)

// format is a kind of file.
type format struct {
	magic  string // what it starts with; ? is any byte
	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)
	memory func(data []byte, c image.Config) int // bytes a pixel
}

var formats = [...]format{
	{"\xff\xd8\xff", jpegConfig, func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }, jpegMemory},
	{"\x89PNG\r\n\x1a\n", pngConfig, func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }, modelMemory},
	{"GIF8?a", gifConfig, func(b []byte) (image.Image, error) { return gif.Decode(bytes.NewReader(b)) }, modelMemory},
	{"RIFF????WEBP", webpConfig, func(b []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(b)) }, modelMemory},
}

func jpegConfig(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) }
func pngConfig(b []byte) (image.Config, error)  { return png.DecodeConfig(bytes.NewReader(b)) }
func gifConfig(b []byte) (image.Config, error)  { return gif.DecodeConfig(bytes.NewReader(b)) }
func webpConfig(b []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(b)) }

func (f format) matches(data []byte) bool {
	if len(data) < len(f.magic) {
		return false
	}
	for i := range len(f.magic) {
		if f.magic[i] != '?' && f.magic[i] != data[i] {
			return false
		}
	}
	return true
}

// Config is the format of a picture and its size in pixels, as its header has
// them. The errors are those of Decode.
func Config(data []byte) (width, height int, err error) {
	_, c, err := inspect(data)
	return c.Width, c.Height, err
}

func inspect(data []byte) (format, image.Config, error) {
	for _, f := range formats {
		if !f.matches(data) {
			continue
		}
		c, err := f.config(data)
		switch {
		case err != nil:
			return f, image.Config{}, fmt.Errorf("%w: %w", ErrFormat, err)
		case c.Width <= 0 || c.Height <= 0:
			return f, image.Config{}, ErrFormat
		case c.Width > MaxPixels/c.Height || c.Width*c.Height > maxMemory/f.memory(data, c):
			return f, c, fmt.Errorf("%w: %d x %d pixels", ErrLarge, c.Width, c.Height)
		}
		return f, c, nil
	}
	return format{}, image.Config{}, ErrFormat
}

// Decode reads a JPEG, PNG or WebP picture, or the first one of a GIF, whatever
// its name says. A header that asks for too much is refused before anything is
// allocated: ErrLarge, otherwise ErrFormat.
func Decode(data []byte) (img image.Image, err error) {
	f, _, err := inspect(data)
	if err != nil {
		return nil, err
	}
	// The decoders are careful; a picture must not end the program if one is not.
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("%w: the decoder gave up", ErrFormat)
		}
	}()
	if img, err = f.decode(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return img, nil
}

// modelMemory is that of the pixels.
func modelMemory(_ []byte, c image.Config) int {
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	}
	if _, ok := c.ColorModel.(color.Palette); ok {
		return 1
	}
	return 4
}

// jpegMemory counts what a progressive picture is gathered in: four bytes for
// each of three or four values.
func jpegMemory(data []byte, c image.Config) int {
	values := 3
	switch c.ColorModel {
	case color.GrayModel:
		values = 1
	case color.CMYKModel:
		values = 4
	}
	if progressive(data) {
		return 5 * values
	}
	return values
}

// progressive reports whether the frame of a JPEG is a progressive one.
func progressive(data []byte) bool {
	const sof0, sof1, sof2, sos = 0xc0, 0xc1, 0xc2, 0xda
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xff {
			i++
			continue
		}
		switch marker := data[i+1]; {
		case marker == sof2:
			return true
		case marker == sof0 || marker == sof1 || marker == sos:
			return false
		case marker == 0xff:
			i++
		case marker <= 1 || marker >= 0xd0 && marker <= 0xd8:
			i += 2
		default:
			i += 2 + int(data[i+2])<<8 + int(data[i+3])
		}
	}
	return false
}
