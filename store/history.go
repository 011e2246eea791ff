package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"seance/messaging/id"
)

func direction(outgoing bool) Direction {
	if outgoing {
		return Out
	}
	return In
}

// messageColumns are read by scanMessage.
const messageColumns = `m.row, c.id, m.author, m.outgoing, m.timestamp_ms, m.server_id, m.has, m.received_ms, m.kind, m.text, m.state,
	m.failure, m.hash, m.expire_mode, m.expire_seconds, m.expire_at_ms, m.quote_author, m.quote_ms, m.quote_text,
	m.copy_hash, m.deleted, m.reacted, m.timer, m.preview_url, m.preview_title`

const fromMessages = ` FROM message AS m JOIN conversation AS c ON c.row = m.conversation`

// inConversation is a condition that takes the conversation's ID. It makes the
// indexes of message usable, which know the conversation by its row.
const inConversation = `m.conversation = (SELECT row FROM conversation WHERE id = ?)`

// The queries of this file. The tests ask SQLite how it would answer them.
const (
	messageByRow = `SELECT ` + messageColumns + fromMessages + ` WHERE m.row = ?`
	aliveByRow   = messageByRow + ` AND ` + alive
	pageNewest   = `SELECT ` + messageColumns + fromMessages + ` WHERE ` + inConversation + ` AND ` + alive +
		` ORDER BY m.timestamp_ms DESC, m.author DESC, m.server_id DESC LIMIT ?`
	pageBefore = `SELECT ` + messageColumns + fromMessages + ` WHERE ` + inConversation +
		` AND (m.timestamp_ms, m.author, m.server_id) < (?, ?, ?) AND ` + alive + ` ORDER BY m.timestamp_ms DESC, m.author DESC, m.server_id DESC LIMIT ?`
	pageAfter = `SELECT ` + messageColumns + fromMessages + ` WHERE ` + inConversation +
		` AND (m.timestamp_ms, m.author, m.server_id) > (?, ?, ?) AND ` + alive + ` ORDER BY m.timestamp_ms, m.author, m.server_id LIMIT ?`
	pageFrom = `SELECT ` + messageColumns + fromMessages + ` WHERE ` + inConversation +
		` AND (m.timestamp_ms, m.author, m.server_id) >= (?, ?, ?) AND ` + alive + ` ORDER BY m.timestamp_ms, m.author, m.server_id LIMIT ?`
	// The index knows nothing of authors, who need sorting only where
	// timestamps are the same; message_place would lead past all of one's own.
	firstUnread = `SELECT m.timestamp_ms, m.author, m.server_id FROM conversation AS c
		JOIN message AS m INDEXED BY message_incoming ON m.conversation = c.row AND m.timestamp_ms > c.last_read_ms
		WHERE c.id = ? AND m.outgoing = 0 AND m.kind = 'message' AND ` + alive + ` ORDER BY m.timestamp_ms, m.author, m.server_id LIMIT 1`
)

// scanMessage reads the columns above, and behind them those that more takes.
// What stands in other rows is left for fillMessage.
func scanMessage(m *Message, more ...any) func(scanner) error {
	return func(s scanner) error {
		var outgoing bool
		var author, quoteAuthor []byte
		var quoteMS sql.NullInt64
		var quoteText, previewURL, previewTitle sql.NullString
		var has int
		var reacted, timer bool
		columns := [...]any{&m.Row, &m.Conversation, &author, &outgoing, &m.TimestampMS, &m.ServerID, &has, &m.ReceivedMS, &m.Kind, &m.Text, &m.State,
			&m.Failure, &m.Hash, &m.Expire.Mode, &m.Expire.Seconds, &m.Expire.AtMS, &quoteAuthor, &quoteMS, &quoteText,
			&m.CopyHash, &m.Deleted, &reacted, &timer, &previewURL, &previewTitle}
		if err := s.Scan(append(columns[:], more...)...); err != nil {
			return err
		}
		if has&hasFile != 0 {
			m.Attachments = []Attachment{} // there are some
		}
		m.Mentioned = has&hasMention != 0
		if reacted {
			m.Reactions = []Reaction{} // there were some
		}
		if timer {
			m.Timer = &Timer{m.Expire.Mode, m.Expire.Seconds}
		}
		if previewURL.Valid {
			m.Preview = &LinkPreview{URL: previewURL.String, Title: previewTitle.String}
		}
		m.Direction = direction(outgoing)
		if quoteMS.Valid {
			m.Quote = &Quote{TimestampMS: quoteMS.Int64, Text: quoteText.String}
			if err := fill(m.Quote.Author[:], quoteAuthor); err != nil {
				return err
			}
		}
		return fill(m.Author[:], author)
	}
}

// fillMessage reads what belongs to a message and stands in other rows. Those
// that have nothing of it cost nothing.
func (s *Store) fillMessage(ctx context.Context, m *Message) error {
	if err := s.fillAttachments(ctx, m); err != nil {
		return err
	}
	if err := s.fillReactions(ctx, m); err != nil {
		return err
	}
	return s.fillQuote(ctx, m)
}

