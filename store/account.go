package store

import (
	"context"

	"seance/messaging/id"
	"seance/messaging/secret"
)

// Account is the account of a profile; there is one at most.
type Account struct {
	ID        id.Account
	Seed      secret.Bytes
	Name      string // the display name; "" if none was chosen
	Picture   Picture
	Network   []byte // the profile's copy of its network file
	CreatedMS int64
}

// CreateAccount keeps the profile's account. It fails with ErrExists if there
// is one.
func (s *Store) CreateAccount(ctx context.Context, a Account) error {
	return s.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`INSERT INTO account (one, id, seed, name, network, created_ms) VALUES (1, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`,
			a.ID[:], blob(a.Seed.Expose()), a.Name, blob(a.Network), a.CreatedMS)
		if err == nil && n == 0 {
			return ErrExists
		}
		return err
	})
}

// Account is the profile's account: ErrNotFound if there is none yet.
func (s *Store) Account(ctx context.Context) (Account, error) {
	var a Account
	var owner, seed, pictureKey []byte
	err := s.queries.row(ctx, into(&owner, &seed, &a.Name, &a.Network, &a.CreatedMS, &a.Picture.URL, &pictureKey),
		`SELECT id, seed, name, network, created_ms, picture_url, picture_key FROM account`)
	if err != nil {
		return Account{}, err
	}
	copy(a.Picture.Key[:], pictureKey)
	a.Seed = secret.New(seed)
	return a, fill(a.ID[:], owner)
}

// SetAccountName changes the display name. It fails with ErrNotFound if there
// is no account.
func (t *Tx) SetAccountName(name string) error { return t.must(`UPDATE account SET name = ?`, name) }

// SetAccountNetwork changes the network file. It fails with ErrNotFound if there
// is no account.
func (t *Tx) SetAccountNetwork(file []byte) error {
	return t.must(`UPDATE account SET network = ?`, file)
}

// SetAccountPicture changes the account's own picture. It fails with
// ErrNotFound if there is no account.
func (t *Tx) SetAccountPicture(p Picture) error {
	return t.must(`UPDATE account SET picture_url = ?, picture_key = ?`, p.URL, p.key())
}

// ClaimTimestamp is the timestamp of the next message of this account: nowMS,
// or one more than the last one claimed, so that no two are the same. It fails
// with ErrNotFound if there is no account.
func (t *Tx) ClaimTimestamp(nowMS int64) (int64, error) {
	var claimed int64
	err := t.row(into(&claimed),
		`UPDATE account SET last_timestamp_ms = max(?, last_timestamp_ms + 1) RETURNING last_timestamp_ms`, nowMS)
	return claimed, err
}
