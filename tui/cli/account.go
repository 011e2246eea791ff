package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/identity"
)

func (p *program) account() *cobra.Command {
	return p.parent(&cobra.Command{Use: "account", Short: "Make, restore, show or name the account"},
		p.accountCreate(), p.accountRestore(), p.accountShow(), p.accountName(), p.accountPicture(), p.accountRequests(), p.accountReceipts(), p.accountTyping(), p.accountDerive())
}

// newAccount makes a profile with an account in it, on the network and with the
// passphrase that the command was given.
func (p *program) newAccount(ctx context.Context, cmd *cobra.Command, a messaging.NewAccount) (self messaging.Self, err error) {
	o, err := p.options(cmd)
	if err != nil {
		return self, err
	}
	if a.Network, err = p.networkForNew(); err != nil {
		return self, err
	}
	if a.Passphrase, err = p.passphraseForNew(ctx, o.Dir); err != nil {
		return self, err
	}
	defer a.Passphrase.Wipe()
	o.Network = nil // the profile that is there, if one is, is refused for another reason
	c, err := messaging.Create(ctx, o, a)
	if err != nil {
		return self, err
	}
	if a.Passphrase.Len() == 0 {
		p.warn(unprotected)
	}
	return c.Self(), c.Close()
}

// sayAccount prints the Account ID, and the phrase if there is one: bare, a
// line each, for people and scripts alike.
func (p *program) sayAccount(self messaging.Self, phrase string) error {
	if p.json {
		return p.object(accountObject{self.Account.String(), self.Name, absent(phrase)})
	}
	if err := p.say("%s", self.Account); err != nil || phrase == "" {
		return err
	}
	return p.say("%s", phrase)
}

// maxPhrase is how many bytes a recovery phrase may be typed with.
const maxPhrase = 4096

// readPhrase reads a recovery phrase from a file, or from standard input if
// the file is "".
func (p *program) readPhrase(ctx context.Context, file string) (identity.Seed, error) {
	in := p.Stdin
	switch {
	case file != "":
		f, err := os.Open(p.path(file))
		if err != nil {
			return identity.Seed{}, fmt.Errorf("the file with the recovery phrase cannot be read: %w", err)
		}
		defer f.Close()
		in = f
	case p.Terminal:
		p.hint("The recovery phrase, thirteen words on one line:")
		select {
		case line := <-lines(ctx, in):
			return identity.ParsePhrase(line)
		case <-ctx.Done():
			return identity.Seed{}, ctx.Err()
		}
	}
	text, err := readAll(ctx, in, maxPhrase+1)
	if err != nil {
		return identity.Seed{}, fmt.Errorf("the recovery phrase cannot be read: %w", err)
	}
	defer clear(text)
	if len(text) > maxPhrase {
		return identity.Seed{}, errors.New("this is no recovery phrase: it is too long")
	}
	return identity.ParsePhrase(string(text))
}
