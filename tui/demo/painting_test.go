package demo

import (
	"strings"
	"testing"
	"time"

	"seance/tui/audio"
	"seance/tui/images"
)

// TestFilesCanBeShown: what comes with the past is what it says it is, and small.
func TestFilesCanBeShown(t *testing.T) {
	pictures, voices := 0, 0
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
				if f.voice {
					voices++
					if clip, err := audio.Open(data); err != nil || clip.Duration() < 5*time.Second || clip.Duration() > 8*time.Second {
						t.Errorf("%s: %v", f.name, err)
					}
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
	if pictures == 0 || voices == 0 {
		t.Errorf("there are %d pictures and %d voice messages", pictures, voices)
	}
}
