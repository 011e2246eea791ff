package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDownloads(t *testing.T) {
	file := filepath.Join(t.TempDir(), Name)
	for text, want := range map[string]string{`downloads = "~/in"`: "~/in", ``: ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := Load(file); err != nil || c.Downloads != want {
			t.Errorf("%s: %q, %v", text, c.Downloads, err)
		}
	}
	if err := os.WriteFile(file, []byte("downloads = 5"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), `such as "~/Downloads"`) {
		t.Errorf("a number is told as %v", err)
	}
}
