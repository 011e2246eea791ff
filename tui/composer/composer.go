// Package composer is the field that a message is written in. It grows with
// the text up to a limit, then scrolls; it remembers what was sent, completes
// the short names of emoji and those of people who are mentioned, and tells how much
// may still be written when little is left.
//
// What a conversation's draft is, and sending, are the caller's. The package
// knows no keys and starts no goroutine.
package composer

import (
	"strconv"
	"unicode/utf8"

	"seance/tui/edit"
	"seance/tui/render"
	"seance/tui/theme"
)

// Limit is how many code points a message may have.
const Limit = 2000

// warn is how many code points before the limit the counter shows.
const warn = 200

// remembered is how many sent messages Up can bring back.
const remembered = 50

// Look is how and where the field is drawn.
type Look struct {
	Theme   theme.Theme
	Metrics render.Metrics
	Width   int
	Max     int // rows at most
	Hint    string
	Active  bool
}

// Composer is the field. The zero value is empty.
type Composer struct {
	edit.Buffer
	history []string
	at      int    // how many messages back is shown, 0 for what is being written
	written string // what was being written before going back
	top     int    // the first row shown

	completion completion
	people     []Person
	lent       string // what was completed last with a blank behind it, for what may follow
}

const (
	prompt = 2 // "› "
	margin = 2
)

// TextWidth is how many cells a row of text has.
func TextWidth(width int) int { return max(width-margin-prompt, 8) }

// Over is by how many code points the text is too long; negative if it is not.
func (c *Composer) Over() int { return utf8.RuneCountInString(c.Outgoing()) - Limit }

// Sent remembers a message and empties the field.
func (c *Composer) Sent() {
	if n := len(c.history); n == 0 || c.history[n-1] != c.Text() {
		c.history = append(c.history, c.Text())
	}
	if len(c.history) > remembered {
		c.history = c.history[1:]
	}
	c.Load("")
}

// Load replaces the text by one as it is sent, as when another conversation is opened.
func (c *Composer) Load(text string) {
	text = c.Readable(text)
	c.at, c.written, c.top, c.completion = 0, "", 0, completion{before: text}
	c.SetText(text)
}

// Previous moves the cursor up; from the first row it brings back the message
// sent before. It reports whether anything changed.
func (c *Composer) Previous(m render.Metrics, width int) bool {
	if c.Up(m, TextWidth(width)) {
		return true
	}
	return c.recall(c.at + 1)
}

// Next moves the cursor down; from the last row it goes on in what was brought
// back.
func (c *Composer) Next(m render.Metrics, width int) bool {
	if c.Down(m, TextWidth(width)) {
		return true
	}
	return c.recall(c.at - 1)
}

// recall shows the message sent so many messages back. What was changed in one
// that was brought back is not kept.
func (c *Composer) recall(at int) bool {
	if at < 0 || at > len(c.history) || at == c.at {
		return false
	}
	if c.at == 0 {
		c.written = c.Text()
	}
	c.at = at
	if at == 0 {
		c.SetText(c.written)
	} else {
		c.SetText(c.history[len(c.history)-at])
	}
	return true
}

// View is the rows of the field and where the cursor stands in them.
func (c *Composer) View(look Look) (rows []string, x, y int) {
	th := look.Theme
	if c.Empty() {
		hint := look.Metrics.Cut(look.Hint, look.Width-margin-prompt, th.Glyphs.Ellipsis)
		return []string{c.prompt(look) + th.Muted.Render(hint)}, margin + prompt, 0
	}
	l := c.Layout(look.Metrics, TextWidth(look.Width))
	n := min(len(l.Rows), max(look.Max, 1))
	c.top = min(max(c.top, l.Row-n+1), l.Row, len(l.Rows)-n)
	for i, row := range l.Rows[c.top : c.top+n] {
		lead := render.Spaces(margin + prompt)
		if i == 0 {
			lead = c.prompt(look)
		}
		rows = append(rows, lead+th.Text.Render(row))
	}
	return rows, margin + prompt + l.Col, l.Row - c.top
}

func (c *Composer) prompt(look Look) string {
	style := look.Theme.Muted
	if look.Active {
		style = look.Theme.Strongly
	}
	return render.Spaces(margin) + style.Render(look.Theme.Glyphs.Prompt) + " "
}

// Counter tells how much may still be written, "" while that is plenty.
func (c *Composer) Counter() (text string, over bool) {
	left := -c.Over()
	switch {
	case left > warn:
		return "", false
	case left < 0:
		return strconv.Itoa(-left) + " too many", true
	}
	return strconv.Itoa(left) + " left", false
}
