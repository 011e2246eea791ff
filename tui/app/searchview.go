package app

import (
	"strconv"
	"strings"
	"time"

	"seance/tui/edit"
	"seance/tui/render"
)

func (s *search) title() string       { return "Search" }
func (s *search) contexts() []Context { return []Context{InSearch, InField, Everywhere} }
func (s *search) field() *edit.Buffer { return &s.buffer }

// filters are what a query may have beside words.
var filters = [...][2]string{
	{"from:mina", "what one person wrote; from:me is you"},
	{`in:"book club"`, "one conversation"},
	{"has:link", "also file, image, voice"},
	{"before:2026-11-01", "older than a day"},
	{"after:2026-11-01", "newer than a day"},
}

func (s *search) view(m *Model, width, height int) (rows []string, x, y int) {
	rows, x, y = m.fieldRows(&s.buffer, "Words, or \"a phrase\"", width)
	if s.buffer.Selected() {
		rows[0] = indent + m.theme.Strongly.Render(m.theme.Glyphs.Prompt) + " " + m.theme.Match.Render(render.Line(s.buffer.Text()))
	}
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
	if height >= roomy {
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
		if !s.whole {
			count += "+"
		}
		where = count + " " + where
	}
	row := indent + "  " + m.theme.Muted.Render(where)
	if other != "" {
		row += hintGap + m.hint(m.named("search.scope").key(InSearch), other)
	}
	return row
}

// help is what can be asked.
func (s *search) help(m *Model, width int) []string {
	rows := m.paragraph("Words are found by their beginnings. These can stand among them:", width)
	rows = append(rows, "")
	for _, f := range filters {
		rows = append(rows, indent+indent+m.theme.Text.Render(m.metrics.Fit(f[0], 20, ""))+m.theme.Muted.Render(f[1]))
	}
	return rows
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
		for _, p := range parts {
			cells += render.Most(p)
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
