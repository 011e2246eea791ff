package messaging

import (
	"context"

	"seance/store"
)

// CommunityRequests reports whether people who only know the account from a
// community may write to it. They may until that is changed.
func (c *Client) CommunityRequests(ctx context.Context) (wanted bool, err error) {
	err = c.edit(ctx, func(*store.Tx) error {
		var set bool
		wanted, set = c.configs.profile.BlindedRequests()
		wanted = wanted || !set
		return nil
	})
	return wanted, err
}

// SetCommunityRequests changes that, on all devices.
func (c *Client) SetCommunityRequests(ctx context.Context, wanted bool) error {
	return c.edit(ctx, func(*store.Tx) error {
		c.configs.profile.SetBlindedRequests(c.net.Now(), wanted)
		return nil
	})
}
