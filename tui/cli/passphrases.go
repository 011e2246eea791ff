package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"seance/messaging"
	"seance/messaging/secret"
	"seance/tui/config"
	"seance/tui/render"
)

// maxTries is how often somebody at a terminal is asked for a passphrase.
const maxTries = 3

// passphrases is where a command has the passphrase of a profile from: the
// source that is named, else whoever sits at the terminal.
type passphrases struct {
	p     *program
	dir   string
	named *source // nil: none is
	tries int     // how often somebody was asked
}

// passphrases finds out where the passphrase of the profile in dir is from.
// Nothing is read before it is needed: a source may be named for all profiles,
// and those without a passphrase leave it alone.
func (p *program) passphrases(dir string) (*passphrases, error) {
	c, err := p.configuration(dir)
	if err != nil {
		return nil, err
	}
	s := &passphrases{p: p, dir: dir}
	switch variable := p.lookup("SEANCE_PASSPHRASE_FILE"); {
	case p.passphraseFile != "":
		s.named = p.fromFile(p.passphraseFile)
	case p.passphraseFD != noDescriptor:
		s.named = p.fromDescriptor(p.passphraseFD)
	case variable != "":
		s.named = p.fromFile(variable)
	case len(c.PassphraseCommand) > 0:
		s.named = p.fromCommand(c.PassphraseCommand)
	}
	return s, nil
}

// ask is a messaging.Asker. A source that has the wrong one has no other.
func (s *passphrases) ask(ctx context.Context, wrong bool) (secret.Bytes, error) {
	switch {
	case s.named != nil && wrong:
		return secret.Bytes{}, &lockedError{text: fmt.Sprintf("the passphrase from %s is wrong", s.named.name)}
	case s.named != nil:
		text, err := s.named.read(ctx)
		if err != nil {
			return secret.Bytes{}, &lockedError{err.Error(), err}
		}
		return text, nil
	case s.tries == maxTries:
		return secret.Bytes{}, &lockedError{text: fmt.Sprintf("the passphrase was wrong, %d times", maxTries)}
	}
	s.tries++
	question := fmt.Sprintf("Passphrase of %s: ", render.Line(s.dir))
	if wrong {
		question = "That is not it. " + question
	}
	text, err := s.p.question(ctx, question)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return text, err
	case errors.Is(err, io.EOF):
		return text, &lockedError{"no passphrase was entered", err}
	}
	return text, &lockedError{"the profile has a passphrase, and there is no terminal to ask for it on: name a file with --passphrase-file " +
		"or SEANCE_PASSPHRASE_FILE, a descriptor with --passphrase-fd, or a passphrase_command in " + config.Name, err}
}

// passphraseForNew is the passphrase that a new profile in dir gets: that of a
// source which is named, else none. Nobody is asked.
func (p *program) passphraseForNew(ctx context.Context, dir string) (secret.Bytes, error) {
	s, err := p.passphrases(dir)
	if err != nil || s.named == nil {
		return secret.Bytes{}, err
	}
	return s.named.read(ctx)
}

// errNoTerminal is what a question ends with where nobody can be asked.
var errNoTerminal = errors.New("there is no terminal")

// question asks at the terminal.
func (p *program) question(ctx context.Context, question string) (secret.Bytes, error) {
	if p.Ask == nil {
		return secret.Bytes{}, errNoTerminal
	}
	return p.Ask(ctx, question)
}

// lockedError is what unlocking a profile ends with. It is a
// messaging.ErrPassphrase.
type lockedError struct {
	text  string
	cause error // may be nil
}

func (e *lockedError) Error() string { return e.text }

// Unwrap gives the cause too: the end of the context is told otherwise.
func (e *lockedError) Unwrap() []error {
	return slices.DeleteFunc([]error{messaging.ErrPassphrase, e.cause}, func(err error) bool { return err == nil })
}
