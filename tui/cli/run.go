package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"seance/messaging"
	"seance/tui/render"
)

// Run carries out the command in env.Args and returns its exit status. It
// returns soon after ctx ends.
func Run(ctx context.Context, env Env) int {
	p := &program{Env: env}
	root := p.root()
	root.SetArgs(append([]string{}, env.Args...)) // never nil: cobra would take the process's own
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	p.completion(root)
	cmd, err := root.ExecuteContextC(ctx)
	err = errors.Join(err, p.closeLog())
	if err == nil {
		return statusDone
	}
	if !p.started {
		err = usagef("%v; see '%s --help'", err, cmd.CommandPath())
	}
	if !closedPipe(err) {
		p.complain(err)
	}
	return status(err)
}

// program is one run of the program: its surroundings and global flags.
type program struct {
	Env
	profile        string
	network        string
	passphraseFile string
	passphraseFD   int
	json           bool
	logLevel       string
	logFile        string

	started bool // the command line was understood and the command began
	log     *logFile
}

// complain writes the one line that tells what went wrong.
func (p *program) complain(err error) {
	text := strings.ReplaceAll(err.Error(), "\n", "; ") // of several errors that were joined
	var locked *lockedError
	switch {
	case errors.Is(err, context.Canceled):
		text = "interrupted"
	case errors.As(err, &locked):
		text = locked.text // the file that could not be opened says nothing more
	}
	// What was not found has been named, and the advice says the rest.
	text = strings.TrimSuffix(text, ": "+messaging.ErrUnknown.Error())
	if hint := advice(err); hint != "" {
		text += ": " + hint
	}
	fmt.Fprintf(p.Stderr, "seance: %s\n", render.Line(text))
}

func (p *program) root() *cobra.Command {
	root := p.screen()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.DisableSuggestions = true // they take several lines
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return withoutParser(err) })

	flags := root.PersistentFlags()
	flags.StringVar(&p.profile, "profile", "", "the `DIR` of the profile (SEANCE_PROFILE; default $XDG_DATA_HOME/seance/default)")
	flags.StringVar(&p.network, "network", "", "the network: `NAME|FILE` (SEANCE_NETWORK; default: the profile's own, else session)")
	flags.StringVar(&p.passphraseFile, "passphrase-file", "", "a `FILE` with the profile's passphrase (SEANCE_PASSPHRASE_FILE)")
	flags.IntVar(&p.passphraseFD, "passphrase-fd", noDescriptor, "the `NUMBER` of a descriptor to read the passphrase from")
	withoutDefault(flags, "passphrase-fd")
	flags.BoolVar(&p.json, "json", false, "print one JSON object a line")
	flags.StringVar(&p.logLevel, "log-level", "warn", "the least `LEVEL` that is logged: debug, info, warn, error or off")
	flags.StringVar(&p.logFile, "log-file", "", "the `FILE` to log to (default DIR/log/seance.log)")

	root.AddCommand(
		p.account(), p.send(), p.receive(), p.conversations(), p.messages(), p.search(), p.read(), p.download(), p.react(), p.unsend(), p.forward(), p.delivery(), p.resend(),
		p.contact(), p.group(), p.requests(), p.accept(), p.decline(), p.block(), p.unblock(),
		p.export(), p.backup(), p.restoreBackup(), p.check(), p.wipe(),
		p.passphraseCommand(), p.events(), p.networkCommand(), p.devnet(), p.demo(), p.version(),
	)
	return root
}

// command makes f what cmd does.
func (p *program) command(cmd *cobra.Command, f func(ctx context.Context, cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p.started = true
		if err := p.checkGlobals(); err != nil {
			return err
		}
		return f(cmd.Context(), cmd, args)
	}
	return cmd
}

// parent makes cmd a word that only stands before others.
func (p *program) parent(cmd *cobra.Command, children ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(children...)
	cmd.Args = takesNone
	return p.command(cmd, func(context.Context, *cobra.Command, []string) error {
		return usagef("%s needs a command; see '%s --help'", cmd.CommandPath(), cmd.CommandPath())
	})
}

// completion makes cobra's command for shells one of ours: its streams have to
// be known before.
func (p *program) completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			p.parent(cmd)
		}
	}
}

// withoutDefault keeps a number that stands for none out of the help.
func withoutDefault(flags *pflag.FlagSet, name string) { flags.Lookup(name).DefValue = "0" }

// withoutParser leaves out of an error what the parser of a flag's value calls
// its own trouble: "strconv.ParseInt: parsing ...".
func withoutParser(err error) error {
	var invalid interface {
		error
		GetValue() string
		Unwrap() error
	}
	if errors.As(err, &invalid) {
		return errors.New(strings.TrimSuffix(err.Error(), ": "+invalid.Unwrap().Error()))
	}
	return err
}

// takes is for a command with that many arguments.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("wrong number of arguments: it is '%s'", cmd.UseLine())
		}
		return nil
	}
}

// takesNone is for a command with none. What stands there is most likely a command that was mistyped.
func takesNone(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && cmd.HasSubCommands() {
		return fmt.Errorf("%s has no command %q", cmd.CommandPath(), args[0])
	}
	return takes(0, 0)(cmd, args)
}
