package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// The circle is the group of the demo: Mina makes it, and you become an admin of it.
const (
	circleName  = "The reading circle"
	circleAbout = "Thursdays at half past six in the old telegraph office. This month: ghost stories."
)

// found makes the circle; everybody else is invited as soon as there is a network.
func (w *World) found(ctx context.Context) error {
	members := []id.Account{w.You.Self().Account}
	for _, c := range w.contacts[1:] {
		members = append(members, c.client.Self().Account)
	}
	g, err := w.contacts[0].client.CreateGroup(ctx, messaging.NewGroup{Name: circleName, Description: circleAbout, Members: members})
	if err != nil {
		return err
	}
	for _, c := range w.contacts {
		c.circle = g.ID
	}
	return nil
}

// join accepts an invitation to the circle, and says there what there is to say.
func (c *contact) join(ctx context.Context, v messaging.Conversation, pause time.Duration) error {
	if v.ID != c.circle || v.Membership != store.Invited {
		return nil
	}
	if err := c.client.AcceptInvitation(ctx, v.ID); err != nil {
		return fmt.Errorf("%s: %w", c.role.name, err)
	}
	return c.say(ctx, c.circle, c.role.joining, pause)
}

// welcome answers the first who speaks in the circle: whoever made it makes you an admin.
func (c *contact) welcome(ctx context.Context, pause time.Duration) error {
	if c.role.welcome == "" || c.welcomed {
		return nil
	}
	c.welcomed = true
	if err := c.client.Promote(ctx, c.circle, []id.Account{c.you}); err != nil {
		return fmt.Errorf("%s: %w", c.role.name, err)
	}
	return c.say(ctx, c.circle, strings.ReplaceAll(c.role.welcome, "@you", "@"+c.you.String()), pause)
}

// discuss answers what you wrote in the circle.
func (c *contact) discuss(ctx context.Context, m messaging.Message, pause time.Duration) error {
	if c.role.likes != "" {
		if err := wait(ctx, pause); err != nil {
			return err
		}
		_, err := c.client.React(ctx, m.ID(), c.role.likes, false)
		return err
	}
	if len(c.role.discusses) == 0 {
		return nil
	}
	return c.say(ctx, c.circle, c.talk.next("circle", c.role.discusses), pause)
}

var minaDiscusses = []string{
	"Everybody in the circle reads that, and nobody else: it is encrypted once, with a key that we all have.",
	"As an admin you may do anything here: Ctrl-P, then \"group\". Rename it, invite somebody, or have a look at who is in it.",
	"There is no server that knows who we are. The members, the name and the keys lie encrypted in a swarm, and the nodes see only a list of blobs.",
	"Type @ and the first letters of a name to mention somebody.",
	"If you remove Oskar, everybody else gets a new key, and he can't read what comes after. Do not tell him I said that.",
}
