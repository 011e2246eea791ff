package cli

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// scripts are ranges of code points that people write with, and some that
// programs get wrong: marks, joiners, emoji, the far planes, the end of lines.
var scripts = [][2]rune{
	{0x20, 0x7e}, {0xa1, 0x24f}, {0x300, 0x36f}, {0x391, 0x3c9}, {0x410, 0x44f}, {0x5d0, 0x5ea}, {0x621, 0x64a}, {0x905, 0x939},
	{0xe01, 0xe2e}, {0x200c, 0x200f}, {0x202a, 0x202e}, {0x3041, 0x3096}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xfe00, 0xfe0f},
	{0xfffd, 0xfffd}, {0x1f300, 0x1f6ff}, {0x20000, 0x2a6df}, {0x10fffd, 0x10fffd}, {'\t', '\n'}, {'\r', '\r'}, {0xfeff, 0xfeff},
}

// writing makes a text of n code points, a few scripts in one.
func writing(r *rand.Rand, n int) string {
	var b strings.Builder
	for i := 0; i < n; {
		script := scripts[r.IntN(len(scripts))]
		for run := 1 + r.IntN(12); run > 0 && i < n; run-- {
			b.WriteRune(script[0] + r.Int32N(script[1]-script[0]+1))
			i++
		}
	}
	return b.String()
}

func TestWriting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		if s := writing(r, n); utf8.RuneCountInString(s) != n || !utf8.ValidString(s) {
			t.Fatalf("%q does not have %d code points", s, n)
		}
	}
}

// TestManyMessages has two people write 200 messages each to the other, while
// two of the twelve nodes go and one comes.
func TestManyMessages(t *testing.T) {
	t.Parallel()
	each := 200
	if testing.Short() {
		each = 20
	}
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	random := rand.New(rand.NewPCG(2026, 11))
	compose := func() []string {
		said := make([]string, each)
		for i := range said {
			length := 1 + random.IntN(200)
			if i%10 == 0 {
				length = 1 + random.IntN(2000)
			}
			said[i] = writing(random, length)
		}
		said[0], said[1] = writing(random, 1), writing(random, 2000)
		return said
	}
	byAlice, byBob := compose(), compose()

	var disturbing sync.Once
	disturb := func() {
		for _, line := range []string{`{"stop":2}`, `{"stop":7}`, `{"add":1}`} {
			if o := n.tell(line); o["error"] != nil {
				t.Errorf("%s was answered by %v", line, o)
			}
		}
	}
	speak := func(from *person, to string, said []string) (received []object, err error) {
		for i, text := range said {
			from.stdin = text + "\n"
			if r := from.run("send", to, "-", "--timeout", "1m"); r.status != 0 {
				return received, fmt.Errorf("message %d: %s", i, r.errors)
			}
			if i == each/2 {
				disturbing.Do(disturb)
				received = from.run("receive", "--json").objects()
			}
		}
		return received, nil
	}
	var heardByAlice, heardByBob []object
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { heardByAlice, errs[0] = speak(alice, bobID, byAlice) })
	both.Go(func() { heardByBob, errs[1] = speak(bob, aliceID, byBob) })
	both.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	for who, c := range map[*person]struct {
		heard []object
		want  []string
		other string
	}{alice: {heardByAlice, byBob, bobID}, bob: {heardByBob, byAlice, aliceID}} {
		c.heard = append(c.heard, who.ok("receive", "--json", "--timeout", "1m").objects()...)
		if got := texts(c.heard); !slices.Equal(got, c.want) {
			t.Errorf("%d messages were received, which are not the %d that were sent", len(got), len(c.want))
		}
		if out := who.ok("receive").out; out != "" {
			t.Errorf("%d bytes were received again", len(out))
		}
		var kept []string
		for _, m := range who.ok("messages", c.other, "--json", "--limit", "1000").objects() {
			if m["direction"] == "in" && m["kind"] == "message" {
				kept = append(kept, m.text("text"))
			}
		}
		if !slices.Equal(kept, c.want) {
			t.Errorf("the conversation has %d messages, which are not the %d that were sent", len(kept), len(c.want))
		}
	}
}
