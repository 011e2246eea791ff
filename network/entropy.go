package network

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sync"
)

// entropy serves several goroutines from one source of randomness.
type entropy struct {
	mu   sync.Mutex
	from io.Reader
}

// Read fills b.
func (e *entropy) Read(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return io.ReadFull(e.from, b)
}

// Uint64 makes it a rand.Source, so that choices of nodes are as
// unpredictable as keys.
func (e *entropy) Uint64() uint64 {
	var b [8]byte
	if _, err := e.Read(b[:]); err != nil {
		panic("internal error: no randomness")
	}
	return binary.LittleEndian.Uint64(b[:])
}

// choices draws indexes and orders. It is not kept: rand.Rand serves one
// goroutine only.
func (e *entropy) choices() *rand.Rand { return rand.New(e) }
