package messaging

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/secret"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// deposit puts data into a namespace of a group's swarm, as a device may.
func (d *device) depositInGroup(name id.Group, ns id.Namespace, data []byte) error {
	d.w.Helper()
	auth, err := d.authFor(d.w.Context(), name.Pubkey())
	d.w.check(err)
	reply, err := d.net.Batch(d.w.Context(), name.Pubkey(), network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		return []storage.Request{auth.Store(storage.Message{Namespace: ns, Timestamp: now, TTL: time.Hour, Data: data}, now)}, nil
	})
	d.w.check(err)
	_, err = reply.Results[0].Store()
	return err
}

// tellInGroup sends a control message as a device would that keeps to no rule.
func (d *device) tellInGroup(name id.Group, ms int64, u *sessionpb.GroupUpdate) {
	d.w.Helper()
	var data []byte
	d.withGroup(id.WithGroup(name), func(_ *store.Tx, g *group.Group) (err error) {
		data, err = d.sealGroup(g, ms, &sessionpb.Content{DataMessage: &sessionpb.DataMessage{GroupUpdate: u}, SigTimestamp: proto.Uint64(uint64(ms))})
		return err
	})
	d.w.check(d.depositInGroup(name, nsGroupMessages, data))
}

// Control messages that no admin signed, or not for this time, change nothing.
func TestForgedControlMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		mallory := w.person("Mallory", alice)
		all := []*device{alice, bob, mallory}
		g := w.garden(alice, bob, mallory)
		bob.write(g.ID, "keep me")
		w.round(all...)
		name, _ := g.ID.Group()
		before, lines := w.unanimous(g.ID, all...), bob.inGroup(g.ID)

		// What an admin has signed once, for another time and for this one.
		var old []byte
		oldMS := time.Now().UnixMilli()
		alice.withGroup(g.ID, func(_ *store.Tx, g *group.Group) error {
			old = g.SignMemberChange(int32(sessionpb.GroupMemberChange_REMOVED), oldMS)
			return nil
		})
		forged := slices.Repeat([]byte{7}, 64)
		kept := bob.find(g.ID, "keep me")
		bobs, hash := []string{bob.id().String()}, []string{string(kept.Hash)}
		for i, u := range []*sessionpb.GroupUpdate{
			{InfoChange: &sessionpb.GroupInfoChange{Type: sessionpb.GroupInfoChange_NAME.Enum(), UpdatedName: proto.String("Mine"), AdminSignature: forged}},
			{MemberChange: &sessionpb.GroupMemberChange{Type: sessionpb.GroupMemberChange_REMOVED.Enum(), MemberIds: bobs, AdminSignature: forged}},
			{MemberChange: &sessionpb.GroupMemberChange{Type: sessionpb.GroupMemberChange_REMOVED.Enum(), MemberIds: bobs, AdminSignature: old}},
			{DeleteMemberContent: &sessionpb.GroupDeleteMemberContent{MemberIds: bobs}},
			{DeleteMemberContent: &sessionpb.GroupDeleteMemberContent{MemberIds: bobs, AdminSignature: forged}},
			{DeleteMemberContent: &sessionpb.GroupDeleteMemberContent{MessageHashes: hash}},
			{DeleteMemberContent: &sessionpb.GroupDeleteMemberContent{MessageHashes: hash, AdminSignature: forged}},
			{Promote: &sessionpb.GroupPromote{IdentitySeed: make([]byte, 32), Name: proto.String("Mine")}},
			{},
		} {
			mallory.tellInGroup(name, oldMS+int64(i)+1, u)
		}
		mallory.tellInGroup(name, oldMS, &sessionpb.GroupUpdate{MemberChange: &sessionpb.GroupMemberChange{
			Type: sessionpb.GroupMemberChange_PROMOTED.Enum(), MemberIds: bobs, AdminSignature: old,
		}})
		// Nor do configs and keys, which nodes do not take from members, or notices of removal.
		w.round(alice, bob)
		if got := w.unanimous(g.ID, alice, bob); got != before {
			t.Errorf("%s, want %s", got, before)
		}
		if got := bob.inGroup(g.ID); !slices.Equal(got, lines) {
			t.Errorf("%q, want %q", got, lines)
		}

		// A group of one's own with the same name makes nobody a member of this one.
		seed := secret.New(slices.Repeat([]byte{9}, 32))
		other, err := group.IDOf(seed)
		w.check(err)
		theirs, err := group.Open(other, mallory.keys, seed, group.Dumps{})
		w.check(err)
		auth, err := theirs.Auth(bob.id())
		w.check(err)
		now := time.Now().UnixMilli()
		mallory.pose(bob.id(), &sessionpb.GroupUpdate{Invite: &sessionpb.GroupInvite{
			GroupId: proto.String(name.String()), Name: proto.String("Garden"), MemberAuthData: auth.Expose(), AdminSignature: theirs.SignInvite(bob.id(), now),
		}}, now)
		mallory.pose(bob.id(), &sessionpb.GroupUpdate{Invite: &sessionpb.GroupInvite{
			GroupId: proto.String(other.String()), Name: proto.String("Trap"), MemberAuthData: auth.Expose(), AdminSignature: theirs.SignInvite(alice.id(), now+1),
		}}, now+1)
		w.round(bob)
		if got := w.unanimous(g.ID, alice, bob); got != before {
			t.Errorf("%s, want %s", got, before)
		}
		if _, err := bob.Conversation(w.Context(), id.WithGroup(other)); err == nil {
			t.Error("an invitation for another was taken")
		}
	})
}

