package audio

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

const (
	packetHead = 20          // length, channel, offset in two, flags
	maxPacket  = 1 << 20     // bytes; a server's packets are of 64 kB at most
	control    = 0xffffffff  // the channel of commands; others are of sound
	sendLimit  = time.Second // a server that takes nothing for so long is gone
)

// known are the commands that the library expects from a server. It would print
// the numbers of others.
var known = [...]uint32{
	proto.OpError, proto.OpReply, proto.OpRequest, proto.OpOverflow, proto.OpUnderflow,
	proto.OpPlaybackStreamKilled, proto.OpRecordStreamKilled, proto.OpPlaybackStreamSuspended, proto.OpRecordStreamSuspended,
	proto.OpPlaybackStreamMoved, proto.OpRecordStreamMoved, proto.OpClientEvent, proto.OpPlaybackStreamEvent,
	proto.OpStarted, proto.OpPlaybackBufferAttrChanged,
}

// guard stands between a sound server and the library that speaks its protocol:
// only whole packets of a sane length and with known commands pass.
type guard struct {
	conn   net.Conn
	gone   chan struct{} // closed when nothing more can be read
	packet []byte        // being passed on
	failed error
}

func newGuard(conn net.Conn) *guard { return &guard{conn: conn, gone: make(chan struct{})} }

// Read is called by one goroutine.
func (g *guard) Read(b []byte) (int, error) {
	for len(g.packet) == 0 && g.failed == nil {
		if g.packet, g.failed = g.next(); g.failed != nil {
			close(g.gone)
		}
	}
	if g.failed != nil {
		return 0, g.failed
	}
	n := copy(b, g.packet)
	g.packet = g.packet[n:]
	return n, nil
}

// next reads a packet; empty: it is not to be passed on.
func (g *guard) next() ([]byte, error) {
	head := make([]byte, packetHead)
	if _, err := io.ReadFull(g.conn, head); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head)
	if length > maxPacket {
		return nil, fmt.Errorf("the sound server sends a packet of %d bytes", length)
	}
	packet := append(head, make([]byte, length)...)
	if _, err := io.ReadFull(g.conn, packet[packetHead:]); err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(packet[4:]) != control {
		return packet, nil
	}
	// A command: the letter L and a number twice, which command and which one.
	body := packet[packetHead:]
	if len(body) < 10 || body[0] != 'L' || body[5] != 'L' || !slices.Contains(known[:], binary.BigEndian.Uint32(body[1:])) {
		return nil, nil
	}
	return packet, nil
}

func (g *guard) Write(b []byte) (int, error) {
	g.conn.SetWriteDeadline(time.Now().Add(sendLimit))
	n, err := g.conn.Write(b)
	if err != nil {
		g.conn.Close() // the library does not look at this error
	}
	return n, err
}
