package store

import "seance/messaging/id"

// Waiting is something said about a message that is not here yet.
type Waiting struct {
	Row          int64           // given by Wait
	Conversation id.Conversation // of the message; "": only the message would tell
	Author       id.Sender       // of the message
	TimestampMS  int64           // of the message
	Sender       id.Sender       // who said it
	Kind         WaitingKind
	AtMS         int64  // when it was said, by the sender's clock
	Emoji        string // of a reaction; of a call its name
	ReceivedMS   int64
}

// WaitingKind tells what was said.
type WaitingKind string

// The kinds of what can wait.
const (
	WaitingReaction WaitingKind = "reaction"
	WaitingRemoval  WaitingKind = "removal" // of a reaction
	WaitingUnsend   WaitingKind = "unsend"
	WaitingRead     WaitingKind = "read"
	WaitingGone     WaitingKind = "gone" // removed here: should it come again, it is removed again
	WaitingCall     WaitingKind = "call" // a call was taken elsewhere: of no message, at time 0
)

const (
	maxWaiting       = 20_000
	maxWaitingSender = 2_000
	// waitingMS is how long a message may be late: no swarm keeps it longer.
	waitingMS = 31 * 24 * 60 * 60 * 1000
)

// Wait keeps what was said about a message until it comes, for a month at most.
// Of more than 2,000 of one sender, and of more than 20,000, the oldest are
// forgotten.
func (t *Tx) Wait(w Waiting) error {
	_, err := t.exec(`INSERT INTO waiting (conversation, author, timestamp_ms, sender, kind, at_ms, emoji, received_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		string(w.Conversation), w.Author[:], w.TimestampMS, w.Sender[:], string(w.Kind), w.AtMS, w.Emoji, w.ReceivedMS)
	if err != nil {
		return err
	}
	if _, err = t.exec(waitingOld, w.ReceivedMS-waitingMS); err != nil {
		return err
	}
	if _, err = t.exec(waitingExcess, w.Sender[:], maxWaitingSender); err != nil {
		return err
	}
	// Rows are given in turn, so that no more of them than this are there.
	_, err = t.exec(`DELETE FROM waiting WHERE row <= (SELECT max(row) FROM waiting) - ?`, maxWaiting)
	return err
}

const (
	waitingOld    = `DELETE FROM waiting WHERE received_ms < ?`
	waitingExcess = `DELETE FROM waiting WHERE row IN (SELECT row FROM waiting WHERE sender = ? ORDER BY row DESC LIMIT -1 OFFSET ?)`
	waitingAbout  = `SELECT row, conversation, sender, kind, at_ms, emoji, received_ms FROM waiting
		WHERE timestamp_ms = ? AND author = ? AND conversation IN ('', ?) ORDER BY row`
)

// Waiting lists what waits for a message, in the order in which it came.
func (t *Tx) Waiting(c id.Conversation, author id.Sender, timestampMS int64) ([]Waiting, error) {
	var list []Waiting
	err := t.rows(func(row scanner) error {
		w := Waiting{Author: author, TimestampMS: timestampMS}
		var sender []byte
		if err := row.Scan(&w.Row, &w.Conversation, &sender, &w.Kind, &w.AtMS, &w.Emoji, &w.ReceivedMS); err != nil {
			return err
		}
		list = append(list, w)
		return fill(list[len(list)-1].Sender[:], sender)
	}, waitingAbout, timestampMS, author[:], string(c))
	return list, err
}

// WaitedEnough takes away what Waiting has listed.
func (t *Tx) WaitedEnough(row int64) error {
	_, err := t.exec(`DELETE FROM waiting WHERE row = ?`, row)
	return err
}
