package cli

import (
	"strconv"
	"strings"
	"time"

	"seance/store"
)

// longSpan is more than anybody means, and not yet what overflows.
const longSpan = 290 * 365 * 24 * time.Hour

// span reads a time as people write it: 30m, 8h, 1h30m, also 1d and 2w. It is a
// second at least.
func span(s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(s, unit); ok {
			var n uint64
			n, err = strconv.ParseUint(number, 10, 31)
			d = time.Duration(min(n, uint64(longSpan/length))) * length
		}
	}
	return d, err == nil && d >= time.Second
}

// spanText is a time as span reads it, in its largest unit that leaves no rest.
func spanText(d time.Duration) string {
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if d >= unit.length && d%unit.length == 0 {
			return strconv.FormatInt(int64(d/unit.length), 10) + unit.name
		}
	}
	return d.String()
}

// timer reads when messages disappear: off, a time after they were sent, or one
// after they were read.
func timer(s string) (t store.Timer, err error) {
	if s == "off" {
		return t, nil
	}
	t.Mode = store.ExpireAfterSend
	text, read := strings.CutSuffix(s, ":read")
	if read {
		t.Mode = store.ExpireAfterRead
	}
	d, ok := span(text)
	if !ok || d%time.Second != 0 {
		return store.Timer{}, usagef("--expire is a time such as 1d, or 1d:read, or off, not %q", s)
	}
	t.Seconds = int64(d / time.Second)
	return t, nil
}