// pose sends somebody a group update that stands in no conversation.
func (d *device) pose(to id.Account, u *sessionpb.GroupUpdate, ms int64) {
	d.w.Helper()
	d.w.check(d.db.Update(d.w.Context(), func(tx *store.Tx) error {
		return d.enqueue(tx, store.OutgoingControl, to, ms, dataContent(&sessionpb.DataMessage{GroupUpdate: u}, ms, nil, ""), 0)
	}))
	wake(d.sendNow)
	time.Sleep(5 * time.Second)
}

// Members may not write what admins write: the nodes do not take it, and were it there
// all the same nobody would believe it.
func TestMembersAreNoAdmins(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		name, _ := g.ID.Group()
		before := w.unanimous(g.ID, alice, bob)
		for what, err := range map[string]error{
			"rename":  bob.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: pointer("Mine")}),
			"invite":  bob.Invite(w.Context(), g.ID, idsOf(alice), false),
			"remove":  bob.RemoveMembers(w.Context(), g.ID, idsOf(alice), true),
			"promote": bob.Promote(w.Context(), g.ID, idsOf(bob)),
			"destroy": bob.Leave(w.Context(), g.ID, true),
		} {
			if err == nil {
				t.Errorf("a member may %s", what)
			}
		}
		random := rand.New(rand.NewPCG(1, 1))
		for _, ns := range []id.Namespace{nsGroupKeys, config.KindGroupInfo.Namespace(), config.KindGroupMembers.Namespace(), nsRevoked, nsGroupMessages} {
			for range 3 {
				data := make([]byte, 200)
				for i := range data {
					data[i] = byte(random.Uint32())
				}
				_ = bob.depositInGroup(name, ns, data)
			}
		}
		w.round(alice, bob)
		if got := w.unanimous(g.ID, alice, bob); got != before {
			t.Errorf("%s, want %s", got, before)
		}
		alice.write(g.ID, "all is well")
		w.round(bob)
		w.hasLast("Bob", bob, g.ID, "Alice: all is well")
	})
}

