package audio

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// packet is one as a server sends it.
func packet(channel uint32, body []byte) []byte {
	return append(u32(uint32(len(body)), channel, 0, 0, 0), body...)
}

// commandPacket begins as every command does.
func commandPacket(number uint32) []byte {
	body := append([]byte{'L'}, u32(number)...)
	return packet(control, append(append(body, 'L'), u32(7)...))
}

func TestGuard(t *testing.T) {
	reply, started, unheardOf := commandPacket(2), commandPacket(86), commandPacket(4711)
	sound := packet(3, []byte("sound"))
	for _, test := range []struct {
		name     string
		in, want []byte
	}{
		{"known commands and sound", bytes.Join([][]byte{reply, sound, started}, nil), bytes.Join([][]byte{reply, sound, started}, nil)},
		{"unknown command", bytes.Join([][]byte{reply, unheardOf, sound}, nil), bytes.Join([][]byte{reply, sound}, nil)},
		{"no command", bytes.Join([][]byte{packet(control, []byte("short")), packet(control, make([]byte, 20)), sound}, nil), sound},
		{"empty", packet(3, nil), packet(3, nil)},
		{"too long", append(append(sound, u32(maxPacket+1, 3, 0, 0, 0)...), make([]byte, 100)...), sound},
		{"cut off", append(bytes.Clone(sound), reply[:25]...), sound},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, client := net.Pipe()
			go func() {
				server.Write(test.in)
				server.Close()
			}()
			defer client.Close()
			g := newGuard(client)
			got, err := io.ReadAll(g)
			if !bytes.Equal(got, test.want) {
				t.Errorf("%x, want %x (%v)", got, test.want, err)
			}
			select {
			case <-g.gone:
			default:
				t.Error("the end is not told")
			}
		})
	}
}
