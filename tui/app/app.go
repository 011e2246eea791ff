// Package app is the screen: one Bubble Tea model that lays out the pieces of
// package tui, routes keys to them, and speaks with the engine.
//
// Everything that can be done is one Action in one table: its name, its title,
// its keys, and what it does. Key bindings, the palette, the help page and the
// hints at the bottom are read from it.
//
// The model never blocks. Whatever asks the engine is a command, which Bubble
// Tea runs on a goroutine of its own and whose result comes back as a message.
// One command at a time waits for the engine's events. No timer runs while
// nothing changes. The package knows nothing of the network's or the disk's
// workings, and touches no stream, variable or directory but those it is given.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/secret"
	"seance/tui/paint"
)

// Options are what the screen is shown for, and on what.
type Options struct {
	// Client is the engine. It runs already; who opened it ends it. nil is a
	// profile without an account, for which Onboard makes one.
	Client  *messaging.Client
	Onboard Onboard

	// Open is the conversation to start with, the composer focused; "" shows
	// the list.
	Open id.Conversation

	In      io.Reader
	Out     io.Writer
	Environ []string // of the terminal's user: TERM, COLORTERM, NO_COLOR, LANG, EDITOR ...

	// Size is the size to start with where Out is no terminal that can be
	// asked, and Sizes what it becomes.
	Size  Size
	Sizes <-chan Size

	Dir       string   // the working directory; relative paths start here
	Downloads string   // where files are saved; "" is XDG_DOWNLOAD_DIR, else the home directory
	Viewer    []string // the program that opens files, and its arguments; empty is the system's, where there are windows
	NoImages  bool     // no pictures, but lines in their place

	MarkRead MarkRead      // when messages count as read; "" is WhenFocused
	Undo     time.Duration // for how long what is sent can be taken back
	// LinkPreviews has previews of links fetched while they are written; without it,
	// a key does.
	LinkPreviews bool
	SlowLink     bool             // saves bytes: no list beside the chat, few frames
	Title        string           // of the window; "" is Seance
	Now          func() time.Time // nil is time.Now
	Zone         *time.Location   // nil is the local one
}

// MarkRead says when messages count as read.
type MarkRead string

// When messages count as read.
const (
	WhenFocused MarkRead = "focused" // on the screen, while the terminal has the focus
	WhenVisible MarkRead = "visible" // on the screen
	WhenOpened  MarkRead = "opened"  // all of a conversation that is open
	WhenTold    MarkRead = "never"   // none, but by the action for that
)

// Onboard makes an account for a profile that has none. The clients that it
// returns run already.
type Onboard struct {
	// Create makes a new account. The recovery phrase is shown to the user once.
	// The passphrase protects the profile; empty: none does.
	Create func(ctx context.Context, name string, passphrase secret.Bytes) (c *messaging.Client, phrase string, err error)
	// Restore makes the account of a recovery phrase. A *identity.PhraseError
	// says which word is wrong.
	Restore func(ctx context.Context, phrase, name string, passphrase secret.Bytes) (*messaging.Client, error)
	// Demo starts a private network with contacts who answer, and names the
	// conversation to open. nil offers none.
	Demo func(ctx context.Context) (*messaging.Client, id.Conversation, error)
}

// Size is the size of a terminal in cells.
type Size = paint.Size

// The least time between two frames.
const (
	quick = 8 * time.Millisecond
	slow  = 80 * time.Millisecond
)

// Run shows the screen until the user leaves it or ctx ends, which is no error.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	device := paint.Device(o.In, o.Out)
	if s, ok := device.Size(); ok {
		o.Size = s
	} else if o.Size == (Size{}) {
		o.Size = Size{Width: 80, Height: 24}
	}
	if err := device.Raw(); err != nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	defer device.Cooked()
	pause := quick
	if o.SlowLink {
		pause = slow
	}
	p := paint.New(o.Out, o.Environ, pause)
	p.Start()
	defer p.Stop()
	m := newModel(ctx, o)
	m.painter, m.device = p, device
	m.wonder(m.gallery.probe.Question())
	m.measured()
	defer m.close()

	// Package paint does what Bubble Tea's renderer would: see there.
	program := tea.NewProgram(m,
		tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(io.Discard), tea.WithEnvironment(o.Environ),
		tea.WithoutRenderer(), tea.WithFPS(1), tea.WithColorProfile(colorprofile.Env(o.Environ)),
		tea.WithWindowSize(o.Size.Width, o.Size.Height))
	resized := func(s Size) { program.Send(tea.WindowSizeMsg{Width: s.Width, Height: s.Height}) }
	go device.Watch(ctx, resized)
	go follow(ctx, o.Sizes, resized)
	_, err := program.Run()
	if ctx.Err() != nil || errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// follow hands on what comes from a channel until ctx or the channel ends.
func follow(ctx context.Context, sizes <-chan Size, tell func(Size)) {
	for {
		select {
		case s, ok := <-sizes:
			if !ok {
				return
			}
			tell(s)
		case <-ctx.Done():
			return
		}
	}
}
