package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/tui/edit"
	"seance/tui/render"
)

// enclosure is a file that goes with the message that is being written.
type enclosure struct {
	path  string
	size  int64
	voice []byte // what was recorded, of which path is only the name; nil: it is in the file
	asIs  bool   // with what a camera wrote into it
}

func attachActions() []*Action {
	return []*Action{
		{Name: "file.attach", Title: "Attach a file to the message",
			Keys: map[Context][]string{InComposer: {"ctrl+x"}}, When: writable, Run: quietly((*Model).showAttach)},
		{Name: "file.detach", Title: "Remove the file that was attached last",
			Keys: map[Context][]string{InComposer: {"alt+x"}},
			When: func(m *Model) bool { return len(m.enclosed[m.open]) > 0 },
			Run: func(m *Model) tea.Cmd {
				list := m.enclosed[m.open]
				m.enclosed[m.open] = slices.Clip(list[:len(list)-1])
				return m.goesWith()
			}},
		{Name: "form.complete", Title: "Complete the path", Inner: true,
			Keys: map[Context][]string{InForm: {"tab"}},
			When: func(m *Model) bool { p, ok := m.page.(*formPage); return ok && p.complete != nil },
			Run:  func(m *Model) tea.Cmd { return m.page.(*formPage).complete(m) }},
	}
}

// showAttach asks for a file to send.
func (m *Model) showAttach() {
	p := &formPage{name: "Attach a file", intro: "The path of a file. Tab completes it.", hint: "~/", buffer: edit.Single("")}
	p.submit = func(m *Model, text string) tea.Cmd {
		path := m.path(strings.TrimSpace(text))
		return m.ask(func(context.Context) result {
			size, err := sendable(path)
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
				} else if m.page == p {
					m.page, m.focus = nil, OnComposer
					return m.addFile(enclosure{path: path, size: size})
				}
				return nil
			}
		})
	}
	p.complete = p.completePath
	m.page = p
}

// completePath completes the path that was entered.
func (p *formPage) completePath(m *Model) tea.Cmd {
	text := p.buffer.Text()
	path := m.path(text)
	if text == "" || strings.HasSuffix(text, "/") {
		path += "/"
	}
	return m.ask(func(context.Context) result {
		more := completion(path)
		return func(*Model) tea.Cmd {
			if p.buffer.Text() == text {
				p.buffer.End()
				p.buffer.Insert(more)
			}
			return nil
		}
	})
}

// completion is what a path may go on with: all that the names have in common
// which begin as it does.
func completion(path string) string {
	dir, begun := filepath.Split(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	common, found := "", false
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), begun)
		if !ok || begun == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.IsDir() {
			name += "/"
		}
		if !found {
			common, found = name, true
			continue
		}
		n := 0
		for n < len(common) && n < len(name) && common[n] == name[n] {
			n++
		}
		common = strings.ToValidUTF8(common[:n], "")
	}
	return common
}

// sendable is the size of a file that can be sent.
func sendable(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s is no file that can be sent", path)
	case info.Size() == 0:
		return 0, fmt.Errorf("%s is empty, and the apps cannot receive an empty file", path)
	case info.Size() > messaging.MaxFile:
		return 0, fmt.Errorf("%s has %s, and a file that is sent has at most %s", path, render.Bytes(info.Size()), render.Bytes(messaging.MaxFile))
	}
	return info.Size(), nil
}

// addFile adds a file to the message that is being written.
func (m *Model) addFile(a enclosure) tea.Cmd {
	if m.open == "" || len(m.enclosed[m.open]) >= messaging.MaxFiles {
		m.notice = notice{text: "A message has at most " + plural(messaging.MaxFiles, "file") + ".", bad: true}
		return nil
	}
	m.enclosed[m.open] = append(m.enclosed[m.open], a)
	return m.goesWith()
}

// pasted writes what was pasted or dropped. If that is the path of a file, as
// terminals give it for what is dropped on them, it may be attached instead.
func (m *Model) pasted(text string) tea.Cmd {
	write := m.insert(text)
	path, ok := pathIn(text)
	if !ok || m.page != nil || m.focus != OnComposer || !writable(m) {
		return write
	}
	conv := m.open
	return tea.Batch(write, m.ask(func(context.Context) result {
		size, err := sendable(path)
		if err != nil {
			return nil
		}
		return func(m *Model) tea.Cmd {
			if m.open != conv || m.page != nil || m.confirm != nil || !strings.HasSuffix(m.compose.Before(), text) {
				return nil
			}
			m.confirm = &confirm{
				question: "Send the file " + render.Line(filepath.Base(path)) + ", " + render.Bytes(size) + ", with your message?",
				yes:      "attach it", no: "keep the path as text",
				run: func(m *Model) tea.Cmd {
					m.compose.Replace(len(text), "")
					return tea.Batch(m.addFile(enclosure{path: path, size: size}), m.edited())
				},
			}
			return nil
		}
	}))
}

// pathIn is the whole path that a text consists of.
func pathIn(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && text[0] == '\'' && text[n-1] == '\'' {
		text = text[1 : n-1]
	}
	text = strings.ReplaceAll(strings.TrimPrefix(text, "file://"), `\ `, " ")
	return text, len(text) < 4096 && filepath.IsAbs(text) && !strings.ContainsAny(text, "\n\x00")
}

// attachedRows show above the composer what goes with the message.
func (m *Model) attachedRows(width int) (rows []string) {
	th, list := m.theme, m.enclosed[m.open]
	const most = 3
	for i, a := range list {
		if i == most && len(list) > most {
			return append(rows, indent+th.Muted.Render("and "+plural(len(list)-i, "file")+" more"))
		}
		tail := "  " + render.Bytes(a.size)
		if i == len(list)-1 {
			tail += "  " + m.named("file.detach").key(InComposer) + " removes it"
		}
		name := m.metrics.Cut(m.metrics.Name(render.Line(filepath.Base(a.path))), width-2*len(indent)-2-len(tail), th.Glyphs.Ellipsis)
		rows = append(rows, indent+th.Accent.Render(th.Glyphs.Divider)+" "+name+th.Muted.Render(tail))
	}
	return rows
}

// read reads the files that go with a message.
func (w written) read() (list []messaging.File, err error) {
	for _, a := range w.files {
		data := a.voice
		if data == nil {
			if data, err = readFile(a.path); err != nil {
				return nil, err
			}
		}
		list = append(list, messaging.File{Name: filepath.Base(a.path), Content: bytes.NewReader(data), Voice: a.voice != nil, AsIs: a.asIs})
	}
	return list, nil
}

// readFile reads a file that can be sent.
func readFile(path string) ([]byte, error) {
	size, err := sendable(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var data bytes.Buffer
	data.Grow(int(size) + bytes.MinRead)
	_, err = data.ReadFrom(io.LimitReader(f, messaging.MaxFile+1))
	return data.Bytes(), errors.Join(err, f.Close())
}
