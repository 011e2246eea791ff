package audio

import (
	"strconv"
	"strings"
)

// invocation is how a program plays what it reads from standard input, or
// writes what it records to standard output: samples without a header. In the
// arguments RATE and CHANNELS stand for the numbers.
type invocation struct {
	program string
	args    []string
}

// players are in the order in which they are tried. macOS has afplay, which
// cannot play what is not a file; a file would be readable by others, so it is
// not used.
func players(os string) []invocation {
	list := []invocation{
		{"mpv", []string{
			"--no-config", "--no-terminal", "--no-video", "--input-terminal=no", "--load-scripts=no", "--ytdl=no", "--cache=no",
			"--demuxer=rawaudio", "--demuxer-rawaudio-format=s16le", "--demuxer-rawaudio-rate=RATE", "--demuxer-rawaudio-channels=CHANNELS", "-",
		}},
		// A newer ffplay takes the number of channels only as a layout, an older one
		// only as a number.
		{"ffplay", []string{"-nodisp", "-autoexit", "-nostats", "-loglevel", "error", "-f", "s16le", "-sample_rate", "RATE", "-ch_layout", "LAYOUT", "-i", "pipe:0"}},
		{"ffplay", []string{"-nodisp", "-autoexit", "-nostats", "-loglevel", "error", "-f", "s16le", "-sample_rate", "RATE", "-channels", "CHANNELS", "-i", "pipe:0"}},
		{"play", []string{"-q", "-t", "raw", "-r", "RATE", "-e", "signed-integer", "-b", "16", "-L", "-c", "CHANNELS", "-"}},
	}
	if os == "linux" {
		list = append(list,
			// Without --raw older ones take samples, and newer ones a file.
			invocation{"pw-play", []string{"--raw", "--rate", "RATE", "--channels", "CHANNELS", "--format", "s16", "-"}},
			invocation{"pw-play", []string{"--rate", "RATE", "--channels", "CHANNELS", "--format", "s16", "-"}},
			invocation{"paplay", []string{"--raw", "--rate=RATE", "--format=s16le", "--channels=CHANNELS"}},
			invocation{"aplay", []string{"-q", "-t", "raw", "-f", "S16_LE", "-r", "RATE", "-c", "CHANNELS", "-"}},
		)
	}
	return list
}

// recorders are in the order in which they are tried.
func recorders(os string) []invocation {
	ffmpeg := func(device ...string) invocation {
		args := append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, device...)
		return invocation{"ffmpeg", append(args, "-ac", "CHANNELS", "-ar", "RATE", "-f", "s16le", "pipe:1")}
	}
	var list []invocation
	switch os {
	case "linux":
		list = append(list, ffmpeg("-f", "alsa", "-i", "default"))
	case "darwin":
		list = append(list, ffmpeg("-f", "avfoundation", "-i", ":default"))
	case "openbsd":
		list = append(list, ffmpeg("-f", "sndio", "-i", "default"))
	}
	list = append(list, invocation{"rec", []string{"-q", "-t", "raw", "-r", "RATE", "-e", "signed-integer", "-b", "16", "-L", "-c", "CHANNELS", "-"}})
	if os == "linux" {
		list = append(list,
			invocation{"pw-record", []string{"--raw", "--rate", "RATE", "--channels", "CHANNELS", "--format", "s16", "-"}},
			invocation{"parecord", []string{"--raw", "--rate=RATE", "--format=s16le", "--channels=CHANNELS"}},
			invocation{"arecord", []string{"-q", "-t", "raw", "-f", "S16_LE", "-r", "RATE", "-c", "CHANNELS"}},
		)
	}
	return list
}

// arguments are those of an invocation with the numbers in place.
func (i invocation) arguments(f Format) []string {
	layout := "mono"
	if f.Channels == 2 {
		layout = "stereo"
	}
	replacer := strings.NewReplacer("RATE", strconv.Itoa(f.Rate), "CHANNELS", strconv.Itoa(f.Channels), "LAYOUT", layout)
	args := make([]string, len(i.args))
	for n, arg := range i.args {
		args[n] = replacer.Replace(arg)
	}
	return args
}
