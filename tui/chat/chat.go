// Package chat draws a conversation: a list of messages that is as long as the
// history and costs as much as the rows on the screen.
//
// A List holds the part of the history that was loaded around what is shown.
// It keeps its place by message, never by row: neither a resize, nor a new
// message, nor a page loaded above moves what is being read. It draws every
// message once for a width and a theme. Nothing is ever drawn to the right of
// what people wrote, since terminals disagree about the width of that.
//
// It does not load anything itself, knows no keys and no engine, and starts no
// goroutine.
package chat

import (
	"slices"
	"time"

	"seance/tui/render"
	"seance/tui/theme"
)

// Look is how and where the list is drawn.
type Look struct {
	Theme   theme.Theme
	Metrics render.Metrics
	Width   int
	Height  int
	Now     time.Time // for the names of days
	Time    time.Time // by which messages disappear
	Zone    *time.Location
	Links   bool // the terminal is told what is a link

	FileHint string // what a file that is not moving says one can do with it
	Pictures Pictures
	Voices   Voices
}

type item struct {
	Message
	block block
}

// List is the messages of a conversation and the place in them. The zero value
// is empty; Look must be set before anything is drawn or scrolled.
type List struct {
	look  Look
	gen   int // grows whenever all blocks have to be drawn anew
	items []item

	// Complete says which ends of the history were loaded.
	start, end bool

	follow bool  // the newest message is kept at the bottom
	top    int64 // otherwise: the message at the top,
	off    int   // and how many of its rows are above the screen

	selected int64 // 0: none
	unread   Place // the unread line stands above the first message not before it
	marked   bool  // there is an unread line
	fresh    int   // messages that arrived below what is shown

	hit   int64  // the message that a search found, 0 for none,
	marks []Mark // and what matched in its text
}

// SetLook says how the list is drawn from now on. The place stays.
func (l *List) SetLook(look Look) {
	day := func(t time.Time) int { return t.In(zone(look.Zone)).YearDay() }
	same := l.look.Theme.Options == look.Theme.Options && l.look.Metrics == look.Metrics && l.look.Width == look.Width &&
		l.look.Zone == look.Zone && l.look.Links == look.Links && l.look.FileHint == look.FileHint && l.look.Pictures == look.Pictures &&
		l.look.Voices.Trust == look.Voices.Trust && day(l.look.Now) == day(look.Now)
	resized := l.look.Width != look.Width || l.look.Height != look.Height || l.look.Pictures != look.Pictures
	before := l.height(l.index(l.top))
	l.look = look
	if !same {
		l.gen++
	}
	if !resized {
		return
	}
	if now := l.height(l.index(l.top)); before > 0 && !l.follow {
		l.off = l.off * now / before
	}
	l.settle()
	if l.selected != 0 {
		l.reveal()
	}
}

func zone(z *time.Location) *time.Location {
	if z == nil {
		return time.Local
	}
	return z
}

// Reset replaces everything with a page of the history. start and end say
// whether there is nothing before and after it. It shows the end.
func (l *List) Reset(page []Message, start, end bool) {
	l.items = l.items[:0]
	for _, m := range page {
		l.items = append(l.items, item{Message: m})
	}
	l.start, l.end = start, end
	l.follow, l.top, l.off, l.selected, l.fresh, l.marked = true, 0, 0, 0, 0, false
	l.hit, l.marks = 0, nil
}

// Refresh replaces the messages with what is on disk now. The place stays if
// its message is among them; otherwise it is that of the message that took its
// place.
func (l *List) Refresh(page []Message, start, end bool) {
	was, reading := l.Top()
	l.items = l.items[:0]
	for _, m := range page {
		l.items = append(l.items, item{Message: m})
	}
	l.start, l.end = start, end
	if l.index(l.top) < 0 {
		l.follow, l.top, l.off = true, 0, 0
		if i := l.find(was); reading && i < len(l.items) {
			l.follow, l.top = false, l.items[i].Key
		}
	}
	if l.index(l.selected) < 0 {
		l.selected = 0
	}
	l.settle()
}

// Top is where the message at the top of the screen stands; false if the end
// is followed.
func (l *List) Top() (Place, bool) {
	if i := l.index(l.top); i >= 0 && !l.follow {
		return l.items[i].Place(), true
	}
	return Place{}, false
}

// Older puts a page in front of what is loaded. start says whether there is
// nothing before it.
func (l *List) Older(page []Message, start bool) {
	l.keep()
	for _, m := range page {
		l.put(m)
	}
	l.start = start
	l.trim()
}

