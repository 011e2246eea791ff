package app

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/images"
	"seance/tui/paint"
)

// gallery is what is needed to show pictures.
type gallery struct {
	probe    *images.Probe
	store    *images.Store
	off      bool // the user wants none
	making   bool // one is being made
	fetching bool // one is being downloaded
}

// memory is how many bytes of pictures are kept, beside those in the terminal.
const memory = 8 << 20

func newGallery(environ []string, off bool) gallery {
	return gallery{
		probe: images.NewProbe(environ, !off), off: off,
		store: images.NewStore(memory, paint.PictureID(rand.IntN(paint.PictureIDs))),
	}
}

// support is what the terminal can show, nothing if the user wants no pictures.
func (g *gallery) support() images.Support {
	if g.off {
		return images.Support{}
	}
	return g.probe.Support()
}

func pictureActions() []*Action {
	turn := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) {
			if p, ok := m.page.(*picturePage); ok {
				p.turn(by)
			}
		})
	}
	with := func(do func(*Model, chat.Message, chat.File) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			p := m.page.(*picturePage)
			return do(m, p.message, p.file())
		}
	}
	return []*Action{
		{Name: "picture.view", Title: "View a picture of the message", Hint: "view",
			Keys: map[Context][]string{InMessages: {"v"}}, When: onPicture, Run: quietly((*Model).viewPicture)},
		{Name: "picture.open", Title: "Save the picture and open it", Hint: "open", Inner: true,
			Keys: map[Context][]string{InPicture: {"o"}}, Run: with((*Model).openFile)},
		{Name: "picture.save", Title: "Save the picture", Hint: "save", Inner: true,
			Keys: map[Context][]string{InPicture: {"s"}}, Run: with((*Model).saveFile)},
		{Name: "picture.previous", Title: "Picture before", Inner: true, Keys: map[Context][]string{InPicture: {"h", "left"}}, Run: turn(-1)},
		{Name: "picture.next", Title: "Picture after", Inner: true, Keys: map[Context][]string{InPicture: {"l", "right"}}, Run: turn(1)},
		{Name: "view.pictures", Title: "Show pictures, or lines in their place", When: attached, Run: quietly((*Model).togglePictures)},
	}
}

// isPicture reports whether a file can be shown as a picture.
func isPicture(a store.Attachment) bool {
	return !a.Voice && slices.Contains([]string{"image/jpeg", "image/png", "image/gif", "image/webp"}, a.ContentType) && a.Size <= messaging.MaxFile
}

// contentName names what is here of a file of a message, "" if nothing is. It
// begins with what belongs to the message.
func contentName(v store.Message, a store.Attachment) string {
	if a.File == "" {
		return ""
	}
	return contentsOf(v.Row) + a.File
}

func contentsOf(row int64) string { return store.Message{Row: row}.ID() + "/" }

// chatPictures says how the chat shows pictures.
func (m *Model) chatPictures(f frame) chat.Pictures {
	p := chat.Pictures{Store: m.gallery.store, Support: m.gallery.support()}
	if p.Support.Form == images.Nothing {
		return chat.Pictures{}
	}
	const columns, most, least = 48, 14, 4
	p.Box = images.Box{Columns: columns, Rows: max(min(f.body/2, most), least)}
	p.Soon = trusts(m.current())
	if key := m.named("picture.view").key(InMessages); key != "" {
		p.Hint = "press " + key + " to trust and show"
	}
	return p
}

// trusts reports whether the pictures of a conversation are fetched as soon as
// they are on the screen. Of people who the user has not approved, they wait
// for a key.
// session-desktop: ts/models/message.ts, isTrustedForAttachmentDownload.
func trusts(v messaging.Conversation) bool {
	return v.Approved && !v.Blocked || v.Kind == id.KindSelf
}

// fromTerminal takes what the terminal answers about pictures.
func (m *Model) fromTerminal(msg tea.Msg) {
	question, _ := m.gallery.probe.Answer(msg)
	m.wonder(question)
}

// wonder asks the terminal something.
func (m *Model) wonder(question string) {
	if m.painter != nil && question != "" {
		m.painter.Ask(question)
	}
}

// measured tells the size that the terminal has now.
func (m *Model) measured() {
	if m.device != nil {
		w, h := m.device.Pixels()
		m.wonder(m.gallery.probe.Resized(m.width, m.height, w, h))
	}
}

