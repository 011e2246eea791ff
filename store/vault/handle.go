package vault

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// SQLite's memory may hold no pointers of Go, so it holds numbers instead, and
// these tables say what they stand for. They are global because the list of
// VFSes that they stand beside is SQLite's, and global.
var (
	registered handles[VFS]
	openFiles  handles[file]
)

// handles gives numbers to values. Looking one up takes no lock.
type handles[T any] struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*T] // replaced, never changed
}

func (h *handles[T]) add(value *T) uintptr {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*T
	if old := h.list.Load(); old != nil {
		list = append(list, *old...)
	}
	for i, v := range list {
		if v == nil {
			list[i] = value
			h.list.Store(&list)
			return uintptr(i)
		}
	}
	list = append(list, value)
	h.list.Store(&list)
	return uintptr(len(list) - 1)
}

func (h *handles[T]) get(n uintptr) *T { return (*h.list.Load())[n] }

func (h *handles[T]) remove(n uintptr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := append([]*T(nil), *h.list.Load()...)
	list[n] = nil
	h.list.Store(&list)
}

// at gives the address of something that SQLite owns and does not move.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// function gives what SQLite calls: of a function that is declared at top
// level, the address of which never changes.
func function(f any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&f))[1] }
