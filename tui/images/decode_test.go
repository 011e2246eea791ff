package images

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// photo is a picture with soft and hard edges: a gradient, and a light disc.
func photo(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(255 * x / width), uint8(255 * y / height), 128, 255}
			if dx, dy := 2*x-width, 2*y-height; dx*dx+dy*dy < height*height/4 {
				c = color.RGBA{250, 240, 200, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asGIF(t testing.TB, first, second color.Color) []byte {
	t.Helper()
	var g gif.GIF
	for _, c := range []color.Color{first, second} {
		frame := image.NewPaletted(image.Rect(0, 0, 4, 3), color.Palette{c})
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 10)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A lossless WebP picture of one pixel.
const tinyWebP = "524946461a000000574542505650384c0d0000002f00000010071011118888fe0700"

func TestDecode(t *testing.T) {
	webp, _ := hex.DecodeString(tinyWebP)
	red := color.RGBA{255, 0, 0, 255}
	tests := []struct {
		name          string
		data          []byte
		width, height int
	}{
		{"PNG", asPNG(t, photo(30, 20)), 30, 20},
		{"JPEG", asJPEG(t, photo(31, 21)), 31, 21},
		{"GIF", asGIF(t, red, color.RGBA{0, 0, 255, 255}), 4, 3},
		{"WebP", webp, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, h, err := Config(tt.data)
			if w != tt.width || h != tt.height || err != nil {
				t.Errorf("the header says %d x %d, %v", w, h, err)
			}
			img, err := Decode(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if b := img.Bounds(); b.Dx() != tt.width || b.Dy() != tt.height {
				t.Errorf("%v", b)
			}
			for n := range tt.data {
				_, _ = Decode(tt.data[:n]) // must not panic
			}
			if _, err := Decode(tt.data[:len(tt.data)/2]); !errors.Is(err, ErrFormat) {
				t.Errorf("the first half: %v", err)
			}
		})
	}
	img, err := Decode(asGIF(t, red, color.RGBA{0, 0, 255, 255}))
	if err != nil {
		t.Fatal(err)
	}
	if got := color.RGBAModel.Convert(img.At(1, 1)); got != red {
		t.Errorf("the first picture of the GIF is %v", got)
	}
}

// pngHeader is the start of a picture that claims to be of any size and kind.
func pngHeader(width, height uint32, depth, kind byte) []byte {
	chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)...)
	chunk = append(chunk, depth, kind, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	idat := []byte("IDAT")
	out = append(binary.BigEndian.AppendUint32(out, 0), idat...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(idat))
}

// jpegHeader is the start of a JPEG that claims to be of any size.
func jpegHeader(marker byte, width, height uint16, values byte) []byte {
	out := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	out = append(out, 0xff, marker, 0, 8+3*values, 8)
	out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, height), width)
	out = append(out, values)
	for i := range values {
		out = append(out, i+1, 0x11, 0)
	}
	return out
}

func TestLargePicturesAreRefused(t *testing.T) {
	gifHeader := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00")
	webp := []byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\xff\x3f\x00")
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"a PNG of 65,535 x 65,535", pngHeader(65535, 65535, 8, 2), ErrLarge},
		{"a PNG whose size overflows", pngHeader(1<<31-1, 1<<31-1, 8, 2), ErrFormat},
		{"a PNG of 40 megapixels", pngHeader(8000, 5000, 8, 2), ErrFormat}, // it ends there
		{"a PNG of one more row", pngHeader(8000, 5001, 8, 2), ErrLarge},
		{"a PNG of 40 megapixels of 8 bytes", pngHeader(8000, 5000, 16, 6), ErrLarge},
		{"a PNG without pixels", pngHeader(0, 5, 8, 2), ErrFormat},
		{"a GIF of 65,535 x 65,535", gifHeader, ErrLarge},
		{"a WebP of 65,536 x 16,384", webp, ErrLarge},
		{"a JPEG of 65,535 x 65,535", jpegHeader(0xc0, 65535, 65535, 3), ErrLarge},
		{"a JPEG of 40 megapixels", jpegHeader(0xc0, 8000, 5000, 3), ErrFormat}, // it ends there
		{"a progressive JPEG of 40 megapixels", jpegHeader(0xc2, 8000, 5000, 3), ErrLarge},
		{"a progressive JPEG of 12 megapixels", jpegHeader(0xc2, 4000, 3000, 3), ErrFormat}, // it ends there
		{"a progressive grey JPEG of 40 megapixels", jpegHeader(0xc2, 8000, 5000, 1), ErrFormat},
		{"nothing", nil, ErrFormat},
		{"a text", []byte("hello, world, this is no picture"), ErrFormat},
		{"an SVG", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			allocated := testing.AllocsPerRun(1, func() {
				if _, err := Decode(tt.data); !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
			})
			if tt.want == ErrLarge && allocated > 100 {
				t.Errorf("%v allocations", allocated)
			}
		})
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct{ w, h, toW, toH, wantW, wantH int }{
		{1920, 1080, 480, 480, 480, 270},
		{1080, 1920, 480, 480, 270, 480},
		{300, 200, 480, 480, 300, 200},
		{5000, 1, 100, 100, 100, 1},
		{700, 700, 480, 100, 100, 100},
	} {
		img := Scale(photo(tt.w, tt.h), tt.toW, tt.toH)
		if b := img.Bounds(); b.Dx() != tt.wantW || b.Dy() != tt.wantH {
			t.Errorf("%d x %d within %d x %d is %v", tt.w, tt.h, tt.toW, tt.toH, b)
		}
	}
	// A picture of fine stripes becomes grey, whichever of them the quick way hits.
	stripes := image.NewGray(image.Rect(0, 0, 1000, 100))
	for x := range 1000 {
		for y := range 100 {
			stripes.SetGray(x, y, color.Gray{uint8(255 * (x / 2 % 2))})
		}
	}
	small := Scale(stripes, 100, 10)
	for x := range 100 {
		if g := small.RGBAAt(x, 5).R; g < 32 || g > 223 {
			t.Errorf("column %d is %d", x, g)
		}
	}
}

func FuzzDecode(f *testing.F) {
	webp, _ := hex.DecodeString(tinyWebP)
	for _, seed := range [][]byte{webp, asPNG(f, photo(5, 4)), asJPEG(f, photo(9, 9)), asGIF(f, color.White, color.Black), jpegHeader(0xc2, 10, 10, 3)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, err := Config(data)
		if err == nil && w*h > 1<<20 {
			t.Skip("slow")
		}
		img, err := Decode(data)
		switch {
		case err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrLarge):
			t.Fatalf("%v", err)
		case err == nil && (img.Bounds().Dx() > w || img.Bounds().Dy() > h):
			t.Fatalf("%v of a picture of %d x %d", img.Bounds(), w, h)
		}
	})
}
