package app

import (
	"context"
	"encoding/hex"

	tea "charm.land/bubbletea/v2"

	"seance/store"
	"seance/tui/images"
)

// portrait is somebody's picture on a page.
type portrait struct {
	of func(*Model) store.Picture // the zero value: none is to be shown

	name          string // of the picture that the rest is about
	width, height int    // in pixels; 0: not known yet
	busy, failed  bool
}

// portraitName names a picture: nothing else has the place and the key.
func portraitName(p store.Picture) string { return p.URL + " " + hex.EncodeToString(p.Key[:]) }

// key names the picture in the room that there is for it.
func (p *portrait) key(m *Model) images.Key {
	box := images.Box{Columns: 24, Rows: 6}
	if m.height >= 32 {
		box.Rows = 10
	}
	s := m.gallery.support()
	return images.Key{Name: p.name, Box: s.Fit(p.width, p.height, box), Support: s}
}

// portraitRows are the picture and a blank row, nothing as long as there is
// none.
func (m *Model) portraitRows(p *portrait) (rows []string) {
	if p.name == "" || p.name != portraitName(p.of(m)) {
		return nil
	}
	made, _ := m.gallery.store.Get(p.key(m))
	if made == nil {
		return nil
	}
	for _, row := range made.Rows() {
		rows = append(rows, indent+row)
	}
	return append(rows, "")
}

// withPortrait adds a picture to the rows of a page: where there is room for
// both, above them.
func (m *Model) withPortrait(p *portrait, rows []string) []string {
	picture := m.portraitRows(p)
	if m.height >= roomy {
		return append(picture, rows...)
	}
	return append(append(rows, ""), picture...)
}

// showPortrait fetches the picture of a page and makes it, if it is not yet.
func (m *Model) showPortrait(p *portrait) tea.Cmd {
	if p == nil || p.busy || m.gallery.support().Form == images.Nothing {
		return nil
	}
	picture := p.of(m)
	if picture.URL == "" {
		return nil
	}
	if name := portraitName(picture); p.name != name {
		*p = portrait{of: p.of, name: name}
	}
	key := p.key(m)
	if made, err := m.gallery.store.Get(key); p.failed || p.width > 0 && (made != nil || err != nil) {
		return nil
	}
	p.busy = true
	c, pictures := m.client, m.gallery.store
	return m.ask(func(ctx context.Context) result {
		var width, height int
		err := guarded(func() error {
			data, err := c.Picture(ctx, picture)
			if err != nil {
				return err
			}
			if width, height, err = images.Config(data); err != nil || key.Box.Rows == 0 {
				return err
			}
			return pictures.Make(key, data)
		})
		return func(*Model) tea.Cmd {
			p.busy, p.failed, p.width, p.height = false, err != nil, width, height
			return nil
		}
	})
}
