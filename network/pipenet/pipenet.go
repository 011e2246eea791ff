// Package pipenet is a network inside the process: listeners, dialling and
// connections with the behaviour of TCP on one machine, without a socket.
//
// Connections buffer up to 64 KiB each way, honour deadlines and can be closed
// from either end. Every wait is on a condition variable and every deadline on
// a timer, so that a program whose network this is runs under testing/synctest
// with its clock faked. The package knows nothing of what is sent. It starts no
// goroutines besides the timers of deadlines.
package pipenet

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// backlog is how many connections may wait to be accepted by one listener.
const backlog = 512

// firstPort is where the ports for address ":0" and for the dialling side start.
const firstPort = 20000

// Net is one network. Addresses are IP addresses with a port; every IP address
// belongs to it. The zero value is not usable, see New.
type Net struct {
	mu        sync.Mutex // guards the fields below, never held while waiting
	listeners map[netip.AddrPort]*listener
	lastPort  uint16
}

// New makes an empty network.
func New() *Net {
	return &Net{listeners: map[netip.AddrPort]*listener{}, lastPort: firstPort}
}

func parse(address string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch host {
	case "", "localhost":
		host = "127.0.0.1"
	}
	return netip.ParseAddrPort(net.JoinHostPort(host, port))
}

// nextPort hands out the ports above firstPort one after the other. The caller
// holds mu.
func (n *Net) nextPort() uint16 {
	n.lastPort++
	if n.lastPort < firstPort {
		n.lastPort = firstPort
	}
	return n.lastPort
}

// Listen opens a listener at "IP:PORT"; with port 0 a free port is chosen. The
// error of an address in use wraps syscall.EADDRINUSE, as that of net.Listen.
func (n *Net) Listen(address string) (net.Listener, error) {
	a, err := parse(address)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if a.Port() == 0 {
		for a.Port() == 0 || n.listeners[a] != nil {
			a = netip.AddrPortFrom(a.Addr(), n.nextPort())
		}
	}
	if n.listeners[a] != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: net.TCPAddrFromAddrPort(a), Err: syscall.EADDRINUSE}
	}
	l := &listener{net: n, addr: a, conns: make(chan *conn, backlog), closed: make(chan struct{})}
	n.listeners[a] = l
	return l, nil
}

// Dial connects to a listener. Where nobody listens the error wraps
// syscall.ECONNREFUSED, and a *net.DNSError where the host is not an address. The signature is that of net.Dialer.DialContext.
func (n *Net) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	}
	a, err := parse(address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: err.Error(), Name: address, IsNotFound: true}}
	}
	n.mu.Lock()
	l := n.listeners[a]
	local := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), n.nextPort())
	n.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(a), Err: syscall.ECONNREFUSED}
	if l == nil {
		return nil, refused
	}
	here, there := pair(local, a)
	if !l.offer(there) {
		return nil, refused
	}
	return here, nil
}

type listener struct {
	net    *Net
	addr   netip.AddrPort
	conns  chan *conn
	once   sync.Once
	closed chan struct{}
}

// offer queues a connection for Accept. It reports false when the listener is
// closed or its queue is full.
func (l *listener) offer(c *conn) bool {
	l.net.mu.Lock() // Close takes it too: nothing is queued after the last drain
	defer l.net.mu.Unlock()
	select {
	case <-l.closed:
		return false
	default:
	}
	select {
	case l.conns <- c:
		return true
	default:
		return false
	}
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
	case c := <-l.conns:
		return c, nil
	}
}

// Close frees the address and breaks the connections that nobody accepted.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.net.mu.Lock()
		delete(l.net.listeners, l.addr)
		close(l.closed)
		l.net.mu.Unlock()
		for {
			select {
			case c := <-l.conns:
				c.Close()
			default:
				return
			}
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }
