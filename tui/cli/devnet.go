package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging/id"
	"seance/messaging/ons"
	"seance/network/node/devnet"
	"seance/network/node/oxend"
)

func (p *program) devnet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "devnet --dir D", Args: takesNone,
		Short: "Run a private network on this machine until interrupted",
		Long: `Run a private network on this machine until interrupted. Clients reach it with
--network D/network.toml. Everything is kept in D, so that it can be run again.
The network has service nodes, a list of them, and a file server.

It prints one JSON line, {"ready":true,"network","seed","nodes","swarms"}, once the
network runs. Lines on standard input control it: {"stop":I}, {"start":I}, {"add":1}.
Each is answered by a line: {"stopped":I}, {"started":I}, {"added":I} or {"error":"..."}.`,
	}
	names := cmd.Flags().StringArray("name", nil, "register a Session name for an Account ID: `NAME=ID`; may be given several times")
	dir := cmd.Flags().String("dir", "", "the `DIR`ectory that everything is kept in")
	nodes := cmd.Flags().Int("nodes", devnet.DefaultNodes, "how many nodes a new network has, at least 6")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if *dir == "" {
			return usagef("--dir says where the network is kept, and must be given")
		}
		if err := enoughNodes(*nodes); err != nil {
			return err
		}
		o := devnet.Options{Dir: p.path(*dir), Log: p.logger("")}
		if cmd.Flags().Changed("nodes") {
			o.Nodes = *nodes
		}
		var err error
		if o.Names, err = registeredNames(*names); err != nil {
			return err
		}
		d, err := devnet.Start(ctx, o)
		if errors.Is(err, devnet.ErrNodes) {
			return usagef("%v", err)
		}
		if err != nil {
			return err
		}
		if err := p.object(d.Ready()); err != nil {
			return errors.Join(err, d.Close())
		}
		// Whoever closes the streams leaves a network that can only be
		// interrupted. The goroutine is left to its stream.
		go func() { _ = d.Control(p.Stdin, p.Stdout) }()
		<-ctx.Done()
		return d.Close()
	})
}

// registeredNames reads which names the network has.
func registeredNames(list []string) (map[string]oxend.Name, error) {
	names := make(map[string]oxend.Name, len(list))
	for _, entry := range list {
		given, who, _ := strings.Cut(entry, "=")
		name, ok := ons.Parse(given)
		account, err := id.ParseAccount(who)
		if !ok || err != nil {
			return nil, usagef("--name is a Session name, = and an Account ID, not %q", entry)
		}
		hash, n, err := oxend.Register(string(name), account[:])
		if err != nil {
			return nil, err
		}
		names[hash] = n
	}
	return names, nil
}
