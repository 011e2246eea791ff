package network

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"seance/network/snode"
)

// State says whether requests can be sent.
type State string

// The states of a Client.
const (
	Connecting State = "connecting" // no path yet, or none any more
	Ready      State = "ready"      // at least one path is tested and in use
	Offline    State = "offline"    // neither a seed nor a guard can be reached
)

// Status is a snapshot of what the client knows of the network.
type Status struct {
	State     State
	Network   string        // the name of the network file
	Nodes     int           // nodes in the list
	Refreshed time.Time     // when the list was last confirmed; zero if never
	Paths     []Path        // in use, tested
	Offset    time.Duration // network time minus local time
	LastError string        // of the latest failure, one line; empty when all is well
}

// Path is a path in use, guard first.
type Path struct {
	Hops    []Hop
	RTT     time.Duration // of the latest request, there and back, with the answering of it
	Strikes int
	Since   time.Time
}

// Role is the place of a node in a path.
type Role string

// The roles of the three hops.
const (
	Guard  Role = "guard"
	Middle Role = "middle"
	Exit   Role = "exit"
)

// Hop is one node of a path.
type Hop struct {
	Key  snode.Key
	IP   netip.Addr
	Port uint16
	Role Role
	RTT  time.Duration // of the guard: the time to connect; unknown (0) of the others
}

// watcher is told of changes on a goroutine of its own, so that one that is
// slow, or calls the client, delays nobody. Changes in between are merged.
type watcher struct{ changed, done chan struct{} }

// Watch calls f with the status, now and after every change, until stop is
// called. Calls do not overlap.
func (c *Client) Watch(f func(Status)) (stop func()) {
	w := &watcher{make(chan struct{}, 1), make(chan struct{})}
	w.changed <- struct{}{}
	c.mu.Lock()
	c.watchers[w] = true
	c.mu.Unlock()
	go func() {
		for {
			select {
			case <-w.done:
				return
			case <-w.changed:
				f(c.Status())
			}
		}
	}()
	return sync.OnceFunc(func() {
		c.mu.Lock()
		delete(c.watchers, w)
		c.mu.Unlock()
		close(w.done)
	})
}

// notify tells all watchers. Callers hold mu.
func (c *Client) notify() {
	for w := range c.watchers {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
}

// Status is what the client knows now.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{
		State:     Connecting,
		Network:   c.file.Name,
		Nodes:     len(c.pool.nodes),
		Refreshed: c.list.refreshed,
		Offset:    c.clock.offset,
		LastError: c.health.lastError,
	}
	for i := range c.slots {
		if p := c.slots[i].path; p != nil && !p.down {
			s.Paths = append(s.Paths, c.describe(p))
		}
	}
	switch {
	case len(s.Paths) > 0:
		s.State = Ready
	case c.health.offline:
		s.State = Offline
	}
	return s
}

func (c *Client) describe(p *path) Path {
	out := Path{RTT: p.rtt, Strikes: p.strikes, Since: p.since}
	for i, n := range p.hops {
		hop := Hop{Key: n.Ed25519, IP: n.IP, Port: n.Port, Role: [...]Role{Guard, Middle, Exit}[i]}
		if i == 0 {
			hop.RTT = c.connects[n.Address()]
		}
		out.Hops = append(out.Hops, hop)
	}
	return out
}

// oneLine is an error as a status may show it.
func oneLine(err error) string {
	const most = 200
	text := strings.Join(strings.Fields(err.Error()), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most])
	}
	return text
}
