package app

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/images"
	"seance/tui/picker"
	"seance/tui/render"
)

func fileActions() []*Action {
	return []*Action{
		{Name: "file.open", Title: "Save a file of the message and open it", Hint: "open",
			Keys: map[Context][]string{InMessages: {"o"}}, When: onFile,
			Run: func(m *Model) tea.Cmd { return m.withFile("Open a file", (*Model).openFile) }},
		{Name: "file.save", Title: "Save a file of the message", Hint: "save",
			Keys: map[Context][]string{InMessages: {"s"}}, When: onFile,
			Run: func(m *Model) tea.Cmd { return m.withFile("Save a file", (*Model).saveFile) }},
		{Name: "file.cancel", Title: "Stop the files of the message that are on their way", Hint: "stop",
			Keys: map[Context][]string{InMessages: {"x"}}, When: onMovingFile, Run: (*Model).cancelFiles},
	}
}

// onFile reports whether a message with files is selected.
func onFile(m *Model) bool {
	sel, _ := m.chat.Selected()
	return onMessage(m) && !sel.Deleted && len(sel.Files) > 0
}

func onMovingFile(m *Model) bool {
	sel, _ := m.chat.Selected()
	return onFile(m) && slices.ContainsFunc(sel.Files, func(f chat.File) bool { return f.Moving })
}

// fileHint is what files say can be done with them.
func (m *Model) fileHint() string {
	if key := m.named("file.open").key(InMessages); key != "" {
		return "press " + key + " to open"
	}
	return ""
}

// filesOf are the files of a message as the chat draws them.
func filesOf(v messaging.Message) (list []chat.File) {
	for _, a := range v.Attachments {
		list = append(list, fileOf(v, a))
	}
	return list
}

func fileOf(v messaging.Message, a store.Attachment) chat.File {
	name := messaging.SafeName(a)
	if v.Direction == store.Out && a.Name != "" {
		name = a.Name // as the user has it
	}
	return chat.File{
		Index: a.Index, Name: name, Size: a.Size, Voice: a.Voice, Caption: a.Caption,
		Picture: isPicture(a), Width: a.Width, Height: a.Height, Here: a.File != "", Content: contentName(v.Message, a),
		Moving: a.URL == "" && v.State == store.StateSending,
	}
}

// withFile does something with the only file of the selected message, or with
// the one that is chosen.
func (m *Model) withFile(title string, do func(*Model, chat.Message, chat.File) tea.Cmd) tea.Cmd {
	sel, _ := m.chat.Selected()
	if len(sel.Files) == 1 {
		return do(m, sel, sel.Files[0])
	}
	var items []picker.Item
	for i, f := range sel.Files {
		items = append(items, picker.Item{ID: strconv.Itoa(i), Title: render.Line(f.Name) + "  " + render.Bytes(f.Size)})
	}
	m.page = &pickPage{
		name: title, picker: picker.New("Part of a name", "No such file.", items),
		pick: func(m *Model, picked string) tea.Cmd {
			m.page = nil
			i, _ := strconv.Atoi(picked)
			return do(m, sel, sel.Files[i])
		},
	}
	return nil
}

// saveFile saves a file and says where.
func (m *Model) saveFile(v chat.Message, f chat.File) tea.Cmd {
	return m.keep(v, f, func(m *Model, path string) tea.Cmd {
		m.say("Saved as " + path)
		return nil
	})
}

// openFile saves a file and opens it with the user's program for it.
func (m *Model) openFile(v chat.Message, f chat.File) tea.Cmd {
	return m.keep(v, f, func(m *Model, path string) tea.Cmd {
		switch {
		case runnable(path):
			m.say("Saved as " + path + "; files that may be programs are not opened.")
			return nil
		case len(m.o.Viewer) == 0 && !m.windows():
			m.say("Saved as " + path)
			return nil
		}
		m.say("Opening " + path)
		command, environ := images.Viewer(m.o.Viewer, runtime.GOOS, path), m.o.Environ
		return m.do(func(ctx context.Context) error {
			open := exec.CommandContext(ctx, command[0], command[1:]...)
			open.Env = environ
			if err := open.Run(); err != nil {
				return fmt.Errorf("%s could not open %s: %w", command[0], path, err)
			}
			return nil
		})
	})
}

// keep saves a file where the user wants such, then does something with it.
func (m *Model) keep(v chat.Message, f chat.File, then func(m *Model, path string) tea.Cmd) tea.Cmd {
	if f.Moving {
		m.say("The file is on its way.")
		return nil
	}
	c, dir := m.client, m.downloads()
	m.say("Saving " + f.Name)
	m.begin(v, f)
	return m.ask(func(ctx context.Context) result {
		path, err := c.Save(ctx, store.Message{Row: v.Key}.ID(), f.Index, dir)
		return func(m *Model) tea.Cmd {
			if err != nil {
				m.notMoved(v, f, err)
				m.complain(err)
				return nil
			}
			return then(m, path)
		}
	})
}

// cancelFiles stops the files of the selected message.
func (m *Model) cancelFiles() tea.Cmd {
	sel, _ := m.chat.Selected()
	c := m.client
	return m.do(func(context.Context) error {
		for _, f := range sel.Files {
			if f.Moving {
				// One that has just arrived cannot be stopped, and need not be.
				_ = c.Cancel(store.Message{Row: sel.Key}.ID(), f.Index)
			}
		}
		return nil
	})
}

// windows reports whether the user looks at this machine's windows.
func (m *Model) windows() bool {
	there := runtime.GOOS == "darwin" || m.env("DISPLAY") != "" || m.env("WAYLAND_DISPLAY") != ""
	return there && m.env("SSH_CONNECTION") == ""
}

// downloads is the directory where files are saved.
func (m *Model) downloads() string {
	for _, dir := range []string{m.o.Downloads, m.env("XDG_DOWNLOAD_DIR")} {
		if dir != "" {
			return m.path(dir)
		}
	}
	return m.path("~")
}

// path is a path as people write it: from their home, or from the working
// directory.
func (m *Model) path(p string) string {
	if rest, ok := strings.CutPrefix(p, "~"); ok && (rest == "" || rest[0] == '/') {
		p = m.env("HOME") + rest
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(m.o.Dir, p)
}

// runnable reports whether a system may run a file instead of showing it.
func runnable(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".desktop", ".sh", ".bash", ".py", ".pl", ".rb", ".jar", ".appimage", ".run", ".bin", ".exe", ".com", ".bat", ".cmd",
		".scr", ".msi", ".ps1", ".vbs", ".js", ".lnk", ".url", ".webloc", ".app", ".command", ".pkg", ".dmg", ".deb", ".rpm":
		return true
	}
	return false
}
