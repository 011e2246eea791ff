package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"seance/messaging/secret"
)

// newPassphrase is where a passphrase that is to be set comes from: a file or
// a descriptor, else whoever sits at the terminal, twice.
type newPassphrase struct {
	p    *program
	file string
	fd   int
}

func (n *newPassphrase) flags(flags *pflag.FlagSet) {
	flags.StringVar(&n.file, "new-passphrase-file", "", "a `FILE` with the new passphrase")
	flags.IntVar(&n.fd, "new-passphrase-fd", noDescriptor, "the `NUMBER` of a descriptor to read the new passphrase from")
	withoutDefault(flags, "new-passphrase-fd")
}

// byHand reports whether somebody at the terminal is asked.
func (n *newPassphrase) byHand() bool { return n.file == "" && n.fd == noDescriptor }

func (n *newPassphrase) read(ctx context.Context) (secret.Bytes, error) {
	switch {
	case n.byHand():
		return n.typed(ctx)
	case n.file != "":
		return n.p.fromFile(n.file).read(ctx)
	}
	return n.p.fromDescriptor(n.fd).read(ctx)
}

// typed asks until the same was typed twice: what nobody sees may be mistyped.
func (n *newPassphrase) typed(ctx context.Context) (secret.Bytes, error) {
	question := "New passphrase: "
	for range maxTries {
		first, err := n.ask(ctx, question)
		if err != nil {
			return first, err
		}
		if err := usable(first); err != nil {
			return secret.Bytes{}, fmt.Errorf("the passphrase is %w", err)
		}
		second, err := n.ask(ctx, "The same again: ")
		if err == nil && first.Equal(second) {
			second.Wipe()
			return first, nil
		}
		first.Wipe()
		second.Wipe()
		if err != nil {
			return secret.Bytes{}, err
		}
		question = "These were not the same. New passphrase: "
	}
	return secret.Bytes{}, fmt.Errorf("the two were not the same, %d times: the passphrase is as it was", maxTries)
}

func (n *newPassphrase) ask(ctx context.Context, question string) (secret.Bytes, error) {
	text, err := n.p.question(ctx, question)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return text, err
	case errors.Is(err, io.EOF):
		return text, errors.New("no new passphrase was entered")
	}
	return text, fmt.Errorf("the new passphrase cannot be asked for, name a file with --new-passphrase-file or a descriptor with --new-passphrase-fd: %w", err)
}
