// Command seance is a terminal client for the Session messenger network. What
// it does is in tui/cli; this file hands it the process.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"seance/tui/cli"
	"seance/tui/cli/process"
)

func main() { os.Exit(run()) }

func run() int {
	process.Protect()
	// Having asked for the signal, writing to a closed pipe fails with an error,
	// which is handled there. Ignoring it would be passed on to an editor.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	dir, err := os.Getwd()
	if err != nil {
		dir = "/" // it was removed; absolute paths still work
	}
	return cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Dir: dir, Environ: os.Environ(),
		Terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())),
		Ask:      process.Ask, Descriptor: process.Descriptor,
	})
}
