package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

// private stands in all metadata of the images that are made here.
const private = "N 52.5 E 13.4 my phone"

// sample has another colour in each corner and is not square.
func sample(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), uint8(40 * (x + y) % 256), 255})
		}
	}
	return m
}

// exif says how the camera was held, and where.
func exif(order binary.AppendByteOrder, o uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, e := range [][3]uint32{{0x010f, 2, uint32(len(private))}, {0x0112, 3, 1}} {
		b = order.AppendUint16(b, uint16(e[0]))
		b = order.AppendUint16(b, uint16(e[1]))
		b = order.AppendUint32(b, e[2])
		if e[0] == 0x0112 {
			b = append(order.AppendUint16(b, o), 0, 0)
		} else {
			b = order.AppendUint32(b, 38)
		}
	}
	return append(append(b, 0, 0, 0, 0), private...)
}

func segment(mark byte, content string) string {
	n := len(content) + 2
	return string([]byte{0xff, mark, byte(n >> 8), byte(n)}) + content
}

func withJPEG(t testing.TB, m image.Image, o uint16) (plain, full []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	plain = slices.Concat(b.Bytes()[:2], []byte(segment(0xe2, profileName+"\x01\x01profile")), b.Bytes()[2:])
	full = slices.Concat(b.Bytes()[:2],
		[]byte(segment(0xe1, "Exif\x00\x00"+string(exif(binary.BigEndian, o)))),
		[]byte(segment(0xe2, profileName+"\x01\x01profile")),
		[]byte(segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+private)),
		[]byte(segment(0xe2, "MPF\x00"+private)),
		[]byte(segment(0xed, "Photoshop 3.0\x00"+private)),
		[]byte(segment(0xfe, private)), []byte{0xff, 0xff}, // fill bytes
		b.Bytes()[2:], []byte(private))
	return plain, full
}

