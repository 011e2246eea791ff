package audio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// soundServer starts a PulseAudio without hardware, where it is installed: what
// is played can be recorded.
func soundServer(t *testing.T, sink string) Environment {
	t.Helper()
	program, err := exec.LookPath("pulseaudio")
	if err != nil {
		t.Skip("pulseaudio is not installed")
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	cmd := exec.Command(program, "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", "--log-target=stderr",
		"-L", "module-null-sink sink_name="+sink, "-L", "module-native-protocol-unix auth-anonymous=1 socket="+socket)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "PULSE_RUNTIME_PATH="+dir, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	complaints := &complaint{}
	cmd.Stderr = complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for tick := time.Tick(10 * time.Millisecond); ; <-tick {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			break
		}
		select {
		case <-ended:
			ended <- nil
			t.Skipf("pulseaudio does not run here: %s", complaints.text)
		default:
		}
	}
	return environment(map[string]string{"PULSE_SERVER": "unix:" + socket}, nil, "linux")
}

// TestSoundServer plays to a real server what it records from it meanwhile.
func TestSoundServer(t *testing.T) {
	t.Parallel()
	d := Find(t.Context(), soundServer(t, "speaker"))
	if d.CanPlay() != nil || d.CanRecord() != nil {
		t.Fatalf("%v: %v, %v", d, d.CanPlay(), d.CanRecord())
	}
	r := Record(d)
	defer r.Close()
	p := Play(d, open(t, fixture(t, "ios.m4a")))
	defer p.Close()
	for p.State().Phase == Playing {
		<-p.Changed()
	}
	if state := p.State(); state.Err != nil || state.Position != state.Duration {
		t.Errorf("%+v", state)
	}
	file, _, err := r.Stop()
	if err != nil {
		t.Fatal(err)
	}
	var loud []int16
	for _, s := range decode(t, open(t, file), 0) {
		if len(loud) > 0 || s > 1000 {
			loud = append(loud, s)
		}
	}
	if len(loud) < recordRate/3 {
		t.Fatalf("%d samples were heard", len(loud))
	}
	if loud = loud[:recordRate/3]; !near(pitch(loud, recordFormat), 440, 20) || !near(rms(loud), 2048, 300) {
		t.Errorf("heard %.0f Hz with root mean square %.0f", pitch(loud, recordFormat), rms(loud))
	}
}

// TestShortAndStoppedSounds at a real server.
func TestShortAndStoppedSounds(t *testing.T) {
	t.Parallel()
	env := soundServer(t, "speaker")
	server := pulseFrom(env)
	heard := 0
	if err := server.play(t.Context(), recordFormat, bytes.NewReader(make([]byte, 200)), func() { heard++ }); err != nil || heard != 1 {
		t.Errorf("100 samples: %v, heard %d times", err, heard)
	}
	if err := server.play(t.Context(), recordFormat, bytes.NewReader(nil), func() {}); err != nil {
		t.Errorf("no samples: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	endless := readerFunc(func(b []byte) (int, error) {
		cancel()
		return len(b), nil
	})
	if err := server.play(ctx, Format{48000, 2}, endless, func() {}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if err := server.play(t.Context(), recordFormat, readerFunc(func([]byte) (int, error) { return 0, ErrDamaged }), func() {}); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (r readerFunc) Read(b []byte) (int, error) { return r(b) }

// TestServerWithoutHardware: its loudspeaker swallows everything.
func TestServerWithoutHardware(t *testing.T) {
	t.Parallel()
	d := Find(t.Context(), soundServer(t, "auto_null"))
	if !errors.Is(d.CanPlay(), ErrNoSound) || !errors.Is(d.CanRecord(), ErrNoSound) {
		t.Errorf("%v", d)
	}
}

// TestNoServer: one that hangs up, and one that talks nonsense.
func TestNoServer(t *testing.T) {
	for name, answer := range map[string]string{"hangs up": "", "nonsense": strings.Repeat("HTTP/1.1 400 Bad Request\r\n", 10)} {
		socket := filepath.Join(t.TempDir(), "s")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			t.Skip(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				io.ReadFull(conn, make([]byte, packetHead))
				io.WriteString(conn, answer)
				conn.Close()
			}
		}()
		d := Find(t.Context(), environment(map[string]string{"PULSE_SERVER": socket}, nil, ""))
		if d.CanPlay() == nil || d.CanRecord() == nil {
			t.Errorf("%s: %v", name, d)
		}
		listener.Close()
	}
}
