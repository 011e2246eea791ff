package emoji

import (
	"strings"
	"testing"

	"seance/tui/render"
)

func TestNamed(t *testing.T) {
	for name, want := range map[string]string{
		":thumbsup:": "👍", "+1": "👍", "thumbs_up": "👍", "TADA": "🎉", ":heart:": "❤️", "joy": "😂", "flag-fr": "🇫🇷", "man_in_tuxedo": "🤵‍♂️",
		"happytears": "😂", ":candle:": "🕯️", "": "", "::": "", "no such thing": "", "happy": "",
	} {
		if e, ok := Named(name); e.Text != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", name, e.Text, want)
		}
	}
}

func TestOf(t *testing.T) {
	for text, want := range map[string]string{"👍": ":+1:", "👍🏽": ":+1:", "❤": ":heart:", "❤️": ":heart:", "x": "", "": ""} {
		e, ok := Of(text)
		if ok != (want != "") || ok && e.Name() != want {
			t.Errorf("%q is %v, want %q", text, e, want)
		}
	}
}

func TestComplete(t *testing.T) {
	for prefix, want := range map[string]string{"thumb": "👍👎", "tada": "🎉", "GRINNING": "😀😃", "squinting": "😝😆", "zzzz": "", "heart": "❤️😍", "smile": "😄😃"} {
		var got strings.Builder
		for _, e := range Complete(prefix, 2) {
			got.WriteString(e.Text)
		}
		if got.String() != want {
			t.Errorf("%q is completed to %q, want %q", prefix, got.String(), want)
		}
	}
	if n := len(Complete("", 7)); n != 7 {
		t.Errorf("%d are offered of all", n)
	}
}

// TestTable: every emoji has a name of its own, can be typed on any keyboard
// and shown as it is.
func TestTable(t *testing.T) {
	if n := len(All()); n < 1800 {
		t.Fatalf("there are %d emoji", n)
	}
	for _, e := range All() {
		for _, name := range e.Names {
			if found, _ := Named(name); found.Text != e.Text {
				t.Errorf("%s is %s, not %s", name, found.Text, e.Text)
			}
			if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }) {
				t.Errorf("%q cannot be typed", name)
			}
		}
		if of, _ := Of(e.Text); of.Text != e.Text {
			t.Errorf("%s is taken for %s", e.Text, of.Text)
		}
		if shown := render.Line(e.Text); shown != e.Text && !strings.HasPrefix(e.Names[0], "flag-") {
			t.Errorf("%s is shown as %q", e.Names[0], shown)
		}
	}
}

func BenchmarkComplete(b *testing.B) {
	for b.Loop() {
		Complete("thumb", 6)
	}
}
