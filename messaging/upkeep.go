package messaging

import (
	"context"
	"iter"
	"math"

	"seance/messaging/id"
	"seance/store"
)

// historyPage is how many messages History holds at a time.
const historyPage = 200

// History is a conversation from its first message to its last, read page by
// page. What has expired is left out, also if it is not deleted yet. An error
// ends it. A conversation that is not there has no messages.
func (c *Client) History(ctx context.Context, conv id.Conversation) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		at := store.Position{TimestampMS: math.MinInt64}
		for {
			list, err := c.Messages(ctx, conv, Page{After: &at, Limit: historyPage})
			if err != nil {
				yield(Message{}, err)
				return
			}
			now := c.net.Now().UnixMilli()
			for _, m := range list {
				if over := m.Expire.AtMS != 0 && m.Expire.AtMS <= now; !over && !yield(m, nil) {
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
