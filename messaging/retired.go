package messaging

import (
	"slices"
	"strings"

	"seance/messaging/id"
	"seance/store"
)

// What a push replaces is noted in a setting before it and deleted from the swarm as
// its last step: with the next push, if this one did not get so far.

// retiredKey is the setting for the configs of the account.
const retiredKey = "configs_retired"

// groupRetiredKey is the one for those of a group.
func groupRetiredKey(name id.Group) string { return "group_retired_" + name.String() }

// retired are the hashes that are to be deleted, in order.
func retired(tx *store.Tx, key string) (list []id.Hash, err error) {
	text, err := tx.Setting(key)
	for _, hash := range strings.Fields(string(text)) {
		list = append(list, id.Hash(hash))
	}
	return list, err
}

// retire notes what is to be deleted, and returns all that is.
func retire(tx *store.Tx, key string, obsolete []id.Hash) ([]id.Hash, error) {
	list, err := retired(tx, key)
	if err != nil || len(obsolete) == 0 {
		return list, err
	}
	list = append(list, obsolete...)
	slices.Sort(list)
	list = slices.Compact(list)
	return list, keepRetired(tx, key, list)
}

// retiredDone notes that it was.
func retiredDone(tx *store.Tx, key string, deleted []id.Hash) error {
	list, err := retired(tx, key)
	if err != nil || len(deleted) == 0 {
		return err
	}
	return keepRetired(tx, key, slices.DeleteFunc(list, func(h id.Hash) bool { return slices.Contains(deleted, h) }))
}

func keepRetired(tx *store.Tx, key string, list []id.Hash) error {
	var text []byte
	for _, hash := range list {
		text = append(append(text, hash...), ' ')
	}
	return tx.SetSetting(key, text)
}
