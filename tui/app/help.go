package app

import (
	"slices"
	"strings"

	"seance/tui/render"
)

// sections are the parts of the help page, with the contexts they are about.
var sections = [...]struct {
	title string
	in    Context
}{
	{"While writing", InComposer},
	{"In the messages", InMessages},
	{"In the list of conversations", InList},
	{"While searching", InSearch},
	{"In the requests", InRequests},
	{"Everywhere", Everywhere},
	{"In any field of text", InField},
	{"On a page", InPage},
	{"While viewing a picture", InPicture},
	{"While choosing", InPicker},
}

// showHelp shows the keys, those of where one is first.
func (m *Model) showHelp() {
	here := m.contexts()
	order := slices.Clone(sections[:])
	slices.SortStableFunc(order, func(a, b struct {
		title string
		in    Context
	}) int {
		rank := func(c Context) int {
			if i := slices.Index(here, c); i >= 0 {
				return i
			}
			return len(here)
		}
		return rank(a.in) - rank(b.in)
	})
	m.page = &textPage{name: "Keys", text: func(m *Model, width int) []string {
		var rows []string
		for i, s := range order {
			if i > 0 {
				rows = append(rows, "")
			}
			rows = append(rows, indent+m.theme.Strong.Render(s.title))
			rows = append(rows, m.keyRows(s.in, width)...)
		}
		return rows
	}}
}

// keyRows is every action with a key in a context, keys first.
func (m *Model) keyRows(c Context, width int) []string {
	column := 24
	if width < 60 {
		column = 14
	}
	var rows []string
	for _, a := range m.actions {
		if len(a.Keys[c]) == 0 {
			continue
		}
		names := make([]string, 0, len(a.Keys[c]))
		for i, k := range a.Keys[c] {
			if i > 0 && m.keys[c][k][0] != a {
				continue // it does something else wherever that is possible
			}
			if n := keyName(k); len(strings.Join(append(names, n), "  ")) < column {
				names = append(names, n)
			}
		}
		keys := strings.Join(names, "  ")
		for _, title := range render.Wrap(a.Title, max(width-column-2*len(indent), 8)) {
			rows = append(rows, indent+m.theme.Key.Render(m.metrics.Fit(keys, column, ""))+m.theme.Muted.Render(title))
			keys = ""
		}
	}
	return rows
}
