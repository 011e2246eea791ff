package messaging

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// groupUpdate takes what is told about a group within it. What only admins may say
// has the signature of the group's key.
//
// Wire reference: session-foundation/session-desktop: ts/receiver/groupv2/handleGroupV2Message.ts.
func (in *incoming) groupUpdate(tx *store.Tx, v store.Conversation, u *sessionpb.GroupUpdate) error {
	switch {
	case u.GetInfoChange() != nil:
		return in.infoChange(tx, v, u.GetInfoChange())
	case u.GetMemberChange() != nil:
		return in.memberChange(tx, v, u.GetMemberChange())
	case u.MemberLeft != nil:
		return nil // the admins see to it: see settle
	case u.MemberLeftNotification != nil:
		return in.line(tx, v, "%s left the group.", in.c.inLine(in.sender))
	case u.GetInviteResponse() != nil:
		return in.inviteResponse(u.GetInviteResponse())
	case u.GetDeleteMemberContent() != nil:
		return in.deleteContent(tx, v, u.GetDeleteMemberContent())
	}
	return fmt.Errorf("%w: a kind of group update that has no meaning in a group", errSkip)
}

var errForged = fmt.Errorf("%w: not signed by an admin of the group", errSkip)

// saidOnce checks that an admin sent what is signed, and nobody before: names are not
// covered by the signature, which every member can read and send again. Who is not in the
// list may have been an admin.
func (in *incoming) saidOnce(tx *store.Tx, sig []byte) error {
	if m, listed := in.group.Members.Get(in.sender); listed && !m.Admin {
		return errForged
	}
	owner, name := in.group.ID.Pubkey(), id.Hash(base64.RawStdEncoding.EncodeToString(sig))
	if known, err := tx.Seen(owner, nsGroupMessages, name); err != nil || known {
		return cmp.Or(err, errForged)
	}
	return tx.MarkSeen(owner, nsGroupMessages, name, in.c.net.Now().Add(timeToLive+seenMargin).UnixMilli())
}

// line puts a line into the conversation that says what happened.
func (in *incoming) line(tx *store.Tx, v store.Conversation, format string, args ...any) error {
	_, err := in.insert(tx, v, in.row(v, store.KindInfo, fmt.Sprintf(format, args...)))
	return err
}

// memberName is what somebody is called in an error.
func (c *Client) memberName(tx *store.Tx, g *group.Group, who id.Account) string {
	if who == c.Self().Account {
		return "You"
	}
	if v, err := tx.Conversation(id.With(who)); err == nil && (v.Name != "" || v.Nickname != "") {
		return title(v)
	}
	if name, err := tx.MemberName(id.WithGroup(g.ID), who); err == nil && name != "" {
		return name
	}
	if m, known := g.Members.Get(who); known && m.Name != "" {
		return cutName(m.Name)
	}
	return who.Short()
}

func (in *incoming) infoChange(tx *store.Tx, v store.Conversation, u *sessionpb.GroupInfoChange) error {
	if !group.VerifyInfoChange(in.group.ID, int32(u.GetType()), in.ms, u.GetAdminSignature()) {
		return errForged
	}
	if err := in.saidOnce(tx, u.GetAdminSignature()); err != nil {
		return err
	}
	who := in.c.inLine(in.sender)
	switch u.GetType() {
	case sessionpb.GroupInfoChange_NAME:
		return in.line(tx, v, "%s renamed the group to \"%s\".", who, cutName(u.GetUpdatedName()))
	case sessionpb.GroupInfoChange_AVATAR:
		return in.line(tx, v, "%s changed the picture of the group.", who)
	case sessionpb.GroupInfoChange_DISAPPEARING_MESSAGES:
		setExpire(in.content, expireAs(timerOf(config.ExpiryAfterSend, time.Duration(u.GetUpdatedExpiration())*time.Second)))
		return in.timer(tx, v)
	}
	return fmt.Errorf("%w: it is not told what has changed", errSkip)
}

