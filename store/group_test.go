package store

import (
	"fmt"
	"slices"
	"testing"

	"seance/messaging/id"
)

func groupOf(n byte) (id.Group, Conversation) {
	g := id.Group{id.PrefixGroup, n}
	return g, Conversation{ID: id.WithGroup(g), Kind: id.KindGroup, Name: fmt.Sprint("group ", n), Approved: true, ApprovedMe: true}
}

func TestMembers(t *testing.T) {
	s := openTest(t, t.TempDir())
	_, v := groupOf(1)
	members := func() (list []string) {
		got, err := s.Members(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got {
			list = append(list, fmt.Sprint(m.Name, " ", m.Admin, " ", m.State, m.Picture.URL))
		}
		return list
	}
	counted := func(want int) {
		t.Helper()
		if c, err := s.Conversation(t.Context(), v.ID); err != nil || c.Members != want {
			t.Errorf("%d are in the group, want %d, %v", c.Members, want, err)
		}
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		return tx.SetMembers(v.ID, []GroupMember{
			{Account: account(1), Name: "Zoe", Admin: true},
			{Account: account(2), State: MemberInvited},
			{Account: account(3), Name: "Bob", Picture: Picture{URL: "bob"}},
		})
	})
	if got, want := members(), []string{"Zoe true ", "Bob false bob", " false invited"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	counted(2)
	update(t, s, func(tx *Tx) error {
		if err := tx.NameMember(v.ID, account(2), "Carol", Picture{URL: "carol"}, 100); err != nil {
			return err
		}
		if err := tx.NameMember(v.ID, account(2), "an older name", Picture{URL: "older"}, 50); err != nil {
			return err
		}
		if err := tx.NameMember(v.ID, account(9), "nobody", Picture{}, 100); err != nil {
			return err
		}
		return tx.SetMembers(v.ID, []GroupMember{{Account: account(1), Name: "Zoe", Admin: true}, {Account: account(2), Name: "C", ProfileMS: 10}})
	})
	if got, want := members(), []string{"Zoe true ", "Carol false carol"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if name, err := s.MemberName(t.Context(), v.ID, account(2)); name != "Carol" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	counted(2)
	// Who is no member, any more or not yet, keeps the name.
	for n, want := range map[int]string{3: "Bob", 9: "nobody", 8: ""} {
		if name, err := s.MemberName(t.Context(), v.ID, account(n)); name != want || err != nil {
			t.Errorf("%d is %q, want %q, %v", n, name, want, err)
		}
	}
	update(t, s, func(tx *Tx) error { return tx.ForgetMembers(v.ID) })
	if name, err := s.MemberName(t.Context(), v.ID, account(3)); name != "" || err != nil || len(members()) > 0 {
		t.Errorf("%q and %q are left, %v", name, members(), err)
	}
}

// Who was no member before is not written again when the members change.
func TestFormerMembersStayAsTheyAre(t *testing.T) {
	s := openTest(t, t.TempDir())
	_, v := groupOf(1)
	update(t, s, func(tx *Tx) error {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		left := []GroupMember{{Account: account(1), Name: "Zoe"}}
		all := append(left, GroupMember{Account: account(2), Admin: true}, GroupMember{Account: account(3), State: MemberInvited})
		var written []int
		for _, list := range [][]GroupMember{all, left, left} {
			var before, after int
			if err := tx.row(into(&before), `SELECT total_changes()`); err != nil {
				return err
			}
			if err := tx.SetMembers(v.ID, list); err != nil {
				return err
			}
			if err := tx.row(into(&after), `SELECT total_changes()`); err != nil {
				return err
			}
			written = append(written, after-before)
		}
		if want := []int{3, 3, 1}; !slices.Equal(written, want) {
			t.Errorf("%d rows were written, want %d", written, want)
		}
		return nil
	})
}

// Of what was heard of a member the last counts, also once they are no member.
func TestHeardMembers(t *testing.T) {
	s := openTest(t, t.TempDir())
	_, v := groupOf(1)
	update(t, s, func(tx *Tx) error {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		for _, step := range []struct {
			n    int
			what MemberSign
			ms   int64
		}{{1, SignLeft, 50}, {1, SignWrote, 40}, {2, SignWrote, 40}, {2, SignChanged, 60}} {
			if err := tx.HeardOf(v.ID, account(step.n), step.what, step.ms); err != nil {
				return err
			}
		}
		if err := tx.SetMembers(v.ID, []GroupMember{{Account: account(2), Name: "Bob"}, {Account: account(3)}}); err != nil {
			return err
		}
		list, err := tx.HeardMembers(v.ID)
		var got []string
		for _, m := range list {
			got = append(got, fmt.Sprint(m.Account == account(1), m.Name, m.Heard))
		}
		if want := []string{"trueleft", "falseBobchanged"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		return err
	})
}

func TestMessagesOfAGroup(t *testing.T) {
	s := openTest(t, t.TempDir())
	_, v := groupOf(1)
	update(t, s, func(tx *Tx) error {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		for i := range 6 {
			m := Message{Conversation: v.ID, Author: account(1 + i%2).Sender(), Direction: In, TimestampMS: int64(i), Kind: KindMessage, Text: fmt.Sprint(i), Hash: id.Hash(fmt.Sprint("h", i))}
			row, _, err := tx.InsertMessage(m)
			if err != nil {
				return err
			}
			if i == 1 {
				if err := tx.PutAttachment(row, Attachment{Name: "a"}); err != nil {
					return err
				}
			}
		}
		for _, tt := range []struct {
			hashes  []id.Hash
			authors []id.Account
			upTo    int64
			want    []string
		}{
			{[]id.Hash{"h2", "h9", ""}, nil, 10, []string{"2"}},
			{nil, []id.Account{account(1)}, 3, []string{"0", "2"}},
			{[]id.Hash{"h5"}, []id.Account{account(1)}, 0, []string{"0", "5"}},
			{nil, nil, 10, nil},
		} {
			list, err := tx.MessagesOf(v.ID, tt.hashes, tt.authors, tt.upTo)
			if err != nil {
				return err
			}
			var got []string
			for _, m := range list {
				got = append(got, m.Text)
			}
			if slices.Sort(got); !slices.Equal(got, tt.want) {
				t.Errorf("%v of %d: %q, want %q", tt.hashes, len(tt.authors), got, tt.want)
			}
		}
		for _, tt := range []struct {
			upTo  int64
			files bool
			want  int64
		}{{3, true, 1}, {2, false, 2}, {2, false, 0}} {
			if n, err := tx.DeleteMessagesBefore(v.ID, tt.upTo, tt.files); n != tt.want || err != nil {
				t.Errorf("%+v: %d, %v", tt, n, err)
			}
		}
		return nil
	})
}

func TestForgettingASwarm(t *testing.T) {
	s := openTest(t, t.TempDir())
	g, v := groupOf(1)
	other, _ := groupOf(2)
	update(t, s, func(tx *Tx) error {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		for _, owner := range []id.Pubkey{g.Pubkey(), other.Pubkey()} {
			if err := tx.SetConfigDump(owner, 12, []byte("keys")); err != nil {
				return err
			}
			if err := tx.MarkSeen(owner, 11, "hash", 1); err != nil {
				return err
			}
			if err := tx.SetCursor(owner, 11, [32]byte{1}, "hash"); err != nil {
				return err
			}
			if _, err := tx.Enqueue(Outgoing{Kind: OutgoingControl, Target: owner, Data: []byte("x")}); err != nil {
				return err
			}
		}
		if err := tx.DropOutgoing(g.Pubkey()); err != nil {
			return err
		}
		return tx.ForgetSwarm(g.Pubkey())
	})
	for owner, kept := range map[id.Pubkey]bool{g.Pubkey(): false, other.Pubkey(): true} {
		update(t, s, func(tx *Tx) error {
			dump, err := tx.ConfigDump(owner, 12)
			if (dump != nil) != kept || err != nil {
				t.Errorf("dump %q, %v", dump, err)
			}
			seen, err := tx.Seen(owner, 11, "hash")
			if seen != kept || err != nil {
				t.Errorf("seen %v, %v", seen, err)
			}
			return nil
		})
		cursor, err := s.Cursor(t.Context(), owner, 11, [32]byte{1})
		if (cursor != "") != kept || err != nil {
			t.Errorf("cursor %q, %v", cursor, err)
		}
		due, err := s.Due(t.Context(), owner, 1, 10)
		if (len(due) > 0) != kept || err != nil {
			t.Errorf("%d due, %v", len(due), err)
		}
	}
	update(t, s, func(tx *Tx) error { return tx.ForgetCursors(other.Pubkey(), 11) })
	if cursor, err := s.Cursor(t.Context(), other.Pubkey(), 11, [32]byte{1}); cursor != "" || err != nil {
		t.Errorf("cursor %q, %v", cursor, err)
	}
}