const quotedMessage = `SELECT q.row, iif(q.deleted, '', q.text), q.has,
		iif(q.has & 2 AND NOT q.deleted, (SELECT count(*) FROM attachment WHERE message = q.row AND position >= 0), 0),
		iif(q.has & 2 AND NOT q.deleted, (SELECT name FROM attachment WHERE message = q.row AND position >= 0 ORDER BY position LIMIT 1), '') FROM message AS m
	JOIN message AS q ON q.conversation = m.conversation AND q.timestamp_ms = m.quote_ms AND q.author = m.quote_author
	WHERE m.row = ? AND (q.expire_at_ms = 0 OR q.expire_at_ms > ?) ORDER BY q.server_id LIMIT 1`

// fillQuote looks up the message that one quotes, as it is now.
func (s *Store) fillQuote(ctx context.Context, m *Message) error {
	if m.Quote == nil {
		return nil
	}
	var has, count int64
	var name string
	err := s.queries.row(ctx, into(&m.Quote.Row, &m.Quote.Text, &has, &count, &name), quotedMessage, m.Row, s.nowMS())
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	m.Quote.Files = filesFrom(has, count, name)
	return err
}

// Message reads one message: ErrNotFound if it is not there, or has expired.
func (s *Store) Message(ctx context.Context, row int64) (m Message, err error) {
	if err := s.queries.row(ctx, scanMessage(&m), aliveByRow, row, s.nowMS()); err != nil {
		return Message{}, err
	}
	return m, s.fillMessage(ctx, &m)
}

// Message reads one message, without its attachments, its reactions and the
// text that it quotes: ErrNotFound if it is not there.
func (t *Tx) Message(row int64) (m Message, err error) {
	err = t.row(scanMessage(&m), messageByRow, row)
	return m, err
}

// defaultLimit is how many messages a page without a limit has.
const defaultLimit = 50

// Page is a part of a conversation. One of Before, After and Around may be
// set; with none of them it is the newest page.
type Page struct {
	Before *Position // messages before it
	After  *Position // messages after it
	Around *Position // half of them before it, the rest from it on
	Limit  int       // most messages wanted; 0 stands for 50
}

// Messages reads a page, in the order in which it is shown. It is empty for a
// conversation that is not known. What has expired is not there. The cost is that
// of the page, wherever it lies.
func (s *Store) Messages(ctx context.Context, c id.Conversation, p Page) ([]Message, error) {
	if p.Limit <= 0 {
		p.Limit = defaultLimit
	}
	switch {
	case p.Before != nil:
		return s.backwards(ctx, p.Limit, pageBefore, string(c), p.Before.TimestampMS, p.Before.Author[:], p.Before.ServerID, s.nowMS(), p.Limit)
	case p.After != nil:
		return s.page(ctx, p.Limit, pageAfter, string(c), p.After.TimestampMS, p.After.Author[:], p.After.ServerID, s.nowMS(), p.Limit)
	case p.Around != nil:
		before, err := s.backwards(ctx, p.Limit, pageBefore, string(c), p.Around.TimestampMS, p.Around.Author[:], p.Around.ServerID, s.nowMS(), p.Limit/2)
		if err != nil {
			return nil, err
		}
		// The two parts cannot overlap, so a message that comes in between
		// does no harm.
		rest := p.Limit - p.Limit/2
		from, err := s.page(ctx, rest, pageFrom, string(c), p.Around.TimestampMS, p.Around.Author[:], p.Around.ServerID, s.nowMS(), rest)
		return append(before, from...), err
	}
	return s.backwards(ctx, p.Limit, pageNewest, string(c), s.nowMS(), p.Limit)
}

func (s *Store) page(ctx context.Context, limit int, query string, args ...any) ([]Message, error) {
	list := make([]Message, 0, min(limit, 4*defaultLimit))
	err := s.queries.rows(ctx, func(row scanner) error {
		list = append(list, Message{})
		return scanMessage(&list[len(list)-1])(row)
	}, query, args...)
	for i := range list {
		if err == nil {
			err = s.fillMessage(ctx, &list[i])
		}
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (s *Store) backwards(ctx context.Context, limit int, query string, args ...any) ([]Message, error) {
	list, err := s.page(ctx, limit, query, args...)
	slices.Reverse(list)
	return list, err
}

// FirstUnread is the place of the oldest unread message, before which the
// unread line stands: ErrNotFound if nothing is unread.
func (s *Store) FirstUnread(ctx context.Context, c id.Conversation) (Position, error) {
	var p Position
	var author []byte
	if err := s.queries.row(ctx, into(&p.TimestampMS, &author, &p.ServerID), firstUnread, string(c), s.nowMS()); err != nil {
		return Position{}, err
	}
	return p, fill(p.Author[:], author)
}
