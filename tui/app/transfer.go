package app

import (
	"errors"

	"seance/messaging"
	"seance/network"
	"seance/tui/chat"
)

// fileID names a file of a message.
type fileID struct {
	message int64
	index   int
}

// moves is what is known of the files that are on their way, and of those that
// did not get here. The engine's messages say nothing of it.
type moves map[fileID]messaging.Transfer

// add adds to a message what is known of its files.
func (w moves) add(v *chat.Message) {
	for _, f := range v.AllFiles() {
		t, known := w[fileID{v.Key, f.Index}]
		if !known || !t.Upload && f.Content != "" || t.Upload && !f.Moving {
			continue
		}
		*v = v.WithFile(f.Index, func(f *chat.File) {
			f.Moving, f.Done, f.Total = !t.Ended, t.Done, t.Total
			if t.Ended {
				f.Failure = "not downloaded: " + sentence(t.Err)
			}
		})
	}
}

// moved shows how far a file of a message is.
func (m *Model) moved(t messaging.Transfer) {
	file := fileID{t.Message, t.Index}
	if t.Ended && (t.Upload || t.Err == nil) {
		delete(m.moves, file)
	} else {
		m.moves[file] = t
	}
	shown, ok := m.chat.Message(t.Message)
	if !ok {
		return
	}
	shown = shown.WithFile(t.Index, func(f *chat.File) {
		f.Moving, f.Done, f.Total, f.Failure = !t.Ended, t.Done, t.Total, ""
		f.Here = f.Here || t.Ended && t.Err == nil
	})
	m.moves.add(&shown)
	m.chat.Change(shown)
}

// begin shows that a file is asked for, before anything is heard of it.
func (m *Model) begin(v chat.Message, f chat.File) {
	if !f.Here && !f.Moving {
		m.moved(messaging.Transfer{Message: v.Key, Index: f.Index})
	}
}

// notMoved shows that a file could not even be asked for.
func (m *Model) notMoved(v chat.Message, f chat.File, err error) {
	if t, known := m.moves[fileID{v.Key, f.Index}]; known && !t.Ended {
		m.moved(messaging.Transfer{Message: v.Key, Index: f.Index, Ended: true, Err: err})
	}
}

// tryAgain forgets that files could not be fetched for want of a network: there
// is one again.
func (m *Model) tryAgain() {
	for file, t := range m.moves {
		if !t.Ended || !errors.Is(t.Err, network.ErrOffline) {
			continue
		}
		delete(m.moves, file)
		if shown, ok := m.chat.Message(file.message); ok {
			m.chat.Change(shown.WithFile(file.index, func(f *chat.File) { f.Failure = "" }))
		}
	}
}

// forgetMoves forgets the files of a message that is gone.
func (m *Model) forgetMoves(row int64) {
	for file := range m.moves {
		if file.message == row {
			delete(m.moves, file)
		}
	}
}
