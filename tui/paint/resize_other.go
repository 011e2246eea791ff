//go:build !unix

package paint

import "os"

// resizes never tells anything: this system has no signal for it.
func resizes() (changed <-chan os.Signal, stop func()) { return nil, func() {} }
