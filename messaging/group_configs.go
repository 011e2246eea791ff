package messaging

import (
	"crypto/ed25519"
	"fmt"
	"sync"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/network/storage"
	"seance/store"
)

// The namespaces of a group beside those of its configs.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/apis/snode_api/namespaces.ts.
const (
	nsRevoked       id.Namespace = -11
	nsGroupMessages id.Namespace = 11
	nsGroupKeys     id.Namespace = 12
)

// groups are the groups that the account is in.
type groups struct {
	// open are those whose configs were read. Like the configs of the account they
	// are touched only within transactions.
	open map[id.Group]*group.Group
	// called are those that are to be looked at when the transaction is over.
	called []id.Group

	mu sync.Mutex
	// due is when a group is looked at again; one that is not here is at once.
	due map[id.Group]time.Time
	// visited holds a token for each group, for whoever looks at it.
	visited map[id.Group]chan struct{}
	// heard is when its swarm has answered.
	heard map[id.Group]time.Time
	// settled are those of which was done what follows from all that was heard.
	settled map[id.Group]bool
	// renewed is when the time of its configs in the swarm was extended.
	renewed map[id.Group]time.Time
}

// group is a group with its configs. The error is ErrUnknown if we are not in it.
func (c *Client) group(tx *store.Tx, name id.Group) (*group.Group, error) {
	entry, ok := c.configs.groups.Group(name)
	if !ok || entry.Removed != config.NotRemoved || entry.Seed.Len() == 0 && entry.Auth.Len() == 0 {
		return nil, fmt.Errorf("you are not in this group: %w", ErrUnknown)
	}
	g := c.groups.open[name]
	if g == nil {
		var dumps group.Dumps
		for ns, dump := range map[id.Namespace]*[]byte{
			config.KindGroupInfo.Namespace(): &dumps.Info, config.KindGroupMembers.Namespace(): &dumps.Members, nsGroupKeys: &dumps.Keys,
		} {
			var err error
			if *dump, err = tx.ConfigDump(name.Pubkey(), ns); err != nil {
				return nil, err
			}
		}
		var err error
		if g, err = group.Open(name, c.keys, entry.Seed, dumps); err != nil {
			return nil, fmt.Errorf("the configs of a group on disk: %w", err)
		}
		if c.groups.open == nil {
			c.groups.open = map[id.Group]*group.Group{}
		}
		c.groups.open[name] = g
	}
	tx.OnRollback(func() { delete(c.groups.open, name) })
	if !g.Admin() && entry.Seed.Len() > 0 {
		return g, g.BecomeAdmin(entry.Seed)
	}
	return g, nil
}

// administered is group for what only admins may do.
func (c *Client) administered(tx *store.Tx, name id.Group) (*group.Group, error) {
	v, err := tx.Conversation(id.WithGroup(name))
	if err != nil {
		return nil, unknown(err, "group")
	}
	if err := memberOnly(v); err != nil {
		return nil, err
	}
	g, err := c.group(tx, name)
	if err != nil {
		return nil, err
	}
	switch _, made := g.Pending(); {
	case !g.Admin():
		return nil, errOnlyAdmins
	case g.Generation() < 0 && !made: // what is changed of nothing would replace what the others have
		return nil, errNoKeyYet
	}
	return g, nil
}

var (
	errNoKeyYet   = fmt.Errorf("%w: the group was not heard of yet; try again in a moment", ErrInvalid)
	errExpired    = fmt.Errorf("%w: nobody renewed the keys of this group for a month: it comes back with an admin who still has them", ErrInvalid)
	errOnlyAdmins = fmt.Errorf("%w: only admins of the group can do this: ask one of them", ErrInvalid)
)

// keep puts on disk what has changed in the configs of groups, and tells whose members
// have. What admins have to push of it has the group visited soon.
func (s *groups) keep(tx *store.Tx, now time.Time) (members []id.Conversation, err error) {
	for name, g := range s.open {
		if !g.NeedsDump() {
			continue
		}
		if g.Members.NeedsDump() {
			if err := putMembers(tx, g); err != nil {
				return nil, err
			}
			members = append(members, id.WithGroup(name))
		}
		if err := s.dump(tx, name, g, now); err != nil {
			return nil, err
		}
		if g.Admin() && unpushed(g) {
			s.soon(name)
		}
	}
	return members, nil
}

func (s *groups) dump(tx *store.Tx, name id.Group, g *group.Group, now time.Time) error {
	dumps := g.Dump(now)
	for ns, dump := range map[id.Namespace][]byte{
		config.KindGroupInfo.Namespace(): dumps.Info, config.KindGroupMembers.Namespace(): dumps.Members, nsGroupKeys: dumps.Keys,
	} {
		if err := tx.SetConfigDump(name.Pubkey(), ns, dump); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what is known of a group's configs and keys, and how far its swarm
// was read.
func (s *groups) forget(tx *store.Tx, name id.Group) error {
	delete(s.open, name)
	for _, key := range []string{earlyKey(name), noticeKey(name), groupRetiredKey(name), answerKey(name)} {
		if err := tx.SetSetting(key, nil); err != nil {
			return err
		}
	}
	return tx.ForgetSwarm(name.Pubkey())
}

// groupAuth signs requests to a group's swarm: with its key, or as a member with
// what an admin gave us.
func (c *Client) groupAuth(name id.Group) (storage.Auth, error) {
	entry, _ := c.configs.groups.Group(name)
	switch {
	case entry.Seed.Len() > 0:
		key := ed25519.NewKeyFromSeed(entry.Seed.Expose())
		return storage.Auth{Owner: name.Pubkey(), Sign: func(text []byte) []byte { return ed25519.Sign(key, text) }}, nil
	case entry.Auth.Len() > 0:
		member, err := group.OpenSubaccount(c.keys, entry.Auth)
		if err != nil {
			return storage.Auth{}, err
		}
		return storage.Auth{
			Owner: name.Pubkey(), Sign: member.Sign,
			Member: &storage.Member{Token: member.Token, Signature: member.Signature},
		}, nil
	}
	return storage.Auth{}, fmt.Errorf("you are not in this group: %w", ErrUnknown)
}
