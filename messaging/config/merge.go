package config

import (
	"slices"
)

// merge makes one message of several, of which there is at least one. If one
// of them includes all others, it is that one and at its index; of equal ones
// the first counts. Otherwise index is -1 and the message is a new one, a
// version above all others. It has no diff of its own, and neither signature
// nor hash. Without sign, a conflict between messages that need a signature is
// left to who can sign: then it is the greatest.
//
// The result does not depend on the order of the messages.
func merge(messages []*message, s signer) (merged *message, index int) {
	remaining := needed(messages)
	if len(remaining) == 1 {
		return messages[remaining[0]], remaining[0]
	}
	slices.SortFunc(remaining, func(i, j int) int { return messages[j].compare(messages[i].version) })
	greatest := messages[remaining[0]]
	if s.author != nil && s.sign == nil {
		return greatest, remaining[0]
	}

	// All that was changed is done again, in the order of versions, on what
	// the greatest message has. Where two messages tell of the same change, the
	// greater one says what was set.
	type change struct {
		lagRow
		source *dict
	}
	var changes []change
	known := map[version]bool{}
	for _, i := range remaining {
		m := messages[i]
		for _, row := range append([]lagRow{{m.version, m.diff}}, m.lags...) {
			if !known[row.version] {
				known[row.version] = true
				changes = append(changes, change{row, m.data})
			}
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return a.compare(b.version) })
	merged = &message{version: version{seqno: greatest.seqno + 1}, data: greatest.data, diff: emptyDiff, size: greatest.size}
	for _, c := range changes {
		data, err := apply(merged.data, c.diff, c.source)
		if err != nil {
			panic("config: internal error: a diff that was checked: " + err.Error())
		}
		merged.data = data
		merged.lags = append(merged.lags, c.lagRow)
	}
	if merged.data == nil {
		merged.data = &dict{}
	}
	return merged, -1
}

// needed is the indexes of messages that are not included in others, are no
// duplicates, and are not too old.
func needed(messages []*message) (indexes []int) {
	included := map[version]bool{}
	newest := messages[0].seqno
	for _, m := range messages {
		newest = max(newest, m.seqno)
		for _, row := range m.lags {
			included[row.version] = true
		}
	}
	for i, m := range messages {
		if !included[m.version] && m.seqno > newest-lag {
			indexes = append(indexes, i)
		}
		included[m.version] = true
	}
	return indexes
}
