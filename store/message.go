package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"seance/messaging/id"
)

// Direction says who wrote a message, as it is written in JSON.
type Direction string

// The directions: received, and written by this account (on any device).
const (
	In  Direction = "in"
	Out Direction = "out"
)

// MessageKind tells what people wrote from what happened.
type MessageKind string

// The kinds of message: text of a person, and a line about a change ("Bob
// left the group"), which is never unread.
const (
	KindMessage MessageKind = "message"
	KindInfo    MessageKind = "info"
)

// State is what became of a message. Messages received have none.
type State string

// The states of a message that was sent.
const (
	StateNone    State = ""
	StateSending State = "sending" // in the outbox
	StateSent    State = "sent"    // stored in the recipient's swarm
	StateFailed  State = "failed"  // given up: see Message.Failure
	StateRead    State = "read"    // the recipient said so
)

// ExpireMode says when the clock of a disappearing message starts.
type ExpireMode string

// The modes of disappearing messages.
const (
	ExpireNever     ExpireMode = ""
	ExpireAfterSend ExpireMode = "after_send"
	ExpireAfterRead ExpireMode = "after_read"
)

// Expire is a message's disappearing.
type Expire struct {
	Mode    ExpireMode
	Seconds int64
	AtMS    int64 // 0: the clock has not started
}

// Quote is the message that another one answers.
type Quote struct {
	Author      id.Sender
	TimestampMS int64
	// Text is that of the quoted message as it is now, else what InsertMessage
	// was given; "" is not known, or deleted.
	Text string
	Row  int64 // the quoted message's; 0: it is not here. InsertMessage ignores it
	// Files are those of the quoted message, if that is here. InsertMessage ignores
	// them.
	Files Files
}

// LinkPreview is what a message shows of a link in its text.
type LinkPreview struct {
	URL, Title string
	Image      *Attachment // nil: none. InsertMessage ignores it: see PutAttachment
}

// Message is a row of a conversation. It is known by conversation, author,
// timestamp and the server's number: there are no two with the same four.
type Message struct {
	Row          int64 // given by InsertMessage; never used again for another message
	Conversation id.Conversation
	Author       id.Sender
	Direction    Direction
	TimestampMS  int64 // the author's
	ServerID     int64 // the number that a community's server gave it; 0 elsewhere
	ReceivedMS   int64
	Kind         MessageKind
	Text         string
	State        State
	Failure      string  // why State is StateFailed, in one sentence
	Hash         id.Hash // "" until a node has told it
	CopyHash     id.Hash // of one's own message: that of the copy in one's own swarm; "" until it is there
	Deleted      bool    // by its author: the row only tells so
	Mentioned    bool    // it names the user, or answers what the user wrote
	Expire       Expire
	// Timer is set in a line that tells of a new timer of its author: the line's
	// own Mode and Seconds, which are zero if messages no longer disappear.
	Timer   *Timer
	Quote   *Quote       // nil: none
	Preview *LinkPreview // nil: none
	// Attachments are read with the message. InsertMessage ignores them: see
	// PutAttachment.
	Attachments []Attachment
	// Reactions are read with the message, oldest first. InsertMessage ignores
	// them: see React.
	Reactions []Reaction
}

// OwnHash is the hash that a message has in the account's own swarm; "" if it
// is not known to be there.
func (m Message) OwnHash() id.Hash {
	if m.Direction == Out {
		return m.CopyHash
	}
	return m.Hash
}

// Files are all files of the message: its attachments, and the image of its
// preview.
func (m Message) Files() []Attachment {
	if m.Preview == nil || m.Preview.Image == nil {
		return m.Attachments
	}
	return append(slices.Clip(m.Attachments), *m.Preview.Image)
}

// Position is a place in the order in which a conversation is shown: by
// timestamp, then by the bytes of the author's ID, then by the server's number.
// It need not be that of an existing message.
type Position struct {
	TimestampMS int64
	Author      id.Sender
	ServerID    int64
}

// Position is the message's place.
func (m Message) Position() Position { return Position{m.TimestampMS, m.Author, m.ServerID} }

// ID is the message's permanent name on this device.
func (m Message) ID() string { return "m" + strconv.FormatInt(m.Row, 10) }

// ParseMessageID gives the row of a message's ID. Text of another form is an
// error that wraps id.ErrMalformed.
func ParseMessageID(s string) (row int64, err error) {
	if len(s) > 1 && s[0] == 'm' {
		row, err = strconv.ParseInt(s[1:], 10, 64)
		if err == nil && row > 0 && (Message{Row: row}).ID() == s {
			return row, nil
		}
	}
	return 0, fmt.Errorf("%w: a message's ID is an m and a number", id.ErrMalformed)
}

