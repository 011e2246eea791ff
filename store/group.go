package store

import (
	"context"
	"encoding/json"
	"errors"

	"seance/messaging/id"
)

// GroupMember is somebody in a group, or invited to it.
type GroupMember struct {
	Account   id.Account
	Name      string // what they call themselves; "" if it is not known
	Picture   Picture
	ProfileMS int64 // when name and picture were said
	Admin     bool
	State     MemberState
	Heard     MemberSign // read by HeardMembers only
}

// MemberState is how far somebody is a member, as it is written in JSON.
type MemberState string

// The states of members.
const (
	MemberJoined          MemberState = ""
	MemberToInvite        MemberState = "invite_not_sent"
	MemberInvited         MemberState = "invited"
	MemberInviteFailed    MemberState = "invite_failed"
	MemberToPromote       MemberState = "promotion_not_sent"
	MemberPromoted        MemberState = "promoted" // and has not answered yet
	MemberPromotionFailed MemberState = "promotion_failed"
	MemberRemoved         MemberState = "removed" // by an admin, whose work is not done yet
)

// memberFormer is the state of who is no member any more, or not yet: only their names
// are of use.
const memberFormer MemberState = "former"

// MemberSign is the last that was heard of somebody in a group.
type MemberSign string

// What is heard of members: that they were added or removed, that they wrote, that they
// leave.
const (
	SignChanged MemberSign = "changed"
	SignWrote   MemberSign = "wrote"
	SignLeft    MemberSign = "left"
)

