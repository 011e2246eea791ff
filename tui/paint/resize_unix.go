//go:build unix

package paint

import (
	"os"
	"os/signal"
	"syscall"
)

// resizes is signalled when the terminal has a new size.
func resizes() (changed <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}
