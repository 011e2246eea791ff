package app

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/link"
	"seance/tui/images"
	"seance/tui/picker"
	"seance/tui/render"
)

func linkActions() []*Action {
	return []*Action{
		{Name: "message.open", Title: "Open a link of the message",
			Keys: map[Context][]string{InMessages: {"O", "o"}},
			When: func(m *Model) bool { return onMessage(m) && len(m.links()) > 0 }, Run: (*Model).showLinks},
	}
}

// links are the addresses that the selected message names.
func (m *Model) links() (list []string) {
	sel, _ := m.chat.Selected()
	if sel.Deleted {
		return nil
	}
	text := render.Text(sel.Text)
	for _, k := range link.Find(text) {
		if address := k.Address(text); !slices.Contains(list, address) {
			list = append(list, address)
		}
	}
	return list
}

// showLinks opens the link of the selected message, or asks which.
func (m *Model) showLinks() tea.Cmd {
	links := m.links()
	if len(links) == 1 {
		return m.openLink(links[0])
	}
	var items []picker.Item
	for i, address := range links {
		items = append(items, picker.Item{ID: strconv.Itoa(i), Title: address})
	}
	m.page = &pickPage{
		name: "Open a link", picker: picker.New("Part of an address", "No such link.", items),
		pick: func(m *Model, picked string) tea.Cmd {
			m.page = nil
			i, _ := strconv.Atoi(picked)
			return m.openLink(links[i])
		},
	}
	return nil
}

// openLink opens a link where the user looks at a browser; over SSH and
// without windows it is copied for the one that they look at.
func (m *Model) openLink(address string) tea.Cmd {
	if !m.windows() {
		return m.copyText(address, "Copied the link: "+address)
	}
	m.say("Opening " + address)
	environ := m.o.Environ
	return m.do(func(ctx context.Context) error {
		command := images.Viewer(nil, runtime.GOOS, address)
		open := exec.CommandContext(ctx, command[0], command[1:]...)
		open.Env = environ
		if err := open.Run(); err != nil {
			return fmt.Errorf("%s could not open the link: %w", command[0], err)
		}
		return nil
	})
}

// tellLinks reports whether the terminal is told what is a link: one that
// knows nothing of it could show the address beside it, and a slow one pays for
// it twice.
func (m *Model) tellLinks() bool {
	term := m.env("TERM")
	return !m.o.SlowLink && term != "linux" && term != "dumb" && !strings.HasPrefix(term, "vt")
}
