package messaging

import (
	"bytes"
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"seance/messaging/attachment/picture"
	"seance/messaging/preview"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// Preview fetches the preview of the link in a text that is to be sent. The site
// behind the link learns of it, so this is for users who want it. The error wraps
// preview.ErrNone where there is none to send.
func (c *Client) Preview(ctx context.Context, text string) (p *preview.Preview, err error) {
	address := preview.Link(text)
	if address == "" {
		return nil, fmt.Errorf("%w: the text has no https link to make a preview of", preview.ErrNone)
	}
	err = recovered(func() error {
		p, err = c.previews.Fetch(ctx, address)
		return err
	})
	return p, err
}

// keepPreview puts the preview of a draft into the profile. What is wrong with it
// never keeps the text from being sent.
func (c *Client) keepPreview(d Draft) *store.LinkPreview {
	p := d.Preview
	if p == nil {
		return nil
	}
	address := preview.Standing(p.URL, d.Text)
	if address == "" {
		return nil
	}
	shown := &store.LinkPreview{URL: address, Title: cutTitle(p.Title)}
	if clean, info, err := picture.Strip(p.Image); err == nil {
		a := store.Attachment{
			Index: store.PreviewIndex, ContentType: info.ContentType, Size: int64(len(clean)), Width: info.Width, Height: info.Height,
		}
		if a.File, a.FileKey, err = c.db.SaveAttachment(bytes.NewReader(clean), c.rand); err == nil {
			shown.Image = &a
		} else {
			c.log.Warn("a preview goes without its image", "error", err)
		}
	}
	if shown.Title == "" && shown.Image == nil {
		return nil
	}
	return shown
}

// previewPointers are the previews of a message as it is sent: its one. An image
// that could not be uploaded is left out.
//
// Wire reference: session-foundation/session-desktop: protos/SignalService.proto,
// ts/session/utils/Attachments.ts, uploadLinkPreviewToFileServer.
func previewPointers(p store.LinkPreview) []*sessionpb.DataMessage_Preview {
	shown := &sessionpb.DataMessage_Preview{Url: proto.String(p.URL), Title: proto.String(p.Title)}
	if p.Image != nil && p.Image.URL != "" {
		shown.Image = pointers([]store.Attachment{*p.Image})[0]
	}
	return []*sessionpb.DataMessage_Preview{shown}
}

// mostPreviews is how many previews of a message are looked at. Session sends one.
const mostPreviews = 4

// previewOf is the preview that somebody says a message has: the first of a link
// that stands in its text, and that shows anything.
//
// Wire reference: session-foundation/session-desktop: ts/receiver/queuedJob.ts, handleLinkPreviews.
func previewOf(list []*sessionpb.DataMessage_Preview, text string) *store.LinkPreview {
	if len(list) == 0 {
		return nil
	}
	links := preview.Links(text)
	for _, p := range list[:min(len(list), mostPreviews)] {
		shown := &store.LinkPreview{URL: preview.Among(p.GetUrl(), links), Title: cutTitle(p.GetTitle())}
		if image := attachmentsOf([]*sessionpb.AttachmentPointer{p.GetImage()})[0]; image.URL != "" {
			image.Index, image.Voice = store.PreviewIndex, false
			shown.Image = &image
		}
		if shown.URL != "" && (shown.Title != "" || shown.Image != nil) {
			return shown
		}
	}
	return nil
}

// cutTitle bounds a title.
func cutTitle(title string) string { return cutBytes(title, 4*preview.MaxTitle) }

// previewAgain is the preview of a message, to be sent with another one.
func (c *Client) previewAgain(m Message) *preview.Preview {
	if m.Preview == nil {
		return nil
	}
	p := &preview.Preview{URL: m.Preview.URL, Title: m.Preview.Title}
	if a := m.Preview.Image; a != nil && a.File != "" {
		p.Image, _ = c.read(*a) // without it, the title says enough
	}
	return p
}