// InsertMessage adds a message to a conversation, which must exist, and counts
// it there. A message that is known stays as it is: its row, and false.
func (t *Tx) InsertMessage(m Message) (row int64, inserted bool, err error) {
	var quoteAuthor, quoteMS, quoteText any
	if m.Quote != nil {
		quoteAuthor, quoteMS, quoteText = m.Quote.Author[:], m.Quote.TimestampMS, m.Quote.Text
	}
	var previewURL, previewTitle any
	if m.Preview != nil {
		previewURL, previewTitle = m.Preview.URL, m.Preview.Title
	}
	indexed, has := searchColumns(m.Text)
	if m.Mentioned {
		has |= hasMention
	}
	err = t.row(into(&row), `INSERT INTO message
			(conversation, timestamp_ms, author, server_id, outgoing, kind, received_ms, state, failure, hash, copy_hash,
			 expire_mode, expire_seconds, expire_at_ms, timer, quote_author, quote_ms, quote_text, preview_url, preview_title, text, words, has)
		SELECT row, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM conversation WHERE id = ?
		ON CONFLICT (conversation, timestamp_ms, author, server_id) DO NOTHING RETURNING row`,
		m.TimestampMS, m.Author[:], m.ServerID, m.Direction == Out, string(m.Kind), m.ReceivedMS, string(m.State), m.Failure, string(m.Hash), string(m.CopyHash),
		string(m.Expire.Mode), m.Expire.Seconds, m.Expire.AtMS, m.Timer != nil, quoteAuthor, quoteMS, quoteText, previewURL, previewTitle, m.Text, indexed, has,
		string(m.Conversation))
	if err == nil {
		t.inserted, t.expiring = true, t.expiring || m.Expire.AtMS > 0
		return row, true, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return 0, false, err
	}
	// Nothing was inserted: the message is known, or the conversation is not.
	err = t.row(into(&row), `SELECT m.row FROM message AS m WHERE `+inConversation+` AND (m.timestamp_ms, m.author, m.server_id) = (?, ?, ?)`,
		string(m.Conversation), m.TimestampMS, m.Author[:], m.ServerID)
	return row, false, err
}

// SetMessageState says what became of a message. An empty hash leaves the one
// that it has.
func (t *Tx) SetMessageState(row int64, s State, failure string, hash id.Hash) error {
	return t.must(`UPDATE message SET state = ?1, failure = ?2, hash = iif(?3 = '', hash, ?3) WHERE row = ?4`,
		string(s), failure, string(hash), row)
}

// SetCopyHash notes the hash of the copy in one's own swarm.
func (t *Tx) SetCopyHash(row int64, hash id.Hash) error {
	return t.must(`UPDATE message SET copy_hash = ? WHERE row = ?`, string(hash), row)
}

// messageOf finds a message of any conversation by the index of places.
const messageOf = `SELECT ` + messageColumns + fromMessages + `
	WHERE m.place >= ?1 AND m.place < ?2 AND m.timestamp_ms = ?3 AND m.author = ?4 AND m.server_id = 0
	AND (?5 = '' OR c.id = ?5) LIMIT 1`

// FindMessage is the message that an author wrote at a time, in a conversation
// or, with "", in any but a community, without its attachments and reactions.
// ErrNotFound if it is not there.
func (t *Tx) FindMessage(c id.Conversation, author id.Sender, timestampMS int64) (m Message, err error) {
	from := min(max(timestampMS, 0), lastMS) * placesPerMS
	err = t.row(scanMessage(&m), messageOf, from, from+placesPerMS, timestampMS, author[:], string(c))
	return m, err
}

// Bury takes away all that a message was: its text, from the search index too,
// its quote, preview, reactions, attachments, and what of it is in the outbox. A line
// stays in its place. The files of the attachments go with the next Sweep.
func (t *Tx) Bury(row int64, line string) error {
	err := t.must(`UPDATE message SET kind = 'info', deleted = 1, text = ?1, words = NULL, has = 0, reacted = 0,
		quote_author = NULL, quote_ms = NULL, quote_text = NULL, preview_url = NULL, preview_title = NULL,
		state = '', failure = '' WHERE row = ?2`, line, row)
	for _, query := range []string{
		`DELETE FROM reaction WHERE message = ?`,
		`DELETE FROM attachment WHERE message = ?`,
		`DELETE FROM outbox WHERE message = ?`,
	} {
		if err == nil {
			_, err = t.exec(query, row)
		}
	}
	return err
}

const incomingBetween = `SELECT timestamp_ms FROM message AS m INDEXED BY message_incoming
	WHERE ` + inConversation + ` AND m.timestamp_ms > ? AND m.timestamp_ms <= ? AND m.outgoing = 0 AND m.kind = 'message'
	ORDER BY m.timestamp_ms DESC LIMIT ?`

// IncomingBetween lists the timestamps of messages received, after one time and
// up to another, newest first, at most limit.
func (t *Tx) IncomingBetween(c id.Conversation, afterMS, upToMS int64, limit int) ([]int64, error) {
	var list []int64
	err := t.rows(func(row scanner) error {
		var ms int64
		err := row.Scan(&ms)
		list = append(list, ms)
		return err
	}, incomingBetween, string(c), afterMS, upToMS, limit)
	return list, err
}

// DeleteMessage removes a message, from the search index too, with its
// attachments and what of it is in the outbox. It does nothing if the message
// is not there. The files of the attachments go with the next Sweep.
func (t *Tx) DeleteMessage(row int64) error {
	_, err := t.exec(`DELETE FROM message WHERE row = ?`, row)
	return err
}
