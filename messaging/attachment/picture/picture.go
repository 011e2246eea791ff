// Package picture prepares images for sending and bounds them on receiving: it
// says what a file is, takes out what a camera wrote about place, time and
// device, and makes profile pictures.
//
// Everything is pure: bytes in, bytes out. The package knows neither messages
// nor the network, and draws nothing on a terminal.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/webp"
)

// ErrFormat is returned, wrapped, for bytes that are no image of a known kind,
// or a broken one.
var ErrFormat = errors.New("not an image that can be read")

// ErrTooLarge is returned, wrapped, for an image with too many pixels.
var ErrTooLarge = errors.New("the image has too many pixels")

// maxPixels is what is decoded at most: 160 MB of memory with four bytes each.
const maxPixels = 40_000_000

// Info is what an image says of itself.
type Info struct {
	ContentType   string
	Width, Height int         // pixels, as it is to be shown
	Orientation   Orientation // how it is stored
}

// decoder reads images of one kind.
type decoder struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	strip  func([]byte) (stripped, error)
}

func decoderOf(contentType string) (decoder, bool) {
	switch contentType {
	case JPEG:
		return decoder{jpeg.DecodeConfig, jpeg.Decode, stripJPEG}, true
	case PNG:
		return decoder{png.DecodeConfig, png.Decode, stripPNG}, true
	case GIF:
		return decoder{gif.DecodeConfig, gif.Decode, stripGIF}, true
	case WebP:
		return decoder{webp.DecodeConfig, webp.Decode, stripWebP}, true
	}
	return decoder{}, false
}

// stripped is an image without metadata, and what these said.
type stripped struct {
	data        []byte
	exif        []byte   // TIFF
	profile     [][]byte // the segments of a JPEG's colour profile
	animated    bool
	orientation Orientation
}

// Inspect reads type and dimensions. The error wraps ErrFormat.
func Inspect(data []byte) (Info, error) {
	_, info, _, err := inspect(data)
	return info, err
}

func inspect(data []byte) (decoder, Info, stripped, error) {
	info := Info{ContentType: Sniff(data)}
	d, ok := decoderOf(info.ContentType)
	if !ok {
		return d, Info{}, stripped{}, ErrFormat
	}
	c, err := d.config(bytes.NewReader(data))
	if err != nil {
		return d, Info{}, stripped{}, fmt.Errorf("%w: %s", ErrFormat, info.ContentType)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return d, Info{}, stripped{}, fmt.Errorf("%w: %d by %d pixels", ErrFormat, c.Width, c.Height)
	}
	s, err := d.strip(data)
	if err != nil {
		return d, Info{}, stripped{}, err
	}
	s.orientation = orientation(s.exif)
	if s.animated {
		s.orientation = Upright // nobody turns these
	}
	info.Width, info.Height, info.Orientation = c.Width, c.Height, s.orientation
	if s.orientation.swaps() {
		info.Width, info.Height = c.Height, c.Width
	}
	return d, info, s, nil
}

// Decode reads an image, the first one of an animation, and turns it upright.
// The error wraps ErrFormat or ErrTooLarge.
func Decode(data []byte) (image.Image, error) {
	d, info, _, err := inspect(data)
	if err != nil {
		return nil, err
	}
	m, err := d.pixels(data, info)
	if err != nil {
		return nil, err
	}
	return turn(m, info.Orientation), nil
}

// pixels decodes an image that is not too large for that.
func (d decoder) pixels(data []byte, info Info) (image.Image, error) {
	if info.Width > maxPixels || info.Height > maxPixels/info.Width {
		return nil, fmt.Errorf("%w: %d by %d", ErrTooLarge, info.Width, info.Height)
	}
	m, err := d.decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrFormat, info.ContentType)
	}
	return m, nil
}

// Clean is Strip for a file of any kind. Photos and videos made of boxes are
// cleaned in their place, without their dimensions being read; what cameras do not
// write comes out as it is. The error wraps ErrFormat or ErrTooLarge: the file may
// tell where and when it was taken, and that cannot be removed.
func Clean(data []byte) (clean []byte, info Info, err error) {
	kind := Sniff(data)
	switch kind {
	case JPEG, PNG, GIF, WebP:
		return Strip(data)
	case MP4, QuickTime, HEIC, AVIF:
		clean, err := stripBoxes(data)
		return clean, Info{ContentType: kind}, err
	}
	if strings.HasPrefix(kind, "image/") {
		return nil, Info{}, fmt.Errorf("%w: %s", ErrFormat, kind)
	}
	return data, Info{ContentType: kind}, nil
}

// Strip removes what a file says besides the image: place, time, device,
// comments, previews, whatever follows the image. The pixels' bytes stay as
// they are, and so does the colour profile, unless the image has to be turned
// upright, which is then done for good. A WebP that is turned becomes JPEG or
// PNG; a JPEG that is too large to be turned says how it is to be shown, and
// nothing else. The error wraps ErrFormat or ErrTooLarge.
func Strip(data []byte) (clean []byte, info Info, err error) {
	d, info, s, err := inspect(data)
	if err != nil {
		return nil, Info{}, err
	}
	if info.Orientation == Upright {
		return s.data, info, nil
	}
	m, err := d.pixels(data, info)
	if errors.Is(err, ErrTooLarge) && info.ContentType == JPEG {
		return insertOrientation(s.data, info.Orientation), info, nil
	}
	if err != nil {
		return nil, Info{}, err
	}
	lossy := info.ContentType == JPEG || info.ContentType == WebP && isOpaque(m)
	clean, err = encode(turn(m, info.Orientation), lossy)
	if err != nil {
		return nil, Info{}, err
	}
	if _, ok := m.(*image.YCbCr); ok && info.ContentType == JPEG {
		clean = insert(clean, s.profile)
	}
	info.Orientation, info.ContentType = Upright, Sniff(clean)
	return clean, info, nil
}

func isOpaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// encode writes a JPEG, or a PNG where nothing may be lost.
func encode(m image.Image, lossy bool) ([]byte, error) {
	const quality = 92
	var b bytes.Buffer
	var err error
	if lossy {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&b, m)
	}
	if err != nil {
		return nil, fmt.Errorf("write an image: %w", err)
	}
	return b.Bytes(), nil
}
