package chat

// spot is a row of the list: a message and a row of its block.
type spot struct{ i, off int }

// first is the row at the top of the screen.
func (l *List) first() spot {
	if i := l.index(l.top); !l.follow && i >= 0 {
		return spot{i, max(min(l.off, l.height(i)-1), 0)}
	}
	return l.above(spot{len(l.items), 0}, l.look.Height)
}

// above is the row that is n rows above another one, or the very first.
func (l *List) above(s spot, n int) spot {
	for n > s.off {
		if s.i == 0 {
			return spot{}
		}
		n -= s.off
		s.i--
		s.off = l.height(s.i)
	}
	s.off -= n
	return s
}

// below is the row that is n rows below another one, or the end.
func (l *List) below(s spot, n int) spot {
	for s.i < len(l.items) {
		left := l.height(s.i) - s.off
		if n < left {
			s.off += n
			return s
		}
		n -= left
		s.i, s.off = s.i+1, 0
	}
	return s
}

// fits reports whether all from s to the end fits on the screen.
func (l *List) fits(s spot) bool {
	rows := -s.off
	for i := s.i; i < len(l.items); i++ {
		if rows += l.height(i); rows > l.look.Height {
			return false
		}
	}
	return true
}

// show puts a row at the top of the screen.
func (l *List) show(s spot) {
	if s.i >= len(l.items) {
		s = spot{len(l.items) - 1, 0}
	}
	if s.i < 0 {
		return
	}
	l.follow, l.top, l.off = false, l.items[s.i].Key, s.off
	l.settle()
}

// settle follows the newest message again where there is nothing below.
func (l *List) settle() {
	if !l.follow && l.end && len(l.items) > 0 && l.fits(l.first()) {
		l.follow, l.fresh = true, 0
	}
}

// keep pins the place before the messages change, unless the end is followed.
func (l *List) keep() {
	if l.follow && !l.end && len(l.items) > 0 && l.look.Height > 0 {
		s := l.first()
		l.follow, l.top, l.off = false, l.items[s.i].Key, s.off
	}
}

// Scroll moves by a number of rows, up if it is negative.
func (l *List) Scroll(rows int) {
	if len(l.items) == 0 {
		return
	}
	s := l.first()
	if rows < 0 {
		s = l.above(s, -rows)
	} else {
		s = l.below(s, rows)
	}
	l.show(s)
}

// Page moves by screens, leaving two rows of the last one.
func (l *List) Page(n int) { l.Scroll(n * max(l.look.Height-2, 1)) }

// ToEnd goes to the newest message loaded and stays there.
func (l *List) ToEnd() { l.follow, l.fresh, l.selected = true, 0, 0 }

// ToStart goes to the oldest message loaded.
func (l *List) ToStart() {
	if len(l.items) > 0 {
		l.show(spot{})
	}
}

// ToUnread shows the unread line near the top of the screen. It reports
// whether there is one among the messages loaded.
func (l *List) ToUnread() bool {
	for i := range l.items {
		if l.context(i).unread {
			l.show(l.above(spot{i, 0}, l.look.Height/5))
			return true
		}
	}
	return false
}

// ToMessage selects a message and shows it in the middle of the screen. It
// reports whether it is among those loaded.
func (l *List) ToMessage(key int64) bool {
	i := l.index(key)
	if i < 0 {
		return false
	}
	l.selected = key
	b := l.block(i)
	room := l.look.Height - (len(b.rows) - b.body)
	l.show(l.above(spot{i, b.body}, max(room/2, 0)))
	return true
}

// ToPlace selects the first message that is not before a place, or the last
// one there is, and shows it near the top of the screen.
func (l *List) ToPlace(p Place) (Message, bool) {
	if len(l.items) == 0 {
		return Message{}, false
	}
	i := min(l.find(p), len(l.items)-1)
	l.selected = l.items[i].Key
	l.show(l.above(spot{i, 0}, l.look.Height/5))
	return l.items[i].Message, true
}

// AtEnd reports whether the newest message of the conversation is on the screen.
func (l *List) AtEnd() bool { return l.follow && l.end }

// Fresh is how many messages came in below the screen.
func (l *List) Fresh() int { return l.fresh }

// More says which page is wanted, because the end of what is loaded is near.
type More int

// The pages that may be wanted.
const (
	Nothing More = iota
	OlderPage
	NewerPage
)

// Wants tells which page to load next, and the place it starts from.
func (l *List) Wants() (More, Place) {
	if len(l.items) == 0 || l.look.Height == 0 {
		return Nothing, Place{}
	}
	s := l.first()
	if up := l.above(s, l.look.Height); !l.start && up == (spot{}) {
		return OlderPage, l.items[0].Place()
	}
	if down := l.below(s, 2*l.look.Height); !l.end && down.i >= len(l.items) {
		return NewerPage, l.items[len(l.items)-1].Place()
	}
	return Nothing, Place{}
}

// Whole reports whether the list holds the end of the history.
func (l *List) Whole() bool { return l.end }

// Begun reports whether the list holds the beginning of the history.
func (l *List) Begun() bool { return l.start }