// Who was away while the key changed three times reads everything when they are back,
// also what was written under keys that came after the messages.
func TestAMemberWhoWasAway(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		bob.stop()
		for i := range 3 {
			someone := mustSeed(w.T, fmt.Sprint("someone ", i)).Keys().Account()
			w.check(alice.Invite(w.Context(), g.ID, []id.Account{someone}, false))
			alice.write(g.ID, fmt.Sprint("number ", i))
			w.round(alice)
		}
		bob.open()
		bob.receive()
		var got []string
		for _, text := range bob.inGroup(g.ID) {
			if strings.HasPrefix(text, "Alice: ") {
				got = append(got, text)
			}
		}
		w.equal("Bob", got, []string{"Alice: number 0", "Alice: number 1", "Alice: number 2"})
		w.unanimous(g.ID, alice, bob)
	})
}

// A message that came before its key is read when the key is there.
func TestAMessageBeforeItsKey(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		name, _ := g.ID.Group()
		bob.unplugged.Store(true)
		w.check(alice.Invite(w.Context(), g.ID, []id.Account{mustSeed(w.T, "someone").Keys().Account()}, false))
		w.round(alice)
		alice.write(g.ID, "too early")
		// A member of the swarm that has the message and not yet the key.
		reply := alice.groupSwarm(g.ID, space{nsGroupMessages, -2})
		fresh, err := bob.takeGroup(w.Context(), name, reply)
		if n := len(reply.answers[nsGroupMessages]); err != nil || fresh != 0 || n < 2 {
			t.Errorf("%d new of %d, %v", fresh, n, err)
		}
		bob.unplugged.Store(false)
		time.Sleep(time.Minute)
		w.round(bob)
		w.hasLast("Bob", bob, g.ID, "Alice: too early")
	})
}

// Who was away hears of the newest key before they write, so that those can read it who
// came meanwhile.
func TestWritingAfterAnAbsence(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice)
		g := w.garden(alice, bob)
		bob.stop()
		w.check(alice.Invite(w.Context(), g.ID, idsOf(carol), false))
		w.round(alice, carol)
		time.Sleep(time.Hour)
		bob.open()
		bob.write(g.ID, "back again")
		w.round(carol)
		w.hasLast("Carol", carol, g.ID, "Bob: back again")
	})
}

// An admin's other device that has not heard of the group changes nothing of it.
func TestAnAdminWhoHasNotHeard(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		name, _ := g.ID.Group()
		// As if it was restored a moment ago.
		w.check(alice.edit(w.Context(), func(tx *store.Tx) error { return alice.groups.forget(tx, name) }))
		for what, err := range map[string]error{
			"rename": alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: pointer("Mine")}),
			"invite": alice.Invite(w.Context(), g.ID, idsOf(bob), false),
			"remove": alice.RemoveMembers(w.Context(), g.ID, idsOf(bob), true),
		} {
			if !errors.Is(err, errNoKeyYet) {
				t.Errorf("%s: %v", what, err)
			}
		}
		alice.write(g.ID, "heard again")
		w.round(alice, bob)
		w.unanimous(g.ID, alice, bob)
		w.hasLast("Bob", bob, g.ID, "Alice: heard again")
	})
}

// A notice of removal that knows fewer keys than there are is an old one for those who
// are listed as members. Who is not listed, and was not invited since, was removed.
func TestNoticeFromBehind(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice, bob)
		all := []*device{alice, bob, carol}
		g := w.garden(alice, bob, carol)
		name, _ := g.ID.Group()
		change := func(f func(*group.Group) error) {
			w.Helper()
			alice.withGroup(g.ID, func(_ *store.Tx, g *group.Group) error { return f(g) })
		}
		var notice []byte
		change(func(g *group.Group) (err error) {
			notice, err = g.KickNotice(alice.rand, idsOf(bob))
			return err
		})
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(carol), false)) // which makes a new key
		w.round(all...)
		w.check(alice.depositInGroup(name, nsRevoked, notice))
		w.round(all...)
		bob.is(g.ID, store.Member)
		change(func(g *group.Group) error { _, err := g.Members.Erase(bob.id()); return err })
		w.check(alice.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: pointer("two")}))
		w.round(all...)
		bob.is(g.ID, store.Kicked)
	})
}
