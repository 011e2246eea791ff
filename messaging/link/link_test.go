package link

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		"see https://a.example/b?c=d#e, or":       "https://a.example/b?c=d#e",
		"(http://a.example/x_(y)) HTTPS://B.C":    "http://a.example/x_(y) HTTPS://B.C",
		"mailto:a@b.c. javascript:alert(1)":       "mailto:a@b.c",
		"a\thttps://a.example/b\tc\r\nd":          "https://a.example/b",
		"https://a.example\x1b[2J":                "https://a.example",
		"https:// http://":                        "",
		"xhttps://a file:///etc ftp://x":          "",
		"<https://a.example> \"http://b\"":        "https://a.example http://b",
		"見て「https://a.example/漢字」ね":               "https://a.example/%E6%BC%A2%E5%AD%97",
		"https://" + strings.Repeat("a", 2000):    "",
		"https://a.example/?u=http://b.example/c": "https://a.example/?u=http://b.example/c",
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
