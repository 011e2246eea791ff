package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/network/netfile"
	"seance/store"
)

// checkGlobals refuses global flags that cannot be honoured.
func (p *program) checkGlobals() error {
	if _, err := parseLevel(p.logLevel); err != nil {
		return err
	}
	return nil
}

// profileDir is the directory of the profile in use.
func (p *program) profileDir() (string, error) {
	for _, dir := range []string{p.profile, p.lookup("SEANCE_PROFILE")} {
		if dir != "" {
			return p.path(dir), nil
		}
	}
	if data := p.lookup("XDG_DATA_HOME"); filepath.IsAbs(data) { // others are to be ignored, says XDG
		return filepath.Join(data, "seance", "default"), nil
	}
	if home := p.lookup("HOME"); home != "" {
		return filepath.Join(p.path(home), ".local", "share", "seance", "default"), nil
	}
	return "", errors.New("neither HOME nor XDG_DATA_HOME is set: name the profile's directory with --profile")
}

// namedNetwork is the network that the command line or a variable names, nil
// if none does.
func (p *program) namedNetwork() (*netfile.File, error) {
	name := p.network
	if name == "" {
		name = p.lookup("SEANCE_NETWORK")
	}
	if name == "" {
		return nil, nil
	}
	if name == netfile.SessionName {
		file := netfile.Session()
		return &file, nil
	}
	f, err := os.Open(p.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no network file %s, and no network of this name is built in: name a file or %q", name, netfile.SessionName)
	}
	if err != nil {
		return nil, fmt.Errorf("the network file cannot be read: %w", err)
	}
	defer f.Close()
	file, err := netfile.Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &file, nil
}

// networkForNew is the network that a new profile is created on.
func (p *program) networkForNew() (netfile.File, error) {
	named, err := p.namedNetwork()
	if err != nil || named == nil {
		return netfile.Session(), err
	}
	return *named, nil
}

// options say how to open the profile for a command.
func (p *program) options(cmd *cobra.Command) (messaging.Options, error) {
	dir, err := p.profileDir()
	if err != nil {
		return messaging.Options{}, err
	}
	named, err := p.namedNetwork()
	if err != nil {
		return messaging.Options{}, err
	}
	given, err := p.passphrases(dir)
	if err != nil {
		return messaging.Options{}, err
	}
	configuration, err := p.configuration(dir)
	if err != nil {
		return messaging.Options{}, err
	}
	return messaging.Options{
		Dir: dir, Holder: cmd.CommandPath(), Network: named, Passphrase: given.ask, DeterministicFiles: configuration.DeterministicFiles,
		Previews: p.previews(configuration), Log: p.logger(filepath.Join(dir, "log", "seance.log")),
	}, nil
}

// withClient opens the profile for f. Nothing is sent or received.
func (p *program) withClient(ctx context.Context, cmd *cobra.Command, f func(*messaging.Client) error) error {
	o, err := p.options(cmd)
	if err != nil {
		return err
	}
	return p.withOptions(ctx, o, f)
}

// withOptions is withClient for a profile whose options are known.
func (p *program) withOptions(ctx context.Context, o messaging.Options, f func(*messaging.Client) error) error {
	c, err := open(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close())
}

// open opens a profile. Where there is none it leaves none behind.
func open(ctx context.Context, o messaging.Options) (*messaging.Client, error) {
	there, err := store.Exists(o.Dir)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, messaging.ErrNoAccount
	}
	return messaging.Open(ctx, o)
}

// online is withClient with the engine running beside f.
func (p *program) online(ctx context.Context, cmd *cobra.Command, f func(context.Context, *messaging.Client) error) error {
	return p.withClient(ctx, cmd, func(c *messaging.Client) error {
		return running(ctx, c, func() error { return f(ctx, c) })
	})
}

// running keeps the engine running until f returns.
func running(ctx context.Context, c *messaging.Client, f func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	err := f()
	cancel()
	return errors.Join(err, <-ended)
}

func parseLevel(s string) (slog.Level, error) {
	const off = slog.Level(100)
	switch s {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	case "off":
		return off, nil
	}
	return 0, usagef("--log-level is debug, info, warn, error or off, not %q", s)
}
