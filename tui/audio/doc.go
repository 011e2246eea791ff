// Package audio plays and records voice messages. It owns the formats they
// come in (AAC in m4a as phones record it, AAC in ADTS, mp3 as desktops do),
// the shape of a sound to draw, and the way to a loudspeaker and a microphone:
// PulseAudio, which PipeWire speaks as well, or a program that is installed.
// It must not know messages, the screen, or where files lie: it is given the
// bytes of a file, and gives the bytes of one. Nothing is written to disk, not
// even to be handed to another program.
//
// A file may come from anybody. Sizes in it are never believed: what is
// allocated depends on the length of the file, which is at most MaxFile, and
// not more than MaxDuration of it is decoded. A decoder that panics is an
// error.
//
// A Player and a Recorder each run goroutines of their own until Close. The
// sound server's answers are parsed in a goroutine of the library that speaks
// its protocol; only packets of a sane size and of known kinds reach it.
package audio

import (
	"errors"
	"time"
)

const (
	// MaxDuration is the longest sound that is decoded or recorded. session-desktop:
	// ts/session/constants.ts, MAX_VOICE_MESSAGE_DURATION.
	MaxDuration = 5 * time.Minute
	// MaxFile is the longest file that is opened, in bytes: what an attachment
	// may be.
	MaxFile = 10_000_000
	// ContentType is the media type of what a Recorder makes.
	ContentType = "audio/mp4"
	// FileExtension is the end of the name of what a Recorder makes.
	FileExtension = ".m4a"
)

var (
	// ErrFormat means that a file is no sound that can be played here. It can be
	// saved, and played by another program.
	ErrFormat = errors.New("this sound cannot be played here (AAC in m4a and mp3 can); save it and play it with another program")
	// ErrDamaged means that a sound ends early, since its file is damaged.
	ErrDamaged = errors.New("the sound is damaged")
	// ErrNoSound means that there is nothing to play or record with.
	ErrNoSound = errors.New("no sound here")
	// ErrNothingRecorded means that a recording was ended before there was sound.
	ErrNothingRecorded = errors.New("nothing was recorded")
)