func (m *Model) togglePictures() {
	g := &m.gallery
	if g.off = !g.off; g.off {
		m.say("Lines stand for pictures now.")
		return
	}
	if g.probe.Question() == "" { // it was made for no pictures
		g.probe = images.NewProbe(m.o.Environ, true)
		m.wonder(g.probe.Question())
		m.measured()
	}
	m.say("Pictures are shown now, where the terminal can.")
}

// picturesText is how pictures are shown.
func (m *Model) picturesText() string {
	switch s := m.gallery.support(); {
	case m.gallery.off:
		return "off"
	case s.Form == images.HalfBlocks:
		return "as blocks"
	case s.Form == images.Nothing:
		return "not on this terminal"
	}
	return "shown"
}

// showPictures has the pictures on the screen made, one after the other, and
// fetches those that are not here.
func (m *Model) showPictures() tea.Cmd {
	switch p := m.page.(type) {
	case *picturePage:
		return m.showPicture(p)
	case *textPage:
		return m.showPortrait(p.portrait)
	}
	list := m.chat.Pictures()
	if len(list) == 0 || !m.chatVisible() {
		return nil
	}
	var cmds []tea.Cmd
	for _, p := range list {
		switch {
		case p.File.Content != "":
			if made, err := m.gallery.store.Get(p.Key); made == nil && err == nil && !m.gallery.making {
				cmds = append(cmds, m.makePicture(p))
			}
		case !p.File.Here && !p.File.Moving && !m.gallery.fetching && m.net.State == network.Ready:
			cmds = append(cmds, m.fetchPicture(p))
		}
	}
	return tea.Batch(cmds...)
}

// makePicture makes a picture for the chat.
func (m *Model) makePicture(p chat.Picture) tea.Cmd {
	m.gallery.making = true
	c, pictures := m.client, m.gallery.store
	return m.ask(func(ctx context.Context) result {
		err := guarded(func() error {
			name, data, err := content(ctx, c, p.Message, p.File.Index)
			if err == nil && name != p.Key.Name {
				err = messaging.ErrUnknown // it was replaced meanwhile
			}
			if err != nil {
				return err
			}
			return pictures.Make(p.Key, data)
		})
		if err != nil && ctx.Err() == nil {
			pictures.Refuse(p.Key, err)
		}
		return func(m *Model) tea.Cmd {
			m.gallery.making = false
			if shown, there := m.chat.Message(p.Message); !there || shown.Deleted {
				m.forgetContents(contentsOf(p.Message)) // it went while its picture was made
			} else if err != nil {
				m.chat.Redraw(p.Message)
			}
			return nil
		}
	})
}

// fetchPicture downloads a picture for the chat.
func (m *Model) fetchPicture(p chat.Picture) tea.Cmd {
	shown, ok := m.chat.Message(p.Message)
	if !ok {
		return nil
	}
	m.gallery.fetching = true
	m.begin(shown, p.File)
	c := m.client
	return m.ask(func(ctx context.Context) result {
		err := guarded(func() error { return c.Download(ctx, store.Message{Row: p.Message}.ID(), p.File.Index) })
		return func(m *Model) tea.Cmd {
			m.gallery.fetching = false
			if err != nil {
				m.notMoved(shown, p.File, err)
			}
			return nil
		}
	})
}

// content is what is here of a file of a message, and its name.
func content(ctx context.Context, c *messaging.Client, row int64, index int) (name string, data []byte, err error) {
	v, err := c.Message(ctx, store.Message{Row: row}.ID())
	if err != nil {
		return "", nil, err
	}
	files := v.Files()
	i := slices.IndexFunc(files, func(a store.Attachment) bool { return a.Index == index })
	if i < 0 || v.Deleted {
		return "", nil, messaging.ErrUnknown
	}
	f, err := c.OpenAttachment(files[i])
	if err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(io.LimitReader(f, messaging.MaxFile+1))
	return contentName(v.Message, files[i]), data, errors.Join(err, f.Close())
}

// forgetPictures forgets the pictures of a message that is gone, here and in
// the terminal.
func (m *Model) forgetPictures(row int64) {
	m.forgetContents(contentsOf(row))
	m.forgetMoves(row)
	if p, ok := m.page.(*picturePage); ok && p.message.Key == row {
		m.page = nil
		m.say("The message is gone.")
	}
}

// forgetContents forgets all pictures of which the names begin so.
func (m *Model) forgetContents(prefix string) {
	known := m.gallery.store.Forget(prefix)
	if m.painter != nil {
		m.painter.Forget(known)
	}
}

// pictureCount says which of several pictures is shown.
func pictureCount(i, n int) string {
	if n < 2 {
		return ""
	}
	return "  " + strconv.Itoa(i+1) + " of " + strconv.Itoa(n)
}
