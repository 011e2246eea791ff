package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var errDeclined = errors.New("nothing was changed")

// confirm asks at the terminal whether what a command is about to do is meant.
// What the question has from others must have passed render.Line.
func (p *program) confirm(ctx context.Context, command, question string) error {
	if !p.Terminal {
		return usagef("%s asks on a terminal whether it is meant: without one it needs --yes", command)
	}
	fmt.Fprintf(p.Stderr, "%s Type yes to go on: ", question)
	select {
	case line := <-lines(ctx, p.Stdin):
		if answer := strings.ToLower(strings.TrimSpace(line)); answer == "yes" || answer == "y" {
			return nil
		}
		return errDeclined
	case <-ctx.Done():
		return ctx.Err()
	}
}
