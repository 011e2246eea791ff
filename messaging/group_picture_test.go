package messaging

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"seance/messaging/id"
	"seance/store"
)

// The picture of a group is seen by its members, until it is taken away; and so are the
// pictures of members whom one knows from there only.
func TestGroupPicture(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice)
		all := []*device{alice, bob, carol}
		ctx := w.Context()
		w.check(carol.SetPicture(ctx, somePicture(w.T, 90)))
		g := w.garden(alice, bob, carol)
		w.check(alice.SetGroupPicture(ctx, g.ID, somePicture(w.T, 50)))
		carol.write(g.ID, "look at me")
		w.round(all...)
		picture := func(d *device) store.Picture {
			w.Helper()
			v, err := d.Conversation(ctx, g.ID)
			w.check(err)
			return v.Picture
		}
		want, err := alice.Picture(ctx, picture(alice))
		w.check(err)
		if got, err := bob.Picture(ctx, picture(bob)); err != nil || !bytes.Equal(got, want) {
			w.Errorf("the group's: %d bytes of %d, %v", len(got), len(want), err)
		}
		if texts := bob.inGroup(g.ID); !slices.Contains(texts, "(Alice changed the picture of the group.)") {
			w.Errorf("%q", texts)
		}
		info, err := bob.Group(ctx, g.ID)
		w.check(err)
		at := slices.IndexFunc(info.Members, func(m store.GroupMember) bool { return m.Account == carol.id() })
		if got, err := bob.Picture(ctx, info.Members[at].Picture); err != nil || len(got) == 0 {
			w.Errorf("Carol's: %d bytes, %v", len(got), err)
		}
		if err := bob.SetGroupPicture(ctx, g.ID, nil); !errors.Is(err, ErrInvalid) {
			w.Errorf("a member changes it: %v", err)
		}
		if err := alice.SetGroupPicture(ctx, id.With(bob.id()), nil); !errors.Is(err, ErrUnknown) {
			w.Errorf("of no group: %v", err)
		}
		w.check(alice.SetGroupPicture(ctx, g.ID, nil))
		w.round(all...)
		if p := picture(bob); p.URL != "" {
			w.Errorf("it is still there: %+v", p)
		}
	})
}