func chunk(name, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(b, name+content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func withPNG(t testing.TB, m image.Image, o uint16, more ...[]byte) (plain, full []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	plain = b.Bytes()
	const afterHead = 8 + 12 + 13
	full = slices.Concat(plain[:afterHead], chunk("tEXt", "Comment\x00"+private), chunk("eXIf", string(exif(binary.LittleEndian, o))),
		chunk("iTXt", private), chunk("tIME", "1234567"), chunk("prVt", private), bytes.Join(more, nil),
		plain[afterHead:], []byte(private))
	return plain, full
}

func withGIF(t testing.TB) (plain, full []byte) {
	t.Helper()
	palette := color.Palette{color.Black, color.White, color.RGBA{255, 0, 0, 255}}
	var g gif.GIF
	for i := range 3 {
		m := image.NewPaletted(image.Rect(0, 0, 20, 10), palette)
		m.SetColorIndex(i, i, 2)
		g.Image, g.Delay, g.Disposal = append(g.Image, m), append(g.Delay, 5), append(g.Disposal, gif.DisposalNone)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	plain = b.Bytes()
	at := 13 + table(plain[10])
	block := string(byte(len(private))) + private + "\x00"
	full = slices.Concat(plain[:at], []byte("\x21\xfe"+block), []byte("\x21\xff\x0bXMP DataXMP"+block),
		plain[at:], []byte(private))
	return plain, full
}

func riff(name, content string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
	b = append(b, content...)
	if len(content)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func webpOf(chunks ...[]byte) []byte {
	return riff("RIFF", "WEBP"+string(bytes.Join(chunks, nil)))
}

// withWebP has one transparent pixel, since there is no encoder.
func withWebP(t testing.TB, o uint16) (plain, full []byte) {
	t.Helper()
	pixel, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	head := "\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	plain = webpOf(riff("VP8X", "\x20"+head), riff("ICCP", "odd"), pixel[12:])
	full = append(webpOf(riff("VP8X", "\x2c"+head), riff("ICCP", "odd"), pixel[12:], riff("EXIF", string(exif(binary.LittleEndian, o))),
		riff("XMP ", private), riff("PRIV", private)), private...)
	return plain, full
}

func TestStripIsLossless(t *testing.T) {
	m := sample(37, 23)
	plainJPEG, fullJPEG := withJPEG(t, m, 1)
	plainPNG, fullPNG := withPNG(t, m, 1)
	plainGIF, fullGIF := withGIF(t)
	plainWebP, fullWebP := withWebP(t, 1)
	for _, tt := range []struct {
		contentType string
		plain, full []byte
		w, h        int
	}{
		{JPEG, plainJPEG, fullJPEG, 37, 23}, {PNG, plainPNG, fullPNG, 37, 23}, {GIF, plainGIF, fullGIF, 20, 10}, {WebP, plainWebP, fullWebP, 1, 1},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			before := slices.Clone(tt.full)
			clean, info, err := Strip(tt.full)
			if err != nil || info != (Info{tt.contentType, tt.w, tt.h, Upright}) || !bytes.Equal(clean, tt.plain) {
				t.Fatalf("%+v, %v:\n%q, not\n%q", info, err, clean, tt.plain)
			}
			if !bytes.Equal(tt.full, before) {
				t.Error("the image that was given has changed")
			}
			if again, _, err := Strip(clean); err != nil || !bytes.Equal(again, clean) {
				t.Errorf("a clean image became %q, %v", again, err)
			}
			if _, err := Decode(clean); err != nil {
				t.Errorf("the clean image cannot be decoded: %v", err)
			}
			// Cut off anywhere, it is refused or comes out without metadata.
			for n := range tt.full {
				if clean, _, err := Strip(tt.full[:n]); err == nil && bytes.Contains(clean, []byte(private)) {
					t.Errorf("cut to %d bytes, it is not clean", n)
				} else if err != nil && !errors.Is(err, ErrFormat) {
					t.Errorf("cut to %d bytes: %v", n, err)
				}
			}
		})
	}
}

// upright says, apart from the code, where a pixel of an upright image comes
// from: EXIF's own words are where the stored first row and column are shown.
func upright(m image.Image, o int) image.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	size := image.Pt(w, h)
	if o > 4 {
		size = image.Pt(h, w)
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	for row := range h {
		for column := range w {
			var x, y int
			switch o {
			case 1: // row: top, column: left
				x, y = column, row
			case 2: // top, right
				x, y = w-1-column, row
			case 3: // bottom, right
				x, y = w-1-column, h-1-row
			case 4: // bottom, left
				x, y = column, h-1-row
			case 5: // left, top
				x, y = row, column
			case 6: // right, top
				x, y = h-1-row, column
			case 7: // right, bottom
				x, y = h-1-row, w-1-column
			case 8: // left, bottom
				x, y = row, w-1-column
			}
			out.Set(x, y, m.At(column, row))
		}
	}
	return out
}

// far is the largest difference of any channel of any pixel.
func far(t *testing.T, a, b image.Image) (most int) {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("%v, not %v", a.Bounds(), b.Bounds())
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, _ := a.At(x, y).RGBA()
			R, G, B, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r) - int(R), int(g) - int(G), int(bl) - int(B)} {
				most = max(most, d>>8, -d>>8)
			}
		}
	}
	return most
}

