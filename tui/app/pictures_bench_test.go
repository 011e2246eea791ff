package app

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"seance/tui/chat"
	"seance/tui/images"
	"seance/tui/paint"
)

// different is how many pictures differ among those of the benchmark.
const different = 100

// album is a conversation of 1,000 messages with a picture each, all made, on a
// terminal that answers so.
func album(b *testing.B, answers ...tea.Msg) *Model {
	m := conversing(b, 0)
	m.gallery = newGallery([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}, false)
	m.gallery.store = images.NewStore(256<<20, 0)
	for _, msg := range answers {
		m.fromTerminal(msg)
	}
	var page []chat.Message
	for i := range 1000 {
		page = append(page, chat.Message{
			Key: int64(i + 1), MS: m.now().Add(time.Duration(i-1000) * time.Minute).UnixMilli(), Author: fmt.Sprint(i % 3), Name: "Alice", Own: i%3 == 0,
			Text: fmt.Sprintf("picture %d", i), State: chat.Sent,
			Files: []chat.File{{Name: "photo.jpg", Size: 90_000, Picture: true, Width: 480, Height: 270, Here: true, Content: fmt.Sprint(i % different)}},
		})
	}
	m.chat.Reset(page, true, true)
	m.layOut()
	data := noise(b, 480, 270)
	m.chat.ToStart()
	for made := 0; made < different; {
		for _, p := range m.chat.Pictures() {
			if known, _ := m.gallery.store.Get(p.Key); known == nil {
				if err := m.gallery.store.Make(p.Key, data); err != nil {
					b.Fatal(err)
				}
				made++
			}
		}
		m.chat.Page(1)
	}
	m.gallery.store.Shown()
	m.chat.ToEnd()
	return m
}

// noise is a picture as cameras make them: nothing in it repeats.
func noise(b *testing.B, width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(1, 2))
	for y := range height {
		for x := range width {
			grain := r.IntN(24)
			img.SetRGBA(x, y, color.RGBA{uint8(x*200/width + grain), uint8(y*200/height + grain), uint8(120 + grain), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// sink tells how many bytes a painter writes.
type sink struct{ n chan int }

func (w sink) Write(p []byte) (int, error) {
	w.n <- len(p)
	return len(p), nil
}

// BenchmarkAlbum scrolls through 1,000 messages with a picture each, a screen at
// a time: from the key to the bytes for the terminal.
func BenchmarkAlbum(b *testing.B) {
	cell := uv.CellSizeEvent{Width: 10, Height: 20}
	var kitty uv.KittyGraphicsEvent
	kitty.Options.ID, kitty.Payload = 31, []byte("OK")
	for _, form := range []struct {
		name    string
		answers []tea.Msg
	}{
		{"kitty", []tea.Msg{cell, tea.TerminalVersionMsg{Name: "kitty(0.36.4)"}, kitty}},
		{"sixel", []tea.Msg{cell, uv.PrimaryDeviceAttributesEvent{62, 4}}},
		{"halfblocks", nil},
	} {
		b.Run(form.name, func(b *testing.B) {
			m := album(b, form.answers...)
			out := sink{make(chan int, 1)}
			p := paint.New(out, nil, 0)
			p.Start()
			<-out.n
			p.Show(m.picture())
			<-out.n
			var took []time.Duration
			bytes := 0
			for b.Loop() {
				begun := time.Now()
				before, _ := m.chat.Top()
				m.Update(tea.KeyPressMsg{Code: tea.KeyPgUp})
				if now, reading := m.chat.Top(); reading && now == before {
					m.chat.ToEnd()
				}
				p.Show(m.picture())
				bytes += <-out.n
				took = append(took, time.Since(begun))
			}
			slices.Sort(took)
			b.ReportMetric(float64(bytes)/float64(len(took)), "B/frame")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
			go func() {
				for range out.n {
				}
			}()
			p.Stop()
		})
	}
}