// SetMembers makes the members of a group those of the list. Of the names that somebody
// is known by, the one that was said last stays, and the picture with it, also of who is no
// member any more.
func (t *Tx) SetMembers(group id.Conversation, list []GroupMember) error {
	keep := make([]string, len(list))
	for i, m := range list {
		keep[i] = m.Account.String()
		_, err := t.exec(`INSERT INTO member (conversation, account, name, profile_ms, admin, state, picture_url, picture_key)
			SELECT row, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM conversation WHERE id = ?1
			ON CONFLICT DO UPDATE SET admin = ?5, state = ?6, profile_ms = max(profile_ms, ?4),
				(name, picture_url, picture_key) = (SELECT ?3, ?7, ?8 WHERE ?3 <> '' AND (?4 >= profile_ms OR name = '')
					UNION ALL SELECT name, picture_url, picture_key LIMIT 1)`,
			string(group), m.Account[:], m.Name, m.ProfileMS, m.Admin, string(m.State), m.Picture.URL, m.Picture.key())
		if err != nil {
			return err
		}
	}
	names, err := json.Marshal(keep)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE member SET state = ?3, admin = 0 WHERE conversation = (SELECT row FROM conversation WHERE id = ?1)
		AND (state <> ?3 OR admin) AND lower(hex(account)) NOT IN (SELECT value FROM json_each(?2))`, string(group), string(names), string(memberFormer))
	return err
}

// NameMember keeps what somebody in a group calls themselves and shows of themselves,
// unless something newer is known.
func (t *Tx) NameMember(group id.Conversation, who id.Account, name string, picture Picture, ms int64) error {
	_, err := t.exec(`INSERT INTO member (conversation, account, name, profile_ms, picture_url, picture_key, admin, state)
		SELECT row, ?2, ?3, ?4, ?5, ?6, 0, ?7 FROM conversation WHERE id = ?1
		ON CONFLICT DO UPDATE SET name = ?3, profile_ms = ?4, picture_url = ?5, picture_key = ?6 WHERE profile_ms <= ?4`,
		string(group), who[:], name, ms, picture.URL, picture.key(), string(memberFormer))
	return err
}

// HeardOf notes what was heard of somebody in a group, unless it is known what came later.
func (t *Tx) HeardOf(group id.Conversation, who id.Account, what MemberSign, ms int64) error {
	_, err := t.exec(`INSERT INTO member (conversation, account, name, profile_ms, heard, heard_ms, admin, state)
		SELECT row, ?2, '', 0, ?3, ?4, 0, ?5 FROM conversation WHERE id = ?1
		ON CONFLICT DO UPDATE SET heard = ?3, heard_ms = ?4 WHERE heard_ms < ?4`,
		string(group), who[:], string(what), ms, string(memberFormer))
	return err
}

// ForgetMembers forgets who is and who was in a group.
func (t *Tx) ForgetMembers(group id.Conversation) error {
	_, err := t.exec(`DELETE FROM member WHERE conversation = (SELECT row FROM conversation WHERE id = ?)`, string(group))
	return err
}

const (
	memberColumns = `SELECT account, name, profile_ms, admin, state, picture_url, picture_key, heard FROM member
		WHERE conversation = (SELECT row FROM conversation WHERE id = ?)`
	memberList = memberColumns + ` AND state <> 'former' ORDER BY admin DESC, name = '', lower(name), account`
	heardList  = memberColumns + ` AND heard <> ''`
	memberName = `SELECT name FROM member WHERE conversation = (SELECT row FROM conversation WHERE id = ?) AND account = ?`
)

// Members lists those of a group, admins first, then by name.
func (s *Store) Members(ctx context.Context, group id.Conversation) (list []GroupMember, err error) {
	err = s.queries.rows(ctx, scanMember(&list), memberList, string(group))
	return list, err
}

// HeardMembers lists of whom something was heard in a group, members or not.
func (t *Tx) HeardMembers(group id.Conversation) (list []GroupMember, err error) {
	err = t.rows(scanMember(&list), heardList, string(group))
	return list, err
}

func scanMember(list *[]GroupMember) func(scanner) error {
	return func(row scanner) error {
		var m GroupMember
		var account, pictureKey []byte
		if err := row.Scan(&account, &m.Name, &m.ProfileMS, &m.Admin, &m.State, &m.Picture.URL, &pictureKey, &m.Heard); err != nil {
			return err
		}
		copy(m.Picture.Key[:], pictureKey)
		if err := fill(m.Account[:], account); err != nil {
			return err
		}
		*list = append(*list, m)
		return nil
	}
}

// MemberName is what a member of a group calls themselves; "" if it is not known.
func (s *Store) MemberName(ctx context.Context, group id.Conversation, who id.Account) (name string, err error) {
	err = s.queries.row(ctx, into(&name), memberName, string(group), who[:])
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return name, err
}

// MemberName is the same within a transaction.
func (t *Tx) MemberName(group id.Conversation, who id.Account) (name string, err error) {
	err = t.row(into(&name), memberName, string(group), who[:])
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return name, err
}

// ForgetSwarm forgets configurations, cursors and hashes of an owner's mailboxes, as if
// they had never been read.
func (t *Tx) ForgetSwarm(owner id.Pubkey) error {
	for _, statement := range []string{
		`DELETE FROM config_dump WHERE owner = ?`,
		`DELETE FROM cursor WHERE mailbox IN (SELECT row FROM mailbox WHERE owner = ?)`,
		`DELETE FROM seen WHERE mailbox IN (SELECT row FROM mailbox WHERE owner = ?)`,
	} {
		if _, err := t.exec(statement, owner[:]); err != nil {
			return err
		}
	}
	return nil
}

// ForgetCursors has a mailbox read from the beginning.
func (t *Tx) ForgetCursors(owner id.Pubkey, ns id.Namespace) error {
	_, err := t.exec(`DELETE FROM cursor WHERE mailbox = `+mailbox, owner[:], int64(ns))
	return err
}

// DropOutgoing takes out of the outbox what is for a target.
func (t *Tx) DropOutgoing(target id.Pubkey) error {
	_, err := t.exec(`DELETE FROM outbox WHERE target = ?`, target[:])
	return err
}

const messagesBefore = `DELETE FROM message WHERE conversation = (SELECT row FROM conversation WHERE id = ?) AND timestamp_ms <= ?`

// DeleteMessagesBefore deletes the messages of a conversation up to a time, or only
// those with files, and tells how many.
func (t *Tx) DeleteMessagesBefore(c id.Conversation, ms int64, onlyFiles bool) (int64, error) {
	if onlyFiles {
		return t.exec(messagesBefore+` AND has & 2`, string(c), ms)
	}
	return t.exec(messagesBefore, string(c), ms)
}

const messagesOf = `SELECT row FROM message WHERE conversation = (SELECT row FROM conversation WHERE id = ?1) AND deleted = 0 AND kind = 'message'
	AND (hash <> '' AND hash IN (SELECT value FROM json_each(?2))
		OR timestamp_ms <= ?4 AND lower(hex(author)) IN (SELECT value FROM json_each(?3)))`

// MessagesOf finds messages of a conversation: those with the hashes, and those that
// authors wrote up to a time. It reads all of the conversation.
func (t *Tx) MessagesOf(c id.Conversation, hashes []id.Hash, authors []id.Account, upToMS int64) ([]Message, error) {
	who := make([]string, len(authors))
	for i, a := range authors {
		who[i] = a.String()
	}
	h, err := json.Marshal(append([]id.Hash{}, hashes...))
	if err != nil {
		return nil, err
	}
	a, err := json.Marshal(who)
	if err != nil {
		return nil, err
	}
	var rows []int64
	err = t.rows(func(row scanner) error {
		rows = append(rows, 0)
		return row.Scan(&rows[len(rows)-1])
	}, messagesOf, string(c), string(h), string(a), upToMS)
	if err != nil {
		return nil, err
	}
	list := make([]Message, len(rows))
	for i, row := range rows {
		if list[i], err = t.Message(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}
