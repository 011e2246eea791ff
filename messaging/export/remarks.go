package export

import (
	"fmt"
	"strconv"
	"time"

	"seance/store"
)

// remarks are what is to be told of a message beside its text: what became of
// it, and when it disappears.
func (e entry) remarks() (list []string) {
	switch e.State {
	case store.StateSending:
		list = append(list, "not sent yet")
	case store.StateFailed:
		text := "not sent"
		if e.Failure != "" {
			text += ": " + e.Failure
		}
		list = append(list, text)
	case store.StateRead:
		list = append(list, "read")
	}
	switch x := e.Expire; {
	case x.AtMS != 0:
		list = append(list, "disappears "+time.UnixMilli(x.AtMS).In(e.at.Location()).Format("2006-01-02 15:04"))
	case x.Mode == store.ExpireAfterRead:
		list = append(list, "disappears "+span(x.Seconds)+" after reading")
	case x.Mode == store.ExpireAfterSend:
		list = append(list, "disappears "+span(x.Seconds)+" after sending")
	}
	return list
}

// span is a length of time in the largest unit that divides it.
func span(seconds int64) string {
	for _, unit := range []struct {
		seconds int64
		name    string
	}{{7 * 86400, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}} {
		if n := seconds / unit.seconds; n > 0 && seconds%unit.seconds == 0 {
			if n == 1 {
				return "1 " + unit.name
			}
			return strconv.FormatInt(n, 10) + " " + unit.name + "s"
		}
	}
	return "at once"
}

// described is what is said of an attachment beside its name.
func described(a store.Attachment, file string) string {
	text := size(a.Size)
	if a.Voice {
		text = "voice message, " + text
	}
	if a.File == "" {
		text += ", not downloaded"
	} else if file != "" {
		text += ", " + file
	}
	return text
}

func attachmentName(a store.Attachment) string {
	if a.Name == "" {
		return "file"
	}
	return a.Name
}

// size is a number of bytes for people.
func size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, names := float64(n), "kMGTPE"
	for i := range names {
		if v /= unit; v < unit || i == len(names)-1 {
			return fmt.Sprintf("%.3g %cB", v, names[i])
		}
	}
	return ""
}
