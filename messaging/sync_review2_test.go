package messaging

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// versions makes others change the settings of somebody, one push each.
func (d *device) versions(n int, conv id.Conversation) {
	d.w.Helper()
	for i := range n {
		d.configure(conv, Settings{MutedUntil: pointer(time.Unix(1_900_000_000+int64(i), 0))})
		time.Sleep(2 * pushDelay)
	}
}

// What is done without a network, while the others go many versions ahead, is not
// pushed before it is known how far they are: such a push would count for nothing.
func TestAPushKnowsWhatTheSwarmHas(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		second := w.second(first)
		first.unplugged.Store(true)
		w.check(first.Block(w.Context(), bob.id()))
		second.versions(9, second.with(bob))
		time.Sleep(2 * time.Minute)
		first.unplugged.Store(false)
		for first.push(w.Context()) != nil {
			time.Sleep(time.Millisecond)
		}
		w.settle(first, second)
		w.agree(first, second)
		if !first.conversation(bob).Blocked {
			w.Error("what was done without a network is lost")
		}
	})
}

// A device that finds its settings gone from the swarm, because the others have
// replaced them, brings nobody back by that.
func TestWhatWasReplacedIsNotAnEdit(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		first, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		first.say(bob, "hello")
		first.say(carol, "hello")
		second := w.second(first)
		first.unplugged.Store(true)
		w.check(second.Forget(w.Context(), bob.id()))
		second.versions(9, second.with(carol))
		first.edited(func(s *configs) error {
			for _, c := range s.all() {
				c.Lost()
			}
			return nil
		})
		first.unplugged.Store(false)
		time.Sleep(10 * time.Minute)
		w.settle(first, second)
		w.agree(first, second)
		for i, d := range []*device{first, second} {
			if _, err := d.Conversation(w.Context(), d.with(bob)); !errors.Is(err, ErrUnknown) {
				w.Errorf("device %d: Bob is back: %v", i, err)
			}
		}
	})
}

// The version of a config that a refused one was to replace stays in the swarm.
func TestARefusedConfigReplacesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.configure(first.with(bob), Settings{Nickname: pointer("Bobby")})
		w.settle(first)
		contacts := config.KindContacts.Namespace()
		err := first.edit(w.Context(), func(tx *store.Tx) error {
			c, _ := first.configs.contacts.Get(bob.id())
			c.Nickname = "Robert"
			if err := first.configs.contacts.Set(c); err != nil {
				return err
			}
			push, err := first.configs.contacts.Push(time.Now())
			if err != nil || len(push.Obsolete) == 0 {
				w.Errorf("nothing is obsolete: %v", err)
			}
			first.configs.refused[contacts] = time.Now().Add(pushRefused)
			_, err = retire(tx, retiredKey, push.Obsolete)
			return err
		})
		w.check(err)
		w.check(first.SetName(w.Context(), "Alice L"))
		time.Sleep(10 * pushDelay)
		second := w.restore(first)
		w.settle(second)
		if v := second.conversation(bob); v.Nickname != "Bobby" || second.Self().Name != "Alice L" {
			w.Errorf("%+v, %+v", v, second.Self())
		}
	})
}

// The timer of the notes to oneself outlives that a device writes one which had
// nothing to show of them.
func TestNotesKeepTheirTimer(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, priority := range []int64{-1, 0} {
			first := w.person([]string{"Alice", "Carol"}[priority+1])
			first.edited(func(s *configs) error {
				s.profile.SetNotesExpiry(7 * 24 * time.Hour)
				s.profile.SetNotesPriority(priority)
				return nil
			})
			second := w.second(first)
			second.say(second, "a note")
			w.settle(second, first)
			first.edited(func(s *configs) error {
				if got := s.profile.NotesExpiry(); got != 7*24*time.Hour {
					w.Errorf("priority %d: notes disappear after %v", priority, got)
				}
				return nil
			})
			first.stop()
			second.stop()
		}
	})
}

// Who gives a name when an account is restored keeps the picture that it has.
func TestARestoredAccountKeepsItsPicture(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		time.Sleep(time.Minute)
		picture := store.Picture{URL: "http://example.org/file/1", Key: [32]byte{1}}
		first.edited(func(s *configs) error { return s.profile.SetPicture(time.Now(), config.Picture(picture)) })
		w.settle(first)
		time.Sleep(time.Minute)
		second := w.device(first.seed, "Alice the second")
		w.settle(second, first)
		for i, d := range []*device{first, second} {
			if d.Self().Name != "Alice the second" {
				w.Errorf("device %d: %+v", i, d.Self())
			}
		}
		if second.Self().Picture != picture {
			w.Errorf("the picture is %+v", second.Self().Picture)
		}
	})
}

