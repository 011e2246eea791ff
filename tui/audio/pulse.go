package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// pulse is a sound server that speaks PulseAudio's native protocol, as PipeWire
// does too. Each sound has a connection of its own.
type pulse struct {
	servers []address
	cookie  string // path of the file that proves who one is
}

type address struct{ network, address string }

const (
	pulseTimeout = time.Second            // for an answer
	pulseBuffer  = 200 * time.Millisecond // sound at the server that is not yet heard
	drainTimeout = 5 * time.Second        // for the last of it to be heard
)

var errServerGone = errors.New("the sound server has closed the connection")

// pulseFrom finds servers as PulseAudio's own clients do: where PULSE_SERVER
// says, else the user's own.
func pulseFrom(env Environment) *pulse {
	p := &pulse{cookie: env.Getenv("PULSE_COOKIE")}
	if p.cookie == "" {
		config := env.Getenv("XDG_CONFIG_HOME")
		if config == "" {
			config = filepath.Join(env.Getenv("HOME"), ".config")
		}
		p.cookie = filepath.Join(config, "pulse", "cookie")
	}
	if named := env.Getenv("PULSE_SERVER"); named != "" {
		for _, server := range strings.Fields(named) {
			if a, ok := parseServer(server); ok {
				p.servers = append(p.servers, a)
			}
		}
	} else if dir := env.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		p.servers = []address{{"unix", filepath.Join(dir, "pulse", "native")}}
	}
	return p
}

// parseServer reads one server of PULSE_SERVER: {machine}/path, unix:/path,
// tcp:host:port, or a host. What the braces say, which machine it is meant for,
// is not looked at: a path that is not there is no server.
func parseServer(s string) (a address, ok bool) {
	if strings.HasPrefix(s, "{") {
		_, s, _ = strings.Cut(s, "}")
	}
	network, rest, named := strings.Cut(s, ":")
	switch {
	case s == "":
		return a, false
	case strings.HasPrefix(s, "/"):
		return address{"unix", s}, true
	case named && network == "unix":
		return address{"unix", rest}, true
	case named && (network == "tcp" || network == "tcp4" || network == "tcp6"):
		s = rest
	default:
		network = "tcp"
	}
	if _, _, err := net.SplitHostPort(s); err != nil {
		s = net.JoinHostPort(strings.Trim(s, "[]"), "4713")
	}
	return address{network, s}, true
}

func (p *pulse) name() string { return "PulseAudio or PipeWire" }

// has says whether there is a server with a loudspeaker, and a microphone. A
// server without any hardware has one that swallows everything.
func (p *pulse) has(ctx context.Context) (speaker, microphone bool) {
	c, err := p.connect(ctx)
	if err != nil {
		return false, false
	}
	defer c.close()
	var info proto.GetServerInfoReply
	if err := c.Request(&proto.GetServerInfo{}, &info); err != nil {
		return false, false
	}
	real := func(name string) bool { return name != "" && !strings.HasPrefix(name, "auto_null") }
	return real(info.DefaultSinkName), real(info.DefaultSourceName)
}

// connection is one to a sound server.
type connection struct {
	proto.Client
	conn  net.Conn
	guard *guard
	stop  func() bool

	mu     sync.Mutex
	credit int           // bytes that the server asked for
	sound  []byte        // that it has sent
	news   chan struct{} // one of them has changed
	heard  chan struct{} // the server has begun to play
}

// connect ends with ctx, whatever it waits for then.
func (p *pulse) connect(ctx context.Context) (*connection, error) {
	err := errors.New("there is no sound server")
	for _, server := range p.servers {
		var conn net.Conn
		dialer := net.Dialer{Timeout: pulseTimeout}
		if conn, err = dialer.DialContext(ctx, server.network, server.address); err != nil {
			continue
		}
		c := &connection{
			conn: conn, guard: newGuard(conn),
			news: make(chan struct{}, 1), heard: make(chan struct{}, 1),
		}
		c.stop = context.AfterFunc(ctx, func() { conn.Close() })
		c.Callback = c.receive
		c.SetTimeout(pulseTimeout)
		c.Open(c.guard)
		if err = p.introduce(c); err == nil {
			return c, nil
		}
		c.close()
	}
	return nil, err
}

func (p *pulse) introduce(c *connection) error {
	cookie := make([]byte, 256) // any will do where the socket's owner is proof enough
	if saved, err := os.ReadFile(p.cookie); err == nil && len(saved) == len(cookie) {
		cookie = saved
	}
	var auth proto.AuthReply
	if err := c.Request(&proto.Auth{Version: c.Version(), Cookie: cookie}, &auth); err != nil {
		return err
	}
	c.SetVersion(auth.Version)
	return c.Request(&proto.SetClientName{Props: proto.PropList{
		"application.name": proto.PropListString("seance"),
	}}, &proto.SetClientNameReply{})
}

