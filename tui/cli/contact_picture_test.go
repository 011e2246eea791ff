package cli

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestContactPicture(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	alice.write("me.png", b.String())
	alice.ok("account", "picture", "me.png")
	alice.ok("send", bobID, "hello")
	bob.ok("receive")
	for _, name := range []string{"Alice.jpg", "Alice (2).jpg"} {
		want := filepath.Join(bob.dir, "in", name)
		if o := bob.ok("contact", "picture", aliceID, "--out", "in", "--json").object(); o["path"] != want || o["id"] != aliceID {
			t.Fatalf("it printed %v", o)
		}
		f, err := os.Open(want)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(f); err != nil {
			t.Error(err)
		}
		f.Close()
	}
	bob.ok("send", aliceID, "hello")
	alice.ok("receive")
	alice.run("contact", "picture", bobID).is(4).says("no picture")
}
