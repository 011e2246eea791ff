package edit

func (b *Buffer) move(pos int) { b.pos, b.goal, b.chosen = pos, -1, false }

// Left moves the cursor one character back.
func (b *Buffer) Left() { b.move(b.before(b.pos)) }

// Right moves the cursor one character on.
func (b *Buffer) Right() { b.move(b.after(b.pos)) }

// WordLeft moves the cursor to the start of the word before it.
func (b *Buffer) WordLeft() { b.move(b.wordBefore(b.pos)) }

// WordRight moves the cursor behind the word after it.
func (b *Buffer) WordRight() { b.move(b.wordAfter(b.pos)) }

// Home moves the cursor to the start of its line.
func (b *Buffer) Home() { b.move(b.lineStart(b.pos)) }

// End moves the cursor to the end of its line.
func (b *Buffer) End() { b.move(b.lineEnd(b.pos)) }

// cut removes from one offset to another. What a kill takes can be yanked.
func (b *Buffer) cut(from, to int, kill bool) {
	if b.chosen {
		from, to = 0, len(b.text)
	}
	if kill && from < to {
		b.killed = b.text[from:to]
	}
	b.text = b.text[:from] + b.text[to:]
	b.move(b.boundary(from))
}

// Backspace removes the character before the cursor.
func (b *Buffer) Backspace() { b.cut(b.before(b.pos), b.pos, false) }

// Delete removes the character after the cursor.
func (b *Buffer) Delete() { b.cut(b.pos, b.after(b.pos), false) }

// KillWord removes the word before the cursor.
func (b *Buffer) KillWord() { b.cut(b.wordBefore(b.pos), b.pos, true) }

// KillWordAfter removes the word after the cursor.
func (b *Buffer) KillWordAfter() { b.cut(b.pos, b.wordAfter(b.pos), true) }

// KillToStart removes from the start of the line to the cursor; at the start
// of a line, the line break before it.
func (b *Buffer) KillToStart() {
	start := b.lineStart(b.pos)
	if start == b.pos {
		start = b.before(b.pos)
	}
	b.cut(start, b.pos, true)
}

// KillToEnd removes from the cursor to the end of the line; at the end of a
// line, the line break behind it.
func (b *Buffer) KillToEnd() {
	end := b.lineEnd(b.pos)
	if end == b.pos {
		end = b.after(b.pos)
	}
	b.cut(b.pos, end, true)
}

// Yank writes what the last kill took.
func (b *Buffer) Yank() { b.Insert(b.killed) }
