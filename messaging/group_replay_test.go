package messaging

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"seance/messaging/group"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// Signatures of admins do not cover the names that they are about. Nobody can use them for
// other names.
func TestSignaturesSentAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		mallory := w.person("Mallory", alice, bob)
		g := w.garden(alice, bob, mallory)
		name, _ := g.ID.Group()
		var ms int64
		var info, members []byte
		alice.withGroup(g.ID, func(tx *store.Tx, g *group.Group) (err error) {
			if ms, err = tx.ClaimTimestamp(alice.net.Now().UnixMilli()); err != nil {
				return err
			}
			info = g.SignInfoChange(int32(sessionpb.GroupInfoChange_NAME), ms)
			members = g.SignMemberChange(int32(sessionpb.GroupMemberChange_REMOVED), ms+1)
			return nil
		})
		say := func(d *device, title string, removed *device) {
			d.tellInGroup(name, ms, &sessionpb.GroupUpdate{InfoChange: &sessionpb.GroupInfoChange{
				Type: sessionpb.GroupInfoChange_NAME.Enum(), UpdatedName: proto.String(title), AdminSignature: info,
			}})
			d.tellInGroup(name, ms+1, &sessionpb.GroupUpdate{MemberChange: &sessionpb.GroupMemberChange{
				Type: sessionpb.GroupMemberChange_REMOVED.Enum(), MemberIds: []string{removed.id().String()}, AdminSignature: members,
			}})
			w.round(bob)
		}
		say(alice, "Park", mallory)
		want := bob.inGroup(g.ID)
		w.equal("lines", last(want, 2), []string{`(Alice renamed the group to "Park".)`, "(Alice removed Mallory from the group.)"})
		say(mallory, "Mine", bob)
		w.equal("as a member", bob.inGroup(g.ID), want)
		w.check(alice.Promote(w.Context(), g.ID, idsOf(mallory)))
		w.round(alice, mallory, bob)
		want = bob.inGroup(g.ID)
		say(mallory, "Mine", bob)
		if got := bob.inGroup(g.ID); !slices.Equal(got, want) {
			t.Errorf("as an admin: %q", last(got, 3))
		}
	})
}
