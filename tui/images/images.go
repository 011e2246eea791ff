// Package images turns pictures into what a terminal can show: cells of the
// kitty graphics protocol, sixels, or half blocks.
//
// A Probe asks the terminal what it can do and takes its answers as they come;
// nothing waits for them. Decode reads a picture of somebody else within
// bounds. A Store makes pictures and keeps as many as its bytes allow; what is
// not on the screen may be dropped and is made again.
//
// How a view uses it:
//
//	probe := images.NewProbe(environ, wanted)   // once; wanted: images = "auto" and no slow link
//	painter.Ask(probe.Question())
//	store := images.NewStore(8<<20, paint.PictureID(rand.Uint32()))
//
//	// in Update, for every message from the terminal:
//	question, changed := probe.Answer(msg)
//	painter.Ask(question)                       // changed: draw anew
//	w, h := device.Pixels()                     // at the start, and for a tea.WindowSizeMsg
//	painter.Ask(probe.Resized(columns, rows, w, h))
//
//	// for each picture on the screen, in each frame:
//	key := images.Key{Name: digest, Box: probe.Support().Fit(width, height, box), Support: probe.Support()}
//	picture, err := store.Get(key)
//	// picture: its Rows are text, Box.Columns wide, nothing to the right of them
//	// both nil: leave Box.Rows blank, and once run store.Make(key, data) in a command
//	// err: say so in a line
//
//	painter.Forget(store.Forget(prefix))        // when what it shows is gone
//
//	frame.Pictures = store.Shown()              // at the end of the frame
//
// With Support().Form Nothing, a line stands for each picture.
//
// The package knows nothing of messages, of the disk and of what is drawn
// around a picture. It starts no goroutine. Store may be used from several, and
// makes one picture at a time; the rest is values.
//
// Wire reference: the kitty graphics protocol; DEC STD 070 (sixels); XTerm
// Control Sequences (device attributes, window operations, XTVERSION); tmux,
// input.c (passthrough).
package images

import "image"

// Form is how a picture is brought to the screen.
type Form int

// The forms, from the least to the best.
const (
	Nothing Form = iota // no picture: a line instead
	HalfBlocks
	Sixel
	Kitty
)

// Box is a size in cells.
type Box struct{ Columns, Rows int }

// Support is what a terminal can do. It is comparable: pictures made for one
// are not for another.
type Support struct {
	Form   Form
	Cell   image.Point // the size of a cell in pixels, a likely one if that is not known
	Tmux   bool        // kitty's sequences go through tmux
	Colour Colour      // for half blocks
}

// Colour is how many colours half blocks may have.
type Colour int

// The kinds of terminal on which a picture can be recognised.
const (
	Indexed Colour = iota // 256
	True
)

// usual is the size of a cell where it is not known.
var usual = image.Pt(8, 16)

// Fit is the box that a picture of so many pixels gets within another box. It
// is never shown larger than it is. Nothing, and a picture without pixels, gets
// no box.
func (s Support) Fit(width, height int, box Box) Box {
	if s.Form == Nothing || width <= 0 || height <= 0 || box.Columns <= 0 || box.Rows <= 0 {
		return Box{}
	}
	box = Box{min(box.Columns, largest), min(box.Rows, largest)}
	if s.Form == HalfBlocks {
		// A block is a pixel, however large: there are few enough of them.
		w, h := within(width, height, box.Columns, 2*box.Rows)
		return Box{w, (h + 1) / 2}
	}
	cell := s.cell()
	w, h := within(width, height, box.Columns*cell.X, box.Rows*cell.Y)
	return Box{min((w+cell.X-1)/cell.X, box.Columns), min((h+cell.Y-1)/cell.Y, box.Rows)}
}

func (s Support) cell() image.Point {
	if s.Cell.X <= 0 || s.Cell.Y <= 0 {
		return usual
	}
	return s.Cell
}

// within shrinks a size to fit into another one; the sides keep their ratio.
func within(width, height, maxWidth, maxHeight int) (w, h int) {
	w, h = width, height
	if w > maxWidth {
		w, h = maxWidth, int(int64(height)*int64(maxWidth)/int64(width))
	}
	if h > maxHeight {
		w, h = int(int64(width)*int64(maxHeight)/int64(height)), maxHeight
	}
	return max(w, 1), max(h, 1)
}
