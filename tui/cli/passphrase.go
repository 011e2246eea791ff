package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/secret"
	"seance/store"
)

// unprotected is said once, where a profile comes to be without a passphrase.
const unprotected = "the history is not protected by a passphrase, and whoever copies the profile can read it: 'seance passphrase set' protects it"

// laidBare is said where a profile gets its first passphrase, and keeps its key.
const laidBare = "the key of the database lay unprotected on this disk until now: 'seance passphrase change --rekey' makes it worthless"

func (p *program) passphraseCommand() *cobra.Command {
	return p.parent(&cobra.Command{Use: "passphrase", Short: "Protect the history on this disk by a passphrase"},
		p.passphraseSet(), p.passphraseChange(), p.passphraseRemove())
}

func (p *program) passphraseSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set", Args: takesNone,
		Short: "Give the profile a passphrase",
		Long: `Give the profile a passphrase, which is asked for twice on the terminal, or read
from --new-passphrase-file or --new-passphrase-fd.

The key of the database lay unprotected on this disk until then, where copies
of it may have been made. With --rekey the database is written anew with
another key, and the old one opens nothing but copies of the old database.
JSON: {"protected":true,"rekeyed"}.`,
	}
	return p.changesPassphrase(cmd, true, func(protected bool) error {
		if protected {
			return errors.New("the profile has a passphrase already: 'seance passphrase change' gives it another one")
		}
		return nil
	})
}

func (p *program) passphraseChange() *cobra.Command {
	cmd := &cobra.Command{
		Use: "change", Args: takesNone,
		Short: "Give the profile another passphrase",
		Long: `Give the profile another passphrase, which is asked for twice on the terminal, or
read from --new-passphrase-file or --new-passphrase-fd.

The key of the database stays the same: whoever has a copy of the profile and
the old passphrase can read what is written later too, should they get it. With
--rekey the database is written anew with another key.
JSON: {"protected":true,"rekeyed"}.`,
	}
	return p.changesPassphrase(cmd, true, needsOne)
}

func (p *program) passphraseRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove", Args: takesNone,
		Short: "Take the passphrase off the profile",
		Long: `Take the passphrase off the profile. The key of the database lies unprotected on
this disk from then on. JSON: {"protected":false,"rekeyed"}.`,
	}
	return p.changesPassphrase(cmd, false, needsOne)
}

func needsOne(protected bool) error {
	if !protected {
		return errors.New("the profile has no passphrase: 'seance passphrase set' gives it one")
	}
	return nil
}

// changesPassphrase makes cmd one that gives the profile a passphrase, or takes
// it off. allowed says whether that can be, by whether there is one now.
func (p *program) changesPassphrase(cmd *cobra.Command, gives bool, allowed func(protected bool) error) *cobra.Command {
	rekey := cmd.Flags().Bool("rekey", false, "write the whole database anew with another key")
	from := &newPassphrase{p: p, fd: noDescriptor}
	if gives {
		from.flags(cmd.Flags())
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		o, err := p.options(cmd)
		if err != nil {
			return err
		}
		had, err := protected(o.Dir)
		if err != nil {
			return err
		}
		if err := allowed(had); err != nil {
			return err
		}
		old := &remembered{ask: o.Passphrase}
		defer old.forget()
		o.Passphrase = old.answer
		var passphrase secret.Bytes
		if gives {
			if from.byHand() { // nobody shall think of a new one in vain
				if err := p.withOptions(ctx, o, func(*messaging.Client) error { return nil }); err != nil {
					return err
				}
			}
			if passphrase, err = from.read(ctx); err != nil {
				return err
			}
			defer passphrase.Wipe()
		}
		if err := messaging.SetPassphrase(ctx, o, passphrase, *rekey); err != nil {
			return err
		}
		return p.sayPassphrase(had, gives, *rekey)
	})
}

// protected reports whether the profile in dir has a passphrase.
func protected(dir string) (bool, error) {
	there, err := store.Exists(dir)
	if err == nil && !there {
		err = messaging.ErrNoAccount
	}
	if err != nil {
		return false, err
	}
	return store.Protected(dir)
}

// sayPassphrase tells what became of the profile.
func (p *program) sayPassphrase(had, has, rekeyed bool) error {
	var err error
	switch {
	case p.json:
		err = p.object(struct {
			Protected bool `json:"protected"`
			Rekeyed   bool `json:"rekeyed"`
		}{has, rekeyed})
	case !has:
		err = p.say("The profile has no passphrase any more.")
	case had:
		err = p.say("The profile has another passphrase.")
	default:
		err = p.say("The profile has a passphrase.")
	}
	switch {
	case !has:
		p.warn(unprotected)
	case !had && !rekeyed:
		p.warn(laidBare)
	}
	return err
}

// remembered asks for a passphrase once for all that one command needs it for.
type remembered struct {
	ask  messaging.Asker
	text secret.Bytes // the last answer
}

// answer is a messaging.Asker.
func (r *remembered) answer(ctx context.Context, wrong bool) (secret.Bytes, error) {
	if r.text.Len() == 0 || wrong {
		r.forget()
		text, err := r.ask(ctx, wrong)
		if err != nil {
			return secret.Bytes{}, err
		}
		r.text = text
	}
	return secret.Clone(r.text.Expose()), nil
}

func (r *remembered) forget() {
	r.text.Wipe()
	r.text = secret.Bytes{}
}
