package images

import (
	"fmt"
	"image"
	"testing"

	"seance/tui/paint"
)

var forms = []struct {
	name string
	Support
}{
	{"kitty", Support{Form: Kitty, Cell: image.Pt(10, 20), Colour: True}},
	{"sixel", Support{Form: Sixel, Cell: image.Pt(10, 20), Colour: True}},
	{"halfblocks", Support{Form: HalfBlocks, Cell: image.Pt(10, 20), Colour: True}},
	{"halfblocks256", Support{Form: HalfBlocks, Cell: image.Pt(10, 20)}},
}

// BenchmarkRender makes a picture of 1920 x 1080 for 48 x 14 cells.
func BenchmarkRender(b *testing.B) {
	img := grain(photo(1920, 1080))
	for _, f := range forms {
		b.Run(f.name, func(b *testing.B) {
			var p *Picture
			var err error
			for b.Loop() {
				if p, err = render(img, 0, f.Fit(1920, 1080, Box{48, 20}), f.Support); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(p.size), "B/picture")
		})
	}
}

// BenchmarkDecode reads a photograph of 12 megapixels.
func BenchmarkDecode(b *testing.B) {
	data := asJPEG(b, photo(4000, 3000))
	for b.Loop() {
		img, err := Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		Scale(img, 480, 360)
	}
}

// chat is a conversation of pictures, as rows.
func chat(b *testing.B, s Support, messages int) (rows []string, pictures []*paint.Picture) {
	b.Helper()
	img := grain(photo(480, 270))
	for i := range messages {
		p, err := render(img, paint.PictureID(i), s.Fit(480, 270, Box{36, 10}), s)
		if err != nil {
			b.Fatal(err)
		}
		if p.cells != nil {
			pictures = append(pictures, p.cells)
		}
		rows = append(rows, "", fmt.Sprintf("\x1b[2m12:%02d\x1b[m  picture %d", i%60, i))
		rows = append(rows, p.Rows()...)
	}
	return rows, pictures
}

// screen is a frame of a conversation from a row on.
func screen(rows []string, pictures []*paint.Picture, top int) *paint.Frame {
	f := &paint.Frame{Width: 120, Height: 38, CursorX: 40, CursorY: 36, Pictures: pictures}
	for y := range 36 {
		f.Rows = append(f.Rows, []paint.Span{{Width: 32, Text: fmt.Sprint("Alice Liddell ", y)}, {X: 33, Width: 87, Text: "         " + rows[top+y]}})
	}
	return f
}

// painted waits until a painter has written what it was given.
type painted struct {
	wrote chan int
}

func (p *painted) Write(b []byte) (int, error) {
	p.wrote <- len(b)
	return len(b), nil
}

// BenchmarkScroll scrolls through 1,000 messages with a picture each, row by
// row, with a list of conversations beside them: three pictures are on the
// screen. It is the time from the frame to the bytes.
func BenchmarkScroll(b *testing.B) {
	for _, f := range forms {
		b.Run(f.name, func(b *testing.B) {
			// A hundred pictures ten times: what differs is what counts.
			rows, pictures := chat(b, f.Support, 100)
			hundred := len(rows)
			for range 9 {
				rows = append(rows, rows[:hundred]...)
			}
			out := &painted{wrote: make(chan int, 1)}
			p := paint.New(out, nil, 0)
			p.Start()
			<-out.wrote // the modes
			p.Show(screen(rows, pictures, 0))
			<-out.wrote
			bytes, frames := 0, 0
			for b.Loop() {
				frames++
				p.Show(screen(rows, pictures, frames%(len(rows)-36)))
				bytes += <-out.wrote
			}
			b.ReportMetric(float64(bytes)/float64(frames), "B/frame")
			go func() {
				for range out.wrote {
				}
			}()
			p.Stop()
		})
	}
}

// BenchmarkTyping types below three pictures.
func BenchmarkTyping(b *testing.B) {
	for _, f := range forms {
		b.Run(f.name, func(b *testing.B) {
			rows, pictures := chat(b, f.Support, 4)
			out := &painted{wrote: make(chan int, 1)}
			p := paint.New(out, nil, 0)
			p.Start()
			<-out.wrote
			bytes, frames := 0, 0
			for b.Loop() {
				frame := screen(rows, pictures, 0)
				frame.Rows = append(frame.Rows, []paint.Span{{X: 33, Width: 87, Text: "some text"[:frames%8+1]}})
				p.Show(frame)
				if n := <-out.wrote; frames > 0 {
					bytes += n
				}
				frames++
			}
			b.ReportMetric(float64(bytes)/float64(frames), "B/char")
			go func() {
				for range out.wrote {
				}
			}()
			p.Stop()
		})
	}
}
