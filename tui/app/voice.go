package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
	"seance/tui/audio"
	"seance/tui/chat"
)

// voices is what is known of voice messages, and the one that is heard or made.
type voices struct {
	known    map[string]chat.Sound // by the name of their content
	looking  bool                  // at one, for its shape
	fetching bool                  // one is being downloaded
	asked    int                   // how often something was to be played; only the last time counts
	playing  *playing              // nil: nothing is
	recorder *recorder             // nil: nothing is recorded, or listened to before it is sent
}

// playing is a voice message that is played.
type playing struct {
	conv    id.Conversation // that it stands in
	content string          // its name
	player  *audio.Player
	ended   chan struct{} // closed when it is of no interest any more
	waiting bool          // for news of the player
	broken  func(*Model, error)
}

func voiceActions() []*Action {
	with := func(do func(*audio.Player, audio.State)) func(*Model) tea.Cmd {
		return quietly(func(m *Model) { p := m.voices.playing.player; do(p, p.State()) })
	}
	seek := func(by time.Duration) func(*Model) tea.Cmd {
		return with(func(p *audio.Player, s audio.State) { p.Seek(s.Position + by) })
	}
	const step = 5 * time.Second
	return []*Action{
		{Name: "voice.play", Title: "Play the voice message, or pause", Hint: "play",
			Keys: map[Context][]string{InMessages: {"p"}}, When: onSilentVoice, Run: (*Model).playSelected},
		{Name: "voice.pause", Title: "Pause the voice message, or go on", Hint: "pause",
			Keys: map[Context][]string{InMessages: {"p"}, InRecorder: {"space", "p"}, Everywhere: {"alt+p"}}, When: heard, Run: with(toggle)},
		{Name: "voice.back", Title: "Five seconds back in the voice message", Hint: "5 s back",
			Keys: map[Context][]string{InMessages: {"left"}, InRecorder: {"left"}}, When: heard, Run: seek(-step)},
		{Name: "voice.forward", Title: "Five seconds on in the voice message", Hint: "5 s on",
			Keys: map[Context][]string{InMessages: {"right"}, InRecorder: {"right"}}, When: heard, Run: seek(step)},
		{Name: "voice.speed", Title: "Play the voice message faster, or as it was spoken", Hint: "speed",
			Keys: map[Context][]string{InMessages: {">"}, InRecorder: {">"}}, When: heard,
			Run: with(func(p *audio.Player, s audio.State) { p.SetSpeed(audio.NextSpeed(s.Speed)) })},
		{Name: "voice.stop", Title: "Stop the voice message",
			Keys: map[Context][]string{InMessages: {"P"}}, When: heard, Run: (*Model).stopVoice},
	}
}

// toggle pauses, or goes on.
func toggle(p *audio.Player, s audio.State) {
	if s.Phase == audio.Playing {
		p.Pause()
	} else {
		p.Resume()
	}
}

func heard(m *Model) bool { return m.voices.playing != nil }

// selectedVoice is the voice message of the selected message; false if it has
// none.
func (m *Model) selectedVoice() (chat.Message, chat.File, bool) {
	sel, _ := m.chat.Selected()
	if !onFile(m) {
		return sel, chat.File{}, false
	}
	i := slices.IndexFunc(sel.Files, func(f chat.File) bool { return f.Voice })
	if i < 0 {
		return sel, chat.File{}, false
	}
	return sel, sel.Files[i], true
}

// onSilentVoice reports whether the selected voice message is not the one that
// is played.
func onSilentVoice(m *Model) bool {
	_, f, ok := m.selectedVoice()
	p := m.voices.playing
	return ok && (p == nil || p.content != f.Content)
}

// soundEnvironment is where to look for sound.
func (m *Model) soundEnvironment() audio.Environment { return audio.Environment{Getenv: m.env} }

