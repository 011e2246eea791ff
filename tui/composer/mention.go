package composer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"seance/tui/render"
)

// Person is somebody who can be mentioned: in the text stands an @ and their name, and
// what is sent has the ID in its place.
type Person struct {
	ID   string
	Name string // text from others

	label string // the @ and the name, unlike those of all others
}

// SetPeople says who can be mentioned. IDs of theirs that stand in the text become names.
func (c *Composer) SetPeople(list []Person) {
	taken := make(map[string]bool)
	c.people = make([]Person, 0, len(list))
	for _, p := range list {
		p.label = "@" + strings.TrimSpace(render.Line(p.Name))
		if taken[p.label] || p.label == "@" {
			p.label += "#" + p.ID[max(len(p.ID)-4, 0):]
		}
		if !taken[p.label] {
			taken[p.label] = true
			c.people = append(c.people, p)
		}
	}
	if text := c.Readable(c.Text()); text != c.Text() {
		c.SetText(text)
	}
	c.completion = completion{off: c.completion.off}
	c.Complete()
}

// Readable is a text as it is sent, with names in the place of IDs.
func (c *Composer) Readable(text string) string {
	for _, p := range c.people {
		text = strings.ReplaceAll(text, "@"+p.ID, p.label)
	}
	return text
}

// Outgoing is the text as it is sent: with IDs in the place of the names of those who
// are mentioned.
func (c *Composer) Outgoing() string {
	text := c.Text()
	if len(c.people) == 0 || !strings.Contains(text, "@") {
		return text
	}
	var out strings.Builder
	for at := 0; at < len(text); {
		p, ok := Person{}, false
		if text[at] == '@' && begins(text[:at]) {
			p, ok = c.personAt(text[at:])
		}
		if ok {
			out.WriteString("@" + p.ID)
			at += len(p.label)
			continue
		}
		out.WriteByte(text[at])
		at++
	}
	return out.String()
}

// Message is what is sent: Outgoing without a blank at its end that a completion put there.
func (c *Composer) Message() string {
	text := c.Outgoing()
	if c.lent != "" && strings.HasSuffix(c.Text(), c.lent) {
		return strings.TrimSuffix(text, " ")
	}
	return text
}

// personAt is who is mentioned at the beginning of a text: of several names the longest.
func (c *Composer) personAt(text string) (found Person, ok bool) {
	for _, p := range c.people {
		if len(p.label) > len(found.label) && strings.HasPrefix(text, p.label) && ends(text[len(p.label):]) {
			found, ok = p, true
		}
	}
	return found, ok
}

// begins reports whether a name may begin behind a text, and ends whether one may end
// before it: not within a word, such as the address of a mailbox. In front of it some
// scripts have no blank.
func begins(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return text == "" || r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func ends(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text == "" || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// Asks reports whether an @ was written just now, behind which a name may stand.
func (c *Composer) Asks() bool { return mentionAt(c.Before()) == 1 }

// mentionAt is the length of the begun mention that a text ends with, its @ included; 0
// if it ends with none.
func mentionAt(text string) int {
	i := strings.LastIndexByte(text, '@')
	if i < 0 || !begins(text[:i]) || strings.ContainsFunc(text[i:], unicode.IsSpace) {
		return 0
	}
	return len(text) - i
}

// peopleCalled are those whose name, or a word of it, begins like what was written.
func (c *Composer) peopleCalled(begun string) (list []offer) {
	begun = strings.ToLower(begun)
	for _, p := range c.people {
		name := strings.ToLower(p.label[1:])
		if strings.HasPrefix(name, begun) || strings.Contains(name, " "+begun) {
			list = append(list, offer{name: p.label, text: p.label + " "})
		}
	}
	return list
}
