package messaging

import (
	"slices"
	"testing"

	"seance/store"
)

// What a member calls themselves stands in the group for those who come later, and after
// they have left.
func TestNamesOfMembers(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol, dave := w.person("Carol"), w.person("Dave", alice)
		g := w.garden(alice, bob, carol)
		w.check(carol.AcceptInvitation(w.Context(), g.ID))
		w.round(carol, alice, bob)
		carol.write(g.ID, "hi")
		w.round(alice, bob)
		w.check(alice.Invite(w.Context(), g.ID, idsOf(dave), false))
		w.round(alice, dave, bob)
		info, err := dave.Group(w.Context(), g.ID)
		w.check(err)
		var names []string
		for _, m := range info.Members {
			names = append(names, m.Name)
		}
		if slices.Sort(names); !slices.Equal(names, []string{"Alice", "Bob", "Carol", "Dave"}) {
			t.Errorf("Dave knows %q", names)
		}
		w.check(alice.RemoveMembers(w.Context(), g.ID, idsOf(carol), false))
		w.round(alice, bob, dave)
		for _, d := range []*device{alice, bob} {
			if texts := d.inGroup(g.ID); !slices.Contains(texts, "Carol: hi") {
				t.Errorf("%s: %q", d.Self().Name, texts)
			}
		}
		w.hasLast("Bob", bob, g.ID, "(Alice removed Carol from the group.)")
		w.hasLast("Dave", dave, g.ID, "(Alice removed Carol from the group.)")
	})
}

// Who accepted an invitation is a member for themselves at once, and invited for others
// until an admin has heard of it.
func TestJoinedBeforeConfirmed(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol")
		g := w.garden(alice, bob, carol)
		state := func(of *device) store.MemberState {
			info, err := of.Group(w.Context(), g.ID)
			w.check(err)
			i := slices.IndexFunc(info.Members, func(m store.GroupMember) bool { return m.Account == carol.id() })
			if i < 0 {
				t.Fatalf("%s does not see Carol in the group", of.Self().Name)
			}
			return info.Members[i].State
		}
		w.check(carol.AcceptInvitation(w.Context(), g.ID))
		alice.unplugged.Store(true)
		w.round(carol, bob)
		if its, seen := state(carol), state(bob); its != store.MemberJoined || seen != store.MemberInvited {
			t.Errorf("Carol is %q, and %q for Bob", its, seen)
		}
	})
}
