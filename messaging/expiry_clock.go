package messaging

import (
	"sync"
	"time"
)

// clock tells the network's time to what must neither disappear early nor stay
// for long, while the clock of the machine may be set at any moment.
//
// The network's time is known as the difference to the machine's clock, so a jump
// of that clock is one of the network's time too, until nodes have answered.
// Against it stands a clock that nobody sets: what has passed since the two last
// agreed. It stops while a machine sleeps, so that after a jump either may be
// right. Until a node has said which, what may have expired is not shown, and what
// may not have is not deleted. Nothing is deleted before a node was heard at all:
// a machine may come up with any time.
type clock struct {
	mu      sync.Mutex
	network func() time.Time                    // by the machine's clock
	passed  func(since time.Time) time.Duration // by the one that nobody sets
	anchor  time.Time                           // the two agreed then,
	atMS    int64                               // and this was the network's time
	heard   bool                                // a node has said what time it is
	set     bool                                // since then the machine's clock was set: it is wrong
}

const (
	clocksAgree = 2 * time.Second
	// clockDoubt is how far a node's time may lie from both clocks and say
	// which of them is right.
	clockDoubt = time.Minute
)

func newClock(network func() time.Time) *clock {
	k := &clock{network: network, passed: time.Since}
	k.settle(network().UnixMilli())
	return k
}

// settle has the clocks agree on a time. Callers hold mu, or have the only clock.
func (k *clock) settle(ms int64) { k.anchor, k.atMS, k.set = time.Now(), ms, false }

// both reads the machine's clock and the other one. Callers hold mu.
func (k *clock) both() (machine, steady int64, agree bool) {
	machine = k.network().UnixMilli()
	steady = k.atMS + k.passed(k.anchor).Milliseconds()
	agree = time.Duration(machine-steady).Abs() < clocksAgree/time.Millisecond
	if agree {
		k.settle(machine)
	}
	return machine, steady, agree
}

// read is the latest that it may be, in ms, and the time that has certainly come;
// 0 if that is not known.
func (k *clock) read() (latest, certain int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	machine, steady, agree := k.both()
	switch {
	case agree:
		latest, certain = machine, machine
	case k.set:
		latest, certain = steady, steady
	default:
		latest, certain = max(machine, steady), min(machine, steady)
	}
	if !k.heard {
		certain = 0
	}
	return latest, certain
}

// latest is the latest that it may be.
func (k *clock) latest() int64 {
	latest, _ := k.read()
	return latest
}

// ExpiryMS is the time by which messages disappear, in milliseconds: those whose
// Expire.AtMS is not above it are gone, whether front ends were told yet or not.
func (c *Client) ExpiryMS() int64 { return c.clock.latest() }

// now is what a clock that begins begins with.
func (k *clock) now() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	machine, steady, _ := k.both()
	if k.set {
		return steady
	}
	return machine
}

// hear takes the time that a node told just now. It can only decide between the
// clocks: no single node sets one. It reports whether something is certain now that
// was not.
func (k *clock) hear(t time.Time) (news bool) {
	if t.IsZero() {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	machine, steady, agree := k.both()
	off := func(ms int64) time.Duration { return time.UnixMilli(ms).Sub(t).Abs() }
	switch {
	case min(off(machine), off(steady)) > clockDoubt:
		return false
	case off(machine) <= off(steady):
		news = !k.heard || !agree
		k.settle(machine)
	default:
		news = !k.heard || !k.set
		k.set = true
	}
	k.heard = true
	return news
}
