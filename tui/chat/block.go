package chat

import (
	"strconv"
	"strings"
	"time"

	"seance/tui/render"
)

// gutter is the width of the column of times on the left: 15:04 and two blanks.
const gutter = 7

// margin is left of the gutter: the bar of the selected message and a blank.
const margin = 2

// measure is the longest line of text that reads well.
const measure = 92

// context is what the drawing of a message depends on beside itself.
type context struct {
	gen    int
	day    bool   // the first message of a day
	run    bool   // the first of several by one author
	minute bool   // the first of its run in its minute
	unread bool   // the unread line stands above it
	tail   bool   // the newest of one's own: its state is worth a line
	left   string // how long it is there yet, "" if the one below says the same
	folded bool   // the line below says the same, and stands for it
	times  int    // so many lines above say the same
}

// block is a message drawn.
type block struct {
	context
	drawn    bool
	rows     []string
	body     int      // the row where the message itself starts, behind separators
	pictures []placed // that have room in the rows
	voices   []spoken
}

// context tells how the message at i stands to those around it.
func (l *List) context(i int) context {
	m, c := l.items[i].Message, l.begins(i)
	c.tail = m.Own && !m.Deleted
	for j := i + 1; c.tail && j < len(l.items); j++ {
		c.tail = !l.items[j].Own || l.items[j].Deleted
	}
	if c.left, _ = l.left(i); c.left != "" && i+1 < len(l.items) && !l.begins(i+1).run {
		if below, _ := l.left(i + 1); below == c.left {
			c.left = ""
		}
	}
	c.folded = l.folded(i)
	for !c.folded && c.times < i && l.repeats(i-c.times) {
		c.times++
	}
	return c
}

// mostFolded is after how many lines that say the same some are told of anew: rows
// grow with the messages, or no page would ever fill the screen.
const mostFolded = 16

// folded reports whether the line below the one at i stands for it.
func (l *List) folded(i int) bool { return i+1 < len(l.items) && l.repeats(i+1) }

// repeats reports whether the message at i is a line that counts with the one above
// it. Many are parted by their keys, which do not change with what is loaded.
func (l *List) repeats(i int) bool {
	if !l.same(i) {
		return false
	}
	if l.items[i].Key/mostFolded == l.items[i-1].Key/mostFolded {
		return true
	}
	n := 1
	for n < mostFolded && n < i && l.same(i-n) {
		n++
	}
	return n < mostFolded
}

// same reports whether the message at i is a line that says the same as the one
// above it.
func (l *List) same(i int) bool {
	m, before := l.items[i].Message, l.items[i-1].Message
	return m.Info && before.Info && m.Text == before.Text && m.Author == before.Author && !l.begins(i).run
}

// begins tells what begins with the message at i.
func (l *List) begins(i int) context {
	m := l.items[i].Message
	c := context{gen: l.gen, day: true, run: true, minute: true}
	if i > 0 {
		before := l.items[i-1].Message
		t, u := l.time(before), l.time(m)
		c.day = t.YearDay() != u.YearDay() || t.Year() != u.Year()
		const pause = 15 * time.Minute
		c.run = c.day || before.Author != m.Author || before.Info != m.Info || u.Sub(t) > pause
		c.minute = c.run || t.Truncate(time.Minute) != u.Truncate(time.Minute)
		c.unread = l.marked && before.Place().Compare(l.unread) < 0
	} else {
		c.unread = l.marked
	}
	c.unread = c.unread && m.Place().Compare(l.unread) >= 0
	c.run = c.run || c.unread
	c.minute = c.minute || c.unread
	return c
}

func (l *List) time(m Message) time.Time { return time.UnixMilli(m.MS).In(zone(l.look.Zone)) }

// block is the message at i, drawn if it is not yet.
func (l *List) block(i int) *block {
	it := &l.items[i]
	if c := l.context(i); !it.block.drawn || it.block.context != c {
		it.block = l.draw(it.Message, c)
	}
	return &it.block
}

// height is the number of rows of the message at i, 0 if there is none.
func (l *List) height(i int) int {
	if i < 0 || i >= len(l.items) || l.look.Width == 0 {
		return 0
	}
	return len(l.block(i).rows)
}

func (l *List) draw(m Message, c context) block {
	th := l.look.Theme
	b := block{context: c, drawn: true}
	width := max(l.look.Width-2*margin, 16)
	if c.day {
		b.add("", l.center(th.Muted.Render(dayName(l.time(m), l.look.Now.In(zone(l.look.Zone)))), width))
	}
	if c.unread {
		b.add("", l.unreadLine(width))
	}
	if c.run {
		b.add("")
	}
	b.body = len(b.rows)
	if c.folded {
		return b
	}
	if m.Info {
		text := render.Line(m.Text) // a line feed in a name is not to begin a line of its own
		if c.times > 0 {
			text += " (" + strconv.Itoa(c.times+1) + " times)"
		}
		for _, row := range render.Wrap(text, min(width-gutter, measure)) {
			b.add(render.Spaces(gutter) + th.Muted.Render(row))
		}
		return b
	}
	if c.run {
		b.add(l.author(m, width))
	}
	l.parts(&b, m, min(width-gutter, measure))
	return b
}

func (b *block) add(rows ...string) { b.rows = append(b.rows, rows...) }

func (l *List) author(m Message, width int) string {
	if m.Own {
		return l.look.Theme.Accent.Render("You")
	}
	return l.look.Theme.Strong.Render(l.look.Metrics.Cut(render.Line(m.Name), width, l.look.Theme.Glyphs.Ellipsis))
}

func (l *List) center(s string, width int) string {
	return render.Spaces((width-l.look.Metrics.Width(s))/2) + s
}

func (l *List) unreadLine(width int) string {
	th := l.look.Theme
	const label = " new "
	n := max(width-len(label)-3, 0)
	return th.Accent.Render(strings.Repeat(th.Glyphs.Rule, n) + label + strings.Repeat(th.Glyphs.Rule, 3))
}

// dayName is how people call a day.
func dayName(t, now time.Time) string {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	switch days := int(day(now).Sub(day(t)).Hours() / 24); {
	case days == 0:
		return "Today"
	case days == 1:
		return "Yesterday"
	case t.Year() == now.Year():
		return t.Format("Monday 2 January")
	}
	return t.Format("Monday 2 January 2006")
}
