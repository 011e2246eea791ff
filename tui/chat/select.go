package chat

import "cmp"

// Selected is the message that keys act on; false if none is.
func (l *List) Selected() (Message, bool) { return l.Message(l.selected) }

// Select chooses a message; 0 chooses none.
func (l *List) Select(key int64) {
	l.selected = key
	if key != 0 {
		l.reveal()
	}
}

// SelectLast chooses the newest message on the screen.
func (l *List) SelectLast() {
	if key := l.lastVisible(); key != 0 {
		l.Select(key)
	}
}

// Move selects another message, so many further down or up. It reports whether
// there was one.
func (l *List) Move(by int) bool {
	i := l.index(l.selected)
	if i < 0 {
		l.SelectLast()
		return l.selected != 0
	}
	j := min(max(i+by, 0), len(l.items)-1)
	for step := cmp.Compare(by, 0); step != 0 && l.folded(j) && j+step >= 0; {
		j += step // the last of those that say the same is not folded
	}
	if i == j || l.folded(j) {
		// A message higher than the screen is read by scrolling on.
		l.Scroll(by)
		return false
	}
	l.Select(l.items[j].Key)
	return true
}

// reveal scrolls as little as shows the selected message, its start if it is
// higher than the screen.
func (l *List) reveal() {
	i := l.index(l.selected)
	if i < 0 || l.look.Height == 0 {
		return
	}
	top := l.first()
	switch h := l.height(i); {
	case i < top.i || i == top.i && top.off > l.block(i).body:
		l.show(spot{i, 0})
	default:
		rows := -top.off
		for j := top.i; j <= i; j++ {
			rows += l.height(j)
		}
		if rows <= l.look.Height {
			return
		}
		if h >= l.look.Height {
			l.show(spot{i, l.block(i).body})
			return
		}
		l.show(l.below(top, rows-l.look.Height))
	}
}

// lastVisible is the newest message of which the last row is on the screen;
// failing that, the one that fills it. 0 if there is none.
func (l *List) lastVisible() int64 {
	if len(l.items) == 0 || l.look.Height == 0 {
		return 0
	}
	top := l.first()
	key := l.items[top.i].Key
	rows := -top.off
	for i := top.i; i < len(l.items); i++ {
		if rows += l.height(i); rows > l.look.Height {
			break
		}
		if !l.folded(i) {
			key = l.items[i].Key
		}
	}
	return key
}

// Seen is the newest message on the screen: what was read by looking at it.
func (l *List) Seen() (Message, bool) { return l.Message(l.lastVisible()) }
