package render

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "hello, world", "hello, world"},
		{"lines", "one\ntwo\r\nthree\rfour\u2028five", "one\ntwo\nthree\nfour\nfive"},
		{"tab", "a\tb", "a    b"},
		{"colour", "\x1b[31mred\x1b[0m", "red"},
		{"cursor movement", "\x1b[2J\x1b[1;1Hhome", "home"},
		{"title", "\x1b]0;owned\x07text", "]0;ownedtext"},
		{"unfinished sequence hides nothing", "\x1b[12", "[12"},
		{"long sequence hides nothing", "\x1b[" + strings.Repeat("1", 40) + "m", "[" + strings.Repeat("1", 40) + "m"},
		{"eight-bit sequence", "a\u009b31mb", "ab"},
		{"other controls", "a\x00b\x07c\x08d\x7fe\u0085f\u0090g", "abcde\nfg"},
		{"invalid bytes", "a\xffb", "a\ufffdb"},
		{"bidi override", "user\u202egnp.exe", "usergnp.exe"},
		{"bidi isolates", "\u2067abc\u2069\u200f\u061c", "abc"},
		{"Hebrew stays", "שלום", "שלום"},
		{"pointed Hebrew stays", "בְּרֵאשִׁית", "בְּרֵאשִׁית"},
		{"zalgo", "a" + strings.Repeat("\u0301", 50) + "b", "a\u0301\u0301\u0301\u0301b"},
		{"mark without a base", "\u0301a", "a"},
		{"zero width", "a\u200bb\u2060c\ufeffd\u00ade", "abcde"},
		{"tags", "hi\U000e0041\U000e0042", "hi"},
		{"fillers", "a\u3164\u115f\uffa0\u2800b", "ab"},
		{"cells of a picture", "a\U0010eeee\u0305b", "a\u0305b"},
		{"spaces", "a\u00a0b\u2003c\u3000d", "a b c  d"},
		{"family stays", "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"},
		{"flag stays", "🏳️‍🌈🇦🇺", "🏳️‍🌈🇦🇺"},
		{"joiner without a partner", "a\u200d b\u200d", "a b"},
		{"a chain of joiners is cut", strings.Repeat("👩\u200d", 50), strings.Repeat("👩\u200d", 4) + strings.Repeat("👩", 1) + strings.Repeat(strings.Repeat("👩\u200d", 4)+"👩", 9)},
		{"Hindi stays", "हिन्दी नमस्ते", "हिन्दी नमस्ते"},
		{"Persian joiner stays", "می\u200cخواهم", "می\u200cخواهم"},
		{"not a character", "a\uffffb", "a\ufffdb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLineHasOneLine(t *testing.T) {
	if got := Line("a\nb\tc\r\nd"); got != "a b c d" {
		t.Errorf("Line = %q", got)
	}
}

func TestNameIsAgreedUpon(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Alice", "Alice"},
		{"Zoë 山田", "Zoë 山田"},
		{"אבי", "אבי"},
		{"I ❤️ you", "I ❤ you"},
		{"👍🏽", "👍"},
		{"👨‍👩‍👧‍👦 home", "👨 home"},
		{"1️⃣", "1"},
		{"हिन्दी", "हनद"},
	}
	for _, tt := range tests {
		if got := (Metrics{}).Name(tt.in); got != tt.want {
			t.Errorf("Name(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := (Metrics{Graphemes: true}).Name("👍🏽"); got != "👍🏽" {
		t.Errorf("with mode 2027 Name = %q", got)
	}
}

// hostile is a start for the fuzzers.
var hostile = []string{
	"", "hello", "\x1b[31m\x1b]0;x\x07", "\u202e\u2066\u2069", "a\u0301\u0302\u0303\u0304\u0305\u0306",
	"👨‍👩‍👧‍👦❤️1️⃣🇦🇺👍🏽", "हिन्दी नमस्ते क्षि", "漢字かな交じり文", "\xff\xfe\x80", "a\u200d\u200d\u200db", "\u1100\u1161\u11a8\u1161\u1161", "\t\r\n\v\f\u0085\u2028",
}

func FuzzText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := Text(in)
		if !utf8.ValidString(out) {
			t.Fatalf("%q is not UTF-8", out)
		}
		marks := 0
		for _, r := range out {
			if r != '\n' && unicode.IsControl(r) {
				t.Fatalf("control character %U in %q", r, out)
			}
			if unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("bidirectional control %U in %q", r, out)
			}
			if unicode.Is(unicode.Mn, r) {
				marks++
			} else {
				marks = 0
			}
			if marks > maxMarks {
				t.Fatalf("%d marks in %q", marks, out)
			}
		}
		if again := Text(out); again != out {
			t.Fatalf("cleaned twice: %q, %q", out, again)
		}
		if strings.ContainsAny(Line(in), "\n\t") {
			t.Fatalf("Line(%q) has several lines", in)
		}
	})
}
