package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"seance/messaging/secret"
	"seance/tui/config"
)

const (
	// maxPassphrase is how many bytes a passphrase may have: a key in a file may
	// stand for one, a file named by mistake shall not.
	maxPassphrase = 64 << 10
	// noDescriptor stands for a descriptor that was not named.
	noDescriptor = -1
)

// source is a place where a passphrase was said to be.
type source struct {
	name string // as errors call it: "the passphrase from ..."
	read func(context.Context) (secret.Bytes, error)
}

// fromFile is a passphrase that is all of a file, less one newline.
func (p *program) fromFile(file string) *source {
	return &source{file, func(ctx context.Context) (secret.Bytes, error) {
		f, err := os.Open(p.path(file))
		if err != nil {
			return secret.Bytes{}, fmt.Errorf("the passphrase cannot be read: %w", err)
		}
		defer f.Close()
		return readSecret(ctx, f, file)
	}}
}

// fromDescriptor is a passphrase that another program hands over. Descriptor 0
// is standard input, all of it.
func (p *program) fromDescriptor(fd int) *source {
	name := fmt.Sprintf("descriptor %d", fd)
	return &source{name, func(ctx context.Context) (secret.Bytes, error) {
		switch {
		case fd == 0:
			return readSecret(ctx, p.Stdin, name)
		case fd < 3 || p.Descriptor == nil:
			return secret.Bytes{}, fmt.Errorf("no passphrase can be read from %s", name)
		}
		in, err := p.Descriptor(fd)
		if err != nil {
			return secret.Bytes{}, fmt.Errorf("the passphrase cannot be read: %w", err)
		}
		defer in.Close() // it is not for the programs that are started later
		return readSecret(ctx, in, name)
	}}
}

// fromCommand is a passphrase that a program prints. The program has the
// standard error of this command, to ask for a touch or a code, and no
// standard input.
func (p *program) fromCommand(command config.Command) *source {
	const name = "passphrase_command"
	return &source{name, func(ctx context.Context) (secret.Bytes, error) {
		path, err := p.executable(command[0])
		if err != nil {
			return secret.Bytes{}, fmt.Errorf("%s: %w", name, err)
		}
		cmd := exec.CommandContext(ctx, path, command[1:]...)
		cmd.Dir, cmd.Env, cmd.Stderr = p.Dir, p.Environ, p.Stderr
		cmd.WaitDelay = time.Second // for what it left running
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			return secret.Bytes{}, fmt.Errorf("%s: %w", name, err)
		}
		text, unread := readSecret(ctx, out, name)
		_ = out.Close() // nobody reads the rest of what is too long
		ended := cmd.Wait()
		if errors.Is(ended, exec.ErrWaitDelay) {
			ended = nil // it did end, and well
		}
		if ended != nil && ctx.Err() == nil && !errors.Is(unread, errTooLong) {
			text.Wipe()
			return secret.Bytes{}, fmt.Errorf("%s failed: %w", name, ended) // having printed nothing, most often
		}
		return text, unread
	}}
}

// executable finds a program by the PATH of this command, which need not be
// that of the process. Relative directories in it are left out: who knows
// where the command is typed?
func (p *program) executable(name string) (string, error) {
	if strings.Contains(name, "/") {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(p.lookup("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no program %q in PATH", name)
}

var (
	errTooLong = fmt.Errorf("larger than %d KB: is it the right one?", maxPassphrase>>10)
	errEmpty   = errors.New("empty: it must have a character at least")
)

// readSecret reads a passphrase: all of in, less one newline at its end. The
// buffer never moves, so that no copy of it is left behind. As in readAll, the
// goroutine that reads is left to its stream if ctx ends first.
func readSecret(ctx context.Context, in io.Reader, name string) (secret.Bytes, error) {
	buf := make([]byte, maxPassphrase+2) // with a newline, and one too many
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := io.ReadFull(in, buf)
		done <- result{n, err}
	}()
	var r result
	select {
	case r = <-done:
	case <-ctx.Done():
		return secret.Bytes{}, ctx.Err()
	}
	if r.err != nil && !errors.Is(r.err, io.EOF) && !errors.Is(r.err, io.ErrUnexpectedEOF) {
		clear(buf)
		return secret.Bytes{}, fmt.Errorf("the passphrase from %s cannot be read: %w", name, r.err)
	}
	text := secret.New(bytes.TrimSuffix(buf[:r.n], []byte("\n")))
	if err := usable(text); err != nil {
		clear(buf)
		return secret.Bytes{}, fmt.Errorf("the passphrase from %s is %w", name, err)
	}
	return text, nil
}

// usable refuses what cannot be meant to be a passphrase.
func usable(text secret.Bytes) error {
	switch {
	case text.Len() == 0:
		return errEmpty
	case text.Len() > maxPassphrase:
		return errTooLong
	}
	return nil
}
