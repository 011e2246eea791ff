package messaging

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	// refused says until when a config is not pushed that a node did not take.
	refused map[id.Namespace]time.Time
	// elsewhere is when another device last changed a config, as the swarm has
	// it; zero if that is not known. It is kept in settings too.
	elsewhere map[id.Namespace]time.Time
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
	var broken [4]error
	s.profile, broken[0] = config.OpenUserProfile(s.account, dumps[0])
	s.contacts, broken[1] = config.OpenContacts(s.account, dumps[1])
	s.convos, broken[2] = config.OpenConvoInfoVolatile(s.account, dumps[2])
	s.groups, broken[3] = config.OpenUserGroups(s.account, dumps[3])
	if err := errors.Join(broken[:]...); err != nil {
		return fmt.Errorf("the synced settings on disk: %w", err)
	}
	s.loaded, s.elsewhere = true, map[id.Namespace]time.Time{}
	if s.refused == nil {
		s.refused = map[id.Namespace]time.Time{}
	}
	for _, c := range s.all() {
		ns := c.Kind().Namespace()
		ms, err := tx.Setting(elsewhereKey(ns))
		if err != nil {
			return err
		}
		if n, err := strconv.ParseInt(string(ms), 10, 64); err == nil {
			s.elsewhere[ns] = time.UnixMilli(n)
		}
	}
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

// unpushed are the configs that the swarm lacks and would take.
func (s *configs) unpushed(now time.Time) (list []*config.Config) {
	for _, c := range s.all() {
		if c.NeedsPush() && !now.Before(s.refused[c.Kind().Namespace()]) {
			list = append(list, c)
		}
	}
	return list
}

// profileTime is when the account's own profile changes: others take only what is
// newer than what they have, also where a clock was ahead.
func (s *configs) profileTime(now time.Time) time.Time {
	if last := s.profile.Updated(); !now.After(last) {
		return last.Add(time.Second)
	}
	return now
}

// held reports whether there is a config that the swarm lacks and would not take:
// what it replaces has to stay.
func (s *configs) held(now time.Time) bool {
	return slices.ContainsFunc(s.all(), func(c *config.Config) bool {
		return c.NeedsPush() && now.Before(s.refused[c.Kind().Namespace()])
	})
}

func elsewhereKey(ns id.Namespace) string { return "configs_elsewhere_" + strconv.Itoa(int(ns)) }

// changedElsewhere notes that another device changed a config.
func (s *configs) changedElsewhere(tx *store.Tx, ns id.Namespace, at time.Time) error {
	if !at.After(s.elsewhere[ns]) {
		return nil
	}
	s.elsewhere[ns] = at
	return tx.SetSetting(elsewhereKey(ns), strconv.AppendInt(nil, at.UnixMilli(), 10))
}
