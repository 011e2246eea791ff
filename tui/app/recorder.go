package app

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/audio"
	"seance/tui/chat"
)

// recorder takes the place of the composer while a voice message is recorded,
// and then until it is sent. What it holds is nowhere but in memory.
type recorder struct {
	conv     id.Conversation
	take     *audio.Recorder // nil: nothing is recorded, it can be listened to
	stopping bool            // the take is being ended
	waiting  bool            // for more of the take
	ended    chan struct{}   // closed when it is of no interest any more

	name  string
	file  []byte
	clip  *audio.Clip
	sound chat.Sound
}

// recorded names what the recorder holds, among the contents of messages.
const recorded = "recorded"

func recorderActions() []*Action {
	return []*Action{
		{Name: "voice.record", Title: "Record a voice message",
			Keys: map[Context][]string{InComposer: {"ctrl+r"}}, When: speakable, Run: (*Model).record},
		{Name: "voice.file", Title: "Send a sound file as a voice message",
			Keys: map[Context][]string{InComposer: {"alt+r"}}, When: speakable, Run: quietly((*Model).showVoiceFile)},
		{Name: "voice.enough", Title: "Stop recording, and listen before it is sent", Hint: "stop",
			Keys: map[Context][]string{InRecorder: {"enter", "space"}}, Inner: true, When: recording, Run: (*Model).stopRecording},
		{Name: "voice.send", Title: "Send the voice message", Hint: "send",
			Keys: map[Context][]string{InRecorder: {"enter"}}, Inner: true, When: reviewing, Run: (*Model).sendVoice},
		{Name: "voice.listen", Title: "Listen to the voice message before it is sent", Hint: "listen",
			Keys: map[Context][]string{InRecorder: {"space", "p"}}, Inner: true,
			When: func(m *Model) bool { return reviewing(m) && !heard(m) }, Run: (*Model).hear},
		{Name: "voice.again", Title: "Record it again", Hint: "again",
			Keys: map[Context][]string{InRecorder: {"r"}}, Inner: true, When: reviewing, Run: (*Model).record},
		{Name: "voice.discard", Title: "Throw the voice message away", Hint: "throw away",
			Keys: map[Context][]string{InRecorder: {"esc"}}, Inner: true, Run: (*Model).askDiscard},
	}
}

func speakable(m *Model) bool {
	return opened(m) && writable(m) && m.page == nil && m.confirm == nil
}

func recording(m *Model) bool { r := m.recorderHere(); return r != nil && r.take != nil && !r.stopping }
func reviewing(m *Model) bool { r := m.recorderHere(); return r != nil && r.take == nil }

// recorderHere is the recorder of the open conversation, nil if it has none.
// One that another conversation has waits there.
func (m *Model) recorderHere() *recorder {
	if r := m.voices.recorder; r != nil && r.conv == m.open {
		return r
	}
	return nil
}

// record begins to record, in place of what was recorded before.
func (m *Model) record() tea.Cmd {
	if m.elsewhere() {
		return nil
	}
	m.voices.asked++
	mine, conv, where := m.voices.asked, m.open, m.soundEnvironment()
	return tea.Batch(m.stopVoice(), m.ask(func(ctx context.Context) result {
		device := audio.Find(ctx, where)
		return func(m *Model) tea.Cmd {
			if m.voices.asked != mine || m.open != conv || !speakable(m) || ctx.Err() != nil {
				return nil
			}
			if err := device.CanRecord(); err != nil {
				m.notRecorded(err)
				return nil
			}
			m.focus = OnComposer
			m.chat.Select(0)
			old := m.dropRecorder()
			m.voices.recorder = &recorder{conv: conv, take: audio.Record(device), ended: make(chan struct{})}
			return old
		}
	}))
}

// notRecorded says why nothing can be recorded, and offers another way where
// there is one.
func (m *Model) notRecorded(err error) {
	if !errors.Is(err, audio.ErrNoSound) || !speakable(m) || m.voices.recorder != nil {
		m.complain(err)
		return
	}
	m.confirm = &confirm{
		question: sentence(err) + ".", yes: "choose a file", no: "leave it",
		run: func(m *Model) tea.Cmd { m.showVoiceFile(); return nil },
	}
}

// followRecorder goes on with what is recorded.
func (m *Model) followRecorder() tea.Cmd {
	r := m.voices.recorder
	if r == nil || r.take == nil || r.stopping {
		return nil
	}
	// Nothing listens that is not on the screen.
	if m.recorderHere() == nil || m.page != nil || m.tooSmall() || r.take.State().Ended {
		return m.stopRecording()
	}
	if r.waiting {
		return nil
	}
	r.waiting = true
	passed := time.After(m.beat() / 2)
	return m.ask(func(ctx context.Context) result {
		select {
		case <-passed:
		case <-r.take.Done():
		case <-r.ended:
		case <-ctx.Done():
			return nil
		}
		return func(*Model) tea.Cmd {
			r.waiting = false
			return nil
		}
	})
}

// stopRecording ends the recording; what there is can be listened to.
func (m *Model) stopRecording() tea.Cmd {
	r := m.voices.recorder
	r.stopping = true
	take := r.take
	return m.ask(func(ctx context.Context) result {
		var s *recorder
		err := guarded(func() error {
			file, _, err := take.Stop()
			if err == nil {
				s, err = reviewed(ctx, r.conv, "voice-message"+audio.FileExtension, file)
			}
			return err
		})
		return func(m *Model) tea.Cmd {
			if m.voices.recorder != r {
				return nil
			}
			m.voices.recorder = nil
			if err != nil {
				m.notRecorded(err)
				return nil
			}
			m.voices.recorder = s
			switch now := take.State(); {
			case now.Err != nil:
				m.complain(now.Err)
			case now.Elapsed >= audio.MaxDuration:
				m.say("A voice message has at most 5 minutes.")
			}
			return nil
		}
	})
}

