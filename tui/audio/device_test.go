package audio

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// environment has the variables and the programs that are named.
func environment(variables map[string]string, programs map[string]string, os string) Environment {
	return Environment{
		Getenv: func(name string) string { return variables[name] },
		LookPath: func(name string) (string, error) {
			if path, ok := programs[name]; ok {
				return path, nil
			}
			return "", exec.ErrNotFound
		},
		OS: os,
	}
}

func installed(names ...string) map[string]string {
	programs := map[string]string{}
	for _, name := range names {
		programs[name] = "/bin/" + name
	}
	return programs
}

func TestWhatIsFound(t *testing.T) {
	for _, test := range []struct {
		name      string
		variables map[string]string
		programs  map[string]string
		os        string
		plays     []string
		records   []string
	}{
		{"nothing", nil, nil, "linux", nil, nil},
		{"a server's leftovers", map[string]string{"XDG_RUNTIME_DIR": "/nonexistent"}, nil, "linux", nil, nil},
		{"all of linux", nil, installed("aplay", "arecord", "mpv", "ffplay", "ffmpeg", "play", "rec", "pw-play", "pw-record", "paplay", "parecord", "afplay"), "linux",
			[]string{"mpv", "ffplay", "ffplay", "play", "pw-play", "pw-play", "paplay", "aplay"}, []string{"ffmpeg", "rec", "pw-record", "parecord", "arecord"}},
		{"a mac", nil, installed("afplay", "ffplay", "ffmpeg"), "darwin", []string{"ffplay", "ffplay"}, []string{"ffmpeg"}},
		{"a windows", nil, installed("mpv", "ffmpeg", "pw-play"), "windows", []string{"mpv"}, nil},
		{"ALSA only", nil, installed("aplay", "arecord"), "linux", []string{"aplay"}, []string{"arecord"}},
		{"over SSH", map[string]string{"SSH_CONNECTION": "::1 1 ::1 22"}, installed("mpv", "arecord"), "linux", nil, nil},
		{"over SSH with a server", map[string]string{"SSH_CONNECTION": "::1 1 ::1 22", "PULSE_SERVER": "unix:/nonexistent"}, installed("paplay"), "linux", []string{"paplay"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := Find(t.Context(), environment(test.variables, test.programs, test.os))
			var plays, records []string
			for _, o := range d.outputs {
				plays = append(plays, o.name())
			}
			for _, i := range d.inputs {
				records = append(records, i.name())
			}
			if !slices.Equal(plays, test.plays) || !slices.Equal(records, test.records) {
				t.Errorf("plays with %v, records with %v", plays, records)
			}
			for _, err := range []error{d.CanPlay(), d.CanRecord()} {
				if err != nil && (!errors.Is(err, ErrNoSound) || strings.Contains(err.Error(), "\n")) {
					t.Errorf("%v", err)
				}
			}
			if (d.CanPlay() == nil) != (plays != nil) || (d.CanRecord() == nil) != (records != nil) {
				t.Errorf("%v, %v", d.CanPlay(), d.CanRecord())
			}
			if d.String() == "" {
				t.Error("no name")
			}
		})
	}
	err := Find(t.Context(), environment(map[string]string{"SSH_CONNECTION": "x"}, nil, "")).CanPlay()
	if err == nil || !strings.Contains(err.Error(), "PULSE_SERVER") || !strings.Contains(err.Error(), "save") {
		t.Errorf("over SSH: %v", err)
	}
}

func TestArguments(t *testing.T) {
	for _, list := range [][]invocation{players("linux"), recorders("linux"), recorders("darwin"), recorders("openbsd")} {
		for _, i := range list {
			args := strings.Join(i.arguments(Format{22050, 2}), " ")
			if !strings.Contains(args, "22050") || strings.ContainsAny(args, "RH") && strings.Contains(args, "RATE") || strings.Contains(args, "CHANNELS") || strings.Contains(args, "LAYOUT") {
				t.Errorf("%s %s", i.program, args)
			}
			if !strings.Contains(args, "=2") && !strings.Contains(args, " 2") && !strings.Contains(args, "stereo") {
				t.Errorf("%s %s: not in stereo", i.program, args)
			}
		}
	}
}

// script is a program that plays or records.
func script(t *testing.T, text string) string {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh")
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// twoSeconds are more than what a pipe holds of them.
func twoSeconds(t *testing.T) []byte { return encode(t, tone(recordRate, 440, 8000, 2*time.Second)) }

// play waits until a sound has ended.
func play(t *testing.T, programs map[string]string) State {
	t.Helper()
	p := Play(Find(t.Context(), environment(nil, programs, "linux")), open(t, twoSeconds(t)))
	defer p.Close()
	for p.State().Phase == Playing {
		<-p.Changed()
	}
	return p.State()
}

func TestPlayingWithAProgram(t *testing.T) {
	heard := filepath.Join(t.TempDir(), "heard")
	want := bytesOf(decode(t, open(t, twoSeconds(t)), 0))
	good := script(t, `echo "$@" >`+heard+`.args; cat >`+heard)
	for name, programs := range map[string]map[string]string{
		"one":                      {"aplay": good},
		"the first cannot":         {"mpv": script(t, "echo no audio device >&2; exit 2"), "aplay": good},
		"the first does nothing":   {"mpv": script(t, "exit 0"), "aplay": good},
		"the first does not start": {"mpv": "/nonexistent", "aplay": good},
	} {
		os.Remove(heard)
		state := play(t, programs)
		if state.Err != nil || state.Phase != Ended || state.Position != state.Duration {
			t.Errorf("%s: %+v", name, state)
		}
		if got, err := os.ReadFile(heard); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: heard %d bytes, want %d: %v", name, len(got), len(want), err)
		}
		if args, err := os.ReadFile(heard + ".args"); err != nil || string(args) != "-q -t raw -f S16_LE -r 44100 -c 1 -\n" {
			t.Errorf("%s: %s, %v", name, args, err)
		}
	}
}

