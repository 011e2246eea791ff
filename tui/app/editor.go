package app

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// openEditor lets the user's editor write the message. What it is written in
// is a file in memory where the system has such a place, for nobody else to
// read, and gone afterwards.
func (m *Model) openEditor() tea.Cmd {
	command := m.env("VISUAL")
	if command == "" {
		command = m.env("EDITOR")
	}
	if command == "" {
		m.notice = notice{text: "Set EDITOR to the editor you want.", bad: true}
		return nil
	}
	file, err := m.editorFile(m.compose.Text())
	if err != nil {
		m.complain(fmt.Errorf("a file for the editor: %w", err))
		return nil
	}
	// The command may have arguments, as git takes it.
	edit := exec.CommandContext(m.ctx, "sh", "-c", command+` "$1"`, "sh", file)
	edit.Env = m.o.Environ
	conv := m.open
	return tea.ExecProcess(edit, func(failure error) tea.Msg {
		text, err := os.ReadFile(file)
		_ = os.RemoveAll(filepath.Dir(file))
		if failure == nil {
			failure = err
		}
		return result(func(m *Model) tea.Cmd {
			if failure != nil {
				m.complain(fmt.Errorf("the editor: %w", failure))
				return nil
			}
			if m.open == conv {
				m.compose.Load(strings.TrimRight(string(text), "\n"))
				m.focus = OnComposer
			}
			return m.draftChanged()
		})
	})
}

func (m *Model) editorFile(text string) (name string, err error) {
	for _, parent := range []string{m.env("XDG_RUNTIME_DIR"), "/dev/shm", m.env("TMPDIR"), "/tmp"} {
		if parent == "" {
			continue
		}
		var dir string
		if dir, err = os.MkdirTemp(parent, "seance-*"); err != nil {
			continue
		}
		name = filepath.Join(dir, "message.txt")
		if err = os.WriteFile(name, []byte(text), 0o600); err == nil {
			return name, nil
		}
		_ = os.RemoveAll(dir)
	}
	return "", err
}

// env is a variable of the terminal's user, the last one of that name.
func (m *Model) env(name string) (value string) {
	for _, v := range m.o.Environ {
		if k, val, _ := strings.Cut(v, "="); k == name {
			value = val
		}
	}
	return value
}
