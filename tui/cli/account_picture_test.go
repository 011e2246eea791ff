package cli

import (
	"bytes"
	"image"
	"image/png"
	"testing"
)

func TestAccountPicture(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice := newPerson(t, n.on())
	aliceID := alice.create("Alice")
	alice.write("me.png", somePNG(t))
	alice.write("me.txt", "no picture")
	if o := alice.ok("account", "picture", "me.png", "--json").object(); o["account_id"] != aliceID {
		t.Errorf("it printed %v", o)
	}
	alice.run("account", "picture", "me.txt").is(2)
	alice.run("account", "picture", "none.png").is(1).says("no file none.png")
	alice.run("account", "picture").is(2).says("--remove")
	alice.run("account", "picture", "me.png", "--remove").is(2)
	alice.ok("account", "picture", "--remove")
	n.stop()
	alice.ok("account", "picture", "--remove")
	alice.run("account", "picture", "me.png").is(3)
}

func somePNG(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
