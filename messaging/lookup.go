package messaging

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"

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
	var answers [lookups]id.Account
	g, ctx := errgroup.WithContext(ctx)
	for i := range answers {
		g.Go(func() error {
			answer, err := c.net.Oxend(ctx, ons.Endpoint, name.Query())
			if err != nil {
				return err
			}
			var record ons.Record
			if err := json.Unmarshal(answer, &record); err != nil || record.Value == "" {
				return fmt.Errorf("no contact is called %q and nobody registered that name: %w", text, ErrUnknown)
			}
			answers[i], err = name.Open(record)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return id.Account{}, err
	}
	if answers[0] != answers[1] || answers[0] != answers[2] {
		return id.Account{}, fmt.Errorf("the service nodes disagree about whose name %q is: %w", text, ErrUnknown)
	}
	return answers[0], nil
}
