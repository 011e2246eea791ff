package chat

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// TestFiles: a line for each file, which says how far it is, never wider than
// the chat.
func TestFiles(t *testing.T) {
	m := at(1, "Bob", "")
	m.Files = []File{
		{Name: "build.log", Size: 48_000, Caption: "\nas it\u202e was \n"}, {Name: "voice.m4a", Size: 9_000, Voice: true, Here: true},
		{Name: "a.bin", Size: 10_000_000, Moving: true, Done: 4_200_000, Total: 10_000_000}, {Name: "b.bin", Size: 1, Moving: true},
		{Name: "c.bin", Size: 5, Failure: "not downloaded:\nit is gone"}, {Name: strings.Repeat("long \x1b[2J", 30), Size: 7},
	}
	var l List
	lk := look(60, 20)
	lk.FileHint = "press o to open"
	l.SetLook(lk)
	l.Reset([]Message{m}, true, true)
	got := view(&l)
	for i, want := range []string{
		"[build.log  48 KB  press o to open]", "[voice message  9.0 KB  press o to open]", "[a.bin  10 MB  42 %]", "[b.bin  1 B  on its way]",
		"[c.bin  5 B  not downloaded: it is gone]", "       as it was",
	} {
		if !slices.ContainsFunc(got, func(row string) bool { return strings.HasSuffix(row, want) }) {
			t.Errorf("file %d is not shown as %q:\n%s", i, want, strings.Join(got, "\n"))
		}
	}
	for _, row := range got {
		if ansi.StringWidth(row) > 60 || strings.Contains(row, "nothing that can be seen") {
			t.Errorf("%q", row)
		}
	}
	moved := m
	moved.Files = slices.Clone(m.Files)
	moved.Files[2].Done = 5_000_000
	l.Change(moved)
	if got := strings.Join(view(&l), "\n"); !strings.Contains(got, "50 %") {
		t.Errorf("progress is not shown:\n%s", got)
	}
}
