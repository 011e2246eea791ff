package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/store"
)

// account makes a profile on the demo's network and opens it.
func (w *World) account(ctx context.Context, seed identity.Seed, folder, name string, log *slog.Logger) (*messaging.Client, error) {
	return messaging.Create(ctx,
		messaging.Options{Dir: w.profile(folder), Holder: "seance demo", Log: log},
		messaging.NewAccount{Seed: seed, Name: name, Network: w.net.NetworkFile()})
}

// contact is one of the three.
type contact struct {
	role   role
	seed   identity.Seed
	client *messaging.Client
	you    id.Account
	talk   talk

	circle   id.Conversation
	welcomed bool // you, in the circle
}

// live says what the contact came to say, then answers whatever you write,
// one answer a message, until ctx ends.
func (c *contact) live(ctx context.Context, pause time.Duration) error {
	events := c.client.Subscribe()
	defer events.Close()
	if c.role.face != nil {
		if image, err := c.role.face(); err == nil {
			_ = c.client.SetPicture(ctx, image) // whoever cannot be seen can still talk
		}
	}
	for _, text := range c.role.opening {
		if err := c.say(ctx, id.With(c.you), text, pause); err != nil {
			return err
		}
	}
	for {
		e, err := events.Next(ctx)
		if err != nil {
			return err
		}
		if err := c.notice(ctx, e, pause); err != nil {
			return err
		}
	}
}

// notice does what an event asks for, if that can still be done: you may have deleted the
// message, ended the circle or sent the contact away meanwhile.
func (c *contact) notice(ctx context.Context, e messaging.Event, pause time.Duration) (err error) {
	switch e := e.(type) {
	case messaging.ConversationChanged:
		err = c.join(ctx, e.Conversation, pause)
	case messaging.MessageAdded:
		err = c.hear(ctx, e.Message, pause)
	}
	if errors.Is(err, messaging.ErrInvalid) || errors.Is(err, messaging.ErrUnknown) {
		return nil
	}
	return err
}

// hear answers a message, if it is one of yours or there is somebody to welcome.
func (c *contact) hear(ctx context.Context, m messaging.Message, pause time.Duration) error {
	switch {
	case m.Direction != store.In || m.Kind != store.KindMessage:
		return nil
	case m.Conversation == id.With(c.you):
		return c.say(ctx, id.With(c.you), c.role.answer(&c.talk, m.Text), pause)
	case m.Conversation == c.circle && m.Author == c.you.Sender():
		return c.discuss(ctx, m, pause)
	case m.Conversation == c.circle:
		return c.welcome(ctx, pause)
	}
	return nil
}

// say sends a message after the time that it takes to write it.
func (c *contact) say(ctx context.Context, to id.Conversation, text string, pause time.Duration) error {
	if err := wait(ctx, typing(text, pause)); err != nil {
		return err
	}
	if _, err := c.client.Send(ctx, to, messaging.Draft{Text: text}); err != nil {
		return fmt.Errorf("%s: %w", c.role.name, err)
	}
	return nil
}

// typing is how long somebody takes for an answer: the longer it is the
// longer, up to twice the pause.
func typing(text string, pause time.Duration) time.Duration {
	const longAnswer = 200
	return pause + pause*time.Duration(min(len(text), longAnswer))/longAnswer
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
