// Package emoji knows the short names of emoji, those that other apps complete
// between colons, and what each is about.
//
// The table is made by generate_test.go of the data that session-desktop's picker
// has (emoji-mart, MIT licence), and read when it is first asked for: that
// takes a millisecond. The package starts no goroutine.
package emoji

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed table.txt
var file string

// Emoji is one of them, without a skin tone.
type Emoji struct {
	Text  string   // itself
	Names []string // without colons, the usual one first; ASCII without blanks
	About []string // words that it may be found by as well
}

// Name is the usual short name, with its colons.
func (e Emoji) Name() string { return ":" + e.Names[0] + ":" }

// table holds all emoji, in the order in which pickers show them.
type table struct {
	list   []Emoji
	named  map[string]int // by each name, and by words that are about one emoji only
	spoken map[string]int // by the emoji, without what only changes its look
}

var read = sync.OnceValue(func() table {
	t := table{named: make(map[string]int), spoken: make(map[string]int)}
	about := make(map[string][]int)
	for line := range strings.Lines(file) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		e := Emoji{Text: fields[0], Names: strings.Fields(fields[1]), About: strings.Fields(fields[2])}
		i := len(t.list)
		t.list = append(t.list, e)
		t.spoken[plain(e.Text)] = i
		for _, name := range e.Names {
			t.named[name] = i
		}
		for _, word := range e.About {
			about[word] = append(about[word], i)
		}
	}
	for word, of := range about {
		if _, taken := t.named[word]; !taken && len(of) == 1 {
			t.named[word] = of[0]
		}
	}
	return t
})

// All lists every emoji, in the order in which pickers show them. The caller
// must not change it.
func All() []Emoji { return read().list }

// Named finds an emoji by a short name, with or without colons.
func Named(name string) (Emoji, bool) {
	t := read()
	i, ok := t.named[strings.ToLower(strings.Trim(name, ":"))]
	if !ok {
		return Emoji{}, false
	}
	return t.list[i], true
}

// Of finds what is known of an emoji, whatever its skin tone.
func Of(text string) (Emoji, bool) {
	t := read()
	i, ok := t.spoken[plain(text)]
	if !ok {
		return Emoji{}, false
	}
	return t.list[i], true
}

// plain is an emoji without skin tone and without the sign that it be drawn as
// a picture, which many leave out.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r == 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff {
			return -1
		}
		return r
	}, text)
}

// Complete lists at most so many emoji: the one of which some letters are the
// name, those whose name begins with them, those with a word in a name that
// does, then those that are about such a word.
func Complete(prefix string, most int) []Emoji {
	prefix = strings.ToLower(prefix)
	var found [4][]Emoji
	for _, e := range All() {
		if rank := e.rank(prefix); rank < len(found) && len(found[rank]) < most {
			found[rank] = append(found[rank], e)
		}
	}
	list := slices.Concat(found[:]...)
	return list[:min(most, len(list))]
}

// rank tells how well letters fit an emoji, 0 best, 4 not at all.
func (e Emoji) rank(prefix string) int {
	rank := 4
	for _, name := range e.Names {
		switch {
		case name == prefix:
			return 0
		case strings.HasPrefix(name, prefix):
			rank = 1
		case rank > 2 && (strings.Contains(name, "_"+prefix) || strings.Contains(name, "-"+prefix)):
			rank = 2
		}
	}
	for _, word := range e.About {
		if rank == 4 && strings.HasPrefix(word, prefix) {
			rank = 3
		}
	}
	return rank
}