// playSelected plays the selected voice message, which is downloaded if it has
// to be.
func (m *Model) playSelected() tea.Cmd {
	v, f, _ := m.selectedVoice()
	if f.Moving && !f.Here {
		m.say("The voice message is on its way.")
		return nil
	}
	m.voices.asked++
	mine, conv, c, where := m.voices.asked, m.open, m.client, m.soundEnvironment()
	m.begin(v, f)
	return tea.Batch(m.stopVoice(), m.ask(func(ctx context.Context) result {
		var device *audio.Device
		var clip *audio.Clip
		var name string
		err := guarded(func() (err error) {
			if err := c.Download(ctx, store.Message{Row: v.Key}.ID(), f.Index); err != nil {
				return err
			}
			var data []byte
			if name, data, err = content(ctx, c, v.Key, f.Index); err != nil {
				return err
			}
			if clip, err = audio.Open(data); err != nil {
				return err
			}
			device = audio.Find(ctx, where)
			return device.CanPlay()
		})
		return func(m *Model) tea.Cmd {
			if err != nil {
				m.notMoved(v, f, err)
			}
			switch {
			case m.voices.asked != mine || m.open != conv || ctx.Err() != nil:
			case err != nil:
				m.notHeard(v, f, err)
			default:
				m.voices.playing = &playing{
					conv: conv, content: name, player: audio.Play(device, clip), ended: make(chan struct{}),
					broken: func(m *Model, err error) { m.notHeard(v, f, err) },
				}
			}
			return nil
		}
	}))
}

// notHeard says why a voice message cannot be played, and offers to save it
// where that helps.
func (m *Model) notHeard(v chat.Message, f chat.File, err error) {
	if !errors.Is(err, audio.ErrNoSound) && !errors.Is(err, audio.ErrFormat) || m.page != nil || m.confirm != nil || m.voices.recorder != nil {
		m.complain(err)
		return
	}
	why := err
	if errors.Is(err, audio.ErrFormat) {
		why = audio.ErrFormat // what is wrong with it exactly is of no use
	}
	m.confirm = &confirm{
		question: sentence(why) + ".", yes: "save it", no: "leave it",
		run: func(m *Model) tea.Cmd { return m.saveFile(v, f) },
	}
}

// stopVoice ends what is played.
func (m *Model) stopVoice() tea.Cmd {
	p := m.voices.playing
	if p == nil {
		return nil
	}
	m.voices.playing = nil
	close(p.ended)
	return m.ask(func(context.Context) result {
		p.player.Close() // which may take a moment
		return nil
	})
}

// sound is what the chat shows of a voice message that is here.
func (m *Model) sound(content string) (chat.Sound, bool) {
	s, known := m.voices.known[content]
	if p := m.voices.playing; p != nil && p.content == content {
		return p.sound(s), true
	}
	return s, known
}

// sound is a sound as far as it is played.
func (p *playing) sound(s chat.Sound) chat.Sound {
	now := p.player.State()
	s.On, s.Paused, s.Position, s.Speed, s.Length = true, now.Phase == audio.Paused, now.Position, now.Speed, now.Duration
	return s
}

// close ends what is heard and what is recorded, as the screen is left.
func (v *voices) close() {
	if v.playing != nil {
		v.playing.player.Close()
	}
	if v.recorder != nil && v.recorder.take != nil {
		v.recorder.take.Close()
	}
}

// chatVoices says how the chat shows voice messages.
func (m *Model) chatVoices() chat.Voices {
	v := chat.Voices{Sound: m.sound}
	if key := m.named("voice.play").key(InMessages); key != "" {
		v.Hint, v.Trust = "press "+key+" to play", "press "+key+" to play"
		if !trusts(m.current()) {
			v.Trust = "press " + key + " to fetch and play"
		}
	}
	return v
}

// followVoices looks at the voice messages on the screen, fetches those that are
// not here, and goes on with what is heard and recorded.
func (m *Model) followVoices() tea.Cmd {
	var cmds []tea.Cmd
	if p := m.voices.playing; p != nil && p.conv != m.open {
		cmds = append(cmds, m.stopVoice())
	}
	cmds = append(cmds, m.awaitPlayer(), m.followRecorder())
	if !m.chatVisible() {
		return tea.Batch(cmds...)
	}
	for _, v := range m.chat.Voices() {
		_, known := m.voices.known[v.File.Content]
		switch {
		case v.File.Content != "":
			if !known && !m.voices.looking {
				cmds = append(cmds, m.lookAt(v))
			}
		case !v.File.Here && !v.File.Moving && !m.voices.fetching && m.net.State == network.Ready && trusts(m.current()):
			cmds = append(cmds, m.fetchVoice(v))
		}
	}
	return tea.Batch(cmds...)
}

