package app

import (
	"context"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/tui/edit"
)

// showOwnPicture asks for the picture that others are shown of the user.
func (m *Model) showOwnPicture() {
	c := m.client
	m.showPictureForm(pictureForm{
		name: "Your picture", set: c.SetPicture, busy: "Uploading your picture.",
		intro: "The path of an image, of which the middle is shown to others. Tab completes it. Leave it empty to have no picture.",
		done:  "Others see your new picture from the next message on.",
		gone:  "Others see no picture of you from the next message on.",
	})
}

// pictureForm asks for a picture, for what takes one or, with nothing, takes it away.
type pictureForm struct {
	name, intro      string
	set              func(context.Context, []byte) error
	busy, done, gone string // what is said meanwhile, and then
}

func (m *Model) showPictureForm(f pictureForm) {
	p := &formPage{name: f.name, intro: f.intro, hint: "~/", buffer: edit.Single(""), back: m.page}
	p.complete = p.completePath
	p.submit = func(m *Model, text string) tea.Cmd {
		path := ""
		if text = strings.TrimSpace(text); text != "" {
			path = m.path(text)
			m.say(f.busy)
		}
		return m.ask(func(ctx context.Context) result {
			err := guarded(func() error {
				data, err := imageIn(path)
				if err != nil {
					return err
				}
				return f.set(ctx, data)
			})
			return func(m *Model) tea.Cmd {
				switch {
				case err != nil:
					p.wrong = sentence(err)
					m.notice = notice{}
					return nil
				case path == "":
					m.say(f.gone)
				default:
					m.say(f.done)
				}
				if m.page == p {
					m.back(p.back)
				}
				return nil
			}
		})
	}
	m.page = p
}

// imageIn reads the file of a picture; no path is no picture.
func imageIn(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	if _, err := sendable(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
