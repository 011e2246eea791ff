//go:build !unix

package vault

// syncDirectory does nothing where directories cannot be synced.
func syncDirectory(string) error { return nil }
