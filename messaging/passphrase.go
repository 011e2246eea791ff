package messaging

import (
	"context"
	"errors"

	"seance/messaging/secret"
)

// ErrPassphrase is returned by Open for a passphrase that is wrong, or needed
// and not to be had.
var ErrPassphrase = errors.New("wrong passphrase")

// Asker gives the passphrase of a profile. It is asked only where there is one,
// and again, with wrong set, if what it gave was wrong. Its error ends the
// attempt.
type Asker func(ctx context.Context, wrong bool) (secret.Bytes, error)

// SetPassphrase protects a profile by a passphrase, or changes it; an empty one
// removes it. It takes the profile's lock. With rekey the whole database is
// written anew with another key, so that the old one is worth nothing.
func SetPassphrase(ctx context.Context, o Options, passphrase secret.Bytes, rekey bool) error {
	panic("not yet")
}

// Protected reports whether the profile has a passphrase.
func (c *Client) Protected() bool { panic("not yet") }
