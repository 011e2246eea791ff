// Package registry is the list of service nodes that all nodes of a network
// agree on: in the Session Network the blockchain has that role. It knows which
// swarm a node belongs to and which swarm keeps the messages of a key.
//
// It does no I/O and starts no goroutines. The rules are those of
// oxen-io/oxen-storage-server: oxenss/snode/swarm.cpp.
package registry

import (
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math"
	"slices"
	"sort"
	"sync"
)

// Key is the Ed25519 public key that names a node.
type Key [32]byte

func (k Key) String() string { return hex.EncodeToString(k[:]) }

// LogValue keeps whole keys out of logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(hex.EncodeToString(k[:4])) }

// Owner is the key that messages are stored under: a byte for the kind (05 an
// account, 03 a group) and a 32-byte public key.
type Owner [33]byte

func (o Owner) String() string { return hex.EncodeToString(o[:]) }

// LogValue keeps whole identifiers out of logs.
func (o Owner) LogValue() slog.Value { return slog.StringValue(hex.EncodeToString(o[:3])) }

// NoSwarm is the swarm id of a node that is in no swarm.
const NoSwarm uint64 = math.MaxUint64

// Node is one entry of the list.
type Node struct {
	Ed25519 Key
	X25519  [32]byte
	Swarm   uint64
	IP      string // dotted quad
	Port    uint16 // HTTPS
	Version [3]int // of its software, as in `storage_server_version`
}

// Swarm is the nodes that keep the messages of the same owners.
type Swarm struct {
	ID      uint64
	Members []Node // ordered by key
}

// View is one state of the list. It does not change.
type View struct {
	Height uint64  // grows with every change
	Nodes  []Node  // ordered by key
	Swarms []Swarm // ordered by ID
	byKey  map[Key]int
}

// Registry holds the current View. Its methods may be called concurrently.
type Registry struct {
	mu      sync.Mutex // guards the fields below
	view    *View
	changed chan struct{}
}

// New makes a registry of the nodes given.
func New(nodes ...Node) *Registry {
	r := &Registry{changed: make(chan struct{})}
	r.view = newView(1, nodes)
	return r
}

// Set replaces the list. The same list again is no change.
func (r *Registry) Set(nodes []Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := newView(r.view.Height+1, nodes)
	if slices.Equal(v.Nodes, r.view.Nodes) {
		return
	}
	r.view = v
	close(r.changed)
	r.changed = make(chan struct{})
}

// View is the list as it is now.
func (r *Registry) View() *View {
	v, _ := r.Watch()
	return v
}

// Watch is the list as it is now, with a channel that is closed when it changes.
func (r *Registry) Watch() (*View, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view, r.changed
}

func newView(height uint64, nodes []Node) *View {
	v := &View{Height: height, Nodes: slices.Clone(nodes), byKey: make(map[Key]int, len(nodes))}
	slices.SortFunc(v.Nodes, func(a, b Node) int { return slices.Compare(a.Ed25519[:], b.Ed25519[:]) })
	members := map[uint64][]Node{}
	for i, n := range v.Nodes {
		v.byKey[n.Ed25519] = i
		if n.Swarm != NoSwarm {
			members[n.Swarm] = append(members[n.Swarm], n)
		}
	}
	for id, m := range members {
		v.Swarms = append(v.Swarms, Swarm{ID: id, Members: m})
	}
	slices.SortFunc(v.Swarms, func(a, b Swarm) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return v
}

// Node looks a node up.
func (v *View) Node(k Key) (Node, bool) {
	i, ok := v.byKey[k]
	if !ok {
		return Node{}, false
	}
	return v.Nodes[i], true
}

// Peers is the other members of the swarm of a node.
func (v *View) Peers(k Key) []Node {
	me, ok := v.Node(k)
	if !ok || me.Swarm == NoSwarm {
		return nil
	}
	i := sort.Search(len(v.Swarms), func(i int) bool { return v.Swarms[i].ID >= me.Swarm })
	var peers []Node
	for _, n := range v.Swarms[i].Members {
		if n.Ed25519 != k {
			peers = append(peers, n)
		}
	}
	return peers
}

// SwarmOf is the swarm that keeps the messages of an owner: the one whose ID is
// nearest to the owner's place on the ring of 64-bit numbers, the lower one of
// two at the same distance. Without any swarm it has the ID NoSwarm.
func (v *View) SwarmOf(o Owner) Swarm {
	if len(v.Swarms) == 0 {
		return Swarm{ID: NoSwarm}
	}
	place := Place(o)
	right := sort.Search(len(v.Swarms), func(i int) bool { return v.Swarms[i].ID >= place })
	left := (right + len(v.Swarms) - 1) % len(v.Swarms)
	right %= len(v.Swarms)
	if v.Swarms[right].ID-place < place-v.Swarms[left].ID {
		return v.Swarms[right]
	}
	return v.Swarms[left]
}

// Keeps reports whether a node is in the swarm of an owner.
func (v *View) Keeps(k Key, o Owner) bool {
	me, ok := v.Node(k)
	return ok && me.Swarm != NoSwarm && v.SwarmOf(o).ID == me.Swarm
}

// Place is where an owner stands on the ring: the four big-endian words of the
// key without its prefix, combined by exclusive or.
func Place(o Owner) (place uint64) {
	for k := o[1:]; len(k) > 0; k = k[8:] {
		place ^= binary.BigEndian.Uint64(k)
	}
	return place
}
