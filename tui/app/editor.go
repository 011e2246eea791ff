package app

import (
	"errors"
	"fmt"
	"io"
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
	edit.Env, edit.Stdin, edit.Stdout, edit.Stderr = m.o.Environ, m.o.In, m.o.Out, m.o.Out
	conv := m.open
	return tea.Exec(&lent{edit, m}, func(failure error) tea.Msg {
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
			return tea.Batch(m.draftChanged(), m.previewSoon())
		})
	})
}

// lent is a program that has the terminal for a while. Its streams are set
// already.
type lent struct {
	*exec.Cmd
	m *Model
}

func (l *lent) SetStdin(io.Reader)  {}
func (l *lent) SetStdout(io.Writer) {}
func (l *lent) SetStderr(io.Writer) {}

func (l *lent) Run() error {
	return l.m.painter.Lend(func() error {
		l.m.device.Cooked()
		return errors.Join(l.Cmd.Run(), l.m.device.Raw())
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
