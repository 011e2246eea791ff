package config

import (
	"maps"
	"slices"

	"seance/messaging/id"
)

// hashes is a set of the swarm's names of messages.
type hashes map[id.Hash]bool

// add takes names in; an empty one is none.
func (h hashes) add(names ...id.Hash) {
	for _, name := range names {
		if name != "" {
			h[name] = true
		}
	}
}

func (h hashes) remove(others hashes) {
	for name := range others {
		delete(h, name)
	}
}

func (h hashes) sorted() []id.Hash { return slices.Sorted(maps.Keys(h)) }
