package store

import (
	"context"

	"seance/messaging/id"
	"seance/messaging/secret"
)

type Options struct {
	// Readers is the number of reading connections; 0 stands for 4.
	Readers int
}
type Store struct{}

// Exists reports whether dir has a database. It creates nothing.
func Exists(dir string) (bool, error) { return false, nil }

// Open opens the profile in dir, creating directory and database as needed.
func Open(ctx context.Context, dir string, o Options) (*Store, error) { return nil, nil }
func (s *Store) Close() error                                         { return nil }

// Update runs f in a transaction, on the caller's goroutine. An error of f, or a panic (which becomes an error), undoes everything.
// f must not call Update.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error { return nil }

type Lock struct{}
type LockedError struct {
	PID  int    // 0: not known
	What string // the command that holds it, "" not known
}

func (e *LockedError) Error() string              { return "" }
func LockProfile(dir, what string) (*Lock, error) { return nil, nil }
func (l *Lock) Unlock() error                     { return nil }

type Account struct {
	ID        id.Account
	Seed      secret.Bytes
	Name      string
	Network   []byte // the profile's copy of its network file
	CreatedMS int64
}

func (s *Store) CreateAccount(ctx context.Context, a Account) error    { return nil }
func (s *Store) Account(ctx context.Context) (a Account, err error)    { return }
func (s *Store) SetAccountName(ctx context.Context, name string) error { return nil }

type Tx struct{}

// Conversation fails with ErrNotFound.
func (t *Tx) Conversation(c id.Conversation) (v Conversation, err error) { return }

// PutConversation inserts a conversation or replaces its settings.
func (t *Tx) PutConversation(c Conversation) error { return nil }

// DeleteConversation removes a conversation with its messages, draft and what of it is in the outbox.
func (t *Tx) DeleteConversation(c id.Conversation) error    { return nil }
func (t *Tx) SetDraft(c id.Conversation, text string) error { return nil }

// MarkRead: messages up to a timestamp are read; the mark only grows. It reports whether it did.
func (t *Tx) MarkRead(c id.Conversation, upToMS int64) (bool, error) { return false, nil }

// SetLastRead moves the mark in either direction.
func (t *Tx) SetLastRead(c id.Conversation, ms int64) error { return nil }

// InsertMessage: the conversation must exist. A known message is left as it is: its row, false.
func (t *Tx) InsertMessage(m Message) (row int64, inserted bool, err error) { return }

// SetMessageState: an empty hash keeps the one that is there.
func (t *Tx) SetMessageState(row int64, s State, failure string, hash id.Hash) error { return nil }
func (t *Tx) DeleteMessage(row int64) error                                          { return nil }
func (t *Tx) Message(row int64) (m Message, err error)                               { return }
func (t *Tx) MessageByKey(c id.Conversation, author id.Sender, timestampMS int64) (m Message, err error) {
	return
}

func (t *Tx) Seen(owner id.Pubkey, ns id.Namespace, hash id.Hash) (bool, error) { return false, nil }
func (t *Tx) MarkSeen(owner id.Pubkey, ns id.Namespace, hash id.Hash, expiresMS int64) error {
	return nil
}
func (t *Tx) PruneSeen(beforeMS int64) (int, error) { return 0, nil }
func (t *Tx) SetCursor(owner id.Pubkey, ns id.Namespace, node [32]byte, hash id.Hash) error {
	return nil
}
func (t *Tx) ForgetCursors(owner id.Pubkey, ns id.Namespace) error { return nil }
func (t *Tx) ForgetNode(node [32]byte) error                       { return nil }

// AppendEvent: conv "" and row 0 mean none.
func (t *Tx) AppendEvent(kind string, conv id.Conversation, row int64) (cursor int64, err error) {
	return
}

type OutgoingKind string

const (
	OutgoingMessage OutgoingKind = "message" // to the recipient's swarm
	OutgoingCopy    OutgoingKind = "copy"    // to one's own swarm, for other devices
	OutgoingControl OutgoingKind = "control" // no message of its own
)

