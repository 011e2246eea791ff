package messaging

import (
	"context"
	"encoding/json"
	"fmt"

	"seance/messaging/id"
	"seance/messaging/ons"
)

// lookups is how many service nodes have to agree on whom a name belongs to:
// a single one could answer with an account of its own.
const lookups = 3

// Lookup finds the account that registered a Session name. It fails with
// ErrUnknown if nobody did, or if the nodes that were asked disagree.
func (c *Client) Lookup(ctx context.Context, text string) (id.Account, error) {
	name, ok := ons.Parse(text)
	if !ok {
		return id.Account{}, fmt.Errorf("no contact is called %q: %w", text, ErrUnknown)
	}
	answers, err := c.net.Oxend(ctx, lookups, ons.Endpoint, name.Query())
	if err != nil {
		return id.Account{}, err
	}
	var found id.Account
	for i, answer := range answers {
		var record ons.Record
		if err := json.Unmarshal(answer, &record); err != nil || record.Value == "" {
			return id.Account{}, fmt.Errorf("no contact is called %q and nobody registered that name: %w", text, ErrUnknown)
		}
		account, err := name.Open(record)
		if err != nil {
			return id.Account{}, err
		}
		if i > 0 && account != found {
			return id.Account{}, fmt.Errorf("the service nodes disagree about whose name %q is: %w", text, ErrUnknown)
		}
		found = account
	}
	return found, nil
}
