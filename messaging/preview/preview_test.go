package preview

import (
	"net/netip"
	"strings"
	"testing"
)

func TestLink(t *testing.T) {
	for text, want := range map[string]string{
		"see https://a.example/b?c#d.":                     "https://a.example/b?c#d",
		"(HTTPS://A.example)":                              "HTTPS://A.example",
		"mailto:a@b.c https://a.example":                   "https://a.example",
		"http://a.example https://b.example":               "", // the first is none to ask for
		"https://a.example https://b.example":              "https://a.example",
		"nothing":                                          "",
		"https://localhost/x":                              "",
		"https://user@a.example":                           "",
		"https://a.example:8443/":                          "https://a.example:8443/",
		"https://a..example":                               "",
		"https://a.example./":                              "",
		"https://127.0.0.1/":                               "",
		"https://[::1]/":                                   "",
		"https://8.8.8.8/":                                 "https://8.8.8.8/",
		"https://[2606:4700::1111]/":                       "https://[2606:4700::1111]/",
		"https://пример.испытание/x":                       "https://пример.испытание/x",
		"https://exаmple.com":                              "", // the а is Cyrillic
		"https://xn--exmple-cua.com":                       "",
		"https://a%2eexample/x.y":                          "",
		"https://a.example/" + strings.Repeat("a", maxURL): "",
	} {
		if got := Link(text); got != want {
			t.Errorf("in %.60q: %q, want %q", text, got, want)
		}
	}
}

func TestStanding(t *testing.T) {
	for _, c := range []struct{ address, text, want string }{
		{"https://a.example/b", "look https://a.example/b", "https://a.example/b"},
		{"https://a.example/b", "(https://a.example/b).", "https://a.example/b"},
		{"https://a.example/", "https://a.example", "https://a.example"},
		{"https://a.example/b).", "(https://a.example/b).", "https://a.example/b"},
		{"http://a.example" + strings.Repeat(".", 1<<20), "http://a.example is old", "http://a.example"},
		{"https://a.example", "https://a.example.com", ""}, // the host would be another's
		{"https://a.example", "https://b.example/?https://a.example", ""},
		{"https://a.example/b", "a.example/b", ""},
		{"mailto:a@b.c", "mailto:a@b.c", ""},
		{"javascript:x", "javascript:x", ""},
		{"", "nothing", ""},
		{"", "https://", ""},
	} {
		if got := Standing(c.address, c.text); got != c.want {
			t.Errorf("%.40q in %q: %q", c.address, c.text, got)
		}
	}
}

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "172.15.0.1": true, "2606:4700::1111": true, "2a00:1450::1": true,
		"::ffff:1.1.1.1": true, "64:ff9b::1.1.1.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.9.9.9": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "192.0.0.8": false, "192.0.2.1": false, "198.18.0.1": false,
		"224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "2606:4700::1%eth0": false, "fc00::1": false, "fd12::1": false, "fec0::1": false,
		"ff02::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "64:ff9b::10.0.0.1": false, "64:ff9b:1::1": false,
		"2001::1": false, "2001:db8::1": false, "2002:7f00:1::1": false, "3fff::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
