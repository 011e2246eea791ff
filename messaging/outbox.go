package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/network"
	"seance/network/fileserver"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

const (
	sendTogether = 10              // messages for one recipient in one batch
	sendAtOnce   = 4               // recipients at a time
	retryFirst   = time.Second     // doubled with every attempt
	retryLast    = 2 * time.Minute // at most
	refusals     = 3               // attempts that it takes before a refusal is believed
)

// sendLoop sends what the outbox holds, as it becomes due. Each recipient has
// a goroutine of its own, so that a swarm which does not answer holds up nobody
// else's messages.
func (c *Client) sendLoop(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	busy := map[id.Pubkey]bool{}
	done := make(chan sent, sendAtOnce)
	defer func() {
		cancel()
		for range busy {
			<-done
		}
	}()
	for {
		wait, err := c.sendDue(ctx, busy, done)
		if err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.sendNow:
		case <-timer.C:
		case s := <-done:
			delete(busy, s.target)
			err = s.err
		}
		timer.Stop()
		if ctx.Err() != nil || err != nil {
			return err
		}
	}
}

// sent tells that sendTo is done with a recipient, for now.
type sent struct {
	target id.Pubkey
	err    error
}

// sendDue begins to send what is due to recipients that are not busy, and says
// how long nothing else will be.
func (c *Client) sendDue(ctx context.Context, busy map[id.Pubkey]bool, done chan<- sent) (time.Duration, error) {
	if c.hurry.Swap(false) {
		if err := c.db.Update(ctx, func(tx *store.Tx) error { return tx.Hurry(time.Now().UnixMilli()) }); err != nil {
			return 0, err
		}
	}
	targets, err := c.db.DueTargets(ctx, time.Now().UnixMilli(), sendAtOnce+len(busy))
	if err != nil {
		return 0, err
	}
	for _, target := range targets {
		if busy[target] || len(busy) == sendAtOnce {
			continue
		}
		busy[target] = true
		go func() {
			done <- sent{target, recovered(func() error { return c.sendTo(ctx, target) })}
		}()
	}
	next, waiting, err := c.db.NextDue(ctx)
	switch {
	case err != nil:
		return 0, err
	case !waiting:
		c.hub.emit(OutboxEmpty{})
		return time.Hour, nil
	case len(busy) > 0:
		// What is due is mostly what the busy ones have; they tell when they
		// are done.
		return max(time.Second, time.Until(time.UnixMilli(next))), nil
	}
	return max(0, time.Until(time.UnixMilli(next))), nil
}

// sendTo sends the oldest entries for one recipient. They go in a batch and not
// in a sequence: a node waits five seconds for each member of the swarm that is
// gone, in a sequence for one message after the other. What the members then
// have in another order is put right by the timestamps.
func (c *Client) sendTo(ctx context.Context, target id.Pubkey) error {
	due, err := c.db.Due(ctx, target, time.Now().UnixMilli(), sendTogether)
	if err != nil || len(due) == 0 {
		return err
	}
	due = due[:together(due)]
	if !isSealed(due[0]) {
		if due[0], err = c.prepare(ctx, due[0]); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return c.sendFailed(ctx, due[0], nil, err)
		}
	}
	auth, err := c.authFor(ctx, target)
	if err != nil {
		return c.sendFailed(ctx, due[0], nil, err)
	}
	reply, err := c.net.Batch(ctx, target, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		requests := make([]storage.Request, len(due))
		for i, o := range due {
			requests[i] = c.request(o, auth, now)
		}
		return requests, nil
	})
	if ctx.Err() != nil {
		return nil // the program ends; nothing is known, and the bytes are sent again next time
	}
	path := pathOf(reply)
	for i, o := range due {
		var stored storage.StoreReply
		failed := err
		switch {
		case failed != nil:
		case o.Kind == store.OutgoingDelete:
			_, _, failed = reply.Results[i].Deleted()
		case isExpiry(o):
			var times map[id.Hash]time.Time
			if times, failed = reply.Results[i].Expiries(); failed == nil {
				if err := c.expiryAnswered(ctx, o, times); err != nil {
					return err
				}
				continue
			}
		default:
			stored, failed = reply.Results[i].Store()
		}
		if failed == nil {
			failed = c.sendDone(ctx, o, path, stored)
		} else {
			failed = c.sendFailed(ctx, o, path, failed)
		}
		if failed != nil {
			return failed
		}
	}
	return nil
}

