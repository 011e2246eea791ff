// Package sidebar draws the list of conversations: for each its name, the last
// line, when it was, and how much of it is unread.
//
// It keeps the cursor by conversation, so that what moves up in the list does
// not move the cursor. It knows no keys and no engine, and starts no goroutine.
package sidebar

import (
	"slices"
	"strconv"
	"time"

	"seance/tui/render"
	"seance/tui/theme"
)

// Item is a conversation as the list shows it.
type Item struct {
	ID      string
	Title   string // text from others
	Preview string // text from others, or the draft
	Draft   bool   // Preview is what the user began to write
	Own     bool   // the last message is one's own
	Failed  bool   // and was not sent
	When    time.Time
	Unread  int
	Marked  bool // to be read, said the user, whatever is unread
	Pinned  bool
	Muted   bool
	// Quiet is set if nobody is told of what is unread, and Mentioned if some of it
	// names the user.
	Quiet, Mentioned bool
}

// Look is how and where the list is drawn.
type Look struct {
	Theme   theme.Theme
	Metrics render.Metrics
	Width   int
	Height  int
	Now     time.Time
	Zone    *time.Location
	Active  bool   // the list has the focus
	Open    string // the conversation in the other pane
}

// rowsEach is the height of a conversation: two lines and a blank.
const rowsEach = 3

// List is the conversations, in the order in which they are shown, and a
// cursor. The zero value is empty.
type List struct {
	items  []Item
	cursor string
	top    int // index of the first conversation on the screen
}

// Set replaces the conversations. The cursor stays on its conversation.
func (l *List) Set(items []Item) {
	at := l.Index()
	l.items = items
	if l.index(l.cursor) < 0 {
		l.cursor = ""
		if len(items) > 0 {
			l.cursor = items[min(max(at, 0), len(items)-1)].ID
		}
	}
}

// Items are the conversations.
func (l *List) Items() []Item { return l.items }

// Selected is the conversation under the cursor, "" if there is none.
func (l *List) Selected() string { return l.cursor }

// Select puts the cursor on a conversation, if it is in the list.
func (l *List) Select(id string) {
	if l.index(id) >= 0 {
		l.cursor = id
	}
}

// Move moves the cursor by so many conversations.
func (l *List) Move(by int) {
	if len(l.items) > 0 {
		l.cursor = l.items[min(max(l.Index()+by, 0), len(l.items)-1)].ID
	}
}

// Index is where the cursor stands, -1 in an empty list.
func (l *List) Index() int { return l.index(l.cursor) }

// Neighbour is the conversation so many places from another one, going round
// at the ends; "" if the list is empty.
func (l *List) Neighbour(id string, by int) string {
	n := len(l.items)
	if n == 0 {
		return ""
	}
	i := l.index(id)
	if i < 0 && by > 0 {
		i = -1
	} else if i < 0 {
		i = 0
	}
	return l.items[((i+by)%n+n)%n].ID
}

// Unread is the next conversation after another one that has something
// unread, those last of which nobody is told; "" if none has.
func (l *List) Unread(id string) string {
	start := l.index(id)
	muted := ""
	for n := range l.items {
		it := l.items[(start+1+n)%len(l.items)]
		if it.Unread == 0 && !it.Marked || it.ID == id {
			continue
		}
		if !it.Muted && (!it.Quiet || it.Marked) {
			return it.ID
		}
		if muted == "" {
			muted = it.ID
		}
	}
	return muted
}

func (l *List) index(id string) int {
	return slices.IndexFunc(l.items, func(it Item) bool { return it.ID == id })
}

// View is exactly Height rows, each exactly Width cells wide.
func (l *List) View(look Look) []string {
	l.reveal(look.Height)
	rows := make([]string, 0, look.Height)
	for i := l.top; i < len(l.items) && len(rows) < look.Height; i++ {
		for _, row := range l.item(l.items[i], look) {
			if len(rows) < look.Height {
				rows = append(rows, row)
			}
		}
	}
	for len(rows) < look.Height {
		rows = append(rows, render.Spaces(look.Width))
	}
	return rows
}

// reveal keeps the cursor on the screen.
func (l *List) reveal(height int) {
	visible := max((height+1)/rowsEach, 1)
	at := max(l.Index(), 0)
	l.top = min(max(l.top, at-visible+1), at)
	l.top = max(min(l.top, len(l.items)-visible), 0)
}

func (l *List) item(it Item, look Look) [rowsEach]string {
	th, width := look.Theme, look.Width-3
	bar := " "
	switch {
	case look.Active && it.ID == l.cursor:
		bar = th.Accent.Render(th.Glyphs.Bar)
	case it.ID == look.Open:
		bar = th.Faint.Render(th.Glyphs.Bar)
		if !look.Active {
			bar = th.Accent.Render(th.Glyphs.Bar)
		}
	}
	name, second := th.Text, th.Muted
	if (it.Unread > 0 && !it.Quiet || it.Marked) && !it.Muted {
		name = th.Strong
	}
	if it.ID == look.Open {
		name = th.Strong
	}
	count := ""
	if it.Marked {
		count = th.Glyphs.Unread
	}
	if it.Unread > 0 {
		count = strconv.Itoa(it.Unread)
		if it.Unread > 999 {
			count = "999+"
		}
		if it.Mentioned {
			count = "@ " + count
		}
	}
	countStyle := th.Strongly
	if it.Muted || it.Quiet && !it.Marked {
		countStyle = th.Muted
	}
	marks := ""
	if it.Pinned {
		marks = th.Glyphs.Pinned + " "
	}
	if it.Muted {
		marks += th.Glyphs.Muted + " "
	}
	when := marks + When(it.When, look.Now, look.Zone)
	return [rowsEach]string{
		bar + " " + pair(look, it.Title, name, when, th.Muted, width) + " ",
		bar + " " + l.preview(it, look, second, count, countStyle, width) + " ",
		render.Spaces(look.Width),
	}
}

func (l *List) preview(it Item, look Look, style theme.Style, count string, countStyle theme.Style, width int) string {
	text := it.Preview
	switch {
	case it.Draft:
		text = "Draft: " + text
		style = look.Theme.Accent
	case it.Failed:
		text = look.Theme.Glyphs.Failed + " not sent: " + text
		style = look.Theme.Error
	case it.Own:
		text = "You: " + text
	}
	return pair(look, text, style, count, countStyle, width)
}

// pair is a text on the left and a short one on the right, in width cells.
func pair(look Look, left string, leftStyle theme.Style, right string, rightStyle theme.Style, width int) string {
	room := width
	if right != "" {
		room -= look.Metrics.Width(right) + 1
	}
	if room < 4 {
		room, right = width, ""
	}
	left = look.Metrics.Cut(look.Metrics.Name(left), room, look.Theme.Glyphs.Ellipsis)
	gap := width - look.Metrics.Width(left) - look.Metrics.Width(right)
	return leftStyle.Render(left) + render.Spaces(gap) + rightStyle.Render(right)
}

// When is a time as short as it can be told.
func When(t, now time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if zone == nil {
		zone = time.Local
	}
	t, now = t.In(zone), now.In(zone)
	days := func(t time.Time) int {
		return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	switch d := days(now) - days(t); {
	case d == 0:
		return t.Format("15:04")
	case d > 0 && d < 7:
		return t.Format("Mon")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2006")
}
