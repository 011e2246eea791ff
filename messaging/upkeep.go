package messaging

import (
	"context"
	"errors"
	"iter"
	"math"

	"seance/messaging/id"
	"seance/store"
)

// historyPage is how many messages History holds at a time.
const historyPage = 200

// History is a conversation from its first message to its last, read page by
// page. An error ends it. A conversation that is not there has no messages.
func (c *Client) History(ctx context.Context, conv id.Conversation) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		at := store.Position{TimestampMS: math.MinInt64}
		for {
			list, err := c.Messages(ctx, conv, Page{After: &at, Limit: historyPage})
			if err != nil {
				yield(Message{}, err)
				return
			}
			for _, m := range list {
				if !yield(m, nil) {
					return
				}
			}
			if len(list) < historyPage {
				return
			}
			at = list[len(list)-1].Position()
		}
	}
}

// EveryConversation lists the conversations with all that are hidden.
func (c *Client) EveryConversation(ctx context.Context) ([]Conversation, error) {
	rows, err := c.db.Conversations(ctx)
	list := make([]Conversation, 0, len(rows))
	for _, v := range rows {
		list = append(list, c.listed(ctx, v))
	}
	return list, err
}

// OpenAttachment reads an attachment that is on this device.
func (c *Client) OpenAttachment(a store.Attachment) (*store.AttachmentFile, error) {
	return c.db.OpenAttachment(a)
}

// Backup copies a profile, which may be in use, into one file. One that is there
// is overwritten only with replace: see store.Backup.
func Backup(ctx context.Context, o Options, file string, replace bool) (store.BackupSummary, error) {
	sum, err := store.Backup(ctx, o.Dir, file, store.BackupOptions{Passphrase: o.Passphrase, Replace: replace})
	return sum, noAccount(err)
}

// RestoreBackup makes a profile out of such a file, where there is none: see
// store.Restore.
func RestoreBackup(ctx context.Context, o Options, file string) (store.RestoreSummary, error) {
	sum, err := store.Restore(ctx, file, o.Dir, store.RestoreOptions{Passphrase: o.Passphrase, Holder: o.Holder})
	if errors.Is(err, store.ErrExists) {
		err = ErrAccountExists
	}
	return sum, err
}

// Wipe destroys a profile and tells what is left in its directory, which is not
// this program's. The account lives on, with its recovery phrase.
func Wipe(o Options) (remained []string, err error) {
	remained, err = store.Wipe(o.Dir, o.Holder)
	return remained, noAccount(err)
}

// Check looks whether a profile is whole, and repairs what can be repaired if
// it is to: see store.Check.
func Check(ctx context.Context, o Options, repair bool) (store.CheckReport, error) {
	report, err := store.Check(ctx, o.Dir, store.CheckOptions{Passphrase: o.Passphrase, Holder: o.Holder, Repair: repair})
	return report, noAccount(err)
}

// noAccount turns the store's word for a missing profile into this package's.
func noAccount(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoAccount
	}
	return err
}