func TestOrientation(t *testing.T) {
	m := sample(48, 32)
	for o := 1; o <= 8; o++ {
		t.Run(fmt.Sprint(o), func(t *testing.T) {
			want := upright(m, o)
			_, full := withPNG(t, m, uint16(o))
			clean, info, err := Strip(full)
			if err != nil || info.Orientation != Upright || info.ContentType != PNG || info.Width != want.Bounds().Dx() || info.Height != want.Bounds().Dy() {
				t.Fatalf("%+v, %v", info, err)
			}
			got, err := png.Decode(bytes.NewReader(clean))
			if err != nil || far(t, got, want) != 0 {
				t.Errorf("PNG: off by %d, %v", far(t, got, want), err)
			}
			_, full = withJPEG(t, m, uint16(o))
			clean, info, err = Strip(full)
			if err != nil || info.ContentType != JPEG || bytes.Contains(clean, []byte(private)) || !bytes.Contains(clean, []byte(profileName+"\x01\x01profile")) {
				t.Fatalf("%+v, %v", info, err)
			}
			stored, _ := jpeg.Decode(bytes.NewReader(full))
			got, err = jpeg.Decode(bytes.NewReader(clean))
			if err != nil || far(t, got, upright(stored, o)) > 40 {
				t.Errorf("JPEG: off by %d, %v", far(t, got, upright(stored, o)), err)
			}
			if got, err := Decode(full); err != nil || far(t, got, upright(stored, o)) != 0 {
				t.Errorf("JPEG: decoded off by %d, %v", far(t, got, upright(stored, o)), err)
			}
			if info, err := Inspect(full); err != nil || info.Orientation != Orientation(o) || info.Width != want.Bounds().Dx() {
				t.Errorf("%+v, %v", info, err)
			}
		})
	}
	// What makes no sense is no orientation.
	for _, o := range []uint16{0, 9, 256} {
		if got := orientation(exif(binary.BigEndian, o)); got != Upright {
			t.Errorf("%d is read as %d", o, got)
		}
	}
	if _, info, err := Strip(second(withWebP(t, 6))); err != nil || info.ContentType != PNG {
		t.Errorf("a WebP that was turned: %+v, %v", info, err)
	}
}

func second(_, b []byte) []byte { return b }

// An animation is not turned, since only its first image would be left.
func TestAnimationIsKept(t *testing.T) {
	plain, full := withPNG(t, sample(5, 4), 6, chunk("acTL", "\x00\x00\x00\x01\x00\x00\x00\x00"))
	clean, info, err := Strip(full)
	if err != nil || info.Orientation != Upright || info.Width != 5 || len(clean) != len(plain)+20 {
		t.Errorf("%+v, %v", info, err)
	}
	frame := "0123456789abcdef"
	animated := webpOf(riff("VP8X", "\x02\x00\x00\x00\x04\x00\x00\x04\x00\x00"), riff("ANIM", "123456"),
		riff("ANMF", frame+string(riff("VP8L", "odd"))+string(riff("PRIV", private))), riff("EXIF", string(exif(binary.BigEndian, 6))))
	want := webpOf(riff("VP8X", "\x02\x00\x00\x00\x04\x00\x00\x04\x00\x00"), riff("ANIM", "123456"), riff("ANMF", frame+string(riff("VP8L", "odd"))))
	clean, info, err = Strip(animated)
	if err != nil || !bytes.Equal(clean, want) || info.Width != 5 {
		t.Errorf("%+v, %v: %q", info, err, clean)
	}
}

func TestLimits(t *testing.T) {
	huge := func(w, h uint32) []byte {
		head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
		return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", string(head)+"\x08\x06\x00\x00\x00"), chunk("IDAT", "x"), chunk("IEND", ""))
	}
	for _, tt := range []struct {
		data []byte
		want error
	}{
		{huge(8000, 5001), ErrTooLarge}, {huge(1<<30, 1), ErrTooLarge}, {huge(1<<31-1, 1<<31-1), ErrFormat},
		{huge(0, 1), ErrFormat}, {nil, ErrFormat}, {[]byte("text"), ErrFormat}, {[]byte("\xff\xd8\xff"), ErrFormat},
	} {
		if info, err := Inspect(tt.data); (err != nil) != (tt.want == ErrFormat) {
			t.Errorf("%+v: %v", info, err)
		}
		if _, err := Decode(tt.data); !errors.Is(err, tt.want) {
			t.Errorf("decoded: %v, want %v", err, tt.want)
		}
		if _, err := Avatar(tt.data); err == nil {
			t.Error("an avatar was made of it")
		}
	}
}