// Of a message that is deleted while its file is on its way nothing stays behind.
func TestDeletedWhileItIsUploaded(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		m, err := alice.Send(w.Context(), alice.with(bob), Draft{Text: "look", Files: []File{{Name: "a", Content: bytes.NewReader(noise(100_000))}}})
		w.check(err)
		alice.unplugged.Store(true)
		alice.reopen() // nothing is uploaded meanwhile
		w.check(alice.Delete(w.Context(), m.ID(), Everyone))
		a := m.Attachments[0]
		a.URL, a.Key = "http://example.org/file/1", a.FileKey
		if err := alice.putFile(w.Context(), m.Row, a); !errors.Is(err, ErrUnknown) {
			w.Errorf("a file of a deleted message: %v", err)
		}
		if m, err = alice.Message(w.Context(), m.ID()); !errors.Is(err, ErrUnknown) {
			w.Errorf("%+v, %v", m, err)
		}
		alice.noFiles()
	})
}

// noFiles checks that no file of an attachment is left on the disk.
func (d *device) noFiles() {
	d.w.Helper()
	files, err := os.ReadDir(d.db.Attachments())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.w.Fatal(err)
	}
	if len(files) > 0 {
		d.w.Errorf("%d files are left", len(files))
	}
}

// The files of conversations go with them, wherever they are deleted.
func TestFilesOfDeletedConversations(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		for _, to := range []*device{bob, carol} {
			first.sent(to, Draft{Files: []File{{Name: "a", Content: bytes.NewReader(noise(1000))}}})
		}
		second := w.second(first)
		for _, with := range []*device{bob, carol} {
			w.check(second.Download(w.Context(), second.newest(second.with(with)).ID(), 0))
		}
		w.check(first.Forget(w.Context(), bob.id()))
		first.configure(first.with(carol), Settings{Hidden: pointer(true)})
		first.noFiles()
		w.settle(first, second)
		second.noFiles()
	})
}

// A picture that is fetched twice at the same time is kept once.
func TestAPictureIsKeptOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		p := store.Picture{URL: "http://example.org/file/1"}
		for range 2 {
			w.check(alice.keepPicture(w.Context(), p, noise(100)))
		}
		w.check(alice.db.Sweep(w.Context()))
		if files, err := os.ReadDir(alice.db.Attachments()); err != nil || len(files) != 1 {
			w.Errorf("%d files, %v", len(files), err)
		}
	})
}

// How far a conversation was read is told again by who knows it, when another
// device has removed the conversation and come to know it anew.
func TestReadPositionsOutliveTheirEntry(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("")
		bob.say(first, "hello")
		first.receive()
		w.check(first.MarkRead(w.Context(), first.with(bob), time.Now().UnixMilli()))
		second := w.second(first)
		second.unplugged.Store(true)
		w.check(second.Forget(w.Context(), bob.id()))
		second.configure(second.with(bob), Settings{Nickname: pointer("Bobby")})
		second.unplugged.Store(false)
		time.Sleep(10 * time.Minute)
		w.settle(second, first)
		w.agree(first, second)
	})
}

// A profile without a time neither replaces one that has one nor gets a time by
// which other devices would refuse the next.
func TestAProfileWithoutATime(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			now := time.Now()
			for i, step := range []struct {
				name    string
				updated time.Time
				want    string
			}{
				{"Bobby", now.Add(5 * time.Second), "Bobby"},
				{"Robert", time.Time{}, "Bobby"},
				{"Rob", now.Add(8 * time.Second), "Rob"},
			} {
				profile := &ownProfile{Profile: &sessionpb.Profile{
					DisplayName: proto.String(step.name), LastUpdateSeconds: proto.Uint64(uint64(unixSeconds(step.updated))),
				}}
				ms := now.UnixMilli() + int64(i+1)*20_000
				first.deliver(bob, dataContent(&sessionpb.DataMessage{Body: proto.String("it is me")}, ms, profile, ""))
				w.exchange(first, second, bob)
				for _, d := range []*device{first, second} {
					if v := d.conversation(bob); v.Name != step.want {
						t.Errorf("after %q the name is %q", step.name, v.Name)
					}
					if contact, _ := d.configs.contacts.Get(bob.id()); contact.Updated.After(now.Add(8 * time.Second)) {
						t.Errorf("after %q other devices are told of a name of %v", step.name, contact.Updated)
					}
				}
			}
		})
	})
}