// reviewed is a recorder with a voice message to listen to.
func reviewed(ctx context.Context, conv id.Conversation, name string, file []byte) (*recorder, error) {
	clip, err := audio.Open(file)
	if err != nil {
		return nil, err
	}
	peaks, err := clip.Peaks(ctx, shape)
	if err != nil {
		return nil, err
	}
	return &recorder{
		conv: conv, name: name, file: file, clip: clip, ended: make(chan struct{}),
		sound: chat.Sound{Length: clip.Duration(), Peaks: peaks},
	}, nil
}

// hear plays what was recorded.
func (m *Model) hear() tea.Cmd {
	r, where := m.voices.recorder, m.soundEnvironment()
	m.voices.asked++
	mine := m.voices.asked
	return m.ask(func(ctx context.Context) result {
		device := audio.Find(ctx, where)
		return func(m *Model) tea.Cmd {
			if m.voices.recorder != r || m.voices.asked != mine || ctx.Err() != nil {
				return nil
			}
			if err := device.CanPlay(); err != nil {
				m.complain(err)
				return nil
			}
			m.voices.playing = &playing{
				conv: r.conv, content: recorded, player: audio.Play(device, r.clip), ended: make(chan struct{}), broken: (*Model).complain,
			}
			return nil
		}
	})
}

// sendVoice sends what was recorded, as the answer to what is answered. What
// stands in the composer stays there.
func (m *Model) sendVoice() tea.Cmd {
	r := m.voices.recorder
	done := tea.Batch(m.stopVoice(), m.dropRecorder())
	return tea.Batch(done, m.post(written{to: r.conv, files: []enclosure{{path: r.name, size: int64(len(r.file)), voice: r.file}}}), m.draftChanged())
}

// length is how much there is of the voice message.
func (r *recorder) length() time.Duration {
	if r.take != nil {
		return r.take.State().Elapsed
	}
	return r.sound.Length
}

// review lets a voice message be listened to in place of what was recorded
// before.
func (m *Model) review(r *recorder) tea.Cmd {
	old := tea.Batch(m.stopVoice(), m.dropRecorder())
	m.voices.recorder = r
	return old
}

// elsewhere reports whether another conversation has a voice message that is
// not sent, and says so.
func (m *Model) elsewhere() bool {
	r := m.voices.recorder
	if r == nil || r.conv == m.open {
		return false
	}
	v, _ := m.conversation(r.conv)
	m.notice = notice{text: "A voice message to " + v.Title + " is not sent yet: send it or throw it away first.", bad: true}
	return true
}

// quit leaves the screen, unless what was recorded would be lost by that.
func (m *Model) quit() tea.Cmd {
	r := m.voices.recorder
	if r == nil || r.length() < worth || m.confirm != nil {
		return tea.Quit
	}
	m.confirm = &confirm{
		question: "The voice message of " + chat.Clock(r.length()) + " is not sent. Throw it away and quit?", yes: "quit", no: "stay",
		run: func(*Model) tea.Cmd { return tea.Quit },
	}
	return nil
}

// worth is how long a recording is that is not thrown away without asking.
const worth = 10 * time.Second

// askDiscard throws away what was recorded, if it is meant.
func (m *Model) askDiscard() tea.Cmd {
	length := m.voices.recorder.length()
	discard := func(m *Model) tea.Cmd { return tea.Batch(m.stopVoice(), m.dropRecorder()) }
	if length < worth {
		return discard(m)
	}
	m.confirm = &confirm{question: "Throw the voice message of " + chat.Clock(length) + " away?", yes: "throw it away", no: "keep it", run: discard}
	return nil
}

// dropRecorder gives the composer its place back. What was recorded is gone.
func (m *Model) dropRecorder() tea.Cmd {
	r := m.voices.recorder
	if r == nil {
		return nil
	}
	m.voices.recorder = nil
	close(r.ended)
	if r.take == nil {
		return nil
	}
	return m.ask(func(context.Context) result {
		r.take.Close() // which may take a moment
		return nil
	})
}

// recorderRows is the recorder in the place of the composer.
func (m *Model) recorderRows(width int) []string {
	r, th := m.voices.recorder, m.theme
	if r.take == nil {
		s := r.sound
		if p := m.voices.playing; p != nil && p.content == recorded {
			s = p.sound(s)
		}
		return []string{indent + s.View(th, width-2*len(indent), "not sent yet")}
	}
	now := r.take.State()
	const cells = 20
	lit := int(math.Round(loudness(now.Level) * cells))
	levels := []rune(audio.Blocks)
	if th.Options.ASCII {
		levels = []rune(audio.ASCIIBlocks)
	}
	sign := th.Error.Render(th.Glyphs.Record)
	if now.Elapsed == 0 {
		sign = th.Muted.Render(th.Glyphs.Record) // nothing has come yet
	}
	loud, quiet := string(levels[len(levels)-1]), string(levels[0])
	return []string{indent + sign + " " + th.Accent.Render(strings.Repeat(loud, lit)) + th.Faint.Render(strings.Repeat(quiet, cells-lit)) +
		th.Text.Render("  "+chat.Clock(now.Elapsed.Truncate(time.Second))) + th.Muted.Render(" / "+chat.Clock(audio.MaxDuration))}
}

// loudness is how loud a level is to the ear: 0 for silence, which is 50
// decibels below the loudest, and 1 for that.
func loudness(level float32) float64 {
	const silence = 50
	if level <= 0 {
		return 0
	}
	return min(max(1+20*math.Log10(float64(level))/silence, 0), 1)
}
