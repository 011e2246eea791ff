package composer

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func hexID(last string) string { return "05" + strings.Repeat("0", 64-len(last)) + last }

var garden = []Person{{ID: hexID("a1"), Name: "Bob"}, {ID: hexID("a2"), Name: "Bob Marley"}, {ID: hexID("a3"), Name: "Bob"}, {ID: hexID("a4"), Name: "é\x1b[2J\nÉ"}, {ID: hexID("a5"), Name: " "}}

// TestOutgoing: what is sent has IDs in the place of names, and comes back with names.
func TestOutgoing(t *testing.T) {
	at := func(last string) string { return "@" + hexID(last) }
	for text, want := range map[string]string{
		"": "", "hello": "hello", "@Bob": at("a1"), "@Bob, @Bob!": at("a1") + ", " + at("a1") + "!", "@Bobby": "@Bobby",
		"bob@Bob": "bob@Bob", "(@Bob Marley)": "(" + at("a2") + ")", "@Bob Marleys": at("a1") + " Marleys", "@Bob#00a3": at("a3"),
		"@@Bob": "@" + at("a1"), "漢@Bob": "漢" + at("a1"), "@#00a5": at("a5"), "@bob": "@bob",
	} {
		var c Composer
		c.SetPeople(garden)
		c.Insert(text)
		if got := c.Outgoing(); got != want {
			t.Errorf("%q is sent as %q, want %q", text, got, want)
		}
		var other Composer
		other.Load(want)
		other.SetPeople(garden)
		if other.Text() != text {
			t.Errorf("%q comes back as %q, want %q", want, other.Text(), text)
		}
	}
}

// TestCompletedMention: the blank behind a completed name is for what may follow, and
// is not sent where nothing does.
func TestCompletedMention(t *testing.T) {
	id := "@" + hexID("a2")
	for _, test := range []struct {
		typed, more, want string
		accept            bool
	}{
		{"ask @mar", "", "ask " + id, true},
		{"ask @mar", "now ", "ask " + id + " now ", true},
		{"ask @Bob Marley ", "", "ask " + id + " ", false},
	} {
		var c Composer
		c.SetPeople(garden)
		typeInto(&c, test.typed)
		if test.accept {
			c.Accept()
		}
		if typeInto(&c, test.more); c.Message() != test.want {
			t.Errorf("%q and %q are sent as %q, want %q", test.typed, test.more, c.Message(), test.want)
		}
	}
}

// TestMentionsAreOffered: people are offered by the beginning of a word of their names.
func TestMentionsAreOffered(t *testing.T) {
	for typed, want := range map[string]string{
		"@": "@Bob|@Bob Marley|@Bob#00a3|@é É|@#00a5", "hi @m": "@Bob Marley", "@BOB#": "@Bob#00a3", "a@": "", "@x": "", "@Bob ": "", "(@É": "@é É",
	} {
		var c Composer
		c.SetPeople(garden)
		typeInto(&c, typed)
		var got []string
		for _, row := range c.OfferRows(look(), 9) {
			got = append(got, strings.Trim(ansi.Strip(row), " ▌"))
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q offers %q, want %q", typed, s, want)
		}
	}
	var c Composer
	typeInto(&c, "ask @mar")
	if c.Offers() {
		t.Error("it offers somebody, and knows nobody")
	}
	c.SetPeople(garden)
	c.Accept()
	if c.Text() != "ask @Bob Marley " || c.Offers() {
		t.Errorf("accepted: %q", c.Text())
	}
	typeInto(&c, "@b")
	c.Dismiss()
	typeInto(&c, "o")
	if c.Offers() {
		t.Error("it offers again what was dismissed")
	}
	c.SetText(strings.Repeat("x", Limit-66) + " @Bob")
	if over := c.Over(); over != 2 {
		t.Errorf("with the ID it is %d too long", over)
	}
}
