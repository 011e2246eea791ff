package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

// withMembers is withPeople for people who are in the group.
func (p *program) withMembers(cmd *cobra.Command, f func(context.Context, *messaging.Client, id.Conversation, []id.Account) error) *cobra.Command {
	run := p.withPeople(cmd, f).RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		if errors.Is(err, messaging.ErrUnknown) && !errors.As(err, new(noGroupError)) {
			return noMemberError{err}
		}
		return err
	}
	return cmd
}

// withPeople is a command that does something in a group with people.
func (p *program) withPeople(cmd *cobra.Command, f func(context.Context, *messaging.Client, id.Conversation, []id.Account) error) *cobra.Command {
	cmd.Args = takes(2, 1+maxPeople)
	cmd.Long += "\n\nJSON: the group," + groupFields
	return p.onGroup(cmd, func(ctx context.Context, c *messaging.Client, g messaging.Group, names []string) error {
		who, err := membersNamed(ctx, c, g, names)
		if err != nil {
			return err
		}
		return f(context.WithoutCancel(ctx), c, g.ID, who)
	})
}

// membersNamed finds people by what they are called in a group, else as accounts does.
func membersNamed(ctx context.Context, c *messaging.Client, g messaging.Group, names []string) (list []id.Account, err error) {
	for _, name := range names {
		var found []id.Account
		for _, m := range g.Members {
			if m.Name == name {
				found = append(found, m.Account)
			}
		}
		if len(found) != 1 {
			if found, err = accounts(ctx, c, []string{name}); err != nil {
				return nil, err
			}
		}
		list = append(list, found...)
	}
	return list, nil
}

func (p *program) groupInvite() *cobra.Command {
	cmd := &cobra.Command{
		Use: "invite GROUP WHO...", Short: "Invite people to a group, or again who has not answered",
		Long: `Invite people to a group. Those who were invited and have not answered are sent the
invitation again, and nobody is told. New members read what is written from then
on, unless they are given what was written in the two weeks before. Only admins can.`,
	}
	history := cmd.Flags().Bool("history", false, "let them read what was written before")
	return p.withPeople(cmd, func(ctx context.Context, c *messaging.Client, conv id.Conversation, who []id.Account) error {
		return c.Invite(ctx, conv, who, *history)
	})
}

func (p *program) groupPromote() *cobra.Command {
	cmd := &cobra.Command{
		Use: "promote GROUP WHO...", Short: "Make members of a group admins, or tell them again",
		Long: `Make members of a group admins, for good: admins cannot be removed. Those who are
admins and have not heard of it are told again. Only admins can.`,
	}
	return p.withMembers(cmd, func(ctx context.Context, c *messaging.Client, conv id.Conversation, who []id.Account) error {
		return c.Promote(ctx, conv, who)
	})
}

func (p *program) groupRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove GROUP WHO...", Short: "Remove members from a group",
		Long: "Remove members from a group: they cannot read what is written after. Only admins can.",
	}
	messages := cmd.Flags().Bool("with-messages", false, "delete what they wrote, for everybody")
	return p.withMembers(cmd, func(ctx context.Context, c *messaging.Client, conv id.Conversation, who []id.Account) error {
		return c.RemoveMembers(ctx, conv, who, *messages)
	})
}

func (p *program) groupRename() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rename GROUP NAME", Args: takes(2, 2), Short: "Rename a group for everybody",
		Long: "Rename a group for everybody. Only admins can.\n\nJSON: the group," + groupFields,
	}
	return p.onGroup(cmd, func(ctx context.Context, c *messaging.Client, g messaging.Group, args []string) error {
		return c.ConfigureGroup(context.WithoutCancel(ctx), g.ID, messaging.GroupChange{Name: &args[0]})
	})
}