// shape is how many peaks are kept of a voice message, which is as many as are
// shown at most, and mostSounds of how many.
const (
	shape      = 40
	mostSounds = 500
)

// lookAt finds out how long a voice message is, and then what shape it has.
func (m *Model) lookAt(v chat.Voice) tea.Cmd {
	m.voices.looking = true
	c := m.client
	return m.ask(func(ctx context.Context) result {
		var clip *audio.Clip
		err := guarded(func() error {
			name, data, err := content(ctx, c, v.Message, v.File.Index)
			if err == nil && name != v.File.Content {
				err = messaging.ErrUnknown // it was replaced meanwhile
			}
			if err != nil {
				return err
			}
			clip, err = audio.Open(data)
			return err
		})
		if ctx.Err() != nil {
			return nil
		}
		return func(m *Model) tea.Cmd {
			if err != nil {
				m.voices.looking = false
				m.learn(v, chat.Sound{Failure: unplayable(err)})
				return nil
			}
			length := clip.Duration()
			m.learn(v, chat.Sound{Length: length})
			return m.ask(func(ctx context.Context) result {
				var peaks []float32
				// What is damaged has the shape of what is not.
				_ = guarded(func() (err error) { peaks, err = clip.Peaks(ctx, shape); return err })
				return func(m *Model) tea.Cmd {
					m.voices.looking = false
					m.learn(v, chat.Sound{Length: length, Peaks: peaks})
					return nil
				}
			})
		}
	})
}

// unplayable is what stands beside a voice message that cannot be played.
func unplayable(err error) string {
	if errors.Is(err, audio.ErrFormat) {
		return "of a kind that cannot be played here"
	}
	return sentence(err)
}

// learn keeps what was found out about a voice message, unless it went
// meanwhile.
func (m *Model) learn(v chat.Voice, s chat.Sound) {
	if shown, there := m.chat.Message(v.Message); !there || shown.Deleted {
		return
	}
	if len(m.voices.known) >= mostSounds {
		clear(m.voices.known) // those on the screen are looked at again
	}
	m.voices.known[v.File.Content] = s
}

// fetchVoice downloads a voice message.
func (m *Model) fetchVoice(v chat.Voice) tea.Cmd {
	shown, ok := m.chat.Message(v.Message)
	if !ok {
		return nil
	}
	m.voices.fetching = true
	m.begin(shown, v.File)
	c := m.client
	return m.ask(func(ctx context.Context) result {
		err := guarded(func() error { return c.Download(ctx, store.Message{Row: v.Message}.ID(), v.File.Index) })
		return func(m *Model) tea.Cmd {
			m.voices.fetching = false
			if err != nil {
				m.notMoved(shown, v.File, err)
			}
			return nil
		}
	})
}

// beat is how often the position is drawn anew while something is played.
func (m *Model) beat() time.Duration {
	if m.o.SlowLink {
		return time.Second
	}
	return 250 * time.Millisecond
}

// awaitPlayer waits for news of what is played: the time that passes, or its
// end.
func (m *Model) awaitPlayer() tea.Cmd {
	p := m.voices.playing
	if p == nil || p.waiting {
		return nil
	}
	s := p.player.State()
	if s.Phase == audio.Ended {
		if s.Err != nil {
			p.broken(m, s.Err)
		}
		return m.stopVoice()
	}
	if s.Phase == audio.Paused {
		return nil
	}
	p.waiting = true
	passed := time.After(m.beat())
	return m.ask(func(ctx context.Context) result {
		select {
		case <-passed:
		case <-p.player.Changed():
		case <-p.ended:
		case <-ctx.Done():
			return nil
		}
		return func(*Model) tea.Cmd {
			p.waiting = false
			return nil
		}
	})
}

// forgetVoices forgets the voice messages of a message that is gone, and stops
// those that are played.
func (m *Model) forgetVoices(row int64) tea.Cmd {
	prefix := contentsOf(row)
	for name := range m.voices.known {
		if strings.HasPrefix(name, prefix) {
			delete(m.voices.known, name)
		}
	}
	if p := m.voices.playing; p != nil && strings.HasPrefix(p.content, prefix) {
		return m.stopVoice()
	}
	return nil
}
