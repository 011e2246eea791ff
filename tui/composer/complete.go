package composer

import (
	"strings"

	"seance/tui/emoji"
	"seance/tui/render"
)

// offers is how many emoji are offered at most, and least how many letters of
// a name have to be written for it.
const (
	offers = 5
	least  = 2
)

// completion is what is offered for the name under the cursor.
type completion struct {
	before string // the text in front of the cursor that it is for
	list   []offer
	chosen int
	typed  int    // bytes of the name, its colon or @ included
	off    string // the text in front of the name that was dismissed, with its sign
}

// offer is what can stand in the place of a name.
type offer struct {
	name, sign string // as it is offered
	text       string
}

// Complete is to be called after every change. It offers emoji for a name that
// is begun with a colon, and people for one with an @. It puts an emoji in the place
// of a name that is ended by a colon just now.
func (c *Composer) Complete() {
	before := c.Before()
	last := c.completion
	if before == last.before {
		return
	}
	c.completion = completion{before: before, off: last.off}
	if before == last.before+":" {
		if n := nameAt(last.before); n > least {
			if e, ok := emoji.Named(last.before[len(last.before)-n+1:]); ok {
				c.Replace(n+1, e.Text)
				c.completion.before = c.Before()
				return
			}
		}
	}
	n, list := c.offered(before)
	if n == 0 {
		c.completion.off = ""
		return
	}
	if lead := before[:len(before)-n+1]; lead != last.off {
		c.completion.off = ""
		c.completion.list, c.completion.typed = list, n
	}
}

// offered is how long the name is that a text ends with, and what can stand there.
func (c *Composer) offered(before string) (n int, list []offer) {
	if n = mentionAt(before); n > 0 && len(c.people) > 0 {
		return n, c.peopleCalled(before[len(before)-n+1:])
	}
	if n = nameAt(before); n <= least {
		return 0, nil
	}
	for _, e := range emoji.Complete(before[len(before)-n+1:], offers) {
		list = append(list, offer{e.Name(), e.Text, e.Text})
	}
	return n, list
}

// nameAt is the length of the begun short name that a text ends with, its
// colon included; 0 if it ends with none. A colon within a word begins none:
// it is a time, or an address.
func nameAt(text string) int {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || i > 0 && !strings.ContainsRune(" \n\t(", rune(text[i-1])) {
		return 0
	}
	for _, r := range text[i+1:] {
		if r >= 0x80 || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+", r) {
			return 0
		}
	}
	return len(text) - i
}

// Offers reports whether something is offered.
func (c *Composer) Offers() bool { return len(c.completion.list) > 0 }

// Choose moves among what is offered.
func (c *Composer) Choose(by int) {
	if n := len(c.completion.list); n > 0 {
		c.completion.chosen = (c.completion.chosen + by + n) % n
	}
}

// Accept puts what is chosen in the place of its name.
func (c *Composer) Accept() {
	if !c.Offers() {
		return
	}
	text := c.completion.list[c.completion.chosen].text
	c.Replace(c.completion.typed, text)
	if strings.HasSuffix(text, " ") {
		c.lent = text
	}
	c.completion = completion{before: c.Before()}
}

// Dismiss offers nothing until another name is begun.
func (c *Composer) Dismiss() {
	off := c.completion.before[:len(c.completion.before)-c.completion.typed+1]
	c.completion = completion{before: c.completion.before, off: off}
}

// OfferRows is what is offered, in at most so many rows.
func (c *Composer) OfferRows(look Look, most int) (rows []string) {
	th := look.Theme
	list, from := c.completion.list, 0
	if len(list) > most {
		from = min(max(c.completion.chosen-most+1, 0), len(list)-most)
		list = list[from : from+max(most, 0)]
	}
	for i, e := range list {
		lead, style := render.Spaces(margin+prompt), th.Muted
		if from+i == c.completion.chosen {
			lead, style = render.Spaces(margin)+th.Accent.Render(th.Glyphs.Bar)+" ", th.Strong
		}
		// The name stands in front: terminals disagree about the width of emoji.
		name := look.Metrics.Cut(look.Metrics.Name(e.name), max(look.Width-12, 8), th.Glyphs.Ellipsis)
		rows = append(rows, lead+style.Render(name)+"  "+e.sign)
	}
	return rows
}
