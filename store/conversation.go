package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"seance/messaging/id"
)

// Conversation is a contact, a group, a room or the note to self.
type Conversation struct {
	ID           id.Conversation
	Kind         id.Kind
	Name         string // what the other side calls itself; "" if it never said
	Nickname     string // what the user calls it
	ProfileMS    int64  // when Name was set by its owner
	Approved     bool   // by us: we wrote to them or accepted their request
	ApprovedMe   bool   // by them
	Blocked      bool
	Hidden       bool // left out of the list, yet known
	Priority     int  // above 0: pinned, the greater the higher
	MutedUntilMS int64
	CreatedMS    int64
	Picture      Picture
	Notify       Notify
	Timer        Timer // of messages that disappear; of the next ones written here
	MarkedUnread bool  // by the user, until it is read the next time
	Membership   Membership

	// What follows is maintained by the store; PutConversation ignores it.

	Draft      string // its text: see Store.Draft for the rest
	DraftFiles int    // that go with it
	LastReadMS int64  // messages up to this timestamp are read
	Unread     int    // messages received, not info lines, after LastReadMS
	Mentions   int    // how many of them name the user, or answer what the user wrote
	Request    bool   // a stranger wrote, and was neither approved, blocked nor hidden; or it is a group that the user is invited to
	Members    int    // of a group: who is in it, not who is only invited
	Last       Preview
}

// Picture is where the network has the picture of a person or a group, and the
// key to it. The zero value is none.
type Picture struct {
	URL string
	Key [32]byte
}

// key is what is kept of the key.
func (p Picture) key() []byte {
	if p.URL == "" {
		return []byte{}
	}
	return p.Key[:]
}

// Notify says for which messages of a conversation the user is called.
type Notify string

// The modes of notification. NotifyDefault is all but for communities, where it
// is mentions.
const (
	NotifyDefault  Notify = ""
	NotifyAll      Notify = "all"
	NotifyMentions Notify = "mentions"
	NotifyNone     Notify = "none"
)

// Timer is when messages of a conversation disappear. The zero value is never.
type Timer struct {
	Mode    ExpireMode
	Seconds int64
}

// Membership is what the user is to a group.
type Membership string

// The memberships. Nothing is written to the others than Member.
const (
	Member    Membership = ""
	Invited   Membership = "invited"
	Kicked    Membership = "kicked"
	Destroyed Membership = "destroyed"
	Lapsed    Membership = "expired"  // its swarm has lost the keys, until an admin is back
	Archived  Membership = "archived" // a group of the old kind, which nobody can write to any more
)

// ActiveMS is the time by which conversations are sorted.
func (c Conversation) ActiveMS() int64 {
	if c.Last.Row != 0 {
		return c.Last.TimestampMS
	}
	return c.CreatedMS
}

// previewLength is how many code points of a text the list is given, in SQL.
const previewLength = "200"

// Preview is the newest message of a conversation, as the list shows it. Row
// is 0 if there is none.
type Preview struct {
	Row         int64
	Author      id.Sender
	Direction   Direction
	Kind        MessageKind
	State       State
	TimestampMS int64
	EndMS       int64  // when it disappears; 0: never, or its clock has not started
	Text        string // at most the first 200 code points
	Files       Files
}

// Totals sums up the conversation list.
type Totals struct {
	Unread   int // messages, requests and muted conversations left out
	Muted    int // unread messages of muted conversations
	Requests int // conversations
}

// conversationColumns are read by scanConversation.
const conversationColumns = `c.id, c.kind, c.name, c.nickname, c.profile_ms, c.approved, c.approved_me, c.blocked,
	c.hidden, c.priority, c.muted_until_ms, c.created_ms, c.picture_url, c.picture_key, c.notify, c.timer_mode, c.timer_seconds,
	c.marked_unread, c.membership, c.draft, c.draft_files, c.last_read_ms, c.unread, iif(c.unread > 0, ` + countMentions + `, 0), ` + isRequest + `,
	iif(c.kind = 'group', ` + countMembers + `, 0),
	` + previewColumns + `
	FROM conversation AS c LEFT JOIN message AS m ON m.row = c.last_message`

// countMentions counts what is unread and names the user.
const countMentions = `(SELECT count(*) FROM message AS n WHERE n.conversation = c.row AND n.timestamp_ms > c.last_read_ms
		AND (n.has & 16) <> 0 AND n.outgoing = 0 AND n.kind = 'message')`

// countMembers counts who is in a group, and not only invited.
const countMembers = `(SELECT count(*) FROM member AS p WHERE p.conversation = c.row
		AND p.state IN ('', 'promotion_not_sent', 'promoted', 'promotion_failed'))`

