package render

import "strconv"

// Files says in a word or two what files a message has, where it has no text: the
// name is that of the only one. It is "" if there are none.
func Files(count int, name string, voice, image bool) string {
	switch {
	case count > 1:
		return strconv.Itoa(count) + " files"
	case count < 1:
		return ""
	case voice:
		return "Voice message"
	case image:
		return "Picture"
	case Line(name) == "":
		return "File"
	}
	return Line(name)
}
