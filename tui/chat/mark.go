package chat

import (
	"strings"

	"seance/tui/render"
	"seance/tui/theme"
)

// Mark is a part of a message's text that a search matched: the bytes from
// From to To.
type Mark struct{ From, To int }

// SetHit marks what a search matched in one message, and in no other; key 0
// marks nothing.
func (l *List) SetHit(key int64, marks []Mark) {
	for _, k := range []int64{l.hit, key} {
		if i := l.index(k); i >= 0 {
			l.items[i].block = block{}
		}
	}
	l.hit, l.marks = key, marks
}

// Mention is a part of a message's text that names somebody by an @ and their ID. In
// its place an @ and the name are shown.
type Mention struct {
	Mark
	Name string // text from others
	Own  bool   // it is oneself
}

// Shown is the text as it is shown, safe and with names.
func (m Message) Shown() string {
	text, _ := safe(m.Text, nil, m.Mentions, theme.Theme{})
	return text
}

// span is a part of a text that is drawn in a style of its own.
type span struct {
	Mark
	theme.Style
	mention bool
}

// safe makes a text safe to show, with the names of those who are mentioned, and tells
// where these and the marks are in what is shown. Its parts are made safe each for
// itself: what would join two of them goes.
func safe(text string, marks []Mark, mentions []Mention, th theme.Theme) (string, []span) {
	if len(marks) == 0 && len(mentions) == 0 {
		return render.Text(text), nil
	}
	var out strings.Builder
	spans := make([]span, 0, len(marks)+len(mentions))
	at := 0
	add := func(m Mark, shown string, s span) {
		out.WriteString(render.Text(text[at:m.From]))
		s.From = out.Len()
		out.WriteString(shown)
		s.To = out.Len()
		spans = append(spans, s)
		at = m.To
	}
	for len(marks) > 0 || len(mentions) > 0 {
		if len(mentions) > 0 && (len(marks) == 0 || mentions[0].From < marks[0].To) {
			m := mentions[0]
			mentions = mentions[1:]
			style := th.Accent
			if m.Own {
				style = th.Match
			}
			if fits(m.Mark, at, text) {
				add(m.Mark, "@"+render.Line(m.Name), span{Style: style, mention: true})
			}
			continue
		}
		m := marks[0]
		marks = marks[1:]
		if fits(m, at, text) {
			add(m, render.Text(text[m.From:m.To]), span{Style: th.Match})
		}
	}
	out.WriteString(render.Text(text[at:]))
	return out.String(), spans
}

// fits reports whether a mark is one of a text, from a byte on.
func fits(m Mark, at int, text string) bool {
	return m.From >= at && m.To >= m.From && m.To <= len(text)
}

// paint is the row of a text that starts at byte at, with its spans in their styles.
func paint(row string, at int, spans []span, plain theme.Style) string {
	var out strings.Builder
	done := 0
	for _, s := range spans {
		from, to := max(s.From-at, done), min(s.To-at, len(row))
		if from >= to {
			continue
		}
		out.WriteString(plain.Render(row[done:from]))
		out.WriteString(s.Render(row[from:to]))
		done = to
	}
	out.WriteString(plain.Render(row[done:]))
	return out.String()
}
