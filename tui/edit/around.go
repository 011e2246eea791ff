package edit

// Before is the text in front of the cursor.
func (b *Buffer) Before() string { return b.text[:b.pos] }

// Replace puts text in place of the last n bytes in front of the cursor.
func (b *Buffer) Replace(n int, text string) {
	from := max(b.pos-n, 0)
	b.text, b.pos = b.text[:from]+b.text[b.pos:], from
	b.Insert(text)
}
