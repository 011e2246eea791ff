// Package snode describes service nodes: what names and reaches one, how the
// lists of them that seeds and nodes answer are read, which of them hold an
// account's messages, and the file that keeps a list between runs.
//
// It knows nothing of paths, requests or messages, does no network I/O and
// starts no goroutines.
//
// Wire reference: oxen-io/oxen-storage-server: oxenss/rpc/request_handler.cpp
// (swarm_to_json), oxenss/snode/swarm.cpp; session-foundation/session-desktop:
// ts/session/apis/seed_node_api/SeedNodeAPI.ts.
package snode

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"filippo.io/edwards25519"
)

// ErrMalformed is returned, wrapped, for a list, an answer or a key that does
// not have the shape that the protocol gives it.
var ErrMalformed = errors.New("malformed node list")

// NoSwarm is the swarm ID of a node that belongs to no swarm.
const NoSwarm = 1<<64 - 1

// Key is the Ed25519 public key that names a node.
type Key [32]byte

// ParseKey reads 64 hexadecimal digits of either case.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != 2*len(k) {
		return Key{}, fmt.Errorf("%w: a node key has 64 hexadecimal digits", ErrMalformed)
	}
	if _, err := hex.Decode(k[:], []byte(s)); err != nil {
		return Key{}, fmt.Errorf("%w: a node key has 64 hexadecimal digits", ErrMalformed)
	}
	return k, nil
}

// String is the key in lower-case hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// IsZero reports whether the key was never set.
func (k Key) IsZero() bool { return k == Key{} }

// LogValue is the first eight digits: enough to follow one node in a log.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()[:8]) }

// MarshalText is the key in lower-case hexadecimal.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Key) UnmarshalText(text []byte) error {
	parsed, err := ParseKey(string(text))
	if err == nil {
		*k = parsed
	}
	return err
}

// X25519 is the encryption key that belongs to a node's Ed25519 key: the
// Montgomery form of the same point. It fails for bytes that are no point.
func (k Key) X25519() ([32]byte, error) {
	p, err := new(edwards25519.Point).SetBytes(k[:])
	if err != nil {
		return [32]byte{}, fmt.Errorf("%w: key is not on the curve", ErrMalformed)
	}
	return [32]byte(p.BytesMontgomery()), nil
}

// Node is a service node. It is comparable; two lists agree on a node when
// key, address and port are equal.
type Node struct {
	Ed25519 Key        // names the node in onion layers
	X25519  [32]byte   // encrypts onion layers
	IP      netip.Addr // IPv4
	Port    uint16     // HTTPS
	Swarm   uint64     // NoSwarm if unknown or none
	Version [3]uint16  // of the storage server; zero if unknown
}

// Address is ip:port, as a dialer takes it.
func (n Node) Address() string { return netip.AddrPortFrom(n.IP, n.Port).String() }

// Subnet is the /24 that the node's address lies in. Paths avoid having two
// nodes in one.
func (n Node) Subnet() netip.Prefix {
	p, _ := n.IP.Prefix(24)
	return p
}

// LogValue names the node by its key and address, which are public.
func (n Node) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("key", n.Ed25519), slog.String("address", n.Address()))
}

// usable reports whether the node can be reached at all: seeds also list
// nodes that have not told their address yet.
func (n Node) usable() bool {
	return !n.Ed25519.IsZero() && n.X25519 != [32]byte{} && n.Port != 0 &&
		n.IP.Is4() && !n.IP.IsUnspecified()
}
