package messaging

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"

	"seance/messaging/id"
	"seance/store"
)

// SavePicture puts the picture of a person or a group into a directory, which it
// makes if there is none, and tells its path. Nothing is overwritten. The error
// wraps ErrUnknown if there is no picture.
func (c *Client) SavePicture(ctx context.Context, conv id.Conversation, dir string) (path string, err error) {
	v, err := c.Conversation(ctx, conv)
	if err != nil {
		return "", err
	}
	data, err := c.Picture(ctx, v.Picture)
	if err != nil {
		return "", err
	}
	ending := filepath.Ext(SafeName(store.Attachment{ContentType: http.DetectContentType(data)}))
	name, err := saveAs(dir, SafeName(store.Attachment{Name: v.Title + ending}), bytes.NewReader(data))
	return filepath.Join(dir, name), err
}
