package chat

import (
	"strconv"
	"time"
)

// left is how long a message is there yet, as people are told, and after what
// time they are told something else; 0 if that does not come.
func left(d time.Duration) (text string, changes time.Duration) {
	for _, unit := range [...]struct {
		length, least time.Duration
		name          string
	}{{24 * time.Hour, 47*time.Hour + 30*time.Minute, " d left"}, {time.Hour, 59*time.Minute + 30*time.Second, " h left"}, {time.Minute, time.Minute, " min left"}} {
		if d >= unit.least {
			n := (d + unit.length/2) / unit.length
			return strconv.Itoa(int(n)) + unit.name, d - max(n*unit.length-unit.length/2, unit.least) + time.Millisecond
		}
	}
	return "under 1 min left", 0
}

// left is how long the message at i is there yet, "" if it stays.
func (l *List) left(i int) (text string, changes time.Duration) {
	m := l.items[i].Message
	if m.EndMS == 0 || m.Info || m.Deleted {
		return "", 0
	}
	return left(time.UnixMilli(m.EndMS).Sub(l.look.Time))
}

// Changes is after what time something else is told of how long the messages on
// the screen are there yet; 0 if nothing is.
func (l *List) Changes() (soonest time.Duration) {
	l.visible(func(i, _, _ int) {
		if _, after := l.left(i); after > 0 && (soonest == 0 || after < soonest) {
			soonest = after
		}
	})
	return soonest
}
