package export

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName leaves room for a number and an ending in the 255 bytes that file
// systems allow.
const longestName = 120

// safeName makes of somebody's text a name for a file that means nothing else
// anywhere: to a file system, a shell, a URL or the eye. It has no separator and
// no dot in front. It is "" if nothing is left.
func safeName(s string) string {
	var b strings.Builder
	gap := false // something was left out
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.N, unicode.M) && !strings.ContainsRune("._-+", r) || r == utf8.RuneError {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		if b.Len()+utf8.RuneLen(r) > longestName {
			break
		}
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), ".-")
}

// safeFileName is safeName that keeps the ending.
func safeFileName(s string) string {
	ending := safeName(path.Ext(s))
	if len(ending) > 10 || ending == "" {
		return safeName(s)
	}
	return safeName(strings.TrimSuffix(s, path.Ext(s))) + "." + ending
}
