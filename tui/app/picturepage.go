package app

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"seance/store"
	"seance/tui/chat"
	"seance/tui/edit"
	"seance/tui/images"
	"seance/tui/render"
)

// picturePage shows one picture of a message, as large as there is room.
type picturePage struct {
	message chat.Message
	files   []chat.File // its pictures
	at      int         // which of them is shown

	name          string // of the content, as soon as it is here
	width, height int    // of the picture in pixels
	busy          bool   // it is being fetched or made
	wrong         string // why it cannot be shown
}

// onPicture reports whether a message with a picture is selected that can be
// shown here.
func onPicture(m *Model) bool {
	sel, _ := m.chat.Selected()
	return onMessage(m) && !sel.Deleted && m.gallery.support().Form != images.Nothing && slices.ContainsFunc(sel.AllFiles(), isShown)
}

func isShown(f chat.File) bool { return f.Picture }

// viewPicture shows the first picture of the selected message. Whoever asks for
// it trusts who sent it.
func (m *Model) viewPicture() {
	sel, _ := m.chat.Selected()
	p := &picturePage{message: sel}
	for _, f := range sel.AllFiles() {
		if isShown(f) {
			p.files = append(p.files, f)
		}
	}
	m.page = p
}

// turn goes to another picture of the message.
func (p *picturePage) turn(by int) {
	if at := p.at + by; at >= 0 && at < len(p.files) {
		*p = picturePage{message: p.message, files: p.files, at: at}
	}
}

func (p *picturePage) file() chat.File       { return p.files[p.at] }
func (p *picturePage) contexts() []Context   { return []Context{InPicture, InPage, Everywhere} }
func (p *picturePage) field() *edit.Buffer   { return nil }
func (p *picturePage) edited(*Model) tea.Cmd { return nil }

func (p *picturePage) title() string {
	return render.Line(p.file().Name) + pictureCount(p.at, len(p.files))
}

// key names the picture in the room that there is for it now.
func (p *picturePage) key(m *Model) images.Key {
	f, s := m.frame(), m.gallery.support()
	room := images.Box{Columns: f.width - 2*len(indent), Rows: f.body - 2}
	return images.Key{Name: p.name, Box: s.Fit(p.width, p.height, room), Support: s}
}

func (p *picturePage) view(m *Model, width, _ int) (rows []string, x, y int) {
	if p.wrong != "" {
		for _, row := range render.Wrap(render.Line(p.wrong), textWidth(width)) {
			rows = append(rows, indent+m.theme.Error.Render(row))
		}
		return rows, -1, 0
	}
	if p.name != "" {
		if made, _ := m.gallery.store.Get(p.key(m)); made != nil {
			for _, row := range made.Rows() {
				rows = append(rows, indent+row)
			}
			return rows, -1, 0
		}
	}
	said := "The picture is on its way" + m.theme.Glyphs.Ellipsis
	if p.file().Here {
		said = ""
	}
	return m.paragraph(said, width), -1, 0
}

// showPicture fetches the picture of a page, if it is not here, and makes it.
func (m *Model) showPicture(p *picturePage) tea.Cmd {
	if p.busy || p.wrong != "" || m.confirm != nil {
		return nil
	}
	key := p.key(m)
	if p.name != "" {
		if made, err := m.gallery.store.Get(key); made != nil || err != nil || key.Box.Rows == 0 {
			return nil
		}
	}
	p.busy = true
	message, at, f := p.message, p.at, p.file()
	m.begin(message, f)
	c, pictures := m.client, m.gallery.store
	return m.ask(func(ctx context.Context) result {
		var name string
		var width, height int
		err := guarded(func() error {
			err := c.Download(ctx, store.Message{Row: message.Key}.ID(), f.Index)
			if err != nil {
				return err
			}
			var data []byte
			if name, data, err = content(ctx, c, message.Key, f.Index); err != nil {
				return err
			}
			if width, height, err = images.Config(data); err != nil || name != key.Name {
				return err
			}
			return pictures.Make(key, data)
		})
		return func(m *Model) tea.Cmd {
			if err != nil {
				m.notMoved(message, f, err)
			}
			if p.at != at {
				return nil
			}
			p.busy, p.name, p.width, p.height = false, name, width, height
			if err != nil {
				p.wrong = sentence(err)
			}
			return nil
		}
	})
}
