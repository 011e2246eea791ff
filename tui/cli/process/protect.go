package process

import "golang.org/x/sys/unix"

// Protect keeps what is in this process's memory, keys and messages, off the
// disk and from other programs of the same user: there are no core dumps, of
// this process or those it starts, and on Linux no debugger can be attached to
// it. What a system does not offer is done without.
func Protect() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
}