func (in *incoming) memberChange(tx *store.Tx, v store.Conversation, u *sessionpb.GroupMemberChange) error {
	if !group.VerifyMemberChange(in.group.ID, int32(u.GetType()), in.ms, u.GetAdminSignature()) {
		return errForged
	}
	if err := in.saidOnce(tx, u.GetAdminSignature()); err != nil {
		return err
	}
	var names []string
	for _, text := range u.GetMemberIds()[:min(len(u.GetMemberIds()), group.MaxMembers)] {
		who, err := id.ParseAccount(text)
		if err != nil {
			continue
		}
		if err := in.c.memberChanged(tx, v.ID, u.GetType(), who, in.ms); err != nil {
			return err
		}
		if name := in.c.inLine(who); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: a change of nobody", errSkip)
	}
	return in.line(tx, v, "%s", memberLine(u.GetType(), in.c.inLine(in.sender), names))
}

// memberChanged notes that what was heard of a member is over with a change.
func (c *Client) memberChanged(tx *store.Tx, conv id.Conversation, change sessionpb.GroupMemberChange_Type, who id.Account, ms int64) error {
	if change == sessionpb.GroupMemberChange_PROMOTED {
		return nil
	}
	return tx.HeardOf(conv, who, store.SignChanged, ms)
}

// memberLine says who did what with whom.
func memberLine(change sessionpb.GroupMemberChange_Type, who string, names []string) string {
	list := listOf(names)
	switch change {
	case sessionpb.GroupMemberChange_ADDED:
		return fmt.Sprintf("%s invited %s to the group.", who, list)
	case sessionpb.GroupMemberChange_REMOVED:
		return fmt.Sprintf("%s removed %s from the group.", who, list)
	case sessionpb.GroupMemberChange_PROMOTED:
		if len(names) > 1 {
			return fmt.Sprintf("%s made %s admins.", who, list)
		}
		return fmt.Sprintf("%s made %s an admin.", who, list)
	}
	return fmt.Sprintf("%s changed something about %s.", who, list)
}

// namesInLine is how many people a line names at most.
const namesInLine = 4

// listOf are names within a sentence, one's own first: "you, Bob and Carol".
func listOf(names []string) string {
	names = slices.Clone(names)
	if i := slices.Index(names, "You"); i >= 0 {
		names = append([]string{"you"}, slices.Delete(names, i, i+1)...)
	}
	if n := len(names) - namesInLine; n > 1 {
		names = append(names[:namesInLine], fmt.Sprintf("%d others", n))
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func (in *incoming) inviteResponse(u *sessionpb.GroupInviteResponse) error {
	if !u.GetIsApproved() {
		return fmt.Errorf("%w: an invitation can't be refused in a message", errSkip)
	}
	return nil // that somebody writes says it already: see settle
}

// deleteContent deletes messages: those of the sender, or for an admin those of
// anybody.
func (in *incoming) deleteContent(tx *store.Tx, v store.Conversation, u *sessionpb.GroupDeleteMemberContent) error {
	var hashes []id.Hash
	for _, text := range u.GetMessageHashes()[:min(len(u.GetMessageHashes()), maxDeleted)] {
		hashes = append(hashes, id.Hash(text))
	}
	var members []id.Account
	for _, text := range u.GetMemberIds()[:min(len(u.GetMemberIds()), group.MaxMembers)] {
		who, err := id.ParseAccount(text)
		if err != nil {
			return fmt.Errorf("%w: content of nobody", errSkip)
		}
		members = append(members, who)
	}
	byAdmin := len(u.GetAdminSignature()) > 0
	if byAdmin && !group.VerifyDeleteContent(in.group.ID, in.ms, u.GetMemberIds(), u.GetMessageHashes(), u.GetAdminSignature()) {
		return errForged
	}
	if !byAdmin && len(members) > 0 {
		return errForged
	}
	rows, err := tx.MessagesOf(v.ID, hashes, members, in.ms)
	if err != nil {
		return err
	}
	var gone []id.Hash
	for _, m := range rows {
		if author, _ := m.Author.Account(); !byAdmin && author != in.sender {
			continue
		}
		gone = append(gone, m.Hash)
		if _, err := in.c.unsent(tx, m, &in.changes); err != nil {
			return err
		}
	}
	if in.group.Admin() && !byAdmin { // members may not delete from the swarm
		return in.c.deleteFromGroup(tx, in.group.ID, gone)
	}
	return nil
}

// maxDeleted bounds how many messages one message deletes by name.
const maxDeleted = 1000
