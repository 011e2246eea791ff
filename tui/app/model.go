package app

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/network"
	"seance/tui/chat"
	"seance/tui/composer"
	"seance/tui/paint"
	"seance/tui/render"
	"seance/tui/sidebar"
	"seance/tui/theme"
)

// Focus is the part of the screen that keys go to while no page is open.
type Focus int

// The parts.
const (
	OnComposer Focus = iota
	OnMessages
	OnList
)

// Model is the whole screen.
type Model struct {
	o       Options
	ctx     context.Context
	client  *messaging.Client // nil during onboarding
	self    id.Sender         // its account
	events  *messaging.Subscription
	leave   func() // tells the engine that nobody looks any more
	actions []*Action
	keys    keymap

	// The terminal.
	painter       *paint.Painter
	device        *paint.Terminal
	width, height int
	look          theme.Options
	theme         theme.Theme
	metrics       render.Metrics
	away          bool // the terminal has said that it lost the focus

	// What is shown.
	gallery gallery
	focus   Focus
	page    page     // in place of the chat; nil for the chat
	confirm *confirm // a question at the bottom; nil for none
	notice  notice   // one line in place of the hints
	search  *search  // what was searched for last; nil for nothing
	pending string   // the keys of a sequence so far, "" for none
	noList  bool     // the list beside the chat was switched off
	net     network.Status
	rtt     time.Duration // as shown: it follows the measured one in steps

	// The conversations.
	convs    []messaging.Conversation // all, as sorted by the engine
	list     sidebar.List
	reading  bool      // the list is being read anew
	readAt   time.Time // when that was done last
	outdated bool      // and has to be once more
	choose   bool      // open the first conversation there is, once the list is read
	filling  *filling  // the account was restored and is not all here yet; nil: it is

	// Whether people of communities may write, for the account page: "on", "off",
	// or "" while that is not known.
	communityRequests string

	// The open conversation.
	open     id.Conversation // "" for none
	chat     chat.List
	reads    int   // how many readings of it were begun; only the last one counts
	loading  bool  // a page of it is being read
	stale    bool  // and something happened in it since that began
	broken   bool  // reading has failed: it is tried again after the next key
	readTo   int64 // up to which timestamp it was marked as read
	compose  composer.Composer
	drafts   drafts
	answers  answers
	outbox   outbox
	enclosed map[id.Conversation][]enclosure // to what is being written
	previews previews
	voices   voices
	typing   typing
	timers   timers
	moves    moves
	trail    []spot          // the answers from which one jumped to an original
	peeked   id.Conversation // it is looked at, and not marked as read; "" for none
	story    *story          // of the message that was asked about last
	group    messaging.Group // that pages are about, as it was read last
	recent   []string        // the emoji that one reacted with last, as far as it was asked
}

// notice is something to say in one line, until the next key.
type notice struct {
	text string
	bad  bool
}

func newModel(ctx context.Context, o Options) *Model {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Title == "" {
		o.Title = "Seance"
	}
	m := &Model{o: o, ctx: ctx, focus: OnList, noList: o.SlowLink, width: o.Size.Width, height: o.Size.Height}
	m.actions = table()
	m.keys = bind(m.actions)
	m.look = theme.Options{Colours: theme.Many, ASCII: !utf8Locale(o.Environ), Light: lightBackground(m.env("COLORFGBG"))}
	m.setProfile(colorprofile.Env(o.Environ))
	m.drafts.init()
	m.enclosed = make(map[id.Conversation][]enclosure)
	m.voices.known = make(map[string]chat.Sound)
	m.moves, m.gallery = make(moves), newGallery(o.Environ, o.NoImages || o.SlowLink)
	m.previews.known, m.previews.left = make(map[writtenLink]*preview.Preview), make(map[writtenLink]bool)
	m.answers, m.typing.until = make(answers), make(map[id.Conversation]time.Time)
	if o.Client != nil {
		m.attach(o.Client)
	} else {
		m.page = newOnboarding()
	}
	return m
}

// attach shows a client's account.
func (m *Model) attach(c *messaging.Client) {
	m.client, m.self = c, c.Self().Account.Sender()
	m.events = c.Subscribe()
	m.leave = c.Attend()
	m.net = c.Network()
	m.rtt = steady(0, m.net)
	if c.Restoring() {
		m.filling = &filling{}
	}
}

func (m *Model) close() {
	m.voices.close()
	if m.client == nil {
		return
	}
	m.leave()
	m.events.Close()
	// The program has ended, so this may wait; ctx may be over already.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(m.ctx), 2*time.Second)
	defer cancel()
	m.sendAll(ctx)
	m.keepDraft()
	save(ctx, m.client, m.unsaved())
}

// Init asks the engine for what to show.
func (m *Model) Init() tea.Cmd {
	m.draw()
	if m.client == nil {
		return nil
	}
	return m.start()
}

// start reads what a newly attached client has.
func (m *Model) start() tea.Cmd {
	// Where there is room for it, one can type at once.
	m.choose = m.o.Open == "" && m.width >= twoPanes
	cmds := []tea.Cmd{m.listen(), m.readList()}
	if m.o.Open != "" {
		cmds = append(cmds, m.openConversation(m.o.Open))
	}
	return tea.Batch(cmds...)
}

func (m *Model) setProfile(p colorprofile.Profile) {
	switch {
	case m.env("NO_COLOR") != "":
		m.look.Colours = theme.None
	case p >= colorprofile.ANSI256:
		m.look.Colours = theme.Many
	case p == colorprofile.ANSI:
		m.look.Colours = theme.Sixteen
	default:
		m.look.Colours = theme.None
	}
	m.theme = theme.New(m.look)
}

// lightBackground reports whether COLORFGBG, where a terminal sets it, speaks
// of a light background: the last of its numbers is that of a light one among
// the sixteen colours. The terminal's own answer comes later, if it gives one.
func lightBackground(colours string) bool {
	switch colours[strings.LastIndex(colours, ";")+1:] {
	case "7", "9", "10", "11", "12", "13", "14", "15":
		return true
	}
	return false
}

// utf8Locale reports whether the terminal's user has set a UTF-8 locale. None
// set at all counts as one: it is what terminals speak today.
func utf8Locale(environ []string) bool {
	for _, name := range []string{"LC_ALL=", "LC_CTYPE=", "LANG="} {
		for _, v := range environ {
			if value, ok := strings.CutPrefix(v, name); ok && value != "" {
				value = strings.ToLower(value)
				return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
			}
		}
	}
	return true
}

func (m *Model) now() time.Time { return m.o.Now() }
