package images

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/sixel"
	"github.com/charmbracelet/x/vt"

	"seance/tui/paint"
)

var (
	red   = color.RGBA{255, 0, 0, 255}
	green = color.RGBA{0, 255, 0, 255}
	blue  = color.RGBA{0, 0, 255, 255}
	white = color.RGBA{255, 255, 255, 255}
)

// pixels is a picture of rows of colours; nil is transparent.
func pixels(rows ...[]color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, len(rows[0]), len(rows)))
	for y, row := range rows {
		for x, c := range row {
			if c != nil {
				img.Set(x, y, c)
			}
		}
	}
	return img
}

func TestHalfBlocks(t *testing.T) {
	img := pixels(
		[]color.Color{red, red, red, nil, nil},
		[]color.Color{blue, blue, red, nil, green},
		[]color.Color{white, white, nil, nil, nil},
	)
	tests := []struct {
		name   string
		colour Colour
		want   []string
	}{
		{"all colours", True, []string{
			"\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[48;2;255;0;0m \x1b[49m \x1b[38;2;0;255;0m▄\x1b[m",
			"\x1b[38;2;255;255;255m▀▀   \x1b[m",
		}},
		{"256 colours", Indexed, []string{
			"\x1b[38;5;196;48;5;21m▀▀\x1b[48;5;196m \x1b[49m \x1b[38;5;46m▄\x1b[m",
			"\x1b[38;5;231m▀▀   \x1b[m",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := halfBlocks(img, Box{5, 2}, tt.colour)
			for i := range tt.want {
				if got[i] != tt.want[i] {
					t.Errorf("row %d is\n%q, want\n%q", i, got[i], tt.want[i])
				}
			}
		})
	}
}

// TestHalfBlocksOnScreen: every pixel is where it belongs on a terminal, and in
// its colour.
func TestHalfBlocksOnScreen(t *testing.T) {
	img := photo(40, 30)
	s := Support{Form: HalfBlocks, Cell: usual, Colour: True}
	p, err := render(img, 0, Box{40, 15}, s)
	if err != nil {
		t.Fatal(err)
	}
	term := vt.NewSafeEmulator(60, 20)
	go func() { _, _ = io.Copy(io.Discard, term) }()
	defer func() { _ = term.InputPipe().(io.Closer).Close() }()
	for y, row := range p.Rows() {
		fmt.Fprintf(term, "\x1b[%d;%dH%s|", y+2, 11, row)
	}
	same := func(a, b color.Color) bool {
		r, g, b1, _ := a.RGBA()
		u, v, w, _ := b.RGBA()
		return r>>8 == u>>8 && g>>8 == v>>8 && b1>>8 == w>>8
	}
	for y := range 15 {
		if c := term.CellAt(50, y+1); c.Content != "|" || c.Style.Bg != nil || c.Style.Fg != nil {
			t.Fatalf("after row %d: %+v", y, c)
		}
		for x := range 40 {
			c := term.CellAt(x+10, y+1)
			top := c.Style.Fg
			if c.Content == " " {
				top = c.Style.Bg
			} else if c.Content != upper {
				t.Fatalf("cell %d,%d is %q", x, y, c.Content)
			}
			if !same(top, img.At(x, 2*y)) || !same(c.Style.Bg, img.At(x, 2*y+1)) {
				t.Fatalf("cell %d,%d is %v over %v, want %v over %v", x, y, top, c.Style.Bg, img.At(x, 2*y), img.At(x, 2*y+1))
			}
		}
	}
}

func TestIndexed(t *testing.T) {
	for _, tt := range []struct{ r, g, b, want int }{
		{0, 0, 0, 16}, {255, 255, 255, 231}, {255, 0, 0, 196}, {95, 135, 175, 67}, {128, 128, 128, 244}, {8, 8, 8, 232}, {250, 250, 250, 231},
	} {
		if got := indexed(tt.r, tt.g, tt.b); got != tt.want {
			t.Errorf("%d,%d,%d is %d, want %d", tt.r, tt.g, tt.b, got, tt.want)
		}
	}
	// Never further off than half a step of the cube on each side.
	for v := range 256 {
		for _, c := range [][3]int{{v, v, v}, {v, 0, 255}, {255 - v, v, 20}} {
			p := ansi.IndexedColor(indexed(c[0], c[1], c[2]))
			r, g, b, _ := p.RGBA()
			for i, w := range []uint32{r >> 8, g >> 8, b >> 8} {
				if d := int(w) - c[i]; d > 48 || d < -48 {
					t.Fatalf("%v is shown as %d %d %d", c, r>>8, g>>8, b>>8)
				}
			}
		}
	}
}

