package messaging

import (
	"context"
	"fmt"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// SetGroupPicture gives a group a picture, as SetPicture does the account, and tells its
// members. An empty image takes it away. Only admins can.
//
// Wire reference: session-foundation/session-desktop: ts/state/ducks/metaGroups.ts.
func (c *Client) SetGroupPicture(ctx context.Context, conv id.Conversation, image []byte) error {
	g, err := c.Group(ctx, conv)
	switch {
	case err != nil:
		return err
	case g.Membership != store.Member:
		return errNotInGroup
	case !g.Admin: // before anything is uploaded
		return errOnlyAdmins
	}
	var p store.Picture
	if len(image) > 0 {
		if p, err = c.uploadPicture(ctx, image); err != nil {
			return err
		}
	}
	return c.administer(ctx, conv, func(tx *store.Tx, g *group.Group, ch *changes) error {
		if err := g.Info.SetPicture(config.Picture(p)); err != nil {
			return fmt.Errorf("the address of the picture: %w", err)
		}
		u := &sessionpb.GroupInfoChange{Type: sessionpb.GroupInfoChange_AVATAR.Enum()}
		return c.tellInfo(tx, g, u, store.Message{Text: "You changed the picture of the group."}, ch)
	})
}