func TestPlayingWithoutSound(t *testing.T) {
	if state := play(t, nil); !errors.Is(state.Err, ErrNoSound) || state.Phase != Ended {
		t.Errorf("%+v", state)
	}
	state := play(t, map[string]string{"aplay": script(t, `printf 'no \033[31mcard\nmore\n' >&2; exit 1`)})
	if !errors.Is(state.Err, ErrNoSound) || !strings.Contains(state.Err.Error(), "aplay") || !strings.HasSuffix(state.Err.Error(), "no [31mcard") {
		t.Errorf("%v", state.Err)
	}
}

func TestClosingEndsTheProgram(t *testing.T) {
	p := Play(Find(t.Context(), environment(nil, map[string]string{"mpv": script(t, "exec cat /dev/zero >/dev/null")}, "linux")), open(t, fixture(t, "ios.m4a")))
	<-p.Changed() // it has started
	p.Close()
	if got := p.State().Phase; got != Playing {
		t.Errorf("%v after closing", got)
	}
}

func TestRecordingWithAProgram(t *testing.T) {
	said := tone(recordRate, 440, 8000, 700*time.Millisecond)
	path := filepath.Join(t.TempDir(), "said")
	if err := os.WriteFile(path, bytesOf(said), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, programs := range map[string]map[string]string{
		"until it ends":     {"arecord": script(t, "cat "+path)},
		"the first cannot":  {"ffmpeg": script(t, "echo no microphone >&2; exit 1"), "arecord": script(t, "cat "+path)},
		"the first is mute": {"rec": script(t, "exit 0"), "arecord": script(t, "cat "+path)},
	} {
		r := Record(Find(t.Context(), environment(nil, programs, "linux")))
		<-r.Done()
		if state := r.State(); !state.Ended || state.Err == nil {
			t.Errorf("%s: %+v, want a word that it broke off", name, state)
		}
		file, length, err := r.Stop()
		if err != nil || length != 700*time.Millisecond {
			t.Fatalf("%s: %v, %v", name, length, err)
		}
		if got := decode(t, open(t, file), 0); len(got) != len(said) || !near(pitch(got, recordFormat), 440, 15) {
			t.Errorf("%s: %d samples at %.0f Hz", name, len(got), pitch(got, recordFormat))
		}
	}
}

func TestRecordingWithoutSound(t *testing.T) {
	for _, programs := range []map[string]string{nil, {"arecord": script(t, "exit 1")}} {
		r := Record(Find(t.Context(), environment(nil, programs, "linux")))
		<-r.Done()
		if file, _, err := r.Stop(); file != nil || !errors.Is(err, ErrNoSound) || !errors.Is(r.State().Err, ErrNoSound) {
			t.Errorf("%v, %+v", err, r.State())
		}
	}
}

func TestServers(t *testing.T) {
	for _, test := range []struct {
		text string
		want address
	}{
		{"/run/user/1000/pulse/native", address{"unix", "/run/user/1000/pulse/native"}},
		{"unix:/tmp/p", address{"unix", "/tmp/p"}},
		{"{0123abcd}unix:/tmp/p", address{"unix", "/tmp/p"}},
		{"tcp:host", address{"tcp", "host:4713"}},
		{"tcp:host:99", address{"tcp", "host:99"}},
		{"tcp4:127.0.0.1:99", address{"tcp4", "127.0.0.1:99"}},
		{"tcp6:[::1]:99", address{"tcp6", "[::1]:99"}},
		{"tcp6:[::1]", address{"tcp6", "[::1]:4713"}},
		{"host", address{"tcp", "host:4713"}},
		{"", address{}},
		{"{x", address{}},
	} {
		if got, ok := parseServer(test.text); got != test.want || ok != (test.want != address{}) {
			t.Errorf("%q: %v, %v", test.text, got, ok)
		}
	}
	env := environment(map[string]string{"XDG_RUNTIME_DIR": "/run/user/1", "HOME": "/home/a", "PULSE_SERVER": "tcp:a  unix:/b"}, nil, "")
	if p := pulseFrom(env); !slices.Equal(p.servers, []address{{"tcp", "a:4713"}, {"unix", "/b"}}) || p.cookie != "/home/a/.config/pulse/cookie" {
		t.Errorf("%+v", p)
	}
	env = environment(map[string]string{"XDG_RUNTIME_DIR": "/run/user/1", "PULSE_COOKIE": "/c"}, nil, "")
	if p := pulseFrom(env); !slices.Equal(p.servers, []address{{"unix", "/run/user/1/pulse/native"}}) || p.cookie != "/c" {
		t.Errorf("%+v", p)
	}
}
