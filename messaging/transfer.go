package messaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"seance/messaging/attachment"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/fileserver"
	"seance/store"
)

const (
	// transfersAtOnce bounds the memory that files take: each is there several
	// times over while it is encrypted and wrapped in layers.
	transfersAtOnce = 2
	// maxStored is the size of the largest file that a server keeps.
	maxStored = 10_223_616
	// tellEvery is how often front ends hear of the progress of a transfer.
	tellEvery = 200 * time.Millisecond
)

// Transfer is emitted while a file of a message is uploaded or downloaded, and
// when that is over.
type Transfer struct {
	Message int64 // its row
	Index   int
	Upload  bool
	Done    int64 // bytes; with Total an estimate
	Total   int64
	Ended   bool
	Err     error // why it failed, if it ended so
}

func (Transfer) event() {}

// transfers are the files that are on their way.
type transfers struct {
	mu    sync.Mutex
	ways  map[transferKey]context.CancelCauseFunc
	slots chan struct{} // held by each
}

type transferKey struct {
	row   int64
	index int
}

var errCancelled = errors.New("cancelled")

// transfer runs f as the one transfer of a file that there is, when its turn has
// come. f tells its progress.
func (c *Client) transfer(ctx context.Context, t Transfer, f func(context.Context, fileserver.Progress) error) error {
	key := transferKey{t.Message, t.Index}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.transfers.mu.Lock()
	if c.transfers.ways[key] != nil {
		c.transfers.mu.Unlock()
		return fmt.Errorf("%w: this file is on its way already", ErrInvalid)
	}
	c.transfers.ways[key] = cancel
	c.transfers.mu.Unlock()
	defer func() {
		c.transfers.mu.Lock()
		delete(c.transfers.ways, key)
		c.transfers.mu.Unlock()
	}()
	select {
	case c.transfers.slots <- struct{}{}:
		defer func() { <-c.transfers.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	var told time.Time
	err := recovered(func() error {
		return f(ctx, func(done, total int64) {
			if now := time.Now(); now.Sub(told) >= tellEvery {
				told = now
				c.hub.emit(Transfer{Message: t.Message, Index: t.Index, Upload: t.Upload, Done: done, Total: total})
			}
		})
	})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	t.Ended, t.Err = true, err
	c.hub.emit(t)
	return err
}

// Cancel ends the transfer of a file. A message whose files are not uploaded yet
// stays, as failed; what is downloaded can be asked for again.
func (c *Client) Cancel(messageID string, index int) error {
	row, err := store.ParseMessageID(messageID)
	if err != nil {
		return err
	}
	c.transfers.mu.Lock()
	defer c.transfers.mu.Unlock()
	cancel := c.transfers.ways[transferKey{row, index}]
	if cancel == nil {
		return fmt.Errorf("this file is not on its way: %w", ErrUnknown)
	}
	cancel(errCancelled)
	return nil
}

// prepare gives an entry of the outbox the bytes that are to be sent. The files of a
// message are put on the file server before, those that are not there yet.
func (c *Client) prepare(ctx context.Context, o store.Outgoing) (store.Outgoing, error) {
	if o.Kind == store.OutgoingContent {
		return c.sealContent(ctx, o)
	}
	m, err := c.db.Message(ctx, o.Message)
	if err != nil {
		return o, err
	}
	if len(m.Attachments) > 0 && c.file.FileServer.IsZero() {
		return o, errNoFileServer
	}
	for _, a := range m.Files() {
		if a.URL != "" {
			continue
		}
		err := c.transfer(ctx, Transfer{Message: m.Row, Index: a.Index, Upload: true}, func(ctx context.Context, progress fileserver.Progress) error {
			return c.upload(ctx, m.Row, a, progress)
		})
		if a.Index == store.PreviewIndex && err != nil && ctx.Err() == nil && !errors.Is(err, network.ErrOffline) {
			c.log.Warn("a preview goes without its image", "error", err)
			continue
		}
		if err != nil {
			return o, err
		}
	}
	if name, ok := groupOf(o.Target); ok {
		if err := c.hearGroup(ctx, name); err != nil {
			return o, err
		}
	}
	profile, err := c.profile(ctx)
	if err != nil {
		return o, err
	}
	err = c.edit(ctx, func(tx *store.Tx) error {
		m, err := tx.Message(o.Message)
		if err != nil {
			return err
		}
		content, err := c.contentFor(tx, m, profile, o.Target == c.configs.owner)
		if err != nil {
			return err
		}
		if o.Data, err = c.sealFor(tx, m.Conversation, o.TimestampMS, content); err != nil {
			return err
		}
		return tx.SetOutgoingData(o.ID, o.Data)
	})
	return o, err
}

// sealFor makes of content what the swarm of a person or a group keeps.
func (c *Client) sealFor(tx *store.Tx, conv id.Conversation, timestampMS int64, content *sessionpb.Content) ([]byte, error) {
	if account, ok := conv.Account(); ok {
		return c.seal(account, timestampMS, content)
	}
	name, ok := conv.Group()
	if !ok {
		return nil, fmt.Errorf("%w: communities cannot be written to in this version", ErrInvalid)
	}
	g, err := c.group(tx, name)
	if err != nil {
		return nil, errNotInGroup
	}
	return c.sealGroup(g, timestampMS, content)
}

var errNoFileServer = fmt.Errorf("%w: this network has no file server", ErrInvalid)

// upload encrypts one file of a message and puts it on the file server.
func (c *Client) upload(ctx context.Context, row int64, a store.Attachment, progress fileserver.Progress) error {
	sealed, err := c.encrypt(a)
	if err != nil {
		return fmt.Errorf("%w: %s cannot be read any more: %w", ErrInvalid, a.Name, err)
	}
	url, err := c.deposit(ctx, sealed, progress)
	if err != nil {
		return err
	}
	a.URL, a.Key, a.Digest = url, sealed.Key, sealed.Digest
	return c.putFile(ctx, row, a)
}

// putFile notes where a file of a message is now, unless the message was deleted
// meanwhile.
func (c *Client) putFile(ctx context.Context, row int64, a store.Attachment) error {
	return c.db.Update(ctx, func(tx *store.Tx) error {
		if _, there, err := alive(tx, row); err != nil || !there {
			return unknown(errors.Join(err, store.ErrNotFound), "message")
		}
		return tx.PutAttachment(row, a)
	})
}

// deposit puts what is encrypted on the network's file server, and tells its URL.
func (c *Client) deposit(ctx context.Context, sealed attachment.Sealed, progress fileserver.Progress) (url string, err error) {
	if c.file.FileServer.IsZero() {
		return "", errNoFileServer
	}
	server, err := network.ParseServer(c.file.FileServer.URL, c.file.FileServer.X25519)
	if err != nil {
		return "", err
	}
	file, err := c.files.Upload(ctx, server, sealed.Blob, 0, progress)
	if err != nil {
		return "", err
	}
	u, err := attachment.NewURL(c.file.FileServer, file.ID, sealed.Deterministic)
	return u.String(), err
}

// encrypt is a file of the profile as a file server gets it.
func (c *Client) encrypt(a store.Attachment) (attachment.Sealed, error) {
	if c.deterministic { // its key follows from all of it
		data, err := c.read(a)
		if err != nil {
			return attachment.Sealed{}, err
		}
		return attachment.SealDeterministic(c.keys.Seed(), attachment.File, data)
	}
	f, err := c.db.OpenAttachment(a)
	if err != nil {
		return attachment.Sealed{}, err
	}
	sealed, err := attachment.SealFrom(c.rand, f, int(f.Size()), a.Index != store.PreviewIndex)
	return sealed, errors.Join(err, f.Close())
}

// read is a file that is in the profile.
func (c *Client) read(a store.Attachment) ([]byte, error) {
	f, err := c.db.OpenAttachment(a)
	if err != nil {
		return nil, err
	}
	data, err := readAll(f, f.Size())
	return data, errors.Join(err, f.Close())
}

// Download fetches a file of a message into the profile. It does nothing if the
// file is there.
func (c *Client) Download(ctx context.Context, messageID string, index int) error {
	m, a, err := c.fileOf(ctx, messageID, index)
	if err != nil || a.File != "" {
		return err
	}
	err = c.transfer(ctx, Transfer{Message: m.Row, Index: index}, func(ctx context.Context, progress fileserver.Progress) error {
		data, err := c.fetch(ctx, a.URL, attachment.Pointer{Key: a.Key, Digest: a.Digest, Size: a.Size}, progress)
		if err != nil {
			return err
		}
		if a.File, a.FileKey, err = c.db.SaveAttachment(bytes.NewReader(data), c.rand); err != nil {
			return err
		}
		if err = c.putFile(ctx, m.Row, a); err != nil {
			c.discard([]store.Attachment{a})
		}
		return err
	})
	if err == nil {
		c.announceChanged(ctx, m.Row)
	}
	return err
}

// fetch downloads a file and decrypts it.
func (c *Client) fetch(ctx context.Context, url string, p attachment.Pointer, progress fileserver.Progress) ([]byte, error) {
	u, err := attachment.ParseURL(url, c.file.FileServer)
	if err != nil {
		return nil, err
	}
	server, err := network.ParseServer(u.Server, u.X25519)
	if err != nil {
		return nil, err
	}
	blob, err := c.files.Download(ctx, server, u.ID, maxStored, progress)
	if err != nil {
		return nil, err
	}
	p.Deterministic = u.Deterministic
	return attachment.Open(blob, p)
}