// request is what an entry asks of its swarm.
func (c *Client) request(o store.Outgoing, auth storage.Auth, now time.Time) storage.Request {
	switch {
	case o.Kind == store.OutgoingDelete:
		return auth.Delete([]id.Hash{id.Hash(o.Data)}, false)
	case isExpiry(o):
		return c.expiryRequest(o, now)
	}
	at, ttl := storing(o, now)
	if _, ok := groupOf(o.Target); ok {
		return auth.Store(storage.Message{Namespace: o.Namespace, Timestamp: at, TTL: ttl, Data: o.Data}, now)
	}
	return storage.Store(o.Target, storage.Message{Namespace: o.Namespace, Timestamp: at, TTL: ttl, Data: o.Data})
}

// together is how many of the entries may be in one batch. The members of a
// batch may arrive in any order, and the answer to a request has to come before
// the message that follows it. What has files to be uploaded goes alone.
func together(due []store.Outgoing) int {
	for i, o := range due {
		if o.Kind == store.OutgoingControl || !isSealed(o) {
			return max(i, 1)
		}
	}
	return len(due)
}

// isSealed reports whether an entry has the bytes that are to be sent.
func isSealed(o store.Outgoing) bool { return len(o.Data) > 0 && o.Kind != store.OutgoingContent }

// sendDone notes that a swarm has an entry. With a message for somebody else
// goes a copy to one's own swarm, so that other devices show it.
func (c *Client) sendDone(ctx context.Context, o store.Outgoing, path []string, stored storage.StoreReply) error {
	nodes := c.addresses(stored.Nodes)
	err := c.edit(ctx, func(tx *store.Tx) error {
		if o.About != "" {
			if err := c.invitationSent(tx, o, config.Sent); err != nil {
				return err
			}
		}
		if o.Kind != store.OutgoingDelete {
			if err := c.entryStored(tx, o, stored.Time); err != nil {
				return err
			}
		}
		if err := attempted(tx, o, time.Now().UnixMilli(), path, stored, nodes, ""); err != nil {
			return err
		}
		return tx.OutgoingDone(o.ID)
	})
	if err == nil && o.Kind == store.OutgoingMessage {
		c.announceChanged(ctx, o.Message)
	}
	return err
}

// entryStored notes the hash of what is in a swarm now. Of a message that was
// deleted while it was on its way, the copy is taken back.
func (c *Client) entryStored(tx *store.Tx, o store.Outgoing, at time.Time) error {
	hash := storage.MessageHash(o.Target, o.Namespace, o.Data) // whatever the node says
	own := o.Target == c.configs.owner
	if _, inGroup := groupOf(o.Target); own || inGroup {
		// One's own entries come back with the next poll; they are known.
		if err := tx.MarkSeen(o.Target, o.Namespace, hash, o.TimestampMS+o.TTLMS+seenMargin.Milliseconds()); err != nil {
			return err
		}
	}
	if o.Message == 0 {
		return nil
	}
	m, alive, err := alive(tx, o.Message)
	if err != nil {
		return err
	}
	if own {
		if !alive {
			return c.deleteFromSwarm(tx, hash)
		}
		if err := tx.SetCopyHash(m.Row, hash); err != nil {
			return err
		}
	}
	if !alive || o.Kind != store.OutgoingMessage {
		return nil
	}
	return c.messageStored(tx, m, hash, at)
}

// messageStored notes that the recipient's swarm has a message, and sends the
// copy for one's other devices. at is when, as the node told.
func (c *Client) messageStored(tx *store.Tx, m store.Message, hash id.Hash, at time.Time) error {
	state := store.StateSent
	if m.State == store.StateRead { // the answer was lost, and the recipient faster
		state = m.State
	}
	if err := tx.SetMessageState(m.Row, state, "", hash); err != nil {
		return err
	}
	if err := c.startSent(tx, &m, at); err != nil {
		return err
	}
	_, direct := m.Conversation.Account()
	if self := c.Self().Account; direct && m.Conversation != id.With(self) {
		content, err := c.contentFor(tx, m, nil, true)
		if err != nil {
			return err
		}
		if err := c.enqueueFor(tx, store.OutgoingCopy, self, m.TimestampMS, content, m.Row, copyMS(m)); err != nil {
			return err
		}
	}
	_, err := tx.AppendEvent(EventState, m.Conversation, m.Row)
	return err
}

