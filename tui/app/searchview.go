package app

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"seance/messaging/id"
	"seance/tui/edit"
	"seance/tui/render"
)

func (s *search) title() string       { return "Search" }
func (s *search) contexts() []Context { return []Context{InSearch, InField, Everywhere} }
func (s *search) field() *edit.Buffer { return &s.buffer }

func (s *search) view(m *Model, width, height int) (rows []string, x, y int) {
	rows, x, y = s.query(m, width)
	rows = append(rows, s.scope(m, width), "")
	switch {
	case s.wrong != "":
		return append(rows, m.paragraph(render.Line(s.wrong), width)...), x, y
	case s.wanted == "":
		return append(rows, s.help(m, width)...), x, y
	case len(s.hits) == 0 && !s.busy:
		return append(rows, m.paragraph("Nothing found.", width)...), x, y
	}
	each := 2
	const airy = 18 // the height from which on a row is left blank behind each hit
	if height >= airy {
		each++
	}
	visible := max((height-len(rows)+each-2)/each, 1)
	s.top = max(min(s.top, s.cursor), s.cursor-visible+1, 0)
	for i := s.top; i < min(s.top+visible, len(s.hits)); i++ {
		rows = append(rows, s.hits[i].rows(m, i == s.cursor, s.in == "", width)...)
		if each > 2 {
			rows = append(rows, "")
		}
	}
	return rows[:min(len(rows), height)], x, y
}

// query is the field, two rows of it at most.
func (s *search) query(m *Model, width int) (rows []string, x, y int) {
	rows, x, y = m.fieldRows(&s.buffer, "Words, or \"a phrase\"", width)
	if s.buffer.Selected() {
		text := m.metrics.Cut(render.Line(s.buffer.Text()), textWidth(width)-2, m.theme.Glyphs.Ellipsis)
		lead := indent + m.theme.Strongly.Render(m.theme.Glyphs.Prompt) + " "
		return []string{lead + m.theme.Match.Render(text)}, len(indent) + 2 + m.metrics.Width(text), 0
	}
	from := max(y-1, 0)
	return rows[from:min(from+2, len(rows))], x, y - from
}

// scope says where is searched, how much was found, and how to search elsewhere.
func (s *search) scope(m *Model, width int) string {
	where, other := "in all conversations", ""
	if s.home != "" {
		v, _ := m.conversation(s.home)
		title := m.metrics.Cut(m.metrics.Name(v.Title), width/3, m.theme.Glyphs.Ellipsis)
		other = "only in " + title
		if s.in != "" {
			where, other = "in "+title, "everywhere"
		}
	}
	if n := len(s.hits); n > 0 {
		count := strconv.Itoa(n)
		if !s.whole || s.full {
			count += "+"
		}
		where = count + " found " + where
	}
	row := indent + "  " + m.theme.Muted.Render(where)
	if other != "" {
		row += hintGap + m.hint(m.named("search.scope").key(InSearch), other)
	}
	return row
}

// help is what can be asked, with the name of somebody who is there.
func (s *search) help(m *Model, width int) []string {
	who := "Alice"
	for _, v := range m.convs {
		if v.Kind == id.KindContact && v.Approved && plainName(v.Title) {
			who = v.Title
			break
		}
	}
	if strings.Contains(who, " ") {
		who = `"` + who + `"`
	}
	rows := m.paragraph("Words are found by their beginnings. Among them may stand:", width)
	rows = append(rows, "")
	for _, f := range [...][2]string{
		{"from:" + who, "who wrote it; from:me is you"},
		{"in:" + who, "the conversation"},
		{"has:link", "or file, image, voice"},
		{"after:2026-11", "a day, a month, a year;"},
		{"before:yesterday", "not in it, but beyond"},
	} {
		rows = append(rows, indent+indent+m.theme.Text.Render(m.metrics.Fit(f[0], 24, ""))+m.theme.Muted.Render(f[1]))
	}
	return rows
}

// plainName reports whether a name can stand in an example.
func plainName(name string) bool {
	const longest = 16
	return name != "" && len(name) <= longest && !strings.ContainsFunc(name, func(r rune) bool {
		return r != ' ' && !(r < utf8.RuneSelf && unicode.IsLetter(r))
	})
}

// rows are two: who wrote it where and when, and the text around what matched.
func (h hit) rows(m *Model, cursor, everywhere bool, width int) []string {
	th := m.theme
	bar, name := indent, th.Text
	if cursor {
		bar, name = th.Accent.Render(th.Glyphs.Bar)+" ", th.Strong
	}
	bar = indent + bar
	room := min(width-3*len(indent), 88)
	when := m.when(time.UnixMilli(h.at.TimestampMS))
	author := h.author
	if h.own {
		author = "You"
	}
	head, rest := author, ""
	if everywhere {
		head = h.title
		if author != h.title {
			rest = author
		}
	}
	head = m.metrics.Cut(m.metrics.Name(head), room-len(when)-2, th.Glyphs.Ellipsis)
	rest = m.metrics.Cut(m.metrics.Name(rest), room-len(when)-4-m.metrics.Width(head), th.Glyphs.Ellipsis)
	first := name.Render(head)
	if rest != "" {
		first += "  " + th.Muted.Render(rest)
		rest += "  "
	}
	first += render.Spaces(room-m.metrics.Width(head)-m.metrics.Width(rest)-len(when)) + th.Muted.Render(when)
	return []string{bar + first, bar + m.excerpt(h, room)}
}

// excerpt is the part of a text that matched, in a row.
func (m *Model) excerpt(h hit, width int) string {
	for points := width; ; points = points * 2 / 3 {
		text, marks := h.excerpt.Snippet(points)
		var parts []string
		at, cells := 0, 0
		for _, k := range marks {
			if k.From < at || k.To < k.From || k.To > len(text) {
				continue
			}
			parts = append(parts, render.Line(text[at:k.From]), render.Line(text[k.From:k.To]))
			at = k.To
		}
		parts = append(parts, render.Line(text[at:]))
		for i, p := range parts {
			parts[i] = narrow(p)
			cells += render.Most(parts[i])
		}
		if cells > width && points > 4 {
			continue
		}
		var row strings.Builder
		for i, p := range parts {
			style := m.theme.Muted
			if i%2 == 1 {
				style = m.theme.Match
			}
			row.WriteString(style.Render(p))
		}
		return row.String()
	}
}

// narrow leaves one space of several.
func narrow(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

// when is a moment as briefly as it can be told among many.
func (m *Model) when(t time.Time) string {
	now := m.clock()
	t = t.In(now.Location())
	switch days := int(midnight(now).Sub(midnight(t)).Hours() / 24); {
	case days == 0:
		return t.Format("15:04")
	case days > 0 && days < 7:
		return t.Format("Mon 15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// midnight is the beginning of a moment's day, in a zone whose days are alike.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
