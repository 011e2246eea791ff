package attachment

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"seance/network/netfile"
)

const (
	hashID = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEf"
	// A server of session-desktop's developers: Ed25519 and X25519.
	otherEd = "ff86dcd4b26d1bfec944c59859494248626d6428efc12168749d65a1b92f5e28"
	otherX  = "fc097b06821c98a2db75ce02e521cef5fd9d3446e42e81d843c4c8c4e9260f48"
)

func TestParseURL(t *testing.T) {
	own := netfile.Session().FileServer
	home := hex.EncodeToString(own.X25519[:])
	ownEd := hex.EncodeToString(own.Ed25519[:])
	for text, want := range map[string]struct {
		server, id, x string
		deterministic bool
		again         string // "": the same
	}{
		"http://filev2.getsession.org/file/" + hashID:                  {server: "http://filev2.getsession.org", id: hashID, x: home},
		"http://filev2.getsession.org/file/123":                        {server: "http://filev2.getsession.org", id: "123", x: home},
		"http://filev2.getsession.org/file/123#d":                      {server: "http://filev2.getsession.org", id: "123", x: home, deterministic: true},
		"http://filev2.getsession.org/file/123#d=":                     {server: "http://filev2.getsession.org", id: "123", x: home, deterministic: true, again: "http://filev2.getsession.org/file/123#d"},
		"http://filev2.getsession.org/files/18446744073709551615":      {server: "http://filev2.getsession.org", id: "18446744073709551615", x: home, again: "http://filev2.getsession.org/file/18446744073709551615"},
		"http://files.example:8080/file/7#p=" + otherEd + "&d":         {server: "http://files.example:8080", id: "7", x: otherX, deterministic: true},
		"http://files.example/file/7#d=&p=" + strings.ToUpper(otherEd): {server: "http://files.example", id: "7", x: otherX, deterministic: true, again: "http://files.example/file/7#p=" + otherEd + "&d"},
		"https://[2001:db8::1]:1/file/7#p=" + otherEd:                  {server: "https://[2001:db8::1]:1", id: "7", x: otherX},
		"HTTP://FileV2.GetSession.org/file/7#other=1&dd":               {server: "http://filev2.getsession.org", id: "7", x: home, again: "http://filev2.getsession.org/file/7"},
		"http://potatofiles.getsession.org/file/7":                     {server: "http://potatofiles.getsession.org", id: "7", x: home},
		"http://potatofiles.getsession.org/file/7#p=" + otherEd:        {server: "http://potatofiles.getsession.org", id: "7", x: otherX},
		"http://filev2.getsession.org/file/7#p=" + ownEd:               {server: "http://filev2.getsession.org", id: "7", x: home},
	} {
		u, err := ParseURL(text, own)
		if err != nil || u.Server != want.server || u.ID != want.id || hex.EncodeToString(u.X25519[:]) != want.x || u.Deterministic != want.deterministic {
			t.Errorf("%s: %+v, %v", text, u, err)
		}
		if want.again == "" {
			want.again = text
		}
		if u.String() != want.again {
			t.Errorf("%s: written as %s", text, u)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	own := netfile.Session().FileServer
	zero, offCurve := strings.Repeat("0", 64), "02"+strings.Repeat("0", 62)
	for text, want := range map[string]error{
		"":                                   ErrURL,
		"filev2.getsession.org/file/1":       ErrURL,
		"ftp://filev2.getsession.org/file/1": ErrURL,
		"file:///file/1":                     ErrURL,
		"http:///file/1":                     ErrURL,
		"http://u:p@filev2.getsession.org/file/1":                            ErrURL,
		"http://filev2.getsession.org/file/1?x":                              ErrURL,
		"http://filev2.getsession.org/file/":                                 ErrURL,
		"http://filev2.getsession.org/file":                                  ErrURL,
		"http://filev2.getsession.org/1":                                     ErrURL,
		"http://filev2.getsession.org/a/file/1":                              ErrURL,
		"http://filev2.getsession.org/file/1/info":                           ErrURL,
		"http://filev2.getsession.org/file/..":                               ErrURL,
		"http://filev2.getsession.org/file/%2e%2e%2f1":                       ErrURL,
		"http://filev2.getsession.org/file/-1":                               ErrURL,
		"http://filev2.getsession.org/file/" + strings.Repeat("1", 21):       ErrURL,
		"http://filev2.getsession.org/file/" + hashID[1:]:                    ErrURL,
		"http://filev2.getsession.org/file/" + hashID[1:] + "%2f":            ErrURL,
		"http://filev2.getsession.org/file/1#p=12":                           ErrURL,
		"http://filev2.getsession.org/file/1#p=" + zero:                      ErrURL,
		"http://filev2.getsession.org/file/1#p=" + offCurve:                  ErrURL,
		"http://filev2.getsession.org/file/1#" + strings.Repeat("x", maxURL): ErrURL,
		"http://files.example/file/1":                                        ErrForeignServer,
		"http://filev2.getsession.org.example/file/1#d":                      ErrForeignServer,
		"http://getsession.org/file/1":                                       ErrForeignServer,
		"http://examplegetsession.org/file/1":                                ErrForeignServer,
	} {
		if u, err := ParseURL(text, own); !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v", text, u, err)
		}
	}
	private := netfile.FileServer{URL: "http://10.0.0.1:80", X25519: netfile.Key{1}, Ed25519: netfile.Key{2}}
	if _, err := ParseURL("http://10.0.0.1/file/1", private); err != nil {
		t.Error(err)
	}
	for _, own := range []netfile.FileServer{private, {}} {
		if _, err := ParseURL("http://filev2.getsession.org/file/1", own); !errors.Is(err, ErrForeignServer) {
			t.Errorf("from a private network: %v", err)
		}
	}
}

func TestNewURL(t *testing.T) {
	own := netfile.Session().FileServer
	u, err := NewURL(own, hashID, true)
	if err != nil || u.String() != "http://filev2.getsession.org/file/"+hashID+"#d" || !u.Extendable() || u.Number() != 0 {
		t.Errorf("%v, %v", u, err)
	}
	if again, err := ParseURL(u.String(), own); err != nil || again != u {
		t.Errorf("%+v, %v", again, err)
	}
	u, err = NewURL(own, "1234", false)
	if err != nil || u.String() != "http://filev2.getsession.org/file/1234" || u.Extendable() || u.Number() != 1234 {
		t.Errorf("%v, %v", u, err)
	}
	if _, err := NewURL(own, "../x", false); !errors.Is(err, ErrURL) {
		t.Error(err)
	}
}

// What is read can be written, and read again as the same.
func FuzzURL(f *testing.F) {
	f.Add("http://filev2.getsession.org/file/" + hashID + "#d")
	f.Add("http://files.example:8080/files/7#d=&p=" + otherEd)
	f.Add("https://[2001:db8::1]:1/file/7#p=" + otherEd)
	own := netfile.Session().FileServer
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseURL(text, own)
		if err != nil {
			if !errors.Is(err, ErrURL) && !errors.Is(err, ErrForeignServer) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseURL(u.String(), own)
		if err != nil || again != u {
			t.Errorf("%q: %+v, then %+v, %v", text, u, again, err)
		}
	})
}
