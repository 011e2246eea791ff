package messaging

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// groupSpaces are the namespaces of a group, all asked for in one batch; the keys
// last, so that what was written under newer ones is not missed.
var groupSpaces = []space{
	{nsRevoked, -8},
	{nsGroupMessages, -2},
	{config.KindGroupInfo.Namespace(), -8},
	{config.KindGroupMembers.Namespace(), -8},
	{nsGroupKeys, -8},
}

const (
	visitAtOnce = 4 // groups at a time
	visitIdle   = 2 * time.Minute
	// visitTurn is how long quiet groups wait for each other, and visitLive for how
	// long a group is not one after somebody has written.
	visitTurn = 2 * time.Second
	visitLive = 10 * time.Minute
)

// visitPause is when one of some groups is asked again: the longer nobody has written
// there, the later. Quiet groups take turns, so that fifty of them cost a few times what
// one does.
//
// Wire reference: session-foundation/session-desktop: ts/session/apis/snode_api/swarmPolling.ts.
func visitPause(v store.Conversation, groups int, watched bool, now time.Time) time.Duration {
	quiet := now.Sub(time.UnixMilli(max(v.Last.TimestampMS, v.CreatedMS)))
	pause, most := visitIdle, visitIdle
	switch {
	case quiet < visitLive && watched:
		return pollWatched
	case quiet < visitLive:
		return pollIdle
	case quiet < 2*24*time.Hour && watched:
		pause, most = 3*pollWatched, time.Minute
	case quiet < 2*24*time.Hour:
		pause = pollIdle
	case quiet < 7*24*time.Hour:
		pause = time.Minute
	}
	return max(pause, min(time.Duration(groups)*visitTurn, most))
}

// groupLoop keeps up with the swarms of the account's groups.
func (c *Client) groupLoop(ctx context.Context) error {
	for {
		wait := visitIdle
		if c.synced.Load() {
			var err error
			if wait, err = c.visitDue(ctx); err != nil {
				return err
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.visitNow:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// visitDue looks at the groups whose turn it is, and says when the next one's is.
func (c *Client) visitDue(ctx context.Context) (time.Duration, error) {
	list, err := c.memberships(ctx)
	if err != nil {
		return 0, err
	}
	wait := visitIdle
	var g errgroup.Group
	g.SetLimit(visitAtOnce)
	for _, v := range list {
		name, _ := v.ID.Group()
		if left := c.groups.left(name); left > 0 {
			wait = min(wait, left)
			continue
		}
		pause := visitPause(v, len(list), c.watched.Load() > 0, c.net.Now())
		c.groups.later(name, pause)
		wait = min(wait, pause)
		g.Go(func() error {
			err := recovered(func() error { _, err := c.visit(ctx, name, nil); return err })
			if err != nil && ctx.Err() == nil {
				c.log.Warn("a group was not visited", "group", name, "error", err)
				c.groups.later(name, max(pause, time.Minute))
			}
			return nil
		})
	}
	return wait, g.Wait()
}

// memberships are the conversations of the groups that the account is in.
func (c *Client) memberships(ctx context.Context) ([]store.Conversation, error) {
	list, err := c.db.Conversations(ctx)
	return slices.DeleteFunc(list, func(v store.Conversation) bool {
		_, group := v.ID.Group()
		return !group || v.Membership != store.Member && v.Membership != store.Lapsed
	}), err
}

// left is how long a group need not be looked at.
func (s *groups) left(name id.Group) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.due[name])
}

// later has a group looked at again after a while, if nothing happens before.
func (s *groups) later(name id.Group, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due == nil {
		s.due = map[id.Group]time.Time{}
	}
	s.due[name] = time.Now().Add(pause)
}

// allDue makes it the turn of every group.
func (s *groups) allDue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.due)
}

// soon has a group looked at once the transaction is over, within which it is called:
// before, nobody else sees what there is to look for.
func (s *groups) soon(name id.Group) { s.called = append(s.called, name) }

// visitSoon has the loop look at groups at once.
func (c *Client) visitSoon(names []id.Group) {
	c.groups.mu.Lock()
	for _, name := range names {
		delete(c.groups.due, name)
	}
	c.groups.mu.Unlock()
	wake(c.visitNow)
}