// previewColumns are read by scanPreview.
const previewColumns = `m.row, m.author, m.outgoing, m.kind, m.state, m.timestamp_ms, m.expire_at_ms, substr(m.text, 1, ` + previewLength + `),
	m.has, iif(m.has & 2, (SELECT count(*) FROM attachment WHERE message = m.row AND position >= 0), 0),
	iif(m.has & 2, (SELECT name FROM attachment WHERE message = m.row AND position >= 0 ORDER BY position LIMIT 1), '')`

// isRequest is the conditions of the indexes conversation_request and conversation_invited.
const isRequest = `(c.blocked = 0 AND c.hidden = 0 AND (c.kind = 'contact' AND c.approved = 0 AND c.incoming > 0 OR c.membership = 'invited'))`

func scanConversation(c *Conversation) func(scanner) error {
	return func(s scanner) error {
		var pictureKey []byte
		var last previewRow
		columns := [...]any{&c.ID, &c.Kind, &c.Name, &c.Nickname, &c.ProfileMS, &c.Approved, &c.ApprovedMe, &c.Blocked,
			&c.Hidden, &c.Priority, &c.MutedUntilMS, &c.CreatedMS, &c.Picture.URL, &pictureKey, &c.Notify, &c.Timer.Mode, &c.Timer.Seconds,
			&c.MarkedUnread, &c.Membership, &c.Draft, &c.DraftFiles, &c.LastReadMS, &c.Unread, &c.Mentions, &c.Request, &c.Members}
		if err := s.Scan(append(columns[:], last.columns()...)...); err != nil {
			return err
		}
		copy(c.Picture.Key[:], pictureKey)
		return last.into(&c.Last)
	}
}

func scanPreview(p *Preview) func(scanner) error {
	return func(s scanner) error {
		var row previewRow
		if err := s.Scan(row.columns()...); err != nil {
			return err
		}
		return row.into(p)
	}
}

// previewRow is a row of previewColumns, all NULL where there is no message.
type previewRow struct {
	row, timestamp    sql.NullInt64
	end               sql.NullInt64
	kind, state, text sql.NullString
	outgoing          sql.NullBool
	author            []byte
	has, files        sql.NullInt64
	file              sql.NullString
}

func (r *previewRow) columns() []any {
	return []any{&r.row, &r.author, &r.outgoing, &r.kind, &r.state, &r.timestamp, &r.end, &r.text, &r.has, &r.files, &r.file}
}

func (r *previewRow) into(p *Preview) error {
	if !r.row.Valid {
		return nil
	}
	*p = Preview{
		Row:         r.row.Int64,
		Direction:   direction(r.outgoing.Bool),
		Kind:        MessageKind(r.kind.String),
		State:       State(r.state.String),
		TimestampMS: r.timestamp.Int64,
		EndMS:       r.end.Int64,
		Text:        r.text.String,
		Files:       filesFrom(r.has.Int64, r.files.Int64, r.file.String),
	}
	return fill(p.Author[:], r.author)
}

const (
	conversationByID = `SELECT ` + conversationColumns + ` WHERE c.id = ?`
	allConversations = `SELECT ` + conversationColumns
)

// Conversation reads one conversation: ErrNotFound if it is not known. What has
// expired in it is neither counted nor shown.
func (s *Store) Conversation(ctx context.Context, c id.Conversation) (v Conversation, err error) {
	nowMS := s.nowMS()
	over, err := s.expired(ctx, nowMS)
	if err == nil {
		err = s.queries.row(ctx, scanConversation(&v), conversationByID, string(c))
	}
	if e, some := over[c]; some && err == nil {
		err = s.without(ctx, &v, e, nowMS)
	}
	return v, err
}

// Conversation reads one conversation: ErrNotFound if it is not known.
func (t *Tx) Conversation(c id.Conversation) (v Conversation, err error) {
	err = t.row(scanConversation(&v), conversationByID, string(c))
	return v, err
}

