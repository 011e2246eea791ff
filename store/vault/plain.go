package vault

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// PlainName is the name of SQLite's own VFS, for a file that is not encrypted
// beside one that is: what is attached to a connection has its VFS otherwise.
func PlainName() string {
	tls := libc.NewTLS()
	defer tls.Close()
	base := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if base == 0 {
		return ""
	}
	return libc.GoString(at[sqlite3.Tsqlite3_vfs](base).FzName)
}