func TestKittySequence(t *testing.T) {
	img := pixels([]color.Color{red, green})
	id := paint.PictureID(224 + 3)
	p, err := render(img, id, Box{1, 1}, Support{Form: Kitty, Cell: usual})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&file, pixels([]color.Color{red, green})); err != nil {
		t.Fatal(err)
	}
	want := "\x1b_Ga=T,U=1,q=2,f=100,t=d,i=16777251,c=1,r=1,m=0;" + base64.StdEncoding.EncodeToString(file.Bytes()) + "\x1b\\"
	if got := string(p.cells.Send); got != want {
		t.Errorf("sent as %q, want %q", got, want)
	}
	if got, want := string(p.cells.Drop), "\x1b_Ga=d,d=I,q=2,i=16777251\x1b\\"; got != want {
		t.Errorf("dropped by %q, want %q", got, want)
	}
	if got, want := p.Rows()[0], "\x1b[38;5;35m\U0010EEEE\u0305\u0305\u030d\x1b[m"; got != want {
		t.Errorf("row %q, want %q", got, want)
	}
}

// TestKittyChunks: what is sent, put together, is the picture; through tmux as
// well. No chunk is longer than a terminal takes.
func TestKittyChunks(t *testing.T) {
	want := grain(photo(400, 300))
	for _, tmux := range []bool{false, true} {
		s := Support{Form: Kitty, Cell: image.Pt(10, 20), Tmux: tmux}
		p, err := render(want, 5, s.Fit(400, 300, Box{40, 40}), s)
		if err != nil {
			t.Fatal(err)
		}
		sent := string(p.cells.Send)
		if tmux {
			outside := regexp.MustCompile(`(?s)\x1bPtmux;((?:\x1b\x1b|[^\x1b])*)\x1b\\`)
			if rest := outside.ReplaceAllString(sent, ""); rest != "" {
				t.Fatalf("beside tmux: %.80q", rest)
			}
			sent = strings.ReplaceAll(outside.ReplaceAllString(sent, "$1"), "\x1b\x1b", "\x1b")
			if !strings.HasPrefix(string(p.cells.Drop), "\x1bPtmux;\x1b\x1b_Ga=d") {
				t.Errorf("dropped by %q", p.cells.Drop)
			}
		}
		chunks := regexp.MustCompile(`\x1b_G([^;]*);([^\x1b]*)\x1b\\`).FindAllStringSubmatch(sent, -1)
		var text string
		for i, c := range chunks {
			text += c[2]
			more := "m=1"
			if i == len(chunks)-1 {
				more = "m=0"
			}
			if !strings.HasSuffix(c[1], more) || !strings.Contains(c[1], "q=2") || strings.Contains(c[1], "a=T") != (i == 0) || len(c[2]) > 4096 {
				t.Fatalf("chunk %d of %d: %q with %d bytes", i, len(chunks), c[1], len(c[2]))
			}
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(chunks) < 2 {
			t.Fatalf("%d chunks, %v", len(chunks), err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds().Size() != image.Pt(400, 300) || !alike(img.At(7, 9), want.At(7, 9), 3) {
			t.Errorf("tmux %v: %v", tmux, err)
		}
	}
}

// grain makes a picture as hard to compress as one from a camera.
func grain(img *image.RGBA) *image.RGBA {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = uint8(max(0, min(255, int(img.Pix[i])+r.IntN(17)-8)))
		}
	}
	return img
}

// seen decodes what is drawn as a terminal does.
func seen(t *testing.T, drawn []byte) image.Image {
	t.Helper()
	data, ok := bytes.CutPrefix(drawn, []byte("\x1bP0;1q"))
	data, end := bytes.CutSuffix(data, []byte("\x1b\\"))
	if !ok || !end {
		t.Fatalf("drawn by %.40q", drawn)
	}
	img, err := (&sixel.Decoder{}).Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// alike reports whether two colours are the same to the eye.
func alike(a, b color.Color, within int) bool {
	x, y := color.RGBAModel.Convert(a).(color.RGBA), color.RGBAModel.Convert(b).(color.RGBA)
	d := func(p, q uint8) bool { return int(p)-int(q) <= within && int(q)-int(p) <= within }
	return d(x.R, y.R) && d(x.G, y.G) && d(x.B, y.B)
}

func TestSixelSequence(t *testing.T) {
	img := pixels([]color.Color{red, red, red, red, blue}, []color.Color{red, red, red, red, blue})
	p, err := render(img, 0, Box{1, 1}, Support{Form: Sixel, Cell: image.Pt(8, 16)})
	if err != nil {
		t.Fatal(err)
	}
	got := string(p.cells.Draw(0, 1))
	want := map[string]bool{ // the order of the colours is the encoder's
		"\x1bP0;1q\"1;1;5;2#0;2;100;0;0#1;2;0;0;100#0!4B?$#1!4?B\x1b\\": true,
		"\x1bP0;1q\"1;1;5;2#0;2;0;0;100#1;2;100;0;0#0!4?B$#1!4B?\x1b\\": true,
	}
	if !want[got] {
		t.Errorf("%q", got)
	}
}

// TestSixelParts: a part of a picture is that part, moved by less than a band,
// and never higher than its rows.
func TestSixelParts(t *testing.T) {
	for _, cell := range []image.Point{{8, 12}, {9, 18}, {10, 20}, {7, 15}} {
		img := photo(20*cell.X, 8*cell.Y)
		p, err := render(img, 0, Box{20, 8}, Support{Form: Sixel, Cell: cell})
		if err != nil {
			t.Fatal(err)
		}
		whole := seen(t, p.cells.Draw(0, 8))
		if whole.Bounds().Size() != img.Rect.Size() {
			t.Fatalf("%v: %v", cell, whole.Bounds())
		}
		for from := range 8 {
			for rows := 1; from+rows <= 8; rows++ {
				part := seen(t, p.cells.Draw(from, rows))
				b := part.Bounds()
				if b.Dx() != img.Rect.Dx() || b.Dy() > rows*cell.Y || b.Dy() <= rows*cell.Y-2*band {
					t.Fatalf("%v: %d rows from %d are %v", cell, rows, from, b)
				}
				moved := (from*cell.Y + band - 1) / band * band
				for _, at := range []image.Point{{3, 0}, {11 * cell.X, b.Dy() / 2}, {5 * cell.X, b.Dy() - 1}} {
					if !alike(part.At(at.X, at.Y), whole.At(at.X, at.Y+moved), 0) {
						t.Fatalf("%v: %d rows from %d, pixel %v is not that of the whole", cell, rows, from, at)
					}
				}
			}
		}
		if !alike(whole.At(3, 3), img.At(3, 3), 24) || !alike(whole.At(10*cell.X, 4*cell.Y), img.At(10*cell.X, 4*cell.Y), 24) {
			t.Errorf("%v: %v for %v", cell, whole.At(3, 3), img.At(3, 3))
		}
	}
}

// TestResolution: large cells do not make for many bytes, nor for much memory.
func TestResolution(t *testing.T) {
	for _, tt := range []struct {
		form          Form
		width, height int
		wantW, wantH  int
	}{
		{Kitty, 480, 270, 480, 270},
		{Kitty, 960, 540, 730, 410},
		{Sixel, 960, 540, 960, 540},
		{Sixel, 8192, 16384, 707, 1414},
		{Kitty, 1, 16384, 1, 16384},
	} {
		if w, h := resolution(tt.form, tt.width, tt.height); w != tt.wantW || h != tt.wantH {
			t.Errorf("form %d, %d x %d: %d x %d, want %d x %d", tt.form, tt.width, tt.height, w, h, tt.wantW, tt.wantH)
		}
	}
}