func (p *program) groupSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set GROUP", Args: takes(1, 1), Short: "Change a group for everybody",
		Long: `Change a group for everybody. Only admins can. What is deleted cannot be brought
back, on no device of any member: it asks on a terminal whether that is meant.

JSON: the group,` + groupFields,
	}
	description := cmd.Flags().String("description", "", "what the group is for, as `TEXT`; \"\" takes it away")
	expire := cmd.Flags().String("expire", "", "when messages disappear: a `TIME` after they are sent, such as 1d, or off")
	deleteNow := cmd.Flags().Bool("delete-messages", false, "delete what was written so far, for everybody")
	filesNow := cmd.Flags().Bool("delete-files", false, "delete the messages with files, for everybody")
	picture := cmd.Flags().String("picture", "", "the group's picture: the middle of the image in `FILE`")
	noPicture := cmd.Flags().Bool("no-picture", false, "take the group's picture away")
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.MarkFlagsMutuallyExclusive("picture", "no-picture")
	meant := func(ctx context.Context, g messaging.Group) error {
		what := "what was written so far"
		switch {
		case *yes || !*deleteNow && !*filesNow:
			return nil
		case !*deleteNow:
			what = "the messages with files"
		}
		return p.confirm(ctx, "group set", "This deletes "+what+" in the group "+render.Line(g.Title)+" for everybody.")
	}
	return p.onGroupMeant(cmd, meant, func(ctx context.Context, c *messaging.Client, g messaging.Group, _ []string) error {
		var change messaging.GroupChange
		if cmd.Flags().Changed("description") {
			change.Description = description
		}
		if *expire != "" {
			t, err := timer(*expire)
			if err != nil {
				return err
			}
			if t.Mode == store.ExpireAfterRead {
				return usagef("messages of groups disappear after they are sent, not after they are read")
			}
			after := time.Duration(t.Seconds) * time.Second
			change.Timer = &after
		}
		now := time.Now()
		if *deleteNow {
			change.DeleteBefore = &now
		}
		if *filesNow {
			change.DeleteFilesBefore = &now
		}
		if *picture != "" || *noPicture {
			var image []byte
			var err error
			if *picture != "" {
				if image, err = p.imageIn(*picture); err != nil {
					return err
				}
			}
			if err := c.SetGroupPicture(ctx, g.ID, image); err != nil {
				return err
			}
		} else if change == (messaging.GroupChange{}) {
			return usagef("there is nothing to change: see 'seance group set --help'")
		}
		return c.ConfigureGroup(context.WithoutCancel(ctx), g.ID, change)
	})
}

func (p *program) groupAccept() *cobra.Command {
	cmd := &cobra.Command{
		Use: "accept GROUP", Args: takes(1, 1), Short: "Join a group that you were invited to",
		Long: "Join a group that you were invited to, as 'seance accept' does.\n\nJSON: the group," + groupFields,
	}
	return p.onGroup(cmd, func(ctx context.Context, c *messaging.Client, g messaging.Group, _ []string) error {
		if err := invited(g); err != nil {
			return err
		}
		if err := c.AcceptInvitation(context.WithoutCancel(ctx), g.ID); err != nil {
			return err
		}
		_ = c.Flush(ctx) // as far as can be told without a network we are in
		if v, err := c.Conversation(context.WithoutCancel(ctx), g.ID); err != nil || v.Membership == store.Kicked {
			return noInvitationError{"the invitation to this group was withdrawn: an admin of the group can send another"}
		}
		return nil
	})
}

func (p *program) groupDecline() *cobra.Command {
	cmd := &cobra.Command{Use: "decline GROUP", Args: takes(1, 1), Short: "Turn an invitation to a group away; nobody learns of it",
		Long: "Turn an invitation to a group away, as 'seance decline' does; nobody learns of it.\nIt prints nothing, with --json too."}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			g, err := groupNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := invited(g); err != nil {
				return err
			}
			if err := c.DeclineInvitation(ctx, g.ID); err != nil {
				return err
			}
			return push(ctx, c)
		})
	})
}

func (p *program) groupLeave() *cobra.Command {
	cmd := &cobra.Command{
		Use: "leave GROUP", Args: takes(1, 1), Short: "Leave a group, and delete the conversation",
		Long: `Leave a group, and delete the conversation on all your devices. The only admin makes
somebody else admin first, or ends the group for everybody. It asks on a terminal
whether that is meant.

JSON: the group as it was,` + groupFields,
	}
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	destroy := cmd.Flags().Bool("destroy", false, "end the group for everybody, which only admins can")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			g, err := groupNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			if !*yes {
				question := "This deletes the group " + render.Line(g.Title) + " on all your devices."
				if *destroy {
					question = "This ends the group " + render.Line(g.Title) + " for everybody."
				}
				if err := p.confirm(ctx, "group leave", question); err != nil {
					return err
				}
			}
			limited, cancel := context.WithTimeout(ctx, settling)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			if err := c.Leave(reachable, g.ID, *destroy); err != nil {
				if errors.Is(err, messaging.ErrOnlyAdmin) {
					return fmt.Errorf("%w (--destroy)", err)
				}
				if cause := context.Cause(reachable); cause != nil && !errors.Is(err, cause) {
					err = errors.Join(cause, err)
				}
				return err
			}
			_ = c.Flush(reachable)
			if !p.json {
				return nil
			}
			return p.sayGroup(g)
		})
	})
}
