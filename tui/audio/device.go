package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Environment is where to look for sound.
type Environment struct {
	// Getenv gives a variable's value: PULSE_SERVER, PULSE_COOKIE,
	// XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME and SSH_CONNECTION are asked for.
	Getenv func(name string) string
	// LookPath finds a program. nil: exec.LookPath.
	LookPath func(name string) (string, error)
	// OS is the operating system as the runtime names it. "": this one.
	OS string
}

// output is a way to a loudspeaker: a sound server or a program.
type output interface {
	name() string
	// play takes samples until pcm ends, and returns when the last one has been
	// heard. heard is called when the first one is. When ctx ends it falls silent
	// and returns at once.
	play(ctx context.Context, f Format, pcm io.Reader, heard func()) error
}

// input is a way to a microphone.
type input interface {
	name() string
	// record writes samples of recordFormat until ctx ends or pcm takes no more,
	// whose error it returns then.
	record(ctx context.Context, pcm io.Writer) error
}

// Device is what sound there is. It holds no connection and needs no closing.
type Device struct {
	outputs []output
	inputs  []input
	why     string // there is none, if there is none
}

// patience is how long a way may take to fail before the next one is not tried
// any more: by then something has been heard.
const patience = time.Second

// Find looks for sound: a sound server first, then programs. It connects to the
// server, which takes a few milliseconds, and at most a second. What it finds
// may be gone later, and what comes later is not noticed: look again for each
// sound.
//
// Over SSH the loudspeaker would be in another room. There only a server that
// PULSE_SERVER names counts.
func Find(ctx context.Context, env Environment) *Device {
	if env.LookPath == nil {
		env.LookPath = exec.LookPath
	}
	if env.OS == "" {
		env.OS = runtime.GOOS
	}
	d := &Device{}
	server := pulseFrom(env)
	if env.Getenv("SSH_CONNECTION") != "" && env.Getenv("PULSE_SERVER") == "" {
		d.why = "sound would come out of the machine at the other end of SSH; set PULSE_SERVER to the one you sit at, or save the file"
		return d
	}
	speaker, microphone := server.has(ctx)
	if speaker {
		d.outputs = append(d.outputs, server)
	}
	if microphone {
		d.inputs = append(d.inputs, server)
	}
	for _, c := range players(env.OS) {
		if path, err := env.LookPath(c.program); err == nil {
			d.outputs = append(d.outputs, command{c, path})
		}
	}
	for _, c := range recorders(env.OS) {
		if path, err := env.LookPath(c.program); err == nil {
			d.inputs = append(d.inputs, command{c, path})
		}
	}
	return d
}

// CanPlay is nil, or ErrNoSound with what to do.
func (d *Device) CanPlay() error {
	if len(d.outputs) > 0 {
		return nil
	}
	return d.silent("neither PulseAudio nor PipeWire nor a player was found (mpv, ffplay, play, pw-play, paplay, aplay); save the file and play it elsewhere")
}

// CanRecord is nil, or ErrNoSound with what to do.
func (d *Device) CanRecord() error {
	if len(d.inputs) > 0 {
		return nil
	}
	return d.silent("neither a microphone at PulseAudio or PipeWire nor a recorder was found (ffmpeg, rec, pw-record, parecord, arecord); send a file that was recorded elsewhere")
}

func (d *Device) silent(why string) error {
	if d.why != "" {
		why = d.why
	}
	return fmt.Errorf("%w: %s", ErrNoSound, why)
}

// String names what is tried first for playing and for recording, for people.
func (d *Device) String() string {
	var parts []string
	if len(d.outputs) > 0 {
		parts = append(parts, "plays with "+d.outputs[0].name())
	}
	if len(d.inputs) > 0 {
		parts = append(parts, "records with "+d.inputs[0].name())
	}
	if len(parts) == 0 {
		return "no sound"
	}
	return strings.Join(parts, ", ")
}

// play tries one output after the other. open gives the samples anew.
func (d *Device) play(ctx context.Context, f Format, open func() io.Reader, heard func()) error {
	err := d.CanPlay()
	for _, o := range d.outputs {
		began := time.Now()
		if err = o.play(ctx, f, open(), heard); err == nil || ctx.Err() != nil || time.Since(began) > patience {
			return err
		}
		err = fmt.Errorf("%w: %s: %w", ErrNoSound, o.name(), err)
	}
	return err
}

// record tries one input after the other until one has given sound.
func (d *Device) record(ctx context.Context, pcm *Encoder, level func([]byte)) error {
	err := d.CanRecord()
	for _, in := range d.inputs {
		err = in.record(ctx, writerFunc(func(b []byte) (int, error) {
			n, err := pcm.Write(b)
			level(b[:n])
			return n, err
		}))
		if ctx.Err() != nil || errors.Is(err, errFull) {
			return nil
		}
		if err == nil {
			err = errors.New("it ended")
		}
		err = fmt.Errorf("%w: %s: %w", ErrNoSound, in.name(), err)
		if pcm.samples > 0 {
			return err
		}
	}
	return err
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }
