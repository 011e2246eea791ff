package app

import (
	"strings"

	"seance/store"
	"seance/tui/render"
)

// said is what a message says in one line: its text or, failing that, its files.
func said(text string, f store.Files) string {
	if strings.TrimSpace(text) == "" && f.Count > 0 {
		return render.Files(f.Count, f.Name, f.Voice, f.Image)
	}
	return text
}
