package messaging

import (
	"bytes"
	"context"
	"fmt"

	"seance/store"
)

// Forward is a draft of what a message says, with its files and with the preview of a
// link as far as it is here, to be sent to others. Nothing in it tells where it comes
// from. Files that are not in the profile are downloaded first.
func (c *Client) Forward(ctx context.Context, messageID string) (Draft, error) {
	m, err := c.Message(ctx, messageID)
	if err != nil {
		return Draft{}, err
	}
	if m.Kind != store.KindMessage || m.Deleted {
		return Draft{}, fmt.Errorf("%w: only messages of people can be forwarded", ErrInvalid)
	}
	d := Draft{Text: m.Text, Preview: c.previewAgain(m)}
	for _, a := range m.Attachments {
		if err := c.Download(ctx, messageID, a.Index); err != nil {
			return Draft{}, fmt.Errorf("%s cannot be forwarded: %w", SafeName(a), err)
		}
		_, a, err := c.fileOf(ctx, messageID, a.Index)
		if err != nil {
			return Draft{}, err
		}
		data, err := c.read(a)
		if err != nil {
			return Draft{}, err
		}
		d.Files = append(d.Files, File{Name: a.Name, Content: bytes.NewReader(data), Voice: a.Voice})
	}
	return d, nil
}
