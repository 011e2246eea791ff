//go:build !unix

package paint

import "os"

// resizes never tells anything: this system has no signal for it.
func resizes() (changed <-chan os.Signal, stop func()) { return nil, func() {} }

// pixels is never known.
func pixels(*os.File) (width, height int) { return 0, 0 }
