package paint

import "testing"

// TestLinkedText: links take no cells, and what is written behind a part that
// stays is in the link that the part ends in.
func TestLinkedText(t *testing.T) {
	const open, other = "\x1b]8;;https://a.example\x1b\\", "\x1b]8;id=3;https://b.example\x1b\\"
	linked := open + "\x1b[4mhttps\x1b[m://a" + unlink + " end"
	if width, certain := measure(linked); width != 13 || !certain {
		t.Errorf("%d cells, %t", width, certain)
	}
	for _, c := range []struct {
		old, new string
		cells    int
		style    string
	}{
		{linked, open + "\x1b[4mhttpX", 4, open + "\x1b[4m"},
		{linked, open + "\x1b[4mhttps\x1b[m:/", 7, open},
		{linked, open + "\x1b[4mhttps\x1b[m://a" + unlink + " else", 11, ""},
		{open + "a" + unlink, other + "a" + unlink, 0, ""},
	} {
		if p := common(c.old, c.new); p.cells != c.cells || p.style != c.style {
			t.Errorf("%q and %q have %d cells in common, in %q", c.old, c.new, p.cells, p.style)
		}
	}
}
