package images

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strconv"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"

	"seance/tui/paint"
)

// kittyPicture is a picture that the terminal puts where its cells are: sent
// once, in chunks, with a placement that nothing is drawn for (U=1), and
// without answers (q=2), which would look like keys.
func kittyPicture(id paint.PictureID, img *image.RGBA, box Box, s Support) (*paint.Picture, error) {
	coarsen(img)
	var file bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&file, img); err != nil {
		return nil, fmt.Errorf("a picture for the terminal: %w", err)
	}
	name := "i=" + strconv.FormatUint(uint64(id.Kitty()), 10)
	options := []string{
		"a=T", "U=1", "q=2", "f=100", "t=d", name,
		"c=" + strconv.Itoa(box.Columns), "r=" + strconv.Itoa(box.Rows),
	}
	text := make([]byte, base64.StdEncoding.EncodedLen(file.Len()))
	base64.StdEncoding.Encode(text, file.Bytes())
	p := &paint.Picture{ID: id}
	for first := true; first || len(text) > 0; first = false {
		chunk := text[:min(len(text), kitty.MaxChunkSize)]
		text = text[len(chunk):]
		if !first {
			options = []string{"q=2"}
		}
		more := "m=0"
		if len(text) > 0 {
			more = "m=1"
		}
		p.Send = append(p.Send, s.wrap(ansi.KittyGraphics(chunk, append(options, more)...))...)
	}
	p.Drop = []byte(s.wrap(ansi.KittyGraphics(nil, "a=d", "d=I", "q=2", name)))
	return p, nil
}

// coarsen leaves 64 shades of each colour. Nobody sees that in a photograph,
// and a third of the bytes are spared. Black and white stay what they are.
func coarsen(img *image.RGBA) {
	for i, v := range img.Pix {
		img.Pix[i] = v&^3 | v>>6
	}
}