type Outgoing struct {
	ID          int64
	Kind        OutgoingKind
	Target      id.Pubkey
	Namespace   id.Namespace
	Data        []byte // exactly what is stored in the swarm
	TimestampMS int64
	TTLMS       int64
	Message     int64 // row; 0: none. Deleting the message takes this out of the outbox
	Attempts    int
	NextMS      int64
	LastError   string
	Parked      bool
}

func (t *Tx) Enqueue(o Outgoing) (int64, error) { return 0, nil }
func (t *Tx) OutgoingDone(o int64) error        { return nil }

// OutgoingFailed counts an attempt and lets it, and those behind it for the same target, wait until nextMS.
func (t *Tx) OutgoingFailed(o int64, reason string, nextMS int64) error { return nil }

// OutgoingParked counts an attempt and sets it aside, with its bytes, until Retry: it no longer holds up those behind it.
func (t *Tx) OutgoingParked(o int64, reason string) error { return nil }

// Retry makes what the outbox holds for a message due at once; false if it holds nothing.
func (t *Tx) Retry(message, nowMS int64) (bool, error) { return false, nil }

// DueTargets lists recipients whose oldest entry is due, longest waiting first.
func (s *Store) DueTargets(ctx context.Context, nowMS int64, limit int) ([]id.Pubkey, error) {
	return nil, nil
}

// Due lists what may be sent to a target now, in order: it ends before the first entry that still waits.
func (s *Store) Due(ctx context.Context, target id.Pubkey, nowMS int64, limit int) ([]Outgoing, error) {
	return nil, nil
}

// NextDue is when the next target becomes due (may be in the past); false: nothing waits.
func (s *Store) NextDue(ctx context.Context) (ms int64, ok bool, err error) { return }

// ClaimTimestamp is max(nowMS, the last one claimed + 1).
func (t *Tx) ClaimTimestamp(nowMS int64) (int64, error) { return 0, nil }

// Setting: nil, nil if never set
func (t *Tx) Setting(key string) ([]byte, error)                { return nil, nil }
func (t *Tx) SetSetting(key string, value []byte) error         { return nil }
func (t *Tx) SetConsumerCursor(name string, cursor int64) error { return nil }

func (s *Store) Setting(ctx context.Context, key string) ([]byte, error) { return nil, nil }

// ConsumerCursor: 0 if never set
func (s *Store) ConsumerCursor(ctx context.Context, name string) (int64, error) { return 0, nil }

// Cursor: "" if none
func (s *Store) Cursor(ctx context.Context, owner id.Pubkey, ns id.Namespace, node [32]byte) (id.Hash, error) {
	return "", nil
}

func (s *Store) Conversations(ctx context.Context) ([]Conversation, error) { return nil, nil }
func (s *Store) Conversation(ctx context.Context, c id.Conversation) (v Conversation, err error) {
	return
}
func (s *Store) Totals(ctx context.Context, nowMS int64) (t Totals, err error) { return }

// Page: at most one of Before, After, Around; none: the newest.
type Page struct {
	Before *Position // messages before it
	After  *Position // messages after it
	Around *Position // half of them before it, the rest from it on
	Limit  int       // 0: 50
}

// Messages is a page in display order.
func (s *Store) Messages(ctx context.Context, c id.Conversation, p Page) ([]Message, error) {
	return nil, nil
}

// FirstUnread is where the unread line stands: ErrNotFound if nothing is unread.
func (s *Store) FirstUnread(ctx context.Context, c id.Conversation) (p Position, err error) { return }
func (s *Store) Message(ctx context.Context, row int64) (m Message, err error)              { return }
func (s *Store) MessageByKey(ctx context.Context, c id.Conversation, author id.Sender, timestampMS int64) (m Message, err error) {
	return
}

type Event struct {
	Cursor       int64
	Kind         string
	Conversation id.Conversation // "" none, or gone
	MessageRow   int64
	Message      *Message // nil: none, or gone
}

// Events lists at most limit events after a cursor, oldest first.
func (s *Store) Events(ctx context.Context, since int64, limit int) ([]Event, error) { return nil, nil }
func (s *Store) LastEvent(ctx context.Context) (int64, error)                        { return 0, nil }
