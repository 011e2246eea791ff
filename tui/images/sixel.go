package images

import (
	"bytes"
	"fmt"
	"image"
	"strconv"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/sixel"

	"seance/tui/paint"
)

// band is the height of a row of sixels in pixels.
const band = 6

// sixels is a picture that can be cut without drawing it again: each band says
// all about itself, but the colours that are common to all.
type sixels struct {
	width, height int // in pixels
	cell          int // the height of one
	colours       []byte
	bands         [][]byte
}

// sixelPicture is a picture that is painted over its cells.
func sixelPicture(id paint.PictureID, img image.Image, s Support) (*paint.Picture, int, error) {
	var data bytes.Buffer
	if err := (&sixel.Encoder{}).Encode(&data, img); err != nil {
		return nil, 0, fmt.Errorf("a picture for the terminal: %w", err)
	}
	x := sixels{width: img.Bounds().Dx(), height: img.Bounds().Dy(), cell: s.cell().Y}
	body := data.Bytes()
	size := len(body)
	// The size comes first; it is written anew for each part. Then the colours,
	// each "#1;2;r;g;b", up to the first "#1" that is followed by pixels.
	if i := bytes.IndexByte(body, sixel.ColorIntroducer); i >= 0 {
		body = body[i:]
	}
	end := 0
	for end < len(body) && body[end] == sixel.ColorIntroducer {
		n := end + 1
		for n < len(body) && body[n] >= '0' && body[n] <= '9' {
			n++
		}
		if n == len(body) || body[n] != ';' {
			break
		}
		for n < len(body) && (body[n] == ';' || body[n] >= '0' && body[n] <= '9') {
			n++
		}
		end = n
	}
	x.colours = body[:end]
	x.bands = bytes.Split(bytes.TrimSuffix(body[end:], []byte{sixel.LineBreak}), []byte{sixel.LineBreak})
	return &paint.Picture{ID: id, Draw: x.draw}, size, nil
}

// draw is the picture from a row of cells on. Where cells are not as high as
// bands, it is moved by less than a band rather than drawn anew.
func (x sixels) draw(from, rows int) []byte {
	first := min((from*x.cell+band-1)/band, len(x.bands))
	height := min(x.height-first*band, rows*x.cell)
	last := min(first+(height+band-1)/band, len(x.bands))
	if from*x.cell+rows*x.cell < x.height {
		// Nothing may run over what is below.
		last = min(first+height/band, last)
		height = min(height, (last-first)*band)
	}
	if height <= 0 || last <= first {
		return nil
	}
	var payload []byte
	payload = append(payload, "\"1;1;"...)
	payload = strconv.AppendInt(payload, int64(x.width), 10)
	payload = append(payload, ';')
	payload = strconv.AppendInt(payload, int64(height), 10)
	payload = append(payload, x.colours...)
	payload = append(payload, bytes.Join(x.bands[first:last], []byte{sixel.LineBreak})...)
	return []byte(ansi.SixelGraphics(0, 1, 0, payload))
}
