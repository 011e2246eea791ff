package messaging

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"seance/network/node/devnet"
	"seance/store"
)

func somePicture(t *testing.T, shade uint8) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 80, 60))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	m.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A picture that somebody chose is seen by those they write to and on their other
// devices, until it is taken away.
func TestProfilePictures(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		w.check(alice.SetPicture(w.Context(), somePicture(w.T, 50)))
		alice.say(bob, "hello")
		w.settle(alice, bob)
		second := w.restore(alice)
		w.settle(second)
		want, err := alice.Picture(w.Context(), alice.Self().Picture)
		w.check(err)
		seen := func(d *device, p store.Picture) {
			w.Helper()
			for range 2 { // from the network, then from the disk
				if got, err := d.Picture(w.Context(), p); err != nil || !bytes.Equal(got, want) {
					w.Errorf("%+v: %d bytes, %v", p, len(got), err)
				}
			}
		}
		seen(bob, bob.conversation(alice).Picture)
		seen(second, second.Self().Picture)
		bobs := w.restore(bob)
		w.settle(bobs)
		seen(bobs, bobs.conversation(alice).Picture)
		alice.reopen()
		seen(alice, alice.Self().Picture)

		// It is renewed while somebody is there, and uploaded again after an absence.
		bobs.stop()
		bob.stop()
		second.stop()
		before := alice.Self().Picture
		absent := func(days time.Duration) {
			alice.stop()
			time.Sleep(days * 24 * time.Hour)
			alice.open()
			w.settle(alice)
		}
		absent(10)
		absent(10)
		if p := alice.Self().Picture; p != before {
			w.Errorf("renewed, it is another: %+v", p)
		}
		absent(20)
		if p := alice.Self().Picture; p == before || p.Key != before.Key {
			w.Errorf("uploaded again: %+v", p)
		}
		bob.open()
		second.open()
		bobs.open()
		w.settle(second)
		if p := second.Self().Picture; p != alice.Self().Picture {
			w.Errorf("the other device has %+v", p)
		}
		alice.say(bob, "hello again")
		w.settle(bob)
		seen(bob, alice.Self().Picture)

		w.check(second.SetPicture(w.Context(), nil))
		w.settle(second, alice)
		alice.say(bob, "no picture")
		w.settle(bob)
		if p := alice.Self().Picture; p.URL != "" {
			w.Errorf("%+v", p)
		}
		if p := bob.conversation(alice).Picture; p.URL != "" {
			w.Errorf("%+v", p)
		}
		if _, err := bob.Picture(w.Context(), store.Picture{}); !errors.Is(err, ErrUnknown) {
			w.Error(err)
		}
		if err := alice.SetPicture(w.Context(), []byte("no image")); !errors.Is(err, ErrInvalid) {
			w.Error(err)
		}
	})
}

// A picture that its server does not renew is uploaded again before it is dropped,
// also by a device that never showed it, and whether or not the server tells when that
// is.
func TestPicturesThatCannotBeRenewed(t *testing.T) {
	slow(t)
	for _, untold := range []bool{false, true} {
		picturesNotRenewed(t, devnet.Options{NumericFileIDs: true, UntoldExpiry: untold})
	}
}

func picturesNotRenewed(t *testing.T, o devnet.Options) {
	inWorldOf(t, o, func(w *world) {
		alice := w.person("Alice")
		w.check(alice.SetPicture(w.Context(), somePicture(w.T, 50)))
		w.settle(alice)
		first := alice.Self().Picture
		want, err := alice.Picture(w.Context(), first)
		w.check(err)
		second := w.restore(alice)
		w.settle(second)
		alice.stop()
		before := first
		for _, step := range []struct {
			days  time.Duration
			again bool
		}{{11, false}, {2, true}, {11, false}, {2, true}} {
			second.stop()
			time.Sleep(step.days * 24 * time.Hour)
			second.open()
			w.settle(second)
			if again := second.Self().Picture != before; again != step.again {
				t.Fatalf("%+v: after %d days more: uploaded again: %v", o, step.days, again)
			}
			before = second.Self().Picture
		}
		bob := w.person("Bob")
		second.say(bob, "hello")
		w.settle(bob)
		got, err := bob.Picture(w.Context(), bob.conversation(second).Picture)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("after all: %d bytes, %v", len(got), err)
		}
	})
}

// A renewal is told to the other devices once, as an upload of the same picture.
func TestARenewedPictureIsTold(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		w.check(alice.SetPicture(w.Context(), somePicture(w.T, 50)))
		w.settle(alice)
		picture, set := alice.Self().Picture, alice.configs.profile.Updated()
		var told []time.Time
		for range 2 {
			alice.stop()
			time.Sleep(5 * 24 * time.Hour)
			alice.open()
			w.settle(alice)
			told = append(told, alice.configs.profile.Updated())
		}
		if !told[0].After(set) || !told[1].Equal(told[0]) || alice.Self().Picture != picture {
			t.Errorf("set %v, then told %v; %+v", set, told, alice.Self().Picture)
		}
	})
}