// Newer puts a page behind what is loaded. end says whether there is nothing
// after it.
func (l *List) Newer(page []Message, end bool) {
	l.keep()
	for _, m := range page {
		l.put(m)
	}
	l.end = end
	l.settle()
	l.trim()
}

// most is how many messages are kept in memory, unless more are needed to fill the
// screen and what is near it: whatever is further away is loaded again when it is needed.
const most = 600

// trim lets go of the messages that are furthest from what is being read, but of
// none that Wants would ask for again: what begins with a message, and so the rows at
// both ends, may change with those that go.
func (l *List) trim() {
	extra := len(l.items) - most
	if extra <= 0 {
		return
	}
	const spare = 8
	top := l.first()
	at := len(l.items) - 1
	if !l.follow {
		at = top.i
	}
	above, below := l.above(top, l.look.Height+spare), l.below(top, 2*l.look.Height+spare)
	older := min(max(at-most/2, 0), extra, above.i)
	newer := min(extra-older, max(len(l.items)-1-below.i, 0))
	if newer > 0 {
		l.items, l.end = slices.Delete(l.items, len(l.items)-newer, len(l.items)), false
	}
	if older > 0 {
		l.items, l.start = slices.Delete(l.items, 0, older), false
	}
}

// Add shows a new message. What is being read does not move; a message beyond
// what is loaded waits until that is reached. It reports whether the message
// came in below the screen.
func (l *List) Add(m Message) {
	if !l.end && (len(l.items) == 0 || m.Place().Compare(l.items[len(l.items)-1].Place()) > 0) {
		if !m.Own && !m.Info {
			l.fresh++
		}
		return
	}
	if !l.start && len(l.items) > 0 && m.Place().Compare(l.items[0].Place()) < 0 {
		return
	}
	l.keep()
	isNew := l.put(m)
	if isNew && !l.follow && !m.Own && !m.Info {
		l.fresh++
	}
	l.trim()
}

// Change shows a message in a new state.
func (l *List) Change(m Message) {
	if i := l.index(m.Key); i >= 0 && !l.items[i].Message.equal(m) {
		l.keep()
		l.put(m)
	}
}

// Remove takes a message away. If it was selected, the one below it is now, or
// the last one.
func (l *List) Remove(key int64) {
	i := l.index(key)
	if i < 0 {
		return
	}
	l.keep()
	if l.top == key {
		l.top, l.off = 0, 0
		if i+1 < len(l.items) {
			l.top = l.items[i+1].Key
		}
	}
	l.items = slices.Delete(l.items, i, i+1)
	if l.selected == key {
		l.selected = 0
		if n := len(l.items); n > 0 {
			l.selected = l.items[min(i, n-1)].Key
		}
	}
}

// Ended are the messages whose end has come.
func (l *List) Ended(nowMS int64) (keys []int64) {
	for i := range l.items {
		if end := l.items[i].EndMS; end != 0 && end <= nowMS {
			keys = append(keys, l.items[i].Key)
		}
	}
	return keys
}

// put inserts a message at its place or replaces it. It reports whether it is
// a new one.
func (l *List) put(m Message) bool {
	i := l.find(m.Place())
	if i < len(l.items) && l.items[i].Place() == m.Place() {
		if !l.items[i].Message.equal(m) {
			l.items[i] = item{Message: m}
		}
		return false
	}
	l.items = slices.Insert(l.items, i, item{Message: m})
	return true
}

// find is the index of the first message that is not before a place, the
// number of messages if there is none.
func (l *List) find(p Place) int {
	i, _ := slices.BinarySearchFunc(l.items, p, func(it item, p Place) int { return it.Place().Compare(p) })
	return i
}

// index finds a message by its key; -1 if it is not loaded.
func (l *List) index(key int64) int {
	if key == 0 {
		return -1
	}
	return slices.IndexFunc(l.items, func(it item) bool { return it.Key == key })
}

// Empty reports whether nothing is loaded.
func (l *List) Empty() bool { return len(l.items) == 0 }

// Message is a loaded message.
func (l *List) Message(key int64) (Message, bool) {
	if i := l.index(key); i >= 0 {
		return l.items[i].Message, true
	}
	return Message{}, false
}

// Last is the newest message loaded.
func (l *List) Last() (Message, bool) {
	if len(l.items) == 0 {
		return Message{}, false
	}
	return l.items[len(l.items)-1].Message, true
}

// MarkUnread puts the unread line above the first message that is not before
// the place.
func (l *List) MarkUnread(p Place) { l.unread, l.marked = p, true }

// ClearUnread takes the unread line away.
func (l *List) ClearUnread() { l.marked = false }

// Marked reports whether there is an unread line.
func (l *List) Marked() bool { return l.marked }
