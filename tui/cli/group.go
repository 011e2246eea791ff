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

// group groups what is about groups.
func (p *program) group() *cobra.Command {
	return p.parent(&cobra.Command{
		Use: "group", Short: "Create groups, change them and leave them",
		Long: `Create groups, change them and leave them. A group has at most 100 members, and no
server knows who they are. Admins change it, and all members write in it: with
'seance send GROUP', as to a contact. Invitations to groups of others are listed by
'seance requests'.

GROUP is the ID or the name of a group; WHO is an Account ID, the name of a contact
or a member, or a registered Session name.`,
	},
		p.groupCreate(), p.groupList(), p.groupShow(), p.groupInvite(), p.groupAccept(), p.groupDecline(),
		p.groupPromote(), p.groupRemove(), p.groupRename(), p.groupSet(), p.groupLeave())
}

// groupObject is a group as a member knows it.
type groupObject struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description *string        `json:"description"`
	Picture     bool           `json:"picture"`
	Membership  string         `json:"membership"`
	Admin       bool           `json:"admin"`
	Expires     *timerObject   `json:"expires"`
	Members     []memberObject `json:"members"`
}

type memberObject struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Admin bool   `json:"admin"`
	State string `json:"state"`
}

// groupFields is the object, for help.
const groupFields = `
{"id","name","description","picture","membership","admin",
"expires":{"mode","seconds"},"members":[{"id","name","admin","state"}]}.
picture is whether it has one; membership is member, invited, kicked, destroyed, or
expired if its keys are; admin is whether you are one, and null stands for what it
does not have. The state of a member is joined, of an invitation invite_not_sent,
invited or invite_failed, of becoming admin promotion_not_sent, promoted or
promotion_failed, and removed while that is not done yet.`

func groupOf(g messaging.Group) groupObject {
	o := groupObject{ID: string(g.ID), Name: g.Name, Description: absent(g.Description), Picture: g.Picture.URL != "", Membership: memberAs(g.Membership), Admin: g.Admin, Members: []memberObject{}}
	if g.Timer != (store.Timer{}) {
		o.Expires = &timerObject{g.Timer.Mode, g.Timer.Seconds}
	}
	for _, m := range g.Members {
		state := "joined"
		if m.State != store.MemberJoined {
			state = string(m.State)
		}
		o.Members = append(o.Members, memberObject{m.Account.String(), m.Name, m.Admin, state})
	}
	return o
}

// sayGroup prints a group, for people with a line for each member.
func (p *program) sayGroup(g messaging.Group) error {
	o := groupOf(g)
	if p.json {
		return p.object(o)
	}
	line := render.Line(g.Title)
	if g.Membership != store.Member {
		line += "  [" + membership(g.Membership) + "]"
	}
	if o.Expires != nil {
		line += "  [disappears " + timerText(g.Timer) + "]"
	}
	if err := p.say("%s  %s", g.ID, line); err != nil {
		return err
	}
	if g.Description != "" {
		if err := p.say("  %s", render.Line(g.Description)); err != nil {
			return err
		}
	}
	for _, m := range o.Members {
		note := ""
		if m.Admin {
			note = "  [admin]"
		}
		if m.State != "joined" {
			note += "  [" + memberText(store.MemberState(m.State)) + "]"
		}
		if err := p.say("  %s  %s%s", m.ID, render.Line(m.Name), note); err != nil {
			return err
		}
	}
	return nil
}

func memberText(s store.MemberState) string {
	switch s {
	case store.MemberToInvite:
		return "invitation not sent yet"
	case store.MemberInvited:
		return "invited"
	case store.MemberInviteFailed:
		return "invitation failed"
	case store.MemberToPromote:
		return "not told yet"
	case store.MemberPromoted:
		return "has not heard of it yet"
	case store.MemberPromotionFailed:
		return "could not be told"
	case store.MemberRemoved:
		return "being removed"
	}
	return "joined"
}

// groupNamed finds a group that somebody means.
func groupNamed(ctx context.Context, c *messaging.Client, name string) (messaging.Group, error) {
	conv, err := c.Resolve(ctx, name)
	if errors.Is(err, messaging.ErrUnknown) {
		err = noGroupError{name}
	}
	if err != nil {
		return messaging.Group{}, err
	}
	if _, ok := conv.Group(); !ok {
		return messaging.Group{}, usagef("%q is no group: use a group ID or a group's name", name)
	}
	return c.Group(ctx, conv)
}

// noGroupError means that there is no group of this name.
type noGroupError struct{ name string }

func (e noGroupError) Error() string { return fmt.Sprintf("no group is called %q", e.name) }

// Unwrap makes it a kind of messaging.ErrUnknown.
func (noGroupError) Unwrap() error { return messaging.ErrUnknown }

// noMemberError means that nobody in a group is meant.
type noMemberError struct{ error }

func (e noMemberError) Unwrap() error { return e.error }

// noInvitationError means that there is no invitation to a group.
type noInvitationError struct{ text string }

func (e noInvitationError) Error() string { return e.text }

// Unwrap makes it a kind of messaging.ErrUnknown.
func (noInvitationError) Unwrap() error { return messaging.ErrUnknown }

// invited is an error if one is not invited to a group.
func invited(g messaging.Group) error {
	switch g.Membership {
	case store.Invited:
		return nil
	case store.Member:
		return noInvitationError{"no such invitation: you are in this group already"}
	}
	return noInvitationError{"no such invitation: an admin of the group can send you one"}
}

// accounts finds people whom somebody means.
func accounts(ctx context.Context, c *messaging.Client, names []string) (list []id.Account, err error) {
	for _, name := range names {
		conv, err := recipient(ctx, c, name)
		if err != nil {
			return nil, err
		}
		account, ok := conv.Account()
		if !ok {
			return nil, usagef("%q is nobody who could be in a group", name)
		}
		list = append(list, account)
	}
	return list, nil
}

// maxPeople bounds how many people one command is about: more than a group has.
const maxPeople = 100

// settling is how long a command waits until a group's swarm knows what has changed.
const settling = 30 * time.Second

// onGroup is a command that does something with a group, which is the first argument.
func (p *program) onGroup(cmd *cobra.Command, f func(context.Context, *messaging.Client, messaging.Group, []string) error) *cobra.Command {
	return p.onGroupMeant(cmd, func(context.Context, messaging.Group) error { return nil }, f)
}

// onGroupMeant asks first whether it is meant, for which there is all the time.
func (p *program) onGroupMeant(cmd *cobra.Command, ask func(context.Context, messaging.Group) error, f func(context.Context, *messaging.Client, messaging.Group, []string) error) *cobra.Command {
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			g, err := groupNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := ask(ctx, g); err != nil {
				return err
			}
			limited, cancel := context.WithTimeout(ctx, settling)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			if err := f(reachable, c, g, args[1:]); err != nil {
				return causeOf(err, ctx, reachable)
			}
			_ = c.Flush(reachable) // what is left goes with the next run
			if g, err = c.Group(ctx, g.ID); err != nil || !p.json {
				return err
			}
			return p.sayGroup(g)
		})
	})
}

// causeOf is why something was not done: that the network is out of reach, if it was cut
// short for that.
func causeOf(err error, ctx, during context.Context) error {
	if ctx.Err() == nil && during.Err() != nil {
		return context.Cause(during)
	}
	return err
}
