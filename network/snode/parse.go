package snode

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
)

// maxNodes bounds every list that is read. The network has about 2,000.
const maxNodes = 20_000

// Fields are the fields to ask for in get_n_service_nodes and
// get_service_nodes, in the form of an object of booleans that all versions
// understand.
func Fields() map[string]bool {
	return map[string]bool{
		"public_ip": true, "storage_port": true, "pubkey_x25519": true, "pubkey_ed25519": true,
		"requested_unlock_height": true, "height": true, "storage_lmq_port": true,
		"swarm_id": true, "storage_server_version": true,
	}
}

// ParseStates reads {"service_node_states":[...]}, the result of
// get_n_service_nodes at a seed and of get_service_nodes at a node's oxend.
// Nodes without keys or address are left out, as is what occurs twice.
func ParseStates(result []byte) ([]Node, error) {
	var a struct {
		States []struct {
			IP      string   `json:"public_ip"`
			Port    uint16   `json:"storage_port"`
			X25519  string   `json:"pubkey_x25519"`
			Ed25519 string   `json:"pubkey_ed25519"`
			Swarm   *uint64  `json:"swarm_id"`
			Version []uint16 `json:"storage_server_version"`
		} `json:"service_node_states"`
	}
	if err := json.Unmarshal(result, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, jsonError(err))
	}
	if len(a.States) > maxNodes {
		return nil, fmt.Errorf("%w: %d nodes", ErrMalformed, len(a.States))
	}
	l := newList(len(a.States))
	for _, s := range a.States {
		n := Node{Port: s.Port, Swarm: NoSwarm}
		n.setKeys(s.Ed25519, s.X25519)
		n.IP, _ = netip.ParseAddr(s.IP)
		if s.Swarm != nil {
			n.Swarm = *s.Swarm
		}
		copy(n.Version[:], s.Version)
		l.add(n)
	}
	return l.nodes, nil
}

// ParseSwarm reads the body of get_swarm and of status 421: the members of a
// swarm. All of them get the swarm ID that the body tells. It is no error
// that the list is empty: a node that knows no swarms answers so.
func ParseSwarm(body []byte) ([]Node, error) {
	var a struct {
		Nodes []struct {
			IP      string   `json:"ip"`
			Port    flexPort `json:"port"` // a string
			HTTPS   flexPort `json:"port_https"`
			X25519  string   `json:"pubkey_x25519"`
			Ed25519 string   `json:"pubkey_ed25519"`
		} `json:"snodes"`
		Swarm string `json:"swarm"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, jsonError(err))
	}
	if len(a.Nodes) > maxNodes {
		return nil, fmt.Errorf("%w: %d nodes in a swarm", ErrMalformed, len(a.Nodes))
	}
	swarm, err := strconv.ParseUint(a.Swarm, 16, 64)
	if err != nil {
		swarm = NoSwarm
	}
	l := newList(len(a.Nodes))
	for _, s := range a.Nodes {
		n := Node{Port: uint16(s.HTTPS), Swarm: swarm}
		if n.Port == 0 {
			n.Port = uint16(s.Port)
		}
		n.setKeys(s.Ed25519, s.X25519)
		n.IP, _ = netip.ParseAddr(s.IP)
		l.add(n)
	}
	return l.nodes, nil
}

// activeSize is the size of one record of active_nodes_bin: Ed25519 key, swarm
// ID, IPv4, HTTPS port, OMQ and QUIC port, storage server version.
const activeSize = 32 + 8 + 4 + 2 + 2 + 3

// ParseActive reads the body of active_nodes_bin, base64 of records. The
// X25519 keys are derived. Records with an all-zero key are padding.
func ParseActive(text []byte) ([]Node, error) {
	if len(text) > base64.StdEncoding.EncodedLen(maxNodes*activeSize) {
		return nil, fmt.Errorf("%w: %d bytes of records", ErrMalformed, len(text))
	}
	records, err := decodeBase64(string(text))
	if err != nil || len(records)%activeSize != 0 {
		return nil, fmt.Errorf("%w: records of %d bytes", ErrMalformed, activeSize)
	}
	l := newList(len(records) / activeSize)
	for r := records; len(r) > 0; r = r[activeSize:] {
		n := Node{
			Ed25519: Key(r[:32]),
			Swarm:   binary.BigEndian.Uint64(r[32:]),
			IP:      netip.AddrFrom4([4]byte(r[40:44])),
			Port:    binary.BigEndian.Uint16(r[44:]),
			Version: [3]uint16{uint16(r[48]), uint16(r[49]), uint16(r[50])},
		}
		if n.Ed25519.IsZero() {
			continue
		}
		if n.X25519, err = n.Ed25519.X25519(); err != nil {
			continue
		}
		l.add(n)
	}
	return l.nodes, nil
}

// decodeBase64 takes base64 with and without padding.
func decodeBase64(s string) ([]byte, error) {
	if len(s)%4 != 0 {
		return base64.RawStdEncoding.DecodeString(s)
	}
	return base64.StdEncoding.DecodeString(s)
}

// setKeys leaves the keys zero, which makes the node unusable, if they are no
// keys.
func (n *Node) setKeys(ed25519, x25519 string) {
	key, err := ParseKey(ed25519)
	if err != nil || len(x25519) != 2*len(n.X25519) {
		return
	}
	if _, err := hex.Decode(n.X25519[:], []byte(x25519)); err == nil {
		n.Ed25519 = key
	}
}

// list collects usable nodes, each key once.
type list struct {
	nodes []Node
	seen  map[Key]bool
}

func newList(size int) *list {
	return &list{make([]Node, 0, size), make(map[Key]bool, size)}
}

func (l *list) add(n Node) {
	if n.usable() && !l.seen[n.Ed25519] {
		l.seen[n.Ed25519] = true
		l.nodes = append(l.nodes, n)
	}
}

// flexPort is a port that is written as a number or as a string.
type flexPort uint16

func (p *flexPort) UnmarshalJSON(b []byte) error {
	if len(b) >= 2 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	// A port that is none makes only its node unusable.
	v, err := strconv.ParseUint(string(b), 10, 16)
	if err == nil {
		*p = flexPort(v)
	}
	return nil
}

// jsonError keeps where decoding failed and drops what stood there: errors of
// encoding/json quote remote text.
func jsonError(err error) error {
	switch e := err.(type) {
	case *json.SyntaxError:
		return fmt.Errorf("not JSON at byte %d", e.Offset)
	case *json.UnmarshalTypeError:
		return fmt.Errorf("wrong type at byte %d", e.Offset)
	}
	return fmt.Errorf("not JSON")
}
