package demo

import (
	"strings"
	"testing"

	"seance/tui/images"
)

// TestFilesCanBeShown: what comes with the past is what it says it is, and small.
func TestFilesCanBeShown(t *testing.T) {
	pictures := 0
	for _, r := range cast() {
		if r.face != nil {
			data, err := r.face()
			if w, h, wrong := images.Config(data); err != nil || wrong != nil || w != h {
				t.Errorf("the face of %s is %d x %d, %v, %v", r.name, w, h, err, wrong)
			}
		}
		for _, l := range r.past {
			for _, f := range l.files {
				data, err := f.make()
				if err != nil || len(data) == 0 || len(data) > 200_000 {
					t.Errorf("%s has %d bytes, %v", f.name, len(data), err)
				}
				if !strings.HasPrefix(f.contentType, "image/") {
					continue
				}
				pictures++
				if w, h, err := images.Config(data); err != nil || w != f.width || h != f.height {
					t.Errorf("%s is %d x %d, %v", f.name, w, h, err)
				}
			}
		}
	}
	if pictures == 0 {
		t.Error("there is no picture")
	}
}
