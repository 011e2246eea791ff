package messaging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// maxMembers bounds how many members of a swarm are asked one after the other.
const maxMembers = 20

// maxAnswers bounds what is asked of all of them, for one may always have more.
const maxAnswers = 20 * maxMembers

// configSpaces are the namespaces of configs, and which fraction of what a node
// answers at once each may take.
var configSpaces = []space{
	{config.KindUserProfile.Namespace(), -8},
	{config.KindContacts.Namespace(), -8},
	{config.KindUserGroups.Namespace(), -8},
	{config.KindConvoInfoVolatile.Namespace(), -8},
}

// firstSync asks the swarm for the settings of the account before anything else
// is asked for, and before any are pushed. What was created here is nowhere else.
// An account that was restored asks all members that answer, since single ones may
// lag: to miss a name or a contact is to overwrite them.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/apis/snode_api/swarmPolling.ts.
func (c *Client) firstSync(ctx context.Context) error {
	var asked []snode.Key
	for answers := 0; len(asked) < maxMembers && answers < maxAnswers; answers++ {
		reply, err := c.retrieve(ctx, configSpaces, asked)
		if err != nil && len(asked) > 0 && ctx.Err() == nil {
			break // the others have answered
		}
		if err != nil {
			return err
		}
		if slices.Contains(asked, reply.member) {
			break
		}
		if _, err := c.takeConfigs(ctx, reply, true); err != nil {
			return err
		}
		if err := c.restored(ctx, 0, false); err != nil {
			return err
		}
		if reply.more {
			continue
		}
		asked = append(asked, reply.member)
		if !c.restoring.Load() {
			break
		}
	}
	var changes changes
	err := c.edit(ctx, func(tx *store.Tx) error {
		changes.reset()
		for _, config := range c.configs.all() {
			if err := c.apply(tx, config.Kind(), true, &changes); err != nil {
				return err
			}
		}
		if err := c.reflectAll(tx); err != nil {
			return err
		}
		return tx.SetSetting(syncedKey, []byte{1})
	})
	if err != nil {
		return fmt.Errorf("take over the settings of other devices: %w", err)
	}
	c.synced.Store(true)
	c.announce(ctx, &changes)
	wake(c.pushNow)
	return nil
}

// space is a namespace that is asked for, and how much of it at once: see
// storage.Auth.Retrieve.
type space struct {
	namespace id.Namespace
	maxSize   int
}

// retrieved is what one member of a swarm answered.
type retrieved struct {
	member  snode.Key
	answers map[id.Namespace][]storage.Stored
	refused map[id.Namespace]error
	more    bool // the member has more behind some of it
}

// retrieve asks one member of the account's swarm for what is new to it in several
// namespaces.
func (c *Client) retrieve(ctx context.Context, spaces []space, avoid []snode.Key) (retrieved, error) {
	reply, err := c.retrieveAs(ctx, c.auth(), spaces, avoid)
	for _, refused := range reply.refused {
		return reply, refused
	}
	return reply, err
}

// retrieveAs asks one member of the swarm of whom auth is about.
func (c *Client) retrieveAs(ctx context.Context, auth storage.Auth, spaces []space, avoid []snode.Key) (retrieved, error) {
	reply, err := c.net.Batch(ctx, auth.Owner, network.BatchOptions{Avoid: avoid}, func(member snode.Node, now time.Time) ([]storage.Request, error) {
		requests := make([]storage.Request, len(spaces))
		for i, s := range spaces {
			cursor, err := c.db.Cursor(ctx, auth.Owner, s.namespace, member.Ed25519)
			if err != nil {
				return nil, err
			}
			requests[i] = auth.Retrieve(s.namespace, cursor, s.maxSize, now)
		}
		return requests, nil
	})
	if err != nil {
		return retrieved{}, err
	}
	result := retrieved{member: reply.Member.Ed25519, answers: map[id.Namespace][]storage.Stored{}, refused: map[id.Namespace]error{}}
	for i, s := range spaces {
		answer, err := reply.Results[i].Retrieve()
		if err != nil {
			result.refused[s.namespace] = err
			continue
		}
		c.timeHeard(answer.Time)
		if len(answer.Messages) > 0 {
			result.answers[s.namespace] = answer.Messages
			result.more = result.more || answer.More // an empty answer moves no cursor: the next one would be the same
		}
	}
	return result, nil
}

// takeConfigs merges what a member answered for the namespaces of configs, and
// makes the database what they say at once: what is edited meanwhile is an edit of
// that. It reports whether anything is new. join says that what was done here has
// not been heard of by the others.
func (c *Client) takeConfigs(ctx context.Context, reply retrieved, join bool) (news bool, err error) {
	if !slices.ContainsFunc(configSpaces, func(s space) bool { return len(reply.answers[s.namespace]) > 0 }) {
		return false, nil
	}
	var changes changes
	err = c.edit(ctx, func(tx *store.Tx) error {
		changes.reset()
		news = false
		fellBehind := false
		for _, config := range c.configs.all() {
			ns := config.Kind().Namespace()
			messages := reply.answers[ns]
			if len(messages) == 0 {
				continue
			}
			known := config.CurrentHashes()
			changed, outdated, err := c.mergeConfig(c.configs.owner, config, messages)
			if err != nil {
				return err
			}
			if changed {
				news = true
				if err := c.configs.changedElsewhere(tx, ns, c.newest(ns, messages, known)); err != nil {
					return err
				}
				if err := c.apply(tx, config.Kind(), join || outdated, &changes); err != nil {
					return err
				}
			}
			fellBehind = fellBehind || outdated
			last := messages[len(messages)-1]
			if err := tx.SetCursor(c.configs.owner, ns, reply.member, storage.MessageHash(c.configs.owner, ns, last.Data)); err != nil {
				return err
			}
		}
		if fellBehind {
			return c.reflectAll(tx)
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("merge the settings of other devices: %w", err)
	}
	c.announce(ctx, &changes)
	return news, nil
}

// newest is when the newest of some messages was stored that are not known.
func (c *Client) newest(ns id.Namespace, messages []storage.Stored, known []id.Hash) (at time.Time) {
	now := c.net.Now()
	for _, m := range messages {
		if m.Timestamp.After(at) && !m.Timestamp.After(now) && !slices.Contains(known, storage.MessageHash(c.configs.owner, ns, m.Data)) {
			at = m.Timestamp
		}
	}
	return at
}

// mergeConfig merges messages of one namespace. What cannot be read is left
// aside: it may be a newer client's.
func (c *Client) mergeConfig(owner id.Pubkey, cfg *config.Config, messages []storage.Stored) (changed, outdated bool, err error) {
	stored := make([]config.Stored, len(messages))
	for i, m := range messages {
		stored[i] = config.Stored{Hash: storage.MessageHash(owner, cfg.Kind().Namespace(), m.Data), Data: m.Data}
	}
	err = recovered(func() error {
		merged := cfg.Merge(c.net.Now(), stored)
		changed, outdated = merged.Changed, merged.Outdated
		for _, r := range merged.Rejected {
			c.log.Info("skipped a config message", "kind", cfg.Kind().String(), "hash", string(r.Hash), "reason", r.Err)
		}
		return nil
	})
	return changed, outdated, err
}
