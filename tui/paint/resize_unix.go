//go:build unix

package paint

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// resizes is signalled when the terminal has a new size.
func resizes() (changed <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}

// pixels is what the system knows of a terminal's size in pixels.
func pixels(f *os.File) (width, height int) {
	s, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(s.Xpixel), int(s.Ypixel)
}