func (c *connection) close() {
	c.stop()
	c.conn.Close()
}

// receive is called by the goroutine that reads from the server, and must not
// wait. It must not panic either, since that goroutine is not ours.
func (c *connection) receive(message any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tell := c.news
	switch m := message.(type) {
	case *proto.Request:
		c.credit = min(c.credit+int(m.Length), maxPacket)
	case *proto.DataPacket:
		// What nobody fetches is dropped.
		if len(c.sound) < maxPacket {
			c.sound = append(c.sound, m.Data...)
		}
	case *proto.Started:
		tell = c.heard
	case *proto.PlaybackStreamKilled, *proto.RecordStreamKilled:
		c.conn.Close()
	default:
		return
	}
	select {
	case tell <- struct{}{}:
	default:
	}
}

func (c *connection) takeCredit() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, c.credit = c.credit, 0
	return n
}

func (c *connection) takeSound() (b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, c.sound = c.sound, nil
	return b
}

func (f Format) spec() (proto.SampleSpec, proto.ChannelMap) {
	m := proto.ChannelMap{proto.ChannelMono}
	if f.Channels == 2 {
		m = proto.ChannelMap{proto.ChannelLeft, proto.ChannelRight}
	}
	return proto.SampleSpec{Format: proto.FormatInt16LE, Channels: byte(f.Channels), Rate: uint32(f.Rate)}, m
}

// volumes are needed, but not applied: people set the volume at the server.
func (f Format) volumes() proto.ChannelVolumes {
	v := make(proto.ChannelVolumes, f.Channels)
	for i := range v {
		v[i] = 0x10000
	}
	return v
}

// properties are what mixers show.
func properties() proto.PropList {
	return proto.PropList{"media.name": proto.PropListString("voice message")}
}

func (p *pulse) play(ctx context.Context, f Format, pcm io.Reader, heard func()) error {
	c, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	spec, channels := f.spec()
	var stream proto.CreatePlaybackStreamReply
	err = c.Request(&proto.CreatePlaybackStream{
		SampleSpec: spec, ChannelMap: channels, ChannelVolumes: f.volumes(), Properties: properties(),
		SinkIndex: proto.Undefined, BufferMaxLength: proto.Undefined, BufferPrebufferLength: proto.Undefined,
		BufferMinimumRequest: proto.Undefined, BufferTargetLength: uint32(f.samples(pulseBuffer) * f.frame()), AdjustLatency: true,
	}, &stream)
	if err != nil {
		return fmt.Errorf("play: %w", err)
	}
	owed := min(int(stream.Missing), maxPacket)
	buffer := make([]byte, 1<<14)
	for {
		for owed >= int(f.frame()) {
			n, err := io.ReadFull(pcm, buffer[:min(owed, len(buffer))/int(f.frame())*int(f.frame())])
			if n > 0 {
				if err := c.Send(stream.StreamIndex, buffer[:n]); err != nil {
					return err
				}
				owed -= n
			}
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return c.drain(ctx, stream.StreamIndex, heard)
			}
			if err != nil {
				return err
			}
			owed += c.takeCredit()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.guard.gone:
			return errServerGone
		case <-c.heard:
			heard()
		case <-c.news:
			owed += c.takeCredit()
		}
	}
}

// drain waits until the last sample has been heard. A short sound begins to be
// heard only now.
func (c *connection) drain(ctx context.Context, stream uint32, heard func()) error {
	c.SetTimeout(drainTimeout)
	drained := make(chan error, 1)
	go func() { drained <- c.Request(&proto.DrainPlaybackStream{StreamIndex: stream}, nil) }()
	for {
		select {
		case <-c.heard:
			heard()
		case err := <-drained:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
}

func (p *pulse) record(ctx context.Context, pcm io.Writer) error {
	c, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	spec, channels := recordFormat.spec()
	err = c.Request(&proto.CreateRecordStream{
		SampleSpec: spec, ChannelMap: channels, ChannelVolumes: recordFormat.volumes(), Properties: properties(),
		SourceIndex: proto.Undefined, BufferMaxLength: proto.Undefined, DirectOnInputIndex: proto.Undefined,
		BufferFragSize: uint32(recordFormat.samples(pulseBuffer/4) * recordFormat.frame()), AdjustLatency: true,
	}, &proto.CreateRecordStreamReply{})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	for {
		if sound := c.takeSound(); len(sound) > 0 {
			if _, err := pcm.Write(sound); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.guard.gone:
			return errServerGone
		case <-c.news:
		}
	}
}
