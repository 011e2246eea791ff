// Package config reads what the user wrote into config.toml: the settings that
// are no part of the account.
//
// An entry is a field of Config, with the tags that name it and say what it is,
// and a line in check if its type does not say enough. Nothing else has to
// know of it. What is wrong in a file is told with file and line.
//
// The package knows neither variables nor where the files are; it starts no
// goroutines and writes nothing.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

// Name is the name of the file, in the user's configuration directory as in
// that of a profile.
const Name = "config.toml"

// Config is what the files say. The tag "is" completes the sentence "ENTRY
// must be ..." for a value of another type.
type Config struct {
	// PassphraseCommand prints the profile's passphrase. Empty: there is none.
	PassphraseCommand Command `toml:"passphrase_command" is:"a list of a program and its arguments, such as [\"pass\", \"show\", \"seance\"]"`
	// DeterministicFiles encrypts files in the newer form, which all apps read:
	// what is sent twice is uploaded once.
	DeterministicFiles bool `toml:"deterministic_files" is:"true or false"`
	// Images says whether the screen shows pictures: ImagesAuto, or ImagesOff.
	// Empty is ImagesAuto.
	Images string `toml:"images" is:"\"auto\" or \"off\""`
	// Viewer opens files. "{}" in an argument stands for the file, which otherwise
	// comes last. Empty: the system's own way.
	Viewer Command `toml:"viewer" is:"a list of a program and its arguments, such as [\"feh\", \"-F\"]"`
	// MarkRead says when messages count as read: MarkReadFocused, MarkReadVisible,
	// MarkReadOpened or MarkReadNever. Empty is MarkReadFocused.
	MarkRead string `toml:"mark_read" is:"\"focused\", \"visible\", \"opened\" or \"never\""`
	// UndoSend is for how many seconds a message can be taken back before it is
	// sent. 0: it is sent at once.
	UndoSend int `toml:"undo_send" is:"a number of seconds, such as 5"`
	// Downloads is the directory where the screen saves files. Empty: the usual one.
	Downloads string `toml:"downloads" is:"a directory, such as \"~/Downloads\""`
	// LinkPreviews shows with a message what is behind the first link in it. The
	// site is asked for that when the message is written.
	LinkPreviews bool `toml:"link_previews" is:"true or false"`
	// Proxy is what asks sites for previews, in place of this machine. Empty: what
	// the environment names, if it names any. See ParseProxy.
	Proxy string `toml:"proxy" is:"an address, such as \"socks5://127.0.0.1:9050\""`
}

// The values of Images.
const (
	ImagesAuto = "auto" // where the terminal can, and the link is not slow
	ImagesOff  = "off"
)

// The values of MarkRead.
const (
	MarkReadFocused = "focused" // on the screen, while the terminal has the focus
	MarkReadVisible = "visible" // on the screen
	MarkReadOpened  = "opened"  // in a conversation that is opened, on the screen or not
	MarkReadNever   = "never"   // when the user says so
)

// maxUndo is how long a message can be held back at most, in seconds.
const maxUndo = 60

// maxSize bounds a file.
const maxSize = 1 << 20

// Load reads files, of which each overrides those before it, entry by entry.
// One that is not there says nothing.
func Load(files ...string) (Config, error) {
	var c Config
	for _, file := range files {
		if err := c.add(file); err != nil {
			return Config{}, err
		}
	}
	return c, nil
}

// add puts what a file says over what is there already.
func (c *Config) add(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the configuration cannot be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return fmt.Errorf("the configuration cannot be read: %w", err)
	}
	alone, err := parse(file, text)
	if err != nil {
		return err
	}
	if entry := alone.runs(); entry != "" {
		if err := trusted(f); err != nil {
			return wrong(file, lineOf(text, entry), "%s is not taken from here: %v", entry, err)
		}
	}
	return decode(text, c) // it was decoded once: only what it names is changed
}

// parse reads a file by itself.
func parse(file string, text []byte) (c Config, err error) {
	if len(text) > maxSize {
		return Config{}, fmt.Errorf("%s: larger than %d bytes", file, maxSize)
	}
	if err := decode(text, &c); err != nil {
		line, what := explain(err)
		return Config{}, wrong(file, line, "%s", what)
	}
	if entry, err := c.check(); err != nil {
		return Config{}, wrong(file, lineOf(text, entry), "%s: %v", entry, err)
	}
	return c, nil
}

func decode(text []byte, c *Config) error {
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(c)
}

// check looks for values that cannot be meant: the entry, and what is wrong.
func (c Config) check() (entry string, err error) {
	if err := c.PassphraseCommand.check(); err != nil {
		return "passphrase_command", err
	}
	if err := c.Viewer.check(); err != nil {
		return "viewer", err
	}
	if c.Images != "" && c.Images != ImagesAuto && c.Images != ImagesOff {
		return "images", fmt.Errorf("%q is neither %q nor %q", c.Images, ImagesAuto, ImagesOff)
	}
	if !slices.Contains([]string{"", MarkReadFocused, MarkReadVisible, MarkReadOpened, MarkReadNever}, c.MarkRead) {
		return "mark_read", fmt.Errorf("%q is none of %q, %q, %q and %q", c.MarkRead, MarkReadFocused, MarkReadVisible, MarkReadOpened, MarkReadNever)
	}
	if c.UndoSend < 0 || c.UndoSend > maxUndo {
		return "undo_send", fmt.Errorf("%d is not from 0 to %d", c.UndoSend, maxUndo)
	}
	if _, err := ParseProxy(c.Proxy); c.Proxy != "" && err != nil {
		return "proxy", err
	}
	return "", nil
}

// ParseProxy reads the address of a proxy. The error does not repeat it, for it
// may hold a password.
func ParseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" {
		return nil, errors.New("it begins with http://, https:// or socks5://, and names a host, as socks5://127.0.0.1:9050 does")
	}
	return u, nil
}

// runs is the first entry that has a program started, "" if none has.
func (c Config) runs() (entry string) {
	if len(c.PassphraseCommand) > 0 {
		return "passphrase_command"
	}
	if len(c.Viewer) > 0 {
		return "viewer"
	}
	return ""
}
