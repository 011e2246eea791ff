// Package picker is a list that is narrowed down by typing: the jump to a
// conversation and the palette of all actions.
//
// It knows no keys and no engine, and starts no goroutine.
package picker

import (
	"strings"

	"github.com/sahilm/fuzzy"

	"seance/tui/edit"
	"seance/tui/render"
	"seance/tui/theme"
)

// Item is something to pick.
type Item struct {
	ID    string
	Title string // may be text from others
	Sign  string // drawn behind the title; safe to show, of whatever width
	Note  string // shown behind the title, not searched: a key, a count
	Also  string // searched, not shown
}

// Look is how and where the picker is drawn.
type Look struct {
	Theme   theme.Theme
	Metrics render.Metrics
	Width   int
	Height  int
}

// Picker is the field, the items and a cursor among those that match.
type Picker struct {
	Query edit.Buffer
	Hint  string // what to type, shown while the field is empty
	None  string // what to say when nothing matches
	Exact bool   // letters match only where they follow each other as they were typed

	items  []Item
	shown  []match
	asked  string // the query that shown answers
	cursor int
	top    int
}

type match struct {
	item int
	hits []int // byte offsets in the title
}

// New is a picker for some items, in the order in which they are shown while
// nothing was typed.
func New(hint, none string, items []Item) *Picker {
	p := &Picker{Query: edit.Single(""), Hint: hint, None: none}
	p.Set(items)
	return p
}

// Set replaces the items.
func (p *Picker) Set(items []Item) {
	p.items = items
	p.filter()
}

// titles and others are what is searched, in this order.
type (
	titles []Item
	others []Item
)

func (s titles) String(i int) string { return s[i].Title }
func (s titles) Len() int            { return len(s) }
func (s others) String(i int) string { return s[i].Also }
func (s others) Len() int            { return len(s) }

// Filter narrows the list down to the query, if that has changed.
func (p *Picker) Filter() {
	if p.Query.Text() != p.asked {
		p.filter()
		p.cursor, p.top = 0, 0
	}
}

func (p *Picker) filter() {
	p.asked = p.Query.Text()
	p.shown = p.shown[:0]
	query := strings.TrimSpace(p.asked)
	if query == "" {
		for i := range p.items {
			p.shown = append(p.shown, match{item: i})
		}
	} else if p.Exact {
		p.shown = exact(p.items, strings.ToLower(query), p.shown)
	} else {
		found := make(map[int]bool)
		for _, m := range fuzzy.FindFrom(query, titles(p.items)) {
			p.shown = append(p.shown, match{m.Index, m.MatchedIndexes})
			found[m.Index] = true
		}
		for _, m := range fuzzy.FindFrom(query, others(p.items)) {
			if !found[m.Index] {
				p.shown = append(p.shown, match{item: m.Index})
			}
		}
	}
	p.cursor = min(p.cursor, max(len(p.shown)-1, 0))
}

// Move moves the cursor.
func (p *Picker) Move(by int) {
	p.cursor = min(max(p.cursor+by, 0), max(len(p.shown)-1, 0))
}

// Picked is the item under the cursor; false if nothing matches.
func (p *Picker) Picked() (Item, bool) {
	if len(p.shown) == 0 {
		return Item{}, false
	}
	return p.items[p.shown[p.cursor].item], true
}

// View is at most Height rows and where the cursor stands in them.
func (p *Picker) View(look Look) (rows []string, x, y int) {
	th := look.Theme
	l := p.Query.Layout(look.Metrics, max(look.Width-8, 8))
	field := "  " + th.Strongly.Render(th.Glyphs.Prompt) + " "
	if p.Query.Empty() {
		field += th.Muted.Render(p.Hint)
	} else {
		field += l.Rows[l.Row]
	}
	rows = append(rows, field, "")
	n := max(look.Height-len(rows), 1)
	p.top = max(min(max(p.top, p.cursor-n+1), p.cursor), 0)
	if len(p.shown) == 0 {
		for _, row := range render.Wrap(p.None, max(look.Width-8, 8)) {
			rows = append(rows, "    "+th.Muted.Render(row))
		}
	}
	for i := p.top; i < len(p.shown) && i < p.top+n; i++ {
		rows = append(rows, p.row(p.shown[i], i == p.cursor, look))
	}
	return rows, 4 + l.Col, 0
}

// row is an item: its title, then the note in a column of its own.
func (p *Picker) row(m match, cursor bool, look Look) string {
	th, it := look.Theme, p.items[m.item]
	width := min(max(look.Width-6, 8), 64)
	note := look.Metrics.Cut(render.Line(it.Note), width/2, th.Glyphs.Ellipsis)
	room := width - look.Metrics.Width(note) - 2
	if it.Sign != "" {
		room -= render.Most(it.Sign) + 2
	}
	title := look.Metrics.Cut(look.Metrics.Name(it.Title), room, th.Glyphs.Ellipsis)
	gap := render.Spaces(width - look.Metrics.Width(title) - look.Metrics.Width(note))
	if it.Sign != "" {
		// What stands behind a sign is not in line with other rows on every terminal.
		gap = "  " + it.Sign + "  "
	}
	bar, style := "  ", th.Text
	if cursor {
		bar, style = th.Accent.Render(th.Glyphs.Bar)+" ", th.Strong
	}
	return "  " + bar + p.title(title, it, m.hits, style, th) + gap + th.Muted.Render(note)
}

// title marks the letters that were typed, where what is shown is what was
// searched.
func (p *Picker) title(shown string, it Item, hits []int, style theme.Style, th theme.Theme) string {
	if len(hits) == 0 || !strings.HasPrefix(it.Title, strings.TrimSuffix(shown, th.Glyphs.Ellipsis)) {
		return style.Render(shown)
	}
	var out strings.Builder
	from := 0
	for _, h := range hits {
		if h < from || h >= len(shown) || shown[h] >= 0x80 {
			continue
		}
		out.WriteString(style.Render(shown[from:h]))
		out.WriteString(th.Strongly.Render(shown[h : h+1]))
		from = h + 1
	}
	out.WriteString(style.Render(shown[from:]))
	return out.String()
}
