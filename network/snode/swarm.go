package snode

import (
	"encoding/binary"
	"sort"

	"seance/messaging/id"
)

// Position is the place of an owner on the ring of swarm IDs: the XOR of the
// four big-endian words of its key without prefix.
func Position(owner id.Pubkey) uint64 {
	key := owner.Key()
	var p uint64
	for i := 0; i < len(key); i += 8 {
		p ^= binary.BigEndian.Uint64(key[i:])
	}
	return p
}

// Nearest is the swarm, of swarms in ascending order, that is responsible for
// a position: the one at the smallest distance on the ring of 2^64, and of two
// at the same distance the one below. It is false if there are no swarms.
func Nearest(swarms []uint64, position uint64) (uint64, bool) {
	switch len(swarms) {
	case 0:
		return NoSwarm, false
	case 1:
		return swarms[0], true
	}
	i := sort.Search(len(swarms), func(i int) bool { return swarms[i] >= position })
	right := swarms[i%len(swarms)]
	left := swarms[(i+len(swarms)-1)%len(swarms)]
	if right-position < position-left { // both modulo 2^64
		return right, true
	}
	return left, true
}

// Members computes the swarm that holds an owner's messages from the swarm
// IDs of a complete node list. It is empty if the list tells no swarms.
func Members(nodes []Node, owner id.Pubkey) []Node {
	seen := map[uint64]bool{}
	var swarms []uint64
	for _, n := range nodes {
		if n.Swarm != NoSwarm && !seen[n.Swarm] {
			seen[n.Swarm] = true
			swarms = append(swarms, n.Swarm)
		}
	}
	sort.Slice(swarms, func(i, j int) bool { return swarms[i] < swarms[j] })
	swarm, ok := Nearest(swarms, Position(owner))
	if !ok {
		return nil
	}
	var members []Node
	for _, n := range nodes {
		if n.Swarm == swarm {
			members = append(members, n)
		}
	}
	return members
}
