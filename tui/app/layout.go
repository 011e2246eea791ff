package app

import (
	"slices"

	"seance/store"
	"seance/tui/chat"
	"seance/tui/composer"
)

// The smallest screen on which everything works.
const (
	minWidth  = 60
	minHeight = 15
)

// The widths from which on there is room for two panes, and for wide ones.
const (
	twoPanes  = 70
	wide      = 100
	veryWide  = 150
	roomy     = 22 // the height from which on a row is left blank above the bottom line
	composing = 8  // rows of the composer at most
)

// frame is where things are.
type frame struct {
	list     int // width of the list, 0 if it is not shown
	x        int // where the other pane starts
	width    int // its width, 0 if it is not shown
	top      int // the first row below the titles
	body     int // rows below the titles, but for the bottom line and the blank above it
	composer int // rows of the composer or the question
}

func (m *Model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

// frame lays out the screen.
func (m *Model) frame() frame {
	f := frame{top: 2, body: m.height - 3}
	if m.height >= roomy {
		f.body--
	}
	two := m.width >= twoPanes && !m.noList
	switch {
	case m.fullScreen():
		f.width = m.width
	case !two && m.focus == OnList && m.page == nil:
		f.list = m.width
	case !two:
		f.width = m.width
	default:
		f.list = 24
		if m.width >= wide {
			f.list = 32
		}
		if m.width >= veryWide {
			f.list = 38
		}
		f.x = f.list + 1
		f.width = m.width - f.x
	}
	if f.width > 0 {
		f.composer = len(m.composerRows(f))
	}
	return f
}

// fullScreen reports whether a page takes the place of the list too.
func (m *Model) fullScreen() bool {
	_, is := m.page.(*onboarding)
	return is
}

// chatVisible reports whether the messages are on the screen.
func (m *Model) chatVisible() bool {
	return m.page == nil && m.open != "" && !m.tooSmall() && m.frame().width > 0
}

// chatHeight is the rows of the messages: what the composer and the line above
// it leave.
func (f frame) chatHeight() int { return max(f.body-f.composer-1, 1) }

// layOut tells the message list its size. It runs after every message, so that
// keys always act on what is on the screen.
func (m *Model) layOut() {
	if m.tooSmall() {
		return
	}
	f := m.frame()
	if f.width == 0 {
		return
	}
	m.chat.SetLook(chat.Look{
		Theme: m.theme, Metrics: m.metrics, Width: f.width, Height: f.chatHeight(), Now: m.now(), Time: m.networkTime(), Zone: m.o.Zone,
		Links: m.tellLinks(), FileHint: m.fileHint(), Pictures: m.chatPictures(f), Voices: m.chatVoices(),
	})
}

// composerRows is the bottom of the chat: the composer, or a question.
func (m *Model) composerRows(f frame) []string {
	rows, _, _ := m.composerView(f)
	return rows
}

func (m *Model) composerView(f frame) (rows []string, x, y int) {
	if m.confirm != nil {
		return m.confirm.rows(m, f.width), -1, 0
	}
	if m.open == "" || m.page != nil {
		return nil, -1, 0
	}
	if why := barred(m.current()); why != "" {
		if m.current().Membership == store.Invited {
			why += " " + m.answering()
		}
		return m.paragraph(why, f.width), -1, 0
	}
	if m.recorderHere() != nil {
		return append(m.answerRow(f.width), m.recorderRows(f.width)...), -1, 0
	}
	rows = slices.Concat(m.heldRow(f.width), m.answerRow(f.width), m.previewRow(f.width), m.attachedRows(f.width))
	const least = 3 // rows of text beside what goes with it
	room := min(composing, max(f.body/3, 1))
	look := composer.Look{
		Theme: m.theme, Metrics: m.metrics, Width: f.width, Max: max(room-len(rows), min(room, least)),
		Hint: m.composerHint(), Active: m.focus == OnComposer,
	}
	field, x, y := m.compose.View(look)
	if m.focus == OnComposer {
		rows = append(m.compose.OfferRows(look, f.body/4), rows...)
	}
	return append(rows, field...), x, y + len(rows)
}

// answering says which keys answer the open invitation. In the list they would do
// something to the conversation under its bar.
func (m *Model) answering() string {
	if m.focus == OnList {
		return "Press " + m.named("focus.reading").key(InList) + " to answer."
	}
	return "Press a to join it, d to decline, or B to block who invited you."
}

// composerHint is what the empty composer says.
func (m *Model) composerHint() string {
	v := m.current()
	switch {
	case v.Blocked:
		return "Blocked: unblock to write"
	case v.Request:
		return "Writing back accepts the request"
	}
	return "Type a message"
}
