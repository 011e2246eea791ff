package paint

import (
	"context"
	"os"

	"golang.org/x/term"
)

// Size is a terminal's size in cells.
type Size struct{ Width, Height int }

// Terminal is the device behind two streams, if they are one.
type Terminal struct {
	in, out *os.File // nil: not a terminal
	cooked  *term.State
}

// Device finds out whether streams are a terminal.
func Device(in, out any) *Terminal {
	t := &Terminal{}
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		t.in = f
	}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		t.out = f
	}
	return t
}

// Size asks the terminal for its size; false if there is none to ask.
func (t *Terminal) Size() (Size, bool) {
	if t.out == nil {
		return Size{}, false
	}
	w, h, err := term.GetSize(int(t.out.Fd()))
	return Size{w, h}, err == nil && w > 0 && h > 0
}

// Pixels is the terminal's size in pixels; 0 if it has none or does not tell.
// Some tell it here and do not answer when they are asked for it.
func (t *Terminal) Pixels() (width, height int) {
	if t.out == nil {
		return 0, 0
	}
	return pixels(t.out)
}

// Raw has every key come through as it is typed.
func (t *Terminal) Raw() (err error) {
	if t.in != nil && t.cooked == nil {
		t.cooked, err = term.MakeRaw(int(t.in.Fd()))
	}
	return err
}

// Cooked undoes Raw.
func (t *Terminal) Cooked() {
	if t.cooked != nil {
		_ = term.Restore(int(t.in.Fd()), t.cooked)
		t.cooked = nil
	}
}

// Watch tells of the terminal's size whenever that changes, until ctx ends.
func (t *Terminal) Watch(ctx context.Context, tell func(Size)) {
	if t.out == nil {
		return
	}
	changed, stop := resizes()
	defer stop()
	for {
		select {
		case <-changed:
			if s, ok := t.Size(); ok {
				tell(s)
			}
		case <-ctx.Done():
			return
		}
	}
}
