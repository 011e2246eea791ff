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
	{"On a page", InPage},
	{"While viewing a picture", InPicture},
	{"While choosing", InPicker},
	{"In any field of text", InField},
}

// showHelp shows the keys, those of where one is first, and of these what is of use
// now. What any editor does comes last.
func (m *Model) showHelp() {
	here := slices.DeleteFunc(slices.Clone(m.contexts()), func(c Context) bool { return c == InField })
	actions := m.byUse()
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
			rows = append(rows, m.rowsOf(actions, s.in, width)...)
		}
		return rows
	}}
}

// byUse is the table with the actions first that are worth a hint, and those last
// that are not possible now.
func (m *Model) byUse() []*Action {
	use := make(map[*Action]int, len(m.actions))
	for _, a := range m.actions {
		switch {
		case !a.possible(m):
			use[a] = 2
		case a.Hint == "":
			use[a] = 1
		}
	}
	sorted := slices.Clone(m.actions)
	slices.SortStableFunc(sorted, func(a, b *Action) int { return use[a] - use[b] })
	return sorted
}

// keyRows is every action with a key in a context, keys first.
func (m *Model) keyRows(c Context, width int) []string { return m.rowsOf(m.actions, c, width) }

// possibleRows is keyRows without what does nothing now.
func (m *Model) possibleRows(c Context, width int) []string {
	possible := slices.DeleteFunc(slices.Clone(m.actions), func(a *Action) bool { return !a.possible(m) })
	return m.rowsOf(possible, c, width)
}

func (m *Model) rowsOf(actions []*Action, c Context, width int) []string {
	column := 24
	if width < twoPanes {
		column = 14 // of most actions one key, and their titles in one row
	}
	var rows []string
	for _, a := range actions {
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
