package render

import "strconv"

// Bytes is a number of bytes for people: in whole units up to the thousand, and
// with one digit behind the point where there are few.
func Bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return strconv.FormatInt(max(n, 0), 10) + " B"
	}
	v, name := float64(n), 0
	for v >= unit-0.5 && name < len(units) {
		v /= unit
		name++
	}
	digits := 0
	if v < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + units[name-1]
}

var units = [...]string{"KB", "MB", "GB", "TB", "PB", "EB"}
