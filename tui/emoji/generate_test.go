package emoji

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var source = flag.String("generate", "", "make table.txt of this file of emoji-mart's data")

// TestGenerate makes table.txt of the data of emoji-mart:
//
//	npm pack @emoji-mart/data@1.2.1 && tar xzf emoji-mart-data-1.2.1.tgz
//	go test -run Generate -generate package/sets/15/native.json
func TestGenerate(t *testing.T) {
	if *source == "" {
		t.Skip("no data to make it of")
	}
	raw, err := os.ReadFile(*source)
	if err != nil {
		t.Fatal(err)
	}
	var d data
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("table.txt", d.table(), 0o644); err != nil {
		t.Fatal(err)
	}
}

type data struct {
	Categories []struct{ Emojis []string }
	Emojis     map[string]struct {
		Name     string
		Keywords []string
		Skins    []struct{ Native string }
	}
	Aliases map[string]string
}

func (d data) table() []byte {
	aliases := make(map[string][]string)
	for alias, of := range d.Aliases {
		aliases[of] = append(aliases[of], alias)
	}
	taken := make(map[string]bool) // a name is that of one emoji
	var out bytes.Buffer
	for _, c := range d.Categories {
		for _, key := range c.Emojis {
			e := d.Emojis[key]
			slices.Sort(aliases[key])
			names := []string{key}
			for _, name := range append(aliases[key], strings.Join(words(e.Name), "_")) {
				if _, other := d.Emojis[name]; !other && !taken[name] && name != "" {
					names, taken[name] = append(names, name), true
				}
			}
			var about []string
			for _, k := range e.Keywords {
				for _, w := range words(k) {
					if !slices.Contains(names, w) && !slices.Contains(about, w) {
						about = append(about, w)
					}
				}
			}
			fmt.Fprintf(&out, "%s\t%s\t%s\n", e.Skins[0].Native, strings.Join(names, " "), strings.Join(about, " "))
		}
	}
	return out.Bytes()
}

// words are the words of a name that can be typed on any keyboard.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+')
	})
}
