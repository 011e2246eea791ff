package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
	"seance/network/storage"
	"seance/store"
)

var (
	errNotInGroup   = fmt.Errorf("%w: you are not in this group", ErrInvalid)
	errNotJoined    = fmt.Errorf("%w: you are not in this group yet: accept the invitation first", ErrInvalid)
	errKicked       = fmt.Errorf("%w: you are not in this group any more: an admin removed you", ErrInvalid)
	errDestroyed    = fmt.Errorf("%w: this group was ended by an admin", ErrInvalid)
	errKeyNotStored = errors.New("the new key of the group is not in its swarm yet")
)

// groupOf is the group whose swarm is meant, if it is one.
func groupOf(target id.Pubkey) (id.Group, bool) { return id.Group(target), target[0] == id.PrefixGroup }

// authFor signs what is sent to a swarm; to those of other people nothing is signed.
func (c *Client) authFor(ctx context.Context, target id.Pubkey) (auth storage.Auth, err error) {
	name, ok := groupOf(target)
	if !ok {
		return c.auth(), nil
	}
	err = c.edit(ctx, func(*store.Tx) (err error) {
		auth, err = c.groupAuth(name)
		return err
	})
	if err != nil {
		return auth, errNotInGroup
	}
	return auth, nil
}

// writingInGroup begins something that is written in a group, and gives the timestamp
// for it.
func (c *Client) writingInGroup(tx *store.Tx, name id.Group) (int64, store.Conversation, error) {
	v, err := tx.Conversation(id.WithGroup(name))
	if err != nil {
		return 0, v, unknown(err, "group")
	}
	if err := memberOnly(v); err != nil {
		return 0, v, err
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	return now, v, err
}

// memberOnly is why somebody who is not a member cannot do what members do.
func memberOnly(v store.Conversation) error {
	switch v.Membership {
	case store.Member:
		return nil
	case store.Invited:
		return errNotJoined
	case store.Kicked:
		return errKicked
	case store.Destroyed:
		return errDestroyed
	case store.Lapsed:
		return errExpired
	}
	return errNotInGroup
}

// sealGroup makes of content what a group's swarm keeps.
func (c *Client) sealGroup(g *group.Group, timestampMS int64, content *sessionpb.Content) ([]byte, error) {
	plain, err := wire.MarshalContent(content)
	if err != nil {
		return nil, fmt.Errorf("encode the message: %w", err)
	}
	return c.sealEncoded(g, timestampMS, plain)
}

// sealEncoded is sealGroup for content that is encoded already. A key that is not in the swarm
// yet, and that another may replace, encrypts nothing.
func (c *Client) sealEncoded(g *group.Group, timestampMS int64, plain []byte) ([]byte, error) {
	if _, made := g.Pending(); made {
		return nil, errKeyNotStored
	}
	envelope, err := wire.EncodeGroup(c.rand, uint64(timestampMS), plain)
	if err != nil {
		return nil, fmt.Errorf("encode the message: %w", err)
	}
	data, err := g.Encrypt(c.rand, envelope)
	if err != nil {
		return nil, fmt.Errorf("encrypt the message: %w", err)
	}
	return data, nil
}

// enqueueInGroup puts content for a group into the outbox. It is encrypted when its turn
// has come, with the key of then.
func (c *Client) enqueueInGroup(tx *store.Tx, name id.Group, timestampMS int64, content *sessionpb.Content) error {
	g, err := c.group(tx, name)
	if err != nil {
		return errNotInGroup
	}
	if _, made := g.Pending(); !made && g.Generation() < 0 {
		return errNoKeyYet
	}
	data, err := wire.MarshalContent(content)
	if err != nil {
		return fmt.Errorf("encode the message: %w", err)
	}
	_, err = tx.Enqueue(store.Outgoing{
		Kind: store.OutgoingContent, Target: name.Pubkey(), Namespace: nsGroupMessages, Data: data, TimestampMS: timestampMS,
		TTLMS: swarmMS(expireOf(content, id.KindGroup)),
	})
	return err
}

// sealContent encrypts what enqueueInGroup has put into the outbox.
func (c *Client) sealContent(ctx context.Context, o store.Outgoing) (store.Outgoing, error) {
	name, _ := groupOf(o.Target)
	if err := c.hearGroup(ctx, name); err != nil {
		return o, err
	}
	err := c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.group(tx, name)
		if err != nil {
			return errNotInGroup
		}
		data, err := c.sealEncoded(g, o.TimestampMS, o.Data)
		if err != nil {
			return err
		}
		o.Kind, o.Data = store.OutgoingControl, data
		return tx.SetOutgoingData(o.ID, data)
	})
	return o, err
}

