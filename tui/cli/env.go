package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"seance/messaging/secret"
)

// Env is the surroundings of one command: everything that it may read from and
// write to besides the files it is told of.
type Env struct {
	Args    []string // without the program's name
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Dir     string   // the working directory; relative paths start here
	Environ []string // NAME=value; of the same name twice, the last counts
	// Terminal tells that Stdin and Stdout are the two ends of a terminal.
	Terminal bool
	// Ask asks for something secret on the terminal that controls the command,
	// whatever the streams are: without showing what is typed, and without the
	// line's end. nil, and an error: there is none. An interrupt from the keyboard
	// is context.Canceled.
	Ask func(ctx context.Context, question string) (secret.Bytes, error)
	// Descriptor opens a file descriptor that the command was started with, other
	// than the streams. nil: there are no others.
	Descriptor func(fd int) (io.ReadCloser, error)
}

// lookup is a variable's value, "" if it is not set.
func (e Env) lookup(name string) string {
	for i := len(e.Environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e.Environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// path is a path as it was typed, found from the working directory.
func (e Env) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(e.Dir, p)
}
