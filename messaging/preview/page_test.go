package preview

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ page, charset, title, image string }{
		{`<html><head><title>A &amp; B</title>`, "", "A & B", ""},
		{`<title> in   the
			middle </title><meta property="og:title" content="  best &lt;name&gt; ">`, "", "best <name>", ""},
		{`<title>a</title><meta property="og:title" content=""><meta property="og:title" content="b">`, "", "b", ""},
		{`<meta property=og:title content=first><meta property=og:title content=second>`, "", "first", ""},
		{`<title>a</title><link rel="icon" href="/i.png"><meta property="og:image:url" content="/u.png"><meta property="og:image" content="/o.png">`, "", "a", "/o.png"},
		{`<title>a</title><link rel="icon" href="/i.png"><meta content="/u.png" property="og:image:url">`, "", "a", "/u.png"},
		{`<title>a</title><link rel="apple-touch-icon" href="/t.png"><LINK REL="Shortcut Icon" HREF="/s.ico"/>`, "", "a", "/s.ico"},
		{`<script>"<title>no</title>"</script><!-- <title>no</title> --><title>yes</title>`, "", "yes", ""},
		{`<title></title><title>second</title>`, "", "second", ""},
		{`<head><title>a</title></head><body><meta property="og:image" content="/late.png">`, "", "a", ""},
		{`<head></head><body><meta property="og:title" content="late">`, "", "late", ""},
		{"<title>caf\xe9 \x93x\x94</title>", "ISO-8859-1", "café “x”", ""},
		{"<meta charset=windows-1252><title>caf\xe9</title>", "", "café", ""},
		{"<title>café</title>", "iso-8859-1", "café", ""}, // it is UTF-8 all the same
		{"<title>\x82\xa0</title>", "shift_jis", "", ""},
		{"<title>" + strings.Repeat("é", MaxTitle+50), "", strings.Repeat("é", MaxTitle), ""},
		{`<title`, "", "", ""},
		{"", "", "", ""},
	} {
		if got := read(strings.NewReader(c.page), c.charset); got.title != c.title || got.image != c.image {
			t.Errorf("%.80q is %q with %q", c.page, got.title, got.image)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`<html><head><meta charset="utf-8"><title>A &amp; B</title><meta property="og:image" content="/a.png">`), "utf-8")
	f.Add([]byte("<meta property='og:title' content='caf\xe9'><link rel=icon href=x></head><body>"), "latin1")
	f.Add([]byte("<title><![CDATA[<svg><title>&#0;&#xd800;"), "")
	f.Fuzz(func(t *testing.T, data []byte, charset string) {
		got := read(strings.NewReader(string(data)), charset)
		if !utf8.ValidString(got.title) || !utf8.ValidString(got.image) || utf8.RuneCountInString(got.title) > MaxTitle ||
			strings.ContainsAny(got.title, "\n\r\t") || strings.TrimSpace(got.title) != got.title {
			t.Errorf("%q is %+q with %+q", data, got.title, got.image)
		}
	})
}