func TestAvatar(t *testing.T) {
	seeThrough := sample(700, 650)
	seeThrough.SetNRGBA(300, 300, color.NRGBA{})
	_, turned := withJPEG(t, sample(1000, 800), 6)
	_, small := withPNG(t, sample(20, 30), 1)
	_, clear := withPNG(t, seeThrough, 1)
	for name, tt := range map[string]struct {
		data []byte
		want Info
	}{
		"turned":      {turned, Info{JPEG, 600, 600, Upright}},
		"small":       {small, Info{JPEG, 20, 20, Upright}},
		"see-through": {clear, Info{PNG, 600, 600, Upright}},
	} {
		got, err := Avatar(tt.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if info, err := Inspect(got); err != nil || info != tt.want || bytes.Contains(got, []byte(private)) {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
	// The square comes from the middle.
	m := image.NewNRGBA(image.Rect(0, 0, 300, 100))
	for y := range 100 {
		for x := 100; x < 200; x++ {
			m.SetNRGBA(x, y, color.NRGBA{200, 100, 50, 255})
		}
	}
	_, full := withPNG(t, m, 1)
	got, err := Avatar(full)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{0, 0}, {99, 99}, {50, 50}} {
		if r, _, _, _ := out.At(at.X, at.Y).RGBA(); r>>8 < 190 || r>>8 > 210 {
			t.Errorf("%v is %v", at, out.At(at.X, at.Y))
		}
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct{ w, h, toW, toH, wantW, wantH int }{
		{100, 50, 10, 10, 10, 5}, {50, 100, 10, 10, 5, 10}, {100, 50, 100, 50, 100, 50}, {1000, 1, 10, 10, 10, 1}, {8, 8, 10, 10, 8, 8},
	} {
		if got := Scale(sample(tt.w, tt.h), tt.toW, tt.toH).Bounds().Size(); got != image.Pt(tt.wantW, tt.wantH) {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestSniff(t *testing.T) {
	for head, want := range map[string]string{
		"\xff\xd8\xff\xe0": JPEG, "\x89PNG\r\n\x1a\n": PNG, "GIF89a": GIF, "GIF87a": GIF, "RIFF1234WEBPVP8 ": WebP,
		"RIFF1234WAVEfmt ": "audio/wav", "\x00\x00\x00\x20ftypM4A ": "audio/mp4", "\x00\x00\x00\x20ftypisom": "video/mp4",
		"\x00\x00\x00\x20ftypheic": "image/heic", "\x00\x00\x00\x20ftypavif": "image/avif", "\x00\x00\x00\x14ftypqt  ": "video/quicktime",
		"\x00\x00\x00\x08wide\x00\x00\x00\x00": "video/quicktime", "II*\x00": "image/tiff",
		"ID3\x04": "audio/mpeg", "\xff\xfb\x90": "audio/mpeg", "\xff\xf1\x50": "audio/aac", "OggS": "audio/ogg",
		"%PDF-1.7": "application/pdf", "": unknown, "text": unknown, "RIFF": unknown, "\x00\x00\x00\x20fty": unknown,
	} {
		if got := Sniff([]byte(head)); got != want {
			t.Errorf("%q: %s", head, got)
		}
	}
}

// Whatever comes in, what comes out has no metadata and stays as it is when it
// comes in again.
func FuzzStrip(f *testing.F) {
	for _, o := range []uint16{1, 6} {
		f.Add(second(withJPEG(f, sample(9, 7), o)))
		f.Add(second(withPNG(f, sample(5, 3), o)))
		f.Add(second(withWebP(f, o)))
	}
	f.Add(second(withGIF(f)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := Inspect(data); err == nil && c.Width*c.Height > 1<<20 {
			return // takes long
		}
		clean, info, err := Strip(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, info2, err := Strip(clean)
		if err != nil || !bytes.Equal(again, clean) || info != info2 || info.Orientation != Upright {
			t.Errorf("%+v, then %+v, %v", info, info2, err)
		}
	})
}
