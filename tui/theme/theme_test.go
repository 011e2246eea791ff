package theme

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// styles are all styles of a theme by their names.
func styles(t Theme) map[string]Style {
	list := make(map[string]Style)
	v := reflect.ValueOf(t)
	for i := range v.NumField() {
		if s, ok := v.Field(i).Interface().(Style); ok {
			list[v.Type().Field(i).Name] = s
		}
	}
	return list
}

func TestColoursAreThoseOfTheTerminal(t *testing.T) {
	any256 := regexp.MustCompile(`38;|48;`)
	anyColour := regexp.MustCompile(`(^|[\[;])(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)
	for name, s := range styles(New(Options{Colours: None})) {
		if anyColour.MatchString(string(s)) {
			t.Errorf("without colours %s is %q", name, string(s))
		}
	}
	for name, s := range styles(New(Options{Colours: Sixteen})) {
		if any256.MatchString(string(s)) {
			t.Errorf("with sixteen colours %s is %q", name, string(s))
		}
	}
}

// TestRolesDiffer: what must be told apart can be, on every kind of terminal.
func TestRolesDiffer(t *testing.T) {
	for _, o := range []Options{{Colours: None}, {Colours: Sixteen}, {Colours: Many}, {Colours: Many, Light: true}} {
		th := New(o)
		for _, pair := range [][2]Style{{th.Text, th.Muted}, {th.Text, th.Strong}, {th.Text, th.Accent}, {th.Muted, th.Accent}, {th.Text, th.Error}, {th.Muted, th.Error}, {th.Text, th.Match}, {th.Muted, th.Match}} {
			if pair[0] == pair[1] {
				t.Errorf("%+v: two roles are both %q", o, string(pair[0]))
			}
		}
	}
}

func TestGlyphsAreOneCellWide(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		v := reflect.ValueOf(New(Options{ASCII: ascii}).Glyphs)
		for i := range v.NumField() {
			g := v.Field(i).String()
			if ansi.StringWidth(g) != 1 || ansi.StringWidthWc(g) != 1 || ascii && g[0] >= 0x80 {
				t.Errorf("%s is %q", v.Type().Field(i).Name, g)
			}
		}
	}
}
