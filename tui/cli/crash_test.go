package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"seance/store"
)

// The long form of the crash test, and the seed of any:
//
//	SEANCE_CRASH_ROUNDS=300 SEANCE_CRASH_SEED=7 go test -run Crash -timeout 1h ./tui/cli
const (
	crashRoundsEnv = "SEANCE_CRASH_ROUNDS"
	crashSeedEnv   = "SEANCE_CRASH_SEED"
)

func fromEnv(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// crashing is one side of a conversation whose program is killed again and
// again, and what it has said of itself.
type crashing struct {
	*person
	*rand.Rand
	name, other string // the texts' prefix, and the account written to

	accepted map[string]string // text -> ID of what the program said it accepted
	sent     map[string]string // ID -> hash of what was on disk as sent
	printed  map[string]bool   // the hashes of the messages that it printed
	kills    int
}

// TestNothingIsLostInACrash kills two people's programs at any moment while
// they write to each other. In the end each message that was accepted is there
// once, on both sides, and nothing that was printed ever goes away.
func TestNothingIsLostInACrash(t *testing.T) {
	t.Parallel()
	rounds := int(fromEnv(t, crashRoundsEnv, 15))
	if testing.Short() {
		rounds = 3
	}
	seed := fromEnv(t, crashSeedEnv, uint64(time.Now().UnixNano()))
	t.Logf("%s=%d %s=%d", crashRoundsEnv, rounds, crashSeedEnv, seed)
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	sides := [2]*crashing{{person: alice, name: "alice", other: bobID}, {person: bob, name: "bob", other: aliceID}}
	var both sync.WaitGroup
	for i, c := range sides {
		c.Rand = rand.New(rand.NewPCG(seed, uint64(i)))
		c.accepted, c.sent, c.printed = map[string]string{}, map[string]string{}, map[string]bool{}
		both.Go(func() {
			for round := range rounds {
				c.round(round)
				c.inspect(round)
			}
		})
	}
	both.Wait()
	for range 2 { // what one of them still had to send, the other one has to receive
		for _, c := range sides {
			c.note(c.ok("receive", "--json", "--timeout", "1m").objects())
		}
	}
	for _, c := range sides {
		c.inspect(rounds)
	}
	sides[0].arrivedAt(sides[1])
	sides[1].arrivedAt(sides[0])
}

// round runs the program once, until it is killed.
func (c *crashing) round(round int) {
	prefix := fmt.Sprint(c.name, " ", round)
	args := []string{"chatter", c.other, prefix, "--json"}
	switch c.IntN(10) {
	case 0:
		args = []string{"receive", "--json"}
	case 1:
		args = []string{"receive", "--follow", "--json"}
	case 2, 3:
		args = []string{"send", c.other, prefix, "--json"}
	}
	var lines int
	var later time.Duration
	switch c.IntN(4) {
	case 0: // while it prints
		lines, later = 1+c.IntN(20), time.Duration(c.IntN(200))*time.Microsecond
	case 1: // soon after
		lines, later = 1+c.IntN(40), time.Duration(c.IntN(20_000))*time.Microsecond
	default: // from its first moment on
		later = time.Duration(c.IntN(400)) * time.Millisecond
	}
	began := c.start(args...)
	printed := began.killedAfter(lines, later)
	if !began.cmd.ProcessState.Exited() {
		c.kills++
	} else if s := began.cmd.ProcessState.ExitCode(); s != 0 {
		c.t.Errorf("round %d: %q ended by itself with %d: %s", round, args, s, &began.errors)
	}
	if args[0] == "send" && len(printed) == 1 {
		printed[0]["accepted"], printed[0]["text"] = printed[0]["id"], prefix
	}
	c.note(printed)
}

// note keeps what the program printed in one run.
func (c *crashing) note(printed []object) {
	once := map[string]bool{}
	for _, o := range printed {
		if o["not JSON"] != nil {
			c.t.Errorf("%s printed %q", c.name, o.text("not JSON"))
		}
		if o["accepted"] != nil {
			c.accepted[o.text("text")] = o.text("accepted")
			if o["state"] == "sent" {
				c.sent[o.text("accepted")] = o.text("hash") // "": not told
			}
			continue
		}
		if hash := o.text("hash"); once[hash] {
			c.t.Errorf("%s printed %q twice", c.name, o.text("text"))
		} else {
			once[hash], c.printed[hash] = true, true
		}
	}
}

// inspect looks at a copy of what the crash left, so that the program itself
// finds it as it is.
func (c *crashing) inspect(round int) {
	t := c.t
	copied := *c.person
	copied.dir = t.TempDir()
	if err := os.CopyFS(copied.dir, os.DirFS(c.dir)); err != nil {
		t.Fatal(err)
	}
	copied.environ = append(slices.Clone(c.environ), "HOME="+copied.dir)
	sound(t, copied.profile())
	out, _, all := copied.history(c.other)
	for _, m := range out {
		id := m.text("id")
		hash, claimed := c.sent[id]
		if m["state"] == "sent" && (hash == "" || hash == m.text("hash")) {
			c.sent[id] = m.text("hash")
		} else if m["state"] != "sending" || claimed {
			t.Errorf("round %d of %s: %v was sent before as %q, and is not any more", round, c.name, m, hash)
		}
	}
	for text, id := range c.accepted {
		if m := out[text]; m == nil || m.text("id") != id {
			t.Errorf("round %d of %s: %q was accepted as %s and there is %v", round, c.name, text, id, m)
		}
	}
	for hash := range c.printed {
		if !all[hash] {
			t.Errorf("round %d of %s: the message %s was printed and is not there", round, c.name, hash)
		}
	}
}

// history is a conversation by the texts of its messages, each of which must be
// there once, and the hashes of all that stands in it.
func (p *person) history(with string) (out, in map[string]object, all map[string]bool) {
	p.t.Helper()
	out, in, all = map[string]object{}, map[string]object{}, map[string]bool{}
	r := p.run("messages", with, "--json", "--limit", "1000000")
	if r.status == statusUnknown {
		return out, in, all
	}
	for _, m := range r.is(0).objects() {
		all[m.text("hash")] = true
		if m["kind"] != "message" { // that a request was accepted
			continue
		}
		side := in
		if m["direction"] == "out" {
			side = out
		}
		if side[m.text("text")] != nil {
			p.t.Errorf("%q is there twice", m.text("text"))
		}
		side[m.text("text")] = m
	}
	return out, in, all
}

// arrivedAt compares what one side has written with what the other one has.
func (c *crashing) arrivedAt(other *crashing) {
	t := c.t
	out, _, _ := c.history(c.other)
	_, in, all := other.history(other.other)
	t.Logf("%s: %d kills, %d messages, %d of them printed as accepted", c.name, c.kills, len(out), len(c.accepted))
	if len(in) != len(out) || len(other.printed) > len(all) {
		t.Errorf("%s wrote %d messages; %d arrived, %d were printed", c.name, len(out), len(in), len(other.printed))
	}
	for text, m := range out {
		got := in[text]
		if m["state"] != "sent" || got == nil || got["hash"] != m["hash"] || got["timestamp_ms"] != m["timestamp_ms"] {
			t.Errorf("%s wrote %v and there arrived %v", c.name, m, got)
		} else if !other.printed[got.text("hash")] {
			t.Errorf("%q was never printed", text)
		}
	}
	v := other.ok("conversations", "--json").object()
	if v["unread"].(interface{ String() string }).String() != strconv.Itoa(len(in)) { // none was read
		t.Errorf("of %d messages %v are unread", len(in), v["unread"])
	}
	logged := map[string]int{}
	for _, e := range c.ok("events", "--json").objects() {
		m, _ := e["message"].(map[string]any)
		logged[fmt.Sprint(e["kind"], " ", m["id"])]++
	}
	for _, m := range out {
		for _, kind := range []string{"message_sent", "message_state"} {
			if n := logged[kind+" "+m.text("id")]; n != 1 {
				t.Errorf("%d times %s of %v", n, kind, m)
			}
		}
	}
}

// profile is the directory of the person's profile.
func (p *person) profile() string {
	return filepath.Join(p.dir, ".local", "share", "seance", "default")
}

// sound checks the copy of a profile that a crash left: only its log may have
// an end that was not written whole, and there may be files that were to
// replace others.
func sound(t *testing.T, profile string) {
	t.Helper()
	report, err := store.Check(t.Context(), profile, store.CheckOptions{})
	if err != nil {
		t.Error(err)
	}
	for _, f := range report.Findings {
		switch f.About {
		case store.AboutLog, store.AboutLeftovers, store.AboutModes:
		default:
			t.Errorf("%s: %s", f.About, f.Text)
		}
	}
}

// An account whose making was killed is there whole, or not at all, and then
// it can be made again.
func TestACrashWhileAnAccountIsMade(t *testing.T) {
	t.Parallel()
	rounds := int(fromEnv(t, crashRoundsEnv, 12))
	seed := fromEnv(t, crashSeedEnv, uint64(time.Now().UnixNano()))
	t.Logf("%s=%d %s=%d", crashRoundsEnv, rounds, crashSeedEnv, seed)
	random := rand.New(rand.NewPCG(seed, 3))
	began, made := time.Now(), 0
	newPerson(t).start("account", "create", "--name", "Alice", "--json").killedAfter(0, time.Minute)
	took := time.Since(began)
	for range rounds {
		p := newPerson(t)
		printed := p.start("account", "create", "--name", "Alice", "--json").
			killedAfter(0, time.Duration(random.Int64N(int64(took))))
		shown := p.run("account", "show", "--json")
		switch {
		case shown.status == statusDone:
			made++
			if o := shown.object(); o["name"] != "Alice" || len(printed) > 0 && printed[0]["account_id"] != o["account_id"] {
				t.Errorf("%v was printed, and there is %v", printed, o)
			}
			sound(t, p.profile())
		case shown.status == statusUnknown && len(printed) == 0:
			p.create("Bob")
			sound(t, p.profile())
		default:
			t.Errorf("%v was printed; account show exited with %d: %s", printed, shown.status, shown.errors)
		}
	}
	t.Logf("%d accounts of %d were there", made, rounds)
}
