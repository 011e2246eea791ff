package demo

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// talk is what a contact remembers of a conversation: how often it spoke of
// each subject, so that it does not say the same thing twice in a row.
type talk struct {
	said map[string]int
}

// next is the next thing to say about a subject, from the beginning again
// after the last one.
func (t *talk) next(subject string, says []string) string {
	if t.said == nil {
		t.said = make(map[string]int)
	}
	n := t.said[subject]
	t.said[subject]++
	return says[n%len(says)]
}

// answer is what Mina says to a message.
func (t *talk) answer(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, s := range subjects {
		if s.matches(words) {
			return t.next(s.words, s.says)
		}
	}
	n := utf8.RuneCountInString(text)
	switch {
	case len(words) == 0:
		return t.next("signs", signs)
	case n > 280:
		return fmt.Sprintf(t.next("long", long), n)
	case foreign(text):
		return fmt.Sprintf(t.next("foreign", foreignScripts), n)
	case strings.HasSuffix(strings.TrimSpace(text), "?"):
		return t.next("question", questions)
	}
	return t.next("else", others)
}

// foreign reports whether most letters are of a script that Mina can't read.
func foreign(text string) bool {
	latin, other := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.IsLetter(r):
			other++
		}
	}
	return other > latin
}

// subject is something that Mina can talk about.
type subject struct {
	// words bring it up: any of them, or all of several joined by a plus.
	words string
	says  []string
}

func (s subject) matches(words []string) bool {
	return slices.ContainsFunc(strings.Fields(s.words), func(together string) bool {
		for w := range strings.SplitSeq(together, "+") {
			if !slices.Contains(words, w) {
				return false
			}
		}
		return true
	})
}
