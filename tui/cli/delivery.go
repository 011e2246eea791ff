package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

func (p *program) delivery() *cobra.Command {
	cmd := &cobra.Command{
		Use: "delivery CONV ID", Args: takes(2, 2),
		Short: "Print how a message was delivered",
		Long: `Print what was tried to deliver a message that was written on this device: the
way through the network, the nodes that stored it, and what failed, oldest first.
JSON: {"id","conversation","state","failure","attempts":[{"to":"recipient|devices",
"at_ms","path","stored","nodes","failed","error","hash"}]}; path is the addresses
from the guard to the member of the swarm, nodes are those of the members that
stored it, stored and failed count them.`,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			m, err := namedMessage(ctx, c, args[0], args[1])
			if err != nil {
				return err
			}
			attempts, err := c.Delivery(ctx, m.ID())
			if err != nil {
				return err
			}
			if p.json {
				return p.object(deliveryOf(m, attempts))
			}
			return p.sayDelivery(m, attempts)
		})
	})
}

func (p *program) resend() *cobra.Command {
	cmd := &cobra.Command{
		Use: "resend CONV ID", Args: takes(2, 2),
		Short: "Send a message again that failed",
		Long:  `Send a message again that failed. JSON: as send prints.`,
	}
	timeout := cmd.Flags().Duration("timeout", sendTimeout, "how long to wait for the network")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			limited, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			m, err := namedMessage(ctx, c, args[0], args[1])
			if err != nil {
				return err
			}
			if err := c.Retry(ctx, m.ID()); err != nil {
				return err
			}
			return p.awaitSent(reachable, c, m)
		})
	})
}

// deliveryObject is the story of a message.
type deliveryObject struct {
	ID           string          `json:"id"`
	Conversation id.Conversation `json:"conversation"`
	State        *store.State    `json:"state"`
	Failure      *string         `json:"failure"`
	Attempts     []attemptObject `json:"attempts"`
}

// attemptObject is one try to bring it into a swarm.
type attemptObject struct {
	To     string   `json:"to"`
	AtMS   int64    `json:"at_ms"`
	Path   []string `json:"path"`
	Stored int      `json:"stored"`
	Nodes  []string `json:"nodes"`
	Failed int      `json:"failed"`
	Error  *string  `json:"error"`
	Hash   *id.Hash `json:"hash"`
}

func deliveryOf(m messaging.Message, attempts []store.Attempt) deliveryObject {
	o := deliveryObject{m.ID(), m.Conversation, absent(m.State), absent(m.Failure), make([]attemptObject, len(attempts))}
	for i, a := range attempts {
		to := "recipient"
		if a.Kind == store.OutgoingCopy {
			to = "devices"
		}
		o.Attempts[i] = attemptObject{to, a.AtMS, append([]string{}, a.Path...), a.Stored, append([]string{}, a.Nodes...), a.Failed, absent(a.Error), absent(a.Hash)}
	}
	return o
}

// sayDelivery prints it for people.
func (p *program) sayDelivery(m messaging.Message, attempts []store.Attempt) error {
	if len(attempts) == 0 {
		return p.say("Nothing is known of its delivery: it waits in the outbox, or was not written on this device.")
	}
	for _, a := range attempts {
		to := "to the recipient's swarm"
		if _, inGroup := m.Conversation.Group(); inGroup {
			to = "to the group's swarm"
		}
		if a.Kind == store.OutgoingCopy {
			to = "to your own swarm, for your other devices"
		}
		if err := p.say("%s  %s", clock(a.AtMS), to); err != nil {
			return err
		}
		if len(a.Path) > 0 {
			if err := p.say("  path: %s", strings.Join(a.Path, " > ")); err != nil {
				return err
			}
		}
		line := "  failed: " + render.Line(a.Error)
		if a.Error == "" {
			line = "  stored by " + strconv.Itoa(a.Stored) + " nodes: " + strings.Join(a.Nodes, " ")
		}
		if a.Failed > 0 {
			line += ", not by " + strconv.Itoa(a.Failed)
		}
		if err := p.say("%s", line); err != nil {
			return err
		}
	}
	if m.State == store.StateFailed {
		return p.say("It was given up: seance resend sends it again.")
	}
	return nil
}
