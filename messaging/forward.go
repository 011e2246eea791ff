package messaging

import (
	"context"
	"fmt"

	"seance/store"
)

// Forward is a draft of what a message says, to be sent to others, with the
// preview of a link as far as it is here. Nothing in it tells where it comes from.
func (c *Client) Forward(ctx context.Context, messageID string) (Draft, error) {
	m, err := c.Message(ctx, messageID)
	if err != nil {
		return Draft{}, err
	}
	if m.Kind != store.KindMessage || m.Deleted {
		return Draft{}, fmt.Errorf("%w: only messages of people can be forwarded", ErrInvalid)
	}
	return Draft{Text: m.Text, Preview: c.previewAgain(m)}, nil
}
