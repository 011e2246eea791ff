package chat

import (
	"slices"
	"strings"

	"seance/tui/images"
	"seance/tui/render"
)

// Preview is what is behind a link of a message's text. Host and Title are text
// from others.
type Preview struct {
	Host, Title string
	Image       *File // nil: none
}

func (p *Preview) equal(q *Preview) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.Host == q.Host && p.Title == q.Title && (p.Image == q.Image || p.Image != nil && q.Image != nil && *p.Image == *q.Image)
}

// AllFiles are the files of the message, and the image of its preview.
func (m Message) AllFiles() []File {
	if m.Preview == nil || m.Preview.Image == nil {
		return m.Files
	}
	return append(slices.Clip(m.Files), *m.Preview.Image)
}

// WithFile is the message with a change to one of AllFiles.
func (m Message) WithFile(index int, change func(*File)) Message {
	if i := slices.IndexFunc(m.Files, func(f File) bool { return f.Index == index }); i >= 0 {
		m.Files = slices.Clone(m.Files)
		change(&m.Files[i])
	} else if m.Preview != nil && m.Preview.Image != nil && m.Preview.Image.Index == index {
		shown, f := *m.Preview, *m.Preview.Image
		change(&f)
		shown.Image = &f
		m.Preview = &shown
	}
	return m
}

const (
	previewTitle   = 2  // rows of it at most
	previewPicture = 32 // columns at most: it is only to be recognised
)

// preview is what a link leads to: the title of the page, the site, and the
// picture where pictures are shown, which then has the last rows.
func (l *List) preview(m Message, room int) (rows []string, picture images.Key) {
	th, p := l.look.Theme, m.Preview
	bar := th.Faint.Render(th.Glyphs.Divider) + " "
	room -= 2
	if title := render.Line(p.Title); title != "" {
		wrapped := render.Wrap(title, room)
		if len(wrapped) > previewTitle {
			rest := strings.Join(wrapped[previewTitle-1:], " ")
			wrapped = append(wrapped[:previewTitle-1], l.look.Metrics.Cut(rest, room, th.Glyphs.Ellipsis))
		}
		for _, row := range wrapped {
			rows = append(rows, bar+th.Text.Render(row))
		}
	}
	rows = append(rows, bar+th.Muted.Render(l.look.Metrics.Cut(render.Line(p.Host), room, th.Glyphs.Ellipsis)))
	if p.Image == nil || !p.Image.Picture || l.look.Pictures.Store == nil {
		return rows, picture
	}
	shown, picture := l.file(m, *p.Image, min(room, previewPicture))
	if picture.Box.Rows == 0 {
		shown, _ = l.file(m, *p.Image, room)
	}
	for _, row := range shown {
		rows = append(rows, bar+row)
	}
	return rows, picture
}
