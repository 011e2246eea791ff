package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/audio"
	"seance/tui/edit"
	"seance/tui/render"
)

// showVoiceFile asks for a file to be sent as a voice message. It can be
// listened to before that.
func (m *Model) showVoiceFile() {
	conv := m.open
	if m.elsewhere() {
		return
	}
	p := &formPage{name: "Send a voice message", intro: "The path of a sound, m4a or mp3. Tab completes it.", hint: "~/", buffer: edit.Single("")}
	p.submit = func(m *Model, text string) tea.Cmd {
		path := m.path(strings.TrimSpace(text))
		return m.ask(func(ctx context.Context) result {
			r, err := voiceFile(ctx, conv, path)
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
				} else if m.page == p && m.open == conv {
					m.page, m.focus = nil, OnComposer
					return m.review(r)
				}
				return nil
			}
		})
	}
	p.complete = p.completePath
	m.page = p
}

// voiceFile reads a file that is to be a voice message: one that others can
// play.
func voiceFile(ctx context.Context, conv id.Conversation, path string) (r *recorder, err error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	err = guarded(func() (err error) {
		r, err = reviewed(ctx, conv, filepath.Base(path), data)
		return err
	})
	if errors.Is(err, audio.ErrFormat) {
		return nil, fmt.Errorf("%s cannot be sent as a voice message: use AAC in m4a, or mp3", render.Line(filepath.Base(path)))
	}
	if err == nil && !r.clip.Whole() {
		return nil, fmt.Errorf("%s is longer than 5 minutes, which is the most that a voice message has", render.Line(filepath.Base(path)))
	}
	return r, err
}
