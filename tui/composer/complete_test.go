package composer

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// typeInto writes letter by letter, as a keyboard does.
func typeInto(c *Composer, text string) {
	for _, r := range text {
		c.Insert(string(r))
		c.Complete()
	}
}

func TestNamesBecomeEmoji(t *testing.T) {
	for typed, want := range map[string]string{
		":tada:": "🎉", "done :thumbsup: ok": "done 👍 ok", "(:+1:)": "(👍)", ":no_such_thing:": ":no_such_thing:",
		"at 12:30:45": "at 12:30:45", "http://x:80:": "http://x:80:", ":o:": ":o:", ": tada:": ": tada:", "two\n:fire:": "two\n🔥",
		":tada::fire:": "🎉:fire:",
	} {
		var c Composer
		if typeInto(&c, typed); c.Text() != want {
			t.Errorf("%q becomes %q, want %q", typed, c.Text(), want)
		}
	}
}

func TestOffers(t *testing.T) {
	var c Composer
	typeInto(&c, "well :t")
	if c.Offers() {
		t.Error("one letter is enough")
	}
	typeInto(&c, "humbs")
	rows := c.OfferRows(look(), 5)
	if !c.Offers() || len(rows) == 0 || !strings.Contains(ansi.Strip(rows[0]), "▌ :+1:  👍") {
		t.Fatalf("it offers %q", rows)
	}
	c.Choose(1)
	if one := c.OfferRows(look(), 1); len(one) != 1 || !strings.Contains(one[0], "👎") {
		t.Errorf("in one row it shows %q", one)
	}
	if c.Accept(); c.Text() != "well 👎" || c.Offers() {
		t.Errorf("accepted: %q", c.Text())
	}
	typeInto(&c, " :fi")
	c.Dismiss()
	typeInto(&c, "re")
	if c.Offers() {
		t.Error("it offers again what was dismissed")
	}
	typeInto(&c, " :fi")
	if !c.Offers() {
		t.Error("another name is not completed")
	}
	c.Sent()
	c.Complete()
	if c.Offers() {
		t.Error("it offers something for an empty field")
	}
}
