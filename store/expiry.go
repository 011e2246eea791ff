package store

import (
	"context"
	"errors"
	"time"

	"seance/messaging/id"
)

// UseClock has the reading methods of Store go by a clock, in milliseconds: what
// has expired by it is not there for them, whether it was deleted already or
// not. Without it they go by the machine's. It is called before anything is
// read, as the methods of Tx know nothing of it: they see what is on disk.
func (s *Store) UseClock(nowMS func() int64) { s.nowMS = nowMS }

func machineMS() int64 { return time.Now().UnixMilli() }

// alive is a condition that takes the time. It is true for what has not expired.
const alive = `(m.expire_at_ms = 0 OR m.expire_at_ms > ?)`

// Expiring has a value when, since the last one was taken, a transaction that
// gave a message a time to disappear has happened.
func (s *Store) Expiring() <-chan struct{} { return s.expiring }

// Expired is a message whose time is over.
type Expired struct {
	Row          int64
	Conversation id.Conversation
	AtMS         int64
}

// expiredRows is a list of rows; it takes a time and a limit.
const expiredRows = `(SELECT row FROM message WHERE expire_at_ms > 0 AND expire_at_ms <= ? ORDER BY expire_at_ms LIMIT ?)`

const (
	deleteExpired = `DELETE FROM message WHERE row IN ` + expiredRows + `
		RETURNING row, (SELECT id FROM conversation WHERE row = message.conversation), expire_at_ms`
	deleteWaiting = `DELETE FROM waiting WHERE row IN (SELECT w.row FROM message AS m
		JOIN conversation AS c ON c.row = m.conversation
		JOIN waiting AS w ON w.timestamp_ms = m.timestamp_ms AND w.author = m.author
		WHERE m.row IN ` + expiredRows + ` AND w.conversation IN ('', c.id))`
	expiredBetween = `SELECT m.row, c.id, m.expire_at_ms` + fromMessages + `
		WHERE m.expire_at_ms > 0 AND m.expire_at_ms > ? AND m.expire_at_ms <= ? ORDER BY m.expire_at_ms LIMIT ?`
	nextExpiry = `SELECT expire_at_ms FROM message WHERE expire_at_ms > 0 AND expire_at_ms > ? ORDER BY expire_at_ms LIMIT 1`
)

func scanExpired(list *[]Expired) func(scanner) error {
	return func(row scanner) error {
		var e Expired
		err := row.Scan(&e.Row, &e.Conversation, &e.AtMS)
		*list = append(*list, e)
		return err
	}
}

// DeleteExpired removes messages whose time is over, the oldest first, at most
// limit, with what waits for them and all that DeleteMessage takes away.
func (t *Tx) DeleteExpired(nowMS int64, limit int) (list []Expired, err error) {
	if _, err := t.exec(deleteWaiting, nowMS, limit); err != nil {
		return nil, err
	}
	err = t.rows(scanExpired(&list), deleteExpired, nowMS, limit)
	return list, err
}

// Expired lists messages that expired after one time and up to another, and are
// still on the disk, the oldest first, at most limit.
func (s *Store) Expired(ctx context.Context, afterMS, upToMS int64, limit int) (list []Expired, err error) {
	err = s.queries.rows(ctx, scanExpired(&list), expiredBetween, afterMS, upToMS, limit)
	return list, err
}

// NextExpiry is the first time after another at which a message expires; ok is
// false if none does.
func (s *Store) NextExpiry(ctx context.Context, afterMS int64) (ms int64, ok bool, err error) {
	err = s.queries.row(ctx, into(&ms), nextExpiry, afterMS)
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	return ms, err == nil, err
}

// Unstarted is a message received that was read, and whose clock has not begun.
type Unstarted struct {
	Row     int64
	Hash    id.Hash // "" is not known
	Seconds int64
}

const readUnstarted = `SELECT m.row, m.hash, m.expire_seconds FROM conversation AS c
	JOIN message AS m INDEXED BY message_unstarted ON m.conversation = c.row AND m.timestamp_ms <= c.last_read_ms
	WHERE c.id = ? AND m.expire_mode = 'after_read' AND m.expire_at_ms = 0 AND m.outgoing = 0`

// Unstarted lists those of a conversation.
func (t *Tx) Unstarted(c id.Conversation) (list []Unstarted, err error) {
	err = t.rows(func(row scanner) error {
		var u Unstarted
		err := row.Scan(&u.Row, &u.Hash, &u.Seconds)
		list = append(list, u)
		return err
	}, readUnstarted, string(c))
	return list, err
}

// SetExpiry says when a message disappears. It does nothing if the message is
// not there.
func (t *Tx) SetExpiry(row, atMS int64) error {
	_, err := t.exec(`UPDATE message SET expire_at_ms = ? WHERE row = ?`, atMS, row)
	t.expiring = t.expiring || atMS > 0
	return err
}

const (
	expiredUnread = `SELECT c.id, sum(m.outgoing = 0 AND m.kind = 'message' AND m.timestamp_ms > c.last_read_ms),
			sum(m.outgoing = 0 AND m.kind = 'message' AND m.timestamp_ms > c.last_read_ms AND (m.has & 16) <> 0),
			max(iif(m.row = c.last_message, m.row, 0))
		FROM message AS m INDEXED BY message_expiry CROSS JOIN conversation AS c ON c.row = m.conversation
		WHERE m.expire_at_ms > 0 AND m.expire_at_ms <= ? GROUP BY c.row`
	lastAlive = `SELECT ` + previewColumns + ` FROM message AS m WHERE ` + inConversation + ` AND ` + alive + `
		ORDER BY m.timestamp_ms DESC, m.author DESC, m.server_id DESC LIMIT 1`
)

// expired is what the row of a conversation must not show any more, though it is
// still there.
type expired struct {
	unread   int
	mentions int
	last     int64 // the newest message's row, if that has expired; else 0
}

// expired looks for what has expired and is not deleted yet: mostly nothing.
func (s *Store) expired(ctx context.Context, nowMS int64) (map[id.Conversation]expired, error) {
	var all map[id.Conversation]expired
	err := s.queries.rows(ctx, func(row scanner) error {
		var c id.Conversation
		var e expired
		err := row.Scan(&c, &e.unread, &e.mentions, &e.last)
		if all == nil {
			all = make(map[id.Conversation]expired)
		}
		all[c] = e
		return err
	}, expiredUnread, nowMS)
	return all, err
}

// without makes a conversation what it will be when that is deleted. It was read
// after e, and what was deleted in between is counted already.
func (s *Store) without(ctx context.Context, c *Conversation, e expired, nowMS int64) error {
	c.Unread = max(0, c.Unread-e.unread)
	c.Mentions = max(0, c.Mentions-e.mentions)
	if c.Last.Row == 0 || c.Last.Row != e.last {
		return nil
	}
	c.Last = Preview{}
	err := s.queries.row(ctx, scanPreview(&c.Last), lastAlive, string(c.ID), nowMS)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
