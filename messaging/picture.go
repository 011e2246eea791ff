package messaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"seance/messaging/attachment"
	"seance/messaging/attachment/picture"
	"seance/messaging/config"
	"seance/messaging/secret"
	"seance/network"
	"seance/network/fileserver"
	"seance/store"
)

// keptPictures is how many pictures of people are kept on the disk.
const keptPictures = 500

// SetPicture makes an image the account's own picture: its middle, made small, is
// encrypted and uploaded, and others are told where it is with the next message. An
// empty image takes the picture away. The error wraps ErrInvalid for what is no
// image.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/apis/file_server_api, ts/util/crypto/profileEncrypter.ts.
func (c *Client) SetPicture(ctx context.Context, image []byte) error {
	var p store.Picture
	if len(image) > 0 {
		var err error
		if p, err = c.uploadPicture(ctx, image); err != nil {
			return err
		}
	}
	now := c.net.Now()
	err := c.edit(ctx, func(tx *store.Tx) error {
		now = c.configs.profileTime(now)
		if err := tx.SetAccountPicture(p); err != nil {
			return err
		}
		if err := profileChanged(tx, now); err != nil {
			return err
		}
		return c.configs.profile.SetPicture(now, config.Picture(p))
	})
	if err == nil {
		c.announce(ctx, &changes{picture: &p})
	}
	return err
}

func (c *Client) uploadPicture(ctx context.Context, image []byte) (p store.Picture, err error) {
	small, err := picture.Avatar(image)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	key, err := attachment.NewAvatarKey(c.rand)
	if err != nil {
		return p, err
	}
	return c.storePicture(ctx, small, key)
}

// storePicture encrypts a picture with a key and puts it on the file server.
func (c *Client) storePicture(ctx context.Context, small []byte, key secret.Bytes) (p store.Picture, err error) {
	sealed, err := attachment.SealAvatar(c.rand, key, small)
	if err != nil {
		return p, err
	}
	url, err := c.deposit(ctx, sealed, nil)
	if err != nil {
		return p, err
	}
	p = store.Picture{URL: url, Key: [32]byte(key.Expose())}
	return p, c.keepPicture(ctx, p, small)
}

// keepPicture puts a picture into the profile, encrypted.
func (c *Client) keepPicture(ctx context.Context, p store.Picture, data []byte) error {
	file, key, err := c.db.SaveAttachment(bytes.NewReader(data), c.rand)
	if err != nil {
		return err
	}
	err = c.db.Update(ctx, func(tx *store.Tx) error {
		return tx.PutPictureFile(p.URL, store.PictureFile{File: file, FileKey: key}, c.net.Now().UnixMilli(), keptPictures)
	})
	if err != nil {
		c.discard([]store.Attachment{{File: file}})
	}
	return err
}

// Picture is the image of a person or a group, from the profile or else from the
// network. It is as its owner made it: of any kind and size up to that of a file.
// The error wraps ErrUnknown if there is no picture.
func (c *Client) Picture(ctx context.Context, p store.Picture) ([]byte, error) {
	if p.URL == "" {
		return nil, fmt.Errorf("no picture: %w", ErrUnknown)
	}
	kept, err := c.db.PictureFile(ctx, p.URL)
	if err == nil {
		return c.read(store.Attachment{File: kept.File, FileKey: kept.FileKey})
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	data, err := c.fetch(ctx, p.URL, attachment.Pointer{Key: secret.New(bytes.Clone(p.Key[:]))}, nil)
	if err != nil {
		return nil, err
	}
	return data, c.keepPicture(ctx, p, data)
}

const (
	pictureNew = 2 * time.Hour // one that has just been uploaded is not renewed
	// pictureAge is how old a picture is uploaded again that cannot be renewed, and
	// pictureLeft how little time it then has left, if the server tells that.
	pictureAge  = 12 * 24 * time.Hour
	pictureLeft = 2 * 24 * time.Hour
)

// renewPicture keeps the account's own picture on the file server, which drops what
// nobody renews. One that is gone, or soon will be, is uploaded again, with the key
// that it had; for that the picture of an account from elsewhere is fetched in time.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/utils/job_runners/jobs/AvatarReuploadJob.ts.
func (c *Client) renewPicture(ctx context.Context) error {
	p := c.Self().Picture
	if p.URL == "" {
		return nil
	}
	updated, err := c.db.Setting(ctx, profileKey)
	if err != nil {
		return err
	}
	seconds, _ := strconv.ParseInt(string(updated), 10, 64)
	age := c.net.Now().Sub(time.Unix(seconds, 0))
	small, missing := c.Picture(ctx, p)
	if age <= pictureNew {
		return missing
	}
	expires, err := c.extendPicture(ctx, p)
	switch left := expires.Sub(c.net.Now()); {
	case err == nil && !expires.IsZero() && left > pictureLeft:
		return c.pictureAgain(ctx, p, p)
	case (err != nil || expires.IsZero()) && !errors.Is(err, fileserver.ErrGone) && age <= pictureAge:
		return err // nobody knows until when it is kept
	}
	if missing != nil {
		return missing
	}
	again, err := c.storePicture(ctx, small, secret.New(bytes.Clone(p.Key[:])))
	if err != nil {
		return err
	}
	return c.pictureAgain(ctx, p, again)
}

// extendPicture has the server keep a picture, if it does that for its kind of ID,
// and tells until when it does.
func (c *Client) extendPicture(ctx context.Context, p store.Picture) (time.Time, error) {
	u, err := attachment.ParseURL(p.URL, c.file.FileServer)
	if err != nil {
		return time.Time{}, err
	}
	server, err := network.ParseServer(u.Server, u.X25519)
	if err != nil {
		return time.Time{}, err
	}
	ask := c.files.Info
	if u.Extendable() {
		ask = func(ctx context.Context, s network.Server, id string) (fileserver.File, error) {
			return c.files.Extend(ctx, s, id, 0)
		}
	}
	f, err := ask(ctx, server, u.ID)
	return f.Expires, err
}

// pictureAgain tells the other devices that the picture was uploaded again, or
// renewed where it is.
func (c *Client) pictureAgain(ctx context.Context, p, again store.Picture) error {
	var changes changes
	err := c.edit(ctx, func(tx *store.Tx) error {
		changes.reset()
		if store.Picture(c.configs.profile.Picture()) != p {
			return nil // another was chosen meanwhile
		}
		before, now := c.configs.profile.Updated(), c.configs.profileTime(c.net.Now())
		if err := c.configs.profile.SetPictureAgain(now, config.Picture(again)); err != nil {
			return err
		}
		if c.configs.profile.Updated().Equal(before) {
			return nil // they know
		}
		changes.picture = &again
		if err := tx.SetAccountPicture(again); err != nil {
			return err
		}
		return profileChanged(tx, now)
	})
	if err == nil {
		c.announce(ctx, &changes)
	}
	return err
}