// sendFailed decides what becomes of an entry that was not stored. What nodes
// refuse for its content will never be taken, though a single one could lie,
// and what is older than the swarm would keep it is not worth sending; all else
// is tried again.
func (c *Client) sendFailed(ctx context.Context, o store.Outgoing, path []string, cause error) error {
	now := time.Now()
	reason, refused := refusal(cause)
	final := refused && o.LastError == reason && o.Attempts+1 >= refusals || errors.Is(cause, errCancelled) || errors.Is(cause, ErrInvalid)
	if !final && now.After(time.UnixMilli(giveUpMS(o))) {
		reason, final = "the network could not be reached for two weeks", true
	}
	c.log.Warn("a message was not stored", "kind", o.Kind, "attempt", o.Attempts+1, "final", final, "error", cause)
	err := c.edit(ctx, func(tx *store.Tx) error {
		if err := attempted(tx, o, now.UnixMilli(), path, storage.StoreReply{}, nil, reason); err != nil {
			return err
		}
		if final && o.About != "" {
			if err := c.invitationSent(tx, o, config.Failed); err != nil {
				return err
			}
		}
		switch {
		case !final:
			return tx.OutgoingFailed(o.ID, reason, now.Add(backoff(o.Attempts)).UnixMilli())
		case o.Kind != store.OutgoingMessage:
			return tx.OutgoingDone(o.ID) // nobody could ask for it to be tried again
		}
		m, alive, err := alive(tx, o.Message)
		if err != nil || !alive {
			return err // what was deleted is out of the outbox
		}
		if err := tx.SetMessageState(o.Message, store.StateFailed, reason, ""); err != nil {
			return err
		}
		if _, err := tx.AppendEvent(EventState, m.Conversation, m.Row); err != nil {
			return err
		}
		return tx.OutgoingParked(o.ID, reason)
	})
	if err == nil && o.Message != 0 {
		c.announceChanged(ctx, o.Message)
	}
	return err
}

// refusal tells whether a message was refused for what it is, in words for people.
func refusal(err error) (reason string, refused bool) {
	var node *storage.Error
	if errors.As(err, &node) {
		switch node.Code {
		case 400, 401, 403, 413:
			return fmt.Sprintf("the service node refused it: %s", node.Text), true
		}
	}
	switch {
	case errors.Is(err, network.ErrOffline):
		return network.ErrOffline.Error(), false
	case errors.Is(err, fileserver.ErrTooLarge), errors.Is(err, fileserver.ErrRefused):
		return "the file server refused a file", true
	case errors.Is(err, errCancelled):
		return "the upload was cancelled", true
	case errors.Is(err, ErrInvalid):
		return err.Error(), true
	case errors.Is(err, network.ErrNoServer):
		return "the file server cannot be reached", false
	case errors.Is(err, errKeyNotStored):
		return errKeyNotStored.Error(), false
	case errors.Is(err, group.ErrNoKey):
		return "it waits for a key of the group", false
	}
	return "it could not be stored in the recipient's swarm", false
}

// backoff is how long to wait after a number of earlier attempts.
func backoff(attempts int) time.Duration {
	return min(retryLast, retryFirst<<min(attempts, 10))
}

// Flush returns when nothing waits in the outbox and what other devices and the
// members of groups should know is in the swarms, or when ctx ends. Run has to be
// running.
func (c *Client) Flush(ctx context.Context) error {
	for {
		if err := c.outboxEmpty(ctx); err != nil {
			return err
		}
		again, err := c.flushGroups(ctx)
		if err != nil { // which is no reason for the others to wait
			return errors.Join(err, c.outboxEmpty(ctx), c.push(ctx))
		}
		if !again {
			return c.push(ctx)
		}
	}
}

func (c *Client) outboxEmpty(ctx context.Context) error {
	s := c.Subscribe()
	defer s.Close()
	for {
		if _, waiting, err := c.db.NextDue(ctx); err != nil {
			return err
		} else if !waiting {
			return nil
		}
		if _, err := s.Next(ctx); err != nil {
			return err
		}
	}
}