// Conversations lists all conversations, hidden, blocked and requests too, as
// session-desktop: ts/state/selectors/conversations.ts sorts them: by
// priority, by the time of the last message, by name. What has expired in them is
// neither counted nor shown.
func (s *Store) Conversations(ctx context.Context) ([]Conversation, error) {
	var list []Conversation
	nowMS := s.nowMS()
	over, err := s.expired(ctx, nowMS)
	if err != nil {
		return nil, err
	}
	err = s.queries.rows(ctx, func(row scanner) error {
		list = append(list, Conversation{})
		return scanConversation(&list[len(list)-1])(row)
	}, allConversations)
	for i := range list {
		if e, some := over[list[i].ID]; some && err == nil {
			err = s.without(ctx, &list[i], e, nowMS)
		}
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Conversation) int {
		return cmp.Or(
			cmp.Compare(b.Priority, a.Priority),
			cmp.Compare(b.ActiveMS(), a.ActiveMS()),
			cmp.Compare(strings.ToLower(cmp.Or(a.Nickname, a.Name)), strings.ToLower(cmp.Or(b.Nickname, b.Name))),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return list, nil
}

// The sums of Totals, each from an index of the conversations that count.
const (
	unreadTotals = `SELECT coalesce(sum(iif(c.muted_until_ms > ?1, 0, c.unread)), 0), coalesce(sum(iif(c.muted_until_ms > ?1, c.unread, 0)), 0)
		FROM conversation AS c WHERE c.unread > 0 AND c.blocked = 0 AND c.hidden = 0`
	requestTotals = `SELECT count(*), coalesce(sum(iif(c.muted_until_ms > ?1, 0, c.unread)), 0), coalesce(sum(iif(c.muted_until_ms > ?1, c.unread, 0)), 0)
		FROM conversation AS c WHERE c.kind = 'contact' AND c.approved = 0 AND c.blocked = 0 AND c.hidden = 0 AND c.incoming > 0`
	invitedTotal = `SELECT count(*) FROM conversation AS c WHERE c.membership = 'invited' AND c.blocked = 0 AND c.hidden = 0`
)

// Totals sums up what is unread in conversations that are neither blocked nor
// hidden. nowMS decides which are muted. The cost is that of the conversations
// with something unread.
func (s *Store) Totals(ctx context.Context, nowMS int64) (t Totals, err error) {
	var unread, muted, invited int // of requests
	if err := s.queries.row(ctx, into(&t.Unread, &t.Muted), unreadTotals, nowMS); err != nil {
		return Totals{}, err
	}
	if err := s.queries.row(ctx, into(&t.Requests, &unread, &muted), requestTotals, nowMS); err != nil {
		return Totals{}, err
	}
	if err := s.queries.row(ctx, into(&invited), invitedTotal); err != nil {
		return Totals{}, err
	}
	t.Requests += invited
	t.Unread -= unread
	t.Muted -= muted
	return t, nil
}

// PutConversation inserts a conversation, or replaces the settings of a known
// one: to change some, read it first, in the same transaction.
func (t *Tx) PutConversation(c Conversation) error {
	_, err := t.exec(`INSERT INTO conversation
			(id, kind, name, nickname, profile_ms, approved, approved_me, blocked, hidden, priority, muted_until_ms, created_ms,
			picture_url, picture_key, notify, timer_mode, timer_seconds, marked_unread, membership)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
		ON CONFLICT (id) DO UPDATE SET kind = ?2, name = ?3, nickname = ?4, profile_ms = ?5, approved = ?6, approved_me = ?7,
			blocked = ?8, hidden = ?9, priority = ?10, muted_until_ms = ?11, created_ms = ?12,
			picture_url = ?13, picture_key = ?14, notify = ?15, timer_mode = ?16, timer_seconds = ?17, marked_unread = ?18, membership = ?19`,
		string(c.ID), string(c.Kind), c.Name, c.Nickname, c.ProfileMS, c.Approved, c.ApprovedMe, c.Blocked,
		c.Hidden, c.Priority, c.MutedUntilMS, c.CreatedMS,
		c.Picture.URL, c.Picture.key(), string(c.Notify), string(c.Timer.Mode), c.Timer.Seconds, c.MarkedUnread, string(c.Membership))
	return err
}

// DeleteConversation removes a conversation with its messages, and what of
// them is in the outbox. It does nothing if the conversation is not known.
func (t *Tx) DeleteConversation(c id.Conversation) error {
	_, err := t.exec(`DELETE FROM conversation WHERE id = ?`, string(c))
	return err
}

// MarkRead says that the messages up to a timestamp are read. It reports
// whether that is news: the mark only grows, and takes away that of the user.
// Its cost is that of counting what is still unread.
func (t *Tx) MarkRead(c id.Conversation, upToMS int64) (bool, error) {
	n, err := t.exec(`UPDATE conversation SET last_read_ms = max(last_read_ms, ?1), marked_unread = 0
		WHERE id = ?2 AND (last_read_ms < ?1 OR marked_unread)`, upToMS, string(c))
	return n > 0, err
}

// Conversations lists all conversations, in no order.
func (t *Tx) Conversations() ([]Conversation, error) {
	var list []Conversation
	err := t.rows(func(row scanner) error {
		list = append(list, Conversation{})
		return scanConversation(&list[len(list)-1])(row)
	}, allConversations)
	return list, err
}

// DeleteMessages empties a conversation, which stays.
func (t *Tx) DeleteMessages(c id.Conversation) error {
	_, err := t.exec(`DELETE FROM message WHERE conversation = (SELECT row FROM conversation WHERE id = ?)`, string(c))
	return err
}
