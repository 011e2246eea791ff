package network

import (
	"bytes"
	"io"
	"sync"
)

// meter counts what of a request went over the line to the guard, and what of
// its answer came. The HTTP transport may still hold the request when the
// exchange is over: whoever is told learns nothing after stop.
type meter struct {
	begun func()                     // the answer begins
	moved func(sent, received int64) // nil: nobody wants to know

	mu             sync.Mutex
	sent, received int64
}

func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun()
}

func (m *meter) count(sent, received int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent, m.received = m.sent+sent, m.received+received
	if m.moved != nil && sent+received != 0 {
		m.moved(m.sent, m.received)
	}
}

func (m *meter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved = nil
}

// upload is a body that is counted as sent. If the transport sends it again
// after a kept connection broke, counting starts anew.
func (m *meter) upload(body []byte) io.ReadCloser {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = 0
	return &upload{m: m, rest: bytes.NewReader(body)}
}

// upload gives out a body piece by piece. The transport asks for a piece when
// it has written the one before, which is when that one counts.
type upload struct {
	m       *meter
	rest    *bytes.Reader
	pending int64
}

func (u *upload) Read(b []byte) (int, error) {
	u.m.count(u.pending, 0)
	n, err := u.rest.Read(b)
	u.pending = int64(n)
	return n, err
}

// Close does nothing: the body is in memory.
func (u *upload) Close() error { return nil }

// download is an answer that is counted as received.
func (m *meter) download(r io.Reader) io.Reader { return &download{m, r} }

type download struct {
	m    *meter
	from io.Reader
}

func (d *download) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	d.m.count(0, int64(n))
	return n, err
}
