package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// disk is a whole history, of which pages are read as a list wants them.
type disk []Message

func (d disk) from(p Place) int {
	i, _ := slices.BinarySearchFunc(d, p, func(m Message, p Place) int { return m.Place().Compare(p) })
	return i
}

const readAtOnce = 80

// end is the page with the newest messages.
func (d disk) end(l *List) {
	from := max(len(d)-readAtOnce, 0)
	l.Reset(d[from:], from == 0, true)
}

// around is the page around a place.
func (d disk) around(l *List, p Place) {
	i := d.from(p)
	from, to := max(i-readAtOnce/2, 0), min(i+readAtOnce/2, len(d))
	l.Reset(d[from:to], from == 0, to == len(d))
}

// feed reads what the list wants until it wants nothing.
func (d disk) feed(l *List) {
	for range 100 {
		more, p := l.Wants()
		i := d.from(p)
		switch more {
		case Nothing:
			return
		case OlderPage:
			from := max(i-readAtOnce, 0)
			l.Older(d[from:i], i-from < readAtOnce)
		case NewerPage:
			to := min(i+1+readAtOnce, len(d))
			l.Newer(d[i+1:to], to-i-1 < readAtOnce)
		}
	}
	panic("it never has enough")
}

// holds fails unless the list is a part of the history without gaps and
// repetitions, not too long, and what it says of its ends is true.
func (d disk) holds(t interface{ Fatalf(string, ...any) }, l *List, what string) {
	if len(l.items) > most {
		t.Fatalf("%s: %d messages are held", what, len(l.items))
	}
	from := d.from(l.items[0].Place())
	for i, it := range l.items {
		if from+i >= len(d) || d[from+i].Key != it.Key {
			t.Fatalf("%s: after %d messages from the %d. on comes %q", what, i, from, it.Text)
		}
	}
	if l.start && from != 0 || l.end && from+len(l.items) != len(d) {
		t.Fatalf("%s: start %t at %d, end %t at %d of %d", what, l.start, from, l.end, from+len(l.items), len(d))
	}
	if rows := l.View(true); len(rows) != l.look.Height {
		t.Fatalf("%s: %d rows", what, len(rows))
	}
}

func history(n int, text func(int) string) disk {
	d := make(disk, n)
	for i := range d {
		d[i] = at(i-n, []string{"me", "Bob", "Zoe"}[i*7%3], text(i))
	}
	return d
}

// numbers are the messages on the screen, by the numbers that they begin with.
func numbers(l *List) (list []int) {
	for _, row := range view(l) {
		if _, text, ok := strings.Cut(row, "#"); ok {
			n := 0
			if _, err := fmt.Sscan(text, &n); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// TestWholeHistory scrolls through a long conversation, from its end to its
// start and back: every message comes by, in order, and few are ever held.
func TestWholeHistory(t *testing.T) {
	const n = 8000
	d := history(n, func(i int) string { return fmt.Sprint("#", i, strings.Repeat(" word", i%23)) })
	var l List
	l.SetLook(look(60, 30))
	d.end(&l)
	next := n - 1 // the message that has to come by next
	for step := 0; !l.start || l.first() != (spot{}); step++ {
		d.feed(&l)
		d.holds(t, &l, fmt.Sprint("up, step ", step))
		for _, i := range slices.Backward(numbers(&l)) {
			if i == next {
				next--
			} else if i < next {
				t.Fatalf("%d came by before %d", i, next)
			}
		}
		l.Page(-1)
	}
	if next > 20 {
		t.Fatalf("at the start, %d did not come by", next)
	}
	next = 0
	for step := 0; !l.AtEnd(); step++ {
		d.feed(&l)
		d.holds(t, &l, fmt.Sprint("down, step ", step))
		for _, i := range numbers(&l) {
			if i == next {
				next++
			} else if i > next {
				t.Fatalf("%d came by before %d", i, next)
			}
		}
		l.Page(1)
	}
	if got := numbers(&l); got[len(got)-1] != n-1 {
		t.Errorf("the end shows %v", got)
	}
}

// TestWindow goes about a conversation in any way, while messages come in.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := history(rapid.IntRange(1, 2000).Draw(t, "messages"), func(i int) string { return fmt.Sprint("#", i, strings.Repeat(" word", i*i%37)) })
		var l List
		l.SetLook(look(rapid.IntRange(30, 100).Draw(t, "width"), rapid.IntRange(3, 60).Draw(t, "height")))
		d.end(&l)
		any := func() Message { return d[rapid.IntRange(0, len(d)-1).Draw(t, "message")] }
		t.Repeat(map[string]func(*rapid.T){
			"scroll": func(t *rapid.T) { l.Scroll(rapid.IntRange(-200, 200).Draw(t, "rows")) },
			"move":   func(t *rapid.T) { l.Move(rapid.IntRange(-9, 9).Draw(t, "by")) },
			"start":  func(*rapid.T) { l.ToStart() },
			"end":    func(*rapid.T) { d.end(&l) },
			"resize": func(t *rapid.T) {
				l.SetLook(look(rapid.IntRange(30, 100).Draw(t, "width"), rapid.IntRange(3, 60).Draw(t, "height")))
			},
			"a hit": func(t *rapid.T) {
				m := any()
				d.around(&l, m.Place())
				if !l.ToMessage(m.Key) {
					t.Fatal("the message is not loaded")
				}
				if !strings.Contains(strings.Join(view(&l), "\n"), "▌ ") {
					t.Fatal("the message is not on the screen")
				}
			},
			"a day": func(t *rapid.T) {
				m := any()
				d.around(&l, Place{MS: m.MS})
				if found, ok := l.ToPlace(Place{MS: m.MS}); !ok || found.Key != m.Key {
					t.Fatalf("found %q", found.Text)
				}
			},
			"arrivals": func(t *rapid.T) {
				d.feed(&l)
				before, followed := view(&l), l.AtEnd()
				for range rapid.IntRange(1, 300).Draw(t, "arrivals") {
					m := at(len(d)+10_000, "Bob", fmt.Sprint("#", len(d)))
					d = append(d, m)
					l.Add(m)
				}
				if after := view(&l); !followed && !slices.Equal(before, after) {
					t.Fatalf("what is read has moved:\n%s\n\nbefore:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
				}
				if !followed && l.Fresh() == 0 {
					t.Fatal("nobody is told of what came in")
				}
			},
			"reload": func(*rapid.T) {
				d.feed(&l)
				top, reading := l.Top()
				if !reading {
					return
				}
				before := numbers(&l)
				i := d.from(top)
				from, to := max(i-readAtOnce/2, 0), min(i+readAtOnce/2, len(d))
				l.Refresh(d[from:to], from == 0, to == len(d))
				d.feed(&l)
				if after := numbers(&l); len(before) > 0 && !slices.Equal(before, after) {
					t.Fatalf("%v is shown, before %v", after, before)
				}
			},
			"": func(t *rapid.T) {
				d.feed(&l)
				d.holds(t, &l, "at last")
			},
		})
	})
}