// tell tells the members of a group what has changed, and puts the line about it into
// the conversation here.
func (c *Client) tell(tx *store.Tx, g *group.Group, u *sessionpb.GroupUpdate, timestampMS int64, line store.Message, ch *changes) error {
	content := &sessionpb.Content{
		DataMessage: &sessionpb.DataMessage{GroupUpdate: u}, SigTimestamp: proto.Uint64(uint64(timestampMS)),
	}
	line.Expire = expireInGroup(g)
	setExpire(content, line.Expire)
	if line.Expire.Mode != store.ExpireNever {
		line.Expire.AtMS = c.clock.now() + timerMS(line.Expire)
	}
	if err := c.enqueueInGroup(tx, g.ID, timestampMS, content); err != nil {
		return err
	}
	line.Conversation, line.Author, line.Direction, line.Kind = id.WithGroup(g.ID), c.Self().Account.Sender(), store.Out, store.KindInfo
	line.TimestampMS, line.ReceivedMS, line.State = timestampMS, timestampMS, store.StateSent
	row, inserted, err := tx.InsertMessage(line)
	if err != nil || !inserted {
		return err
	}
	ch.messages = append(ch.messages, row)
	ch.conversation(line.Conversation)
	_, err = tx.AppendEvent(EventSent, line.Conversation, row)
	return err
}

// expireInGroup is the timer of a group as what is written there has it.
func expireInGroup(g *group.Group) store.Expire {
	return expireAs(timerOf(config.ExpiryAfterSend, g.Info.Expiry()))
}

// deleteFromGroup has the outbox remove messages from a group's swarm, which only
// admins may.
func (c *Client) deleteFromGroup(tx *store.Tx, name id.Group, hashes []id.Hash) error {
	for _, hash := range hashes {
		if hash == "" {
			continue
		}
		_, err := tx.Enqueue(store.Outgoing{
			Kind: store.OutgoingDelete, Target: name.Pubkey(), Namespace: nsGroupMessages, Data: []byte(hash),
			TimestampMS: c.net.Now().UnixMilli(), TTLMS: timeToLive.Milliseconds(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sendDeletion asks the members of a group to delete a message: its author may, and an
// admin.
//
// Wire reference: session-foundation/session-desktop: ts/interactions/conversations/unsendingInteractions.ts.
func (c *Client) sendDeletion(tx *store.Tx, name id.Group, m store.Message) error {
	g, err := c.group(tx, name)
	switch {
	case err != nil:
		return errNotInGroup
	case m.Direction != store.Out && !g.Admin():
		return fmt.Errorf("%w: only their author, and admins, can delete messages for everyone", ErrInvalid)
	case m.Hash == "":
		return nil // nobody has it
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	hashes := []string{string(m.Hash)}
	deletion := &sessionpb.GroupDeleteMemberContent{MessageHashes: hashes}
	if m.Direction != store.Out {
		deletion.AdminSignature = g.SignDeleteContent(now, nil, hashes)
	}
	err = c.enqueueInGroup(tx, name, now, &sessionpb.Content{
		DataMessage:  &sessionpb.DataMessage{GroupUpdate: &sessionpb.GroupUpdate{DeleteMemberContent: deletion}},
		SigTimestamp: proto.Uint64(uint64(now)),
	})
	if err != nil || !g.Admin() {
		return err
	}
	return c.deleteFromGroup(tx, name, []id.Hash{m.Hash})
}

// groupTTL is how long a group's swarm keeps configs and keys.
const groupTTL = 30 * 24 * time.Hour
