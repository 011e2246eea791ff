package group

import (
	"strconv"
	"strings"

	"seance/messaging/id"
	"seance/messaging/identity"
)

// What admins tell in a group is signed with the group's key, over these texts. at is
// the timestamp of the message, in milliseconds.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/messages/outgoing/controlMessage/group_v2.

func inviteText(who id.Account, at int64) string { return "INVITE" + who.String() + decimal(at) }

func infoChangeText(kind int32, at int64) string {
	return "INFO_CHANGE" + decimal(int64(kind)) + decimal(at)
}

func memberChangeText(kind int32, at int64) string {
	return "MEMBER_CHANGE" + decimal(int64(kind)) + decimal(at)
}

func deleteContentText(at int64, members, hashes []string) string {
	return "DELETE_CONTENT" + decimal(at) + strings.Join(members, "") + strings.Join(hashes, "")
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func verify(g id.Group, text string, sig []byte) bool {
	return identity.Verify([32]byte(g[1:]), []byte(text), sig)
}

// VerifyInvite reports whether an admin invited an account.
func VerifyInvite(g id.Group, who id.Account, at int64, sig []byte) bool {
	return verify(g, inviteText(who, at), sig)
}

// VerifyInfoChange reports whether an admin changed what there is to know of the group;
// kind is the number of a GroupInfoChange.Type.
func VerifyInfoChange(g id.Group, kind int32, at int64, sig []byte) bool {
	return verify(g, infoChangeText(kind, at), sig)
}

// VerifyMemberChange reports whether an admin changed members; kind is the number of a
// GroupMemberChange.Type. Who they are is not signed.
func VerifyMemberChange(g id.Group, kind int32, at int64, sig []byte) bool {
	return verify(g, memberChangeText(kind, at), sig)
}

// VerifyDeleteContent reports whether an admin wants all messages of members, and those
// with the hashes, deleted.
func VerifyDeleteContent(g id.Group, at int64, members, hashes []string, sig []byte) bool {
	return verify(g, deleteContentText(at, members, hashes), sig)
}

// SignInvite, and the others below, sign as an admin; nil by who is none.
func (g *Group) SignInvite(who id.Account, at int64) []byte { return g.sign(inviteText(who, at)) }

// SignInfoChange is what VerifyInfoChange verifies.
func (g *Group) SignInfoChange(kind int32, at int64) []byte { return g.sign(infoChangeText(kind, at)) }

// SignMemberChange is what VerifyMemberChange verifies.
func (g *Group) SignMemberChange(kind int32, at int64) []byte {
	return g.sign(memberChangeText(kind, at))
}

// SignDeleteContent is what VerifyDeleteContent verifies.
func (g *Group) SignDeleteContent(at int64, members, hashes []string) []byte {
	return g.sign(deleteContentText(at, members, hashes))
}

func (g *Group) sign(text string) []byte {
	if g.admin == nil {
		return nil
	}
	return g.admin.Sign([]byte(text))
}
