package messaging

import (
	"context"
	"errors"

	"seance/messaging/secret"
	"seance/store"
)

// ErrPassphrase is returned by Open for a profile that has a passphrase, if
// nobody could be asked for it. What an Asker fails with for want of the right
// one should wrap it.
var ErrPassphrase = store.ErrPassphrase

// Asker gives the passphrase of a profile. It is asked only where there is one,
// and again, with wrong set, if what it gave was wrong. Its error ends the
// attempt.
type Asker = store.Asker

// SetPassphrase protects a profile by a passphrase, or changes it; an empty one
// removes it. It takes the profile's lock. With rekey the whole database is
// written anew with another key, so that the old one is worth nothing.
func SetPassphrase(ctx context.Context, o Options, passphrase secret.Bytes, rekey bool) error {
	if there, err := store.Exists(o.Dir); err != nil {
		return err
	} else if !there {
		return ErrNoAccount
	}
	lock, err := store.LockProfile(o.Dir, o.Holder)
	if err != nil {
		return err
	}
	return errors.Join(store.SetPassphrase(ctx, o.Dir, o.Passphrase, passphrase, rekey), lock.Unlock())
}

// Protected reports whether the profile has a passphrase.
func (c *Client) Protected() bool { return c.protected }
