package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) groupCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create NAME [WHO...]", Args: takes(1, 1+maxPeople),
		Short: "Create a group, with you as its admin, and invite people to it",
		Long: `Create a group, with you as its admin, and invite people to it: by Account ID, name
of a contact, or registered Session name. Without a network the invitations wait
for the next run; only a picture needs one. Who is a contact joins without being
asked, others are asked first.

JSON: {"id","name"}.`,
	}
	description := cmd.Flags().String("description", "", "what the group is for, as `TEXT`")
	picture := cmd.Flags().String("picture", "", "the group's picture: the middle of the image in `FILE`")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		n := messaging.NewGroup{Name: args[0], Description: *description}
		if *picture != "" {
			var err error
			if n.Picture, err = p.imageIn(*picture); err != nil {
				return err
			}
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			limited, cancel := context.WithTimeout(ctx, settling)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			var err error
			if n.Members, err = accounts(reachable, c, args[1:]); err != nil {
				return err
			}
			during := ctx // it needs no network
			if n.Picture != nil {
				during = reachable
			}
			v, err := c.CreateGroup(during, n)
			if err != nil {
				return causeOf(err, ctx, during)
			}
			_ = c.Flush(reachable)
			if p.json {
				return p.object(struct {
					ID   string `json:"id"`
					Name string `json:"name"`
				}{string(v.ID), v.Name})
			}
			return p.say("%s", v.ID)
		})
	})
}

func (p *program) groupList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: takesNone, Short: "List your groups", Long: "List your groups, and those that you are invited to or were removed from.\n\nJSON, one a line:" + groupFields}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			list, err := c.Conversations(ctx)
			if err != nil {
				return err
			}
			for _, v := range list {
				if _, ok := v.ID.Group(); !ok {
					continue
				}
				g, err := c.Group(ctx, v.ID)
				if err != nil {
					return err
				}
				if !p.json {
					g.Members, g.Description = nil, ""
				}
				if err := p.sayGroup(g); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (p *program) groupShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show GROUP", Args: takes(1, 1), Short: "Show a group and its members", Long: "Show a group and its members.\n\nJSON:" + groupFields}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			g, err := groupNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			return p.sayGroup(g)
		})
	})
}
