package messaging

import (
	"fmt"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/store"
)

// configs are the synced configs of the account: what its devices agree on.
//
// They are touched only within transactions of the database, which run one at
// a time: a config, what it means for the conversations, and its dump change
// together or not at all.
type configs struct {
	account *identity.Keys
	owner   id.Pubkey

	loaded   bool
	profile  *config.UserProfile
	contacts *config.Contacts
	convos   *config.ConvoInfoVolatile
	groups   *config.UserGroups
	// retired are hashes that a push named obsolete, until one has succeeded.
	retired map[id.Hash]bool
}

// syncedKey is the setting that says that the swarm's configs were merged once.
// Before that nothing is pushed: an account that was restored would overwrite
// with nothing what its other devices know.
const syncedKey = "configs_synced"

// all lists the configs in the order in which they are handled.
func (s *configs) all() []*config.Config {
	return []*config.Config{s.profile.Config, s.contacts.Config, s.groups.Config, s.convos.Config}
}

// of is the config of a namespace.
func (s *configs) of(ns id.Namespace) *config.Config {
	for _, c := range s.all() {
		if c.Kind().Namespace() == ns {
			return c
		}
	}
	return nil
}

// begin reads the configs if that was not done yet, or if an earlier
// transaction that changed them did not happen.
func (s *configs) begin(tx *store.Tx) error {
	tx.OnRollback(func() { s.loaded = false })
	if s.loaded {
		return nil
	}
	var dumps [4][]byte
	for i, kind := range []config.Kind{config.KindUserProfile, config.KindContacts, config.KindConvoInfoVolatile, config.KindUserGroups} {
		var err error
		if dumps[i], err = tx.ConfigDump(s.owner, kind.Namespace()); err != nil {
			return err
		}
	}
	var err error
	if s.profile, err = config.OpenUserProfile(s.account, dumps[0]); err == nil {
		if s.contacts, err = config.OpenContacts(s.account, dumps[1]); err == nil {
			if s.convos, err = config.OpenConvoInfoVolatile(s.account, dumps[2]); err == nil {
				s.groups, err = config.OpenUserGroups(s.account, dumps[3])
			}
		}
	}
	if err != nil {
		return fmt.Errorf("the synced settings on disk: %w", err)
	}
	s.loaded, s.retired = true, map[id.Hash]bool{}
	return nil
}

// end keeps what has changed.
func (s *configs) end(tx *store.Tx, now time.Time) error {
	for _, c := range s.all() {
		if !c.NeedsDump() {
			continue
		}
		if err := tx.SetConfigDump(s.owner, c.Kind().Namespace(), c.Dump(now)); err != nil {
			return err
		}
	}
	return nil
}

// needPush reports whether the swarm lacks something.
func (s *configs) needPush() bool {
	for _, c := range s.all() {
		if c.NeedsPush() {
			return true
		}
	}
	return false
}
