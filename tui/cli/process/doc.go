// Package process is what commands need of the process that they run in, and
// may not take themselves: its descriptors, its controlling terminal, and that
// its memory is not written down. Only main calls it; commands are handed its
// functions in their environment.
//
// Ask reads on a goroutine, which ends with the terminal that it opened.
package process

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Descriptor opens a descriptor that the process was started with.
func Descriptor(fd int) (io.ReadCloser, error) {
	var there unix.Stat_t
	if err := unix.Fstat(fd, &there); err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	// Those that this process opened itself close with an exec, those that it was
	// started with do not.
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC != 0 {
		return nil, fmt.Errorf("descriptor %d: %w", fd, unix.EBADF)
	}
	return os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", fd)), nil
}
