//go:build !linux

package process

// undumpable is more than the limit on core dumps, where there is such a thing.
func undumpable() {}
