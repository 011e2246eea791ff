package network

import (
	"net/netip"
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
