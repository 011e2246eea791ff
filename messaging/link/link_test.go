package link

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		"see https://a.example/b?c=d#e, or":                     "https://a.example/b?c=d#e",
		"(http://a.example/x_(y)) HTTPS://B.C":                  "http://a.example/x_(y) HTTPS://B.C",
		"mailto:a@b.c. javascript:alert(1)":                     "mailto:a@b.c",
		"a\thttps://a.example/b\tc\r\nd":                        "https://a.example/b",
		"https://a.example\x1b[2J":                              "https://a.example",
		"https:// http://":                                      "",
		"xhttps://a file:///etc ftp://x":                        "",
		"<https://a.example> \"http://b\"":                      "https://a.example http://b",
		"見て「https://a.example/漢字」ね":                             "https://a.example/%E6%BC%A2%E5%AD%97",
		"https://" + strings.Repeat("a", 2000):                  "",
		"https://a.example/?u=http://b.example/c":               "https://a.example/?u=http://b.example/c",
		strings.Repeat("https://", 1250) + " http://b.c":        "http://b.c", // a part of one too long is none
		"https://a" + strings.Repeat(".", 3000) + " http://b.c": "https://a http://b.c",
		"(http://a.c/(x))" + strings.Repeat(")", 3000):          "http://a.c/(x)",
		"https://::: mailto:mailto:a@b.c":                       "mailto:mailto:a@b.c",
	} {
		var got []string
		for _, k := range Find(text) {
			got = append(got, k.Address(text))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("in %q: %s", text, s)
		}
	}
}

// TestLongTexts: every byte is looked at a few times only, whatever a text is made of.
func TestLongTexts(t *testing.T) {
	for _, part := range []string{"https://", "mailto:", "http://a)", ")]}", ":", "https://.", "https:// ", "é"} {
		text := "https://" + strings.Repeat(part, 1<<20/len(part))
		last := 0
		for _, k := range Find(text) {
			if k.From < last || k.To <= k.From || k.To-k.From > longestLink {
				t.Fatalf("%q leads to %+v", part, k)
			}
			last = k.To
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("see (https://a.example/b_(c)). mailto:a@b.c!")
	f.Add(strings.Repeat("https://", 300))
	f.Add("https://" + strings.Repeat(")]}", 300))
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, k := range Find(text) {
			if k.From < last || k.To <= k.From || k.To > len(text) || k.To-k.From > longestLink {
				t.Fatalf("%+v behind %d of %d", k, last, len(text))
			}
			last = k.To
			if again := Find(text[k.From:k.To]); len(again) != 1 || again[0] != (Link{0, k.To - k.From}) {
				t.Errorf("%q is %+v by itself", text[k.From:k.To], again)
			}
		}
	})
}
