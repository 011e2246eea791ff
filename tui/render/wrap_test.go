package render

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		name, in string
		width    int
		want     []string
	}{
		{"short", "hello", 10, []string{"hello"}},
		{"empty", "", 10, []string{""}},
		{"words", "one two three four", 9, []string{"one two", "three", "four"}},
		{"exactly", "one two", 7, []string{"one two"}},
		{"a space too many", "one two ", 7, []string{"one two"}},
		{"long word", "abcdefghijkl", 5, []string{"abcde", "fghij", "kl"}},
		{"long word after a short one", "ab cdefghijkl", 5, []string{"ab", "cdefg", "hijkl"}},
		{"lines and blanks stay", "a\n\nb", 10, []string{"a", "", "b"}},
		{"indentation stays", "if x {\n    y\n}", 10, []string{"if x {", "    y", "}"}},
		{"ideographs", "漢字仮名交じり文", 6, []string{"漢字仮", "名交じ", "り文"}},
		{"ideographs and words", "the 漢字 word", 8, []string{"the 漢字", "word"}},
		{"no stop at the start of a line", "漢字仮。名", 6, []string{"漢字", "仮。名"}},
		{"emoji count for the terminal that joins least", "👍🏽👍🏽👍🏽", 8, []string{"👍🏽👍🏽", "👍🏽"}},
		{"marks cost nothing", "ééé", 3, []string{"ééé"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Wrap(tt.in, tt.width); !slices.Equal(got, tt.want) {
				t.Errorf("Wrap = %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 7)
	}
	f.Add("one two  three   four ", 5)
	f.Fuzz(func(t *testing.T, in string, width int) {
		width = 2 + (width&0x7fffffff)%80
		text := Text(in)
		lines := Wrap(text, width)
		for _, l := range lines {
			if w := max(ansi.StringWidth(l), ansi.StringWidthWc(l)); w > width {
				t.Fatalf("line %q takes %d of %d cells", l, w, width)
			}
		}
		letters := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "").Replace(s)
		}
		if got := letters(strings.Join(lines, "")); got != letters(text) {
			t.Fatalf("Wrap(%q) lost text: %q", text, got)
		}
	})
}

func TestCutAndFit(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"hello", 5, "hello"},
		{"hello", 4, "hel…"},
		{"hello there", 7, "hello…"},
		{"漢字漢字", 5, "漢字…"},
		{"漢字漢字", 4, "漢…"},
		{"hello", 0, ""},
	}
	for _, tt := range tests {
		if got := (Metrics{}).Cut(tt.in, tt.width, "…"); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
		fit := (Metrics{}).Fit(tt.in, tt.width, "…")
		if got := (Metrics{}).Width(fit); got != tt.width {
			t.Errorf("Fit(%q, %d) takes %d cells", tt.in, tt.width, got)
		}
	}
}

func BenchmarkWrap(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 44)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Wrap(text, 64)
	}
}

func BenchmarkTextForeign(b *testing.B) {
	text := strings.Repeat("Привет, мир 漢字 👍🏽 नमस्ते. ", 60)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Text(text)
	}
}
