package demo

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"seance/messaging"
)

func TestMinaAnswersWhatWasSaid(t *testing.T) {
	for _, c := range []struct{ said, about string }{
		{"Hello!", "terminal"},
		{"how are you?", "Fine"},
		{"How do I jump to another conversation?", "Ctrl-K"},
		{"which KEYS are there", "F1"},
		{"is this encrypted?", "sealed"},
		{"show me the onion path", "network"},
		{"what is this", "Session network"},
		{"can I use it in a script", "seance receive"},
		{"ping", "pong"},
		{"thanks", "welcome"},
		{"どうもありがとう", "8 characters"},
		{"😀😀", "😄"},
		{"", "😄"},
		{"When will lunch begin?", "Good question"},
		{strings.Repeat("la ", 100), "300 characters"},
		{"The weather turned", "Tell me more"},
	} {
		var mina talk
		if got := mina.answer(c.said); !strings.Contains(got, c.about) {
			t.Errorf("to %q Mina said %q, nothing of %q", c.said, got, c.about)
		}
	}
}

func TestMinaDoesNotRepeatHerself(t *testing.T) {
	var mina talk
	last, different := "", map[string]bool{}
	for range 12 {
		got := mina.answer("The weather turned")
		if got == last {
			t.Errorf("%q twice in a row", got)
		}
		last, different[got] = got, true
	}
	if len(different) != len(others) {
		t.Errorf("%d different answers, want %d", len(different), len(others))
	}
}

func TestEverythingSaidCanBeSent(t *testing.T) {
	check := func(text string) {
		t.Helper()
		if n := utf8.RuneCountInString(text); n == 0 || n > messaging.MaxText || !utf8.ValidString(text) {
			t.Errorf("%q has %d code points", text, n)
		}
	}
	count := 0
	for _, s := range subjects {
		for _, text := range s.says {
			check(text)
			count++
		}
		if strings.ToLower(s.words) != s.words {
			t.Errorf("%q is never found: words are compared in lower case", s.words)
		}
	}
	if count < 40 {
		t.Errorf("Mina knows %d answers only", count)
	}
	for _, r := range cast() {
		for i, l := range r.past {
			check(l.text)
			if i > 0 && l.ago >= r.past[i-1].ago {
				t.Errorf("%s: line %d of the past is not later than the one before", r.name, i)
			}
		}
		for _, text := range r.opening {
			check(text)
		}
		var memory talk
		for range 5 {
			check(r.answer(&memory, "hello"))
		}
	}
}

func TestLongerAnswersTakeLonger(t *testing.T) {
	for _, c := range []struct {
		length int
		want   time.Duration
	}{{0, time.Second}, {100, 1500 * time.Millisecond}, {2000, 2 * time.Second}} {
		if got := typing(strings.Repeat("x", c.length), time.Second); got != c.want {
			t.Errorf("%d bytes take %v, want %v", c.length, got, c.want)
		}
	}
}
