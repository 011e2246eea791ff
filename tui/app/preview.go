package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/tui/chat"
	"seance/tui/render"
)

// previews are those of links that are being written, or were.
type previews struct {
	known  map[writtenLink]*preview.Preview // nil: there is none
	left   map[writtenLink]bool             // the user sends them without one
	asking writtenLink
	edits  int // how often something was written
}

// writtenLink is a link in what is written to somebody.
type writtenLink struct {
	to      id.Conversation
	address string
}

const (
	// typed is how long after the last key a link counts as written.
	typed = time.Second
	// knownPreviews is how many are remembered.
	knownPreviews = 16
)

func previewActions() []*Action {
	return []*Action{
		{Name: "preview.leave", Title: "Send the link without its preview",
			Keys: map[Context][]string{InComposer: {"alt+l"}},
			When: func(m *Model) bool { return m.enclosedPreview() != nil },
			Run:  quietly(func(m *Model) { m.previews.left[m.writtenLink()] = true })},
		{Name: "preview.add", Title: "Ask the site of the link for a preview to send",
			Keys: map[Context][]string{InComposer: {"alt+l"}},
			When: func(m *Model) bool {
				return writable(m) && m.writtenLink().address != "" && m.enclosedPreview() == nil
			},
			Run: (*Model).addPreview},
	}
}

// previewOf is what a message shows of a link, as the chat draws it.
func previewOf(v messaging.Message) *chat.Preview {
	if v.Preview == nil {
		return nil
	}
	shown := &chat.Preview{Host: preview.Host(v.Preview.URL), Title: v.Preview.Title}
	if v.Preview.Image != nil {
		image := fileOf(v, *v.Preview.Image)
		shown.Image = &image
	}
	return shown
}

// writtenLink is the link of what is being written that has a preview, without an
// address if there is none. A message with files shows them in its place, as the
// official apps do.
func (m *Model) writtenLink() writtenLink {
	if m.open == "" || len(m.enclosed[m.open]) > 0 {
		return writtenLink{}
	}
	return writtenLink{m.open, preview.Link(m.compose.Text())}
}

// enclosedPreview is what goes with the message that is being written; nil if
// nothing does.
func (m *Model) enclosedPreview() *preview.Preview {
	k := m.writtenLink()
	if k.address == "" || m.previews.left[k] {
		return nil
	}
	return m.previews.known[k]
}

// previewSoon asks for the preview of what is being written, if the user wants
// previews, once there is a rest in it.
func (m *Model) previewSoon() tea.Cmd {
	m.previews.edits++
	k, edits := m.writtenLink(), m.previews.edits
	if _, known := m.previews.known[k]; !m.o.LinkPreviews || k.address == "" || known {
		return nil
	}
	return m.ask(func(ctx context.Context) result {
		select {
		case <-time.After(typed):
		case <-ctx.Done():
			return nil
		}
		return func(m *Model) tea.Cmd {
			if m.previews.edits != edits || m.writtenLink() != k || m.previews.left[k] || m.previews.asking == k {
				return nil
			}
			return m.fetchPreview(k, false)
		}
	})
}

// addPreview asks for a preview because the user has asked for this one.
func (m *Model) addPreview() tea.Cmd {
	k := m.writtenLink()
	delete(m.previews.left, k)
	switch {
	case m.previews.known[k] != nil || m.client == nil:
		return nil
	case m.previews.asking != k:
		m.say("Asking " + preview.Host(k.address) + " for a preview" + m.theme.Glyphs.Ellipsis)
		return m.fetchPreview(k, true)
	}
	return nil
}

// fetchPreview asks the site of a link. Whoever asked for it is told why there is
// no preview.
func (m *Model) fetchPreview(k writtenLink, tell bool) tea.Cmd {
	m.previews.asking = k
	c := m.client
	return m.ask(func(ctx context.Context) result {
		shown, err := c.Preview(ctx, k.address)
		return func(m *Model) tea.Cmd {
			if m.previews.asking == k {
				m.previews.asking = writtenLink{}
			}
			if m.o.LinkPreviews || m.writtenLink() == k {
				m.previews.know(k, shown)
			}
			if err != nil && tell {
				m.complain(err)
			} else if tell {
				m.notice = notice{}
			}
			return nil
		}
	})
}

func (p *previews) know(k writtenLink, shown *preview.Preview) {
	if len(p.known) >= knownPreviews {
		clear(p.known)
		clear(p.left)
	}
	p.known[k] = shown
}

// takePreview is enclosedPreview for a message that goes out now. The next link is
// asked about anew where the user asks for each.
func (m *Model) takePreview() *preview.Preview {
	k, shown := m.writtenLink(), m.enclosedPreview()
	delete(m.previews.left, k)
	if !m.o.LinkPreviews {
		delete(m.previews.known, k)
	}
	return shown
}

// previewRow shows above the composer what goes with the link.
func (m *Model) previewRow(width int) []string {
	shown := m.enclosedPreview()
	if shown == nil {
		return nil
	}
	th := m.theme
	room := width - 2*len(indent) - 2
	tail := "  " + m.named("preview.leave").key(InComposer) + " leaves it off"
	host := m.metrics.Cut("  "+render.Line(preview.Host(shown.URL)), max(room/3, 8), th.Glyphs.Ellipsis)
	title := m.metrics.Cut(render.Line(shown.Title), room-m.metrics.Width(host)-len(tail), th.Glyphs.Ellipsis)
	return []string{indent + th.Accent.Render(th.Glyphs.Divider) + " " + title + th.Muted.Render(host+tail)}
}