// alone waits until nobody else looks at a group. The function it returns ends
// one's own turn.
func (s *groups) alone(ctx context.Context, name id.Group) (leave func(), err error) {
	s.mu.Lock()
	turn := s.visited[name]
	if turn == nil {
		if s.visited == nil {
			s.visited = map[id.Group]chan struct{}{}
		}
		turn = make(chan struct{}, 1)
		s.visited[name] = turn
	}
	s.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// visit asks one member of a group's swarm what is new, and has the swarm know what
// is new here.
func (c *Client) visit(ctx context.Context, name id.Group, avoid []snode.Key) (pollResult, error) {
	leave, err := c.groups.alone(ctx, name)
	if err != nil {
		return pollResult{}, err
	}
	defer leave()
	var auth storage.Auth
	err = c.edit(ctx, func(*store.Tx) (err error) {
		auth, err = c.groupAuth(name)
		return err
	})
	if err != nil {
		return pollResult{}, err
	}
	reply, err := c.retrieveAs(ctx, auth, groupSpaces, avoid)
	result := pollResult{member: reply.member, more: reply.more}
	if err != nil {
		return result, err
	}
	if result.fresh, err = c.takeGroup(ctx, name, reply); err != nil {
		return result, err
	}
	c.groups.heardNow(name)
	if refused := reply.refused[nsGroupMessages]; refused != nil {
		return result, refused // and why stands in what was not refused, if it is true
	}
	return result, errors.Join(c.pushGroup(ctx, name), c.renewGroup(ctx, name))
}

// flushGroups visits the groups whose swarm is to know something, and reports whether
// there were any: what is done then may leave something in the outbox.
func (c *Client) flushGroups(ctx context.Context) (any bool, err error) {
	list, err := c.memberships(ctx)
	if err != nil {
		return false, err
	}
	var failed []error
	for _, v := range list {
		name, _ := v.ID.Group()
		owed := false
		err := c.edit(ctx, func(tx *store.Tx) error {
			g, err := c.group(tx, name)
			if err != nil {
				return nil // it was left
			}
			owed, err = c.owed(tx, g)
			return err
		})
		if err == nil && owed {
			any = true
			_, err = c.visit(ctx, name, nil)
		}
		failed = append(failed, err)
	}
	return any, errors.Join(failed...)
}

// owed reports whether a group's swarm is to know something of us.
func (c *Client) owed(tx *store.Tx, g *group.Group) (bool, error) {
	answer, err := tx.Setting(answerKey(g.ID))
	switch {
	case err != nil:
		return false, err
	case len(answer) > 0 && (g.Generation() >= 0 || !c.groups.heardSince(g.ID)): // without a key nobody can be told
		return true, nil
	case !g.Admin():
		return false, nil
	case unpushed(g) || len(toRemove(g)) > 0:
		return true, nil
	}
	invites, promotions, err := c.toInvite(tx, g)
	return len(invites)+len(promotions) > 0, err
}

// unpushed reports whether the swarm lacks something of a group.
func unpushed(g *group.Group) bool {
	_, rekeyed := g.Pending()
	return rekeyed || g.Info.NeedsPush() || g.Members.NeedsPush()
}

// heardGroup is how long ago a group may have been heard of when something is written
// in it. Who was away longer may lack a newer key, and who has only that could not read
// what is encrypted with an older one.
const heardGroup = visitIdle + 30*time.Second

// hearGroup visits a group that was not heard of lately, or whose swarm lacks something
// of what was done here: that comes before what is said about it.
func (c *Client) hearGroup(ctx context.Context, name id.Group) error {
	c.groups.mu.Lock()
	lately := time.Since(c.groups.heard[name]) < heardGroup
	c.groups.mu.Unlock()
	if lately {
		pushed := true
		err := c.edit(ctx, func(tx *store.Tx) error {
			g, err := c.group(tx, name)
			pushed = err != nil || !g.Admin() || !unpushed(g)
			return nil
		})
		if err != nil || pushed {
			return err
		}
	}
	_, err := c.visit(ctx, name, nil)
	return err
}

// heardSince reports whether the swarm of a group has answered since the program began.
func (s *groups) heardSince(name id.Group) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.heard[name].IsZero()
}

// isSettled reports whether what was heard of a group's members has been acted on.
func (s *groups) isSettled(name id.Group) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settled[name]
}

func (s *groups) settledNow(name id.Group, settled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settled == nil {
		s.settled = map[id.Group]bool{}
	}
	s.settled[name] = settled
}

func (s *groups) heardNow(name id.Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard == nil {
		s.heard = map[id.Group]time.Time{}
	}
	s.heard[name] = time.Now()
}

// receiveGroups visits all groups until they have nothing new. One that cannot be
// reached does not keep the others from it.
func (c *Client) receiveGroups(ctx context.Context) error {
	list, err := c.memberships(ctx)
	if err != nil {
		return err
	}
	for _, v := range list {
		name, _ := v.ID.Group()
		for range maxAnswers {
			result, err := c.visit(ctx, name, nil)
			if err != nil && ctx.Err() == nil {
				c.log.Warn("a group was not visited", "group", name, "error", err)
			}
			if err != nil || result.fresh == 0 && !result.more {
				break
			}
		}
		if ctx.Err() != nil {
			return nil // others bring it with the next poll
		}
	}
	return nil
}
