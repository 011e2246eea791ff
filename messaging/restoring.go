package messaging

import (
	"context"

	"seance/store"
)

// restoringKey is the setting that says that an account was restored and that not
// all of it is here yet.
const restoringKey = "restoring"

// Restoring reports whether the account was restored and is still being filled
// with what the network has of it.
func (c *Client) Restoring() bool { return c.restoring.Load() }

// restored tells front ends how far an account that was restored has come. fresh
// messages came with the latest answer, which was the last one if done is set.
func (c *Client) restored(ctx context.Context, fresh int, done bool) error {
	if !c.restoring.Load() {
		return nil
	}
	progress := Restoring{Messages: int(c.fetched.Add(int64(fresh))), Done: done}
	err := c.edit(ctx, func(tx *store.Tx) error {
		progress.Contacts = c.configs.contacts.Len()
		if !done {
			return nil
		}
		return tx.SetSetting(restoringKey, nil)
	})
	if err != nil {
		return err
	}
	c.restoring.Store(!done)
	c.hub.emit(progress)
	return nil
}
