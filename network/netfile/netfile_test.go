package netfile

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestSessionIsPinned(t *testing.T) {
	f := Session()
	if err := f.check(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ host, fingerprint string }{
		{"seed1.getsession.org", "36ea0b253537988551ee856e4fd20d55011e9c8b27eaa2f34b8f32a0bdf04f2d"},
		{"seed2.getsession.org", "c5908dd4139acd96aedd1e4557659765080 9c8a5ea02af556d4853d45396e0e7"},
		{"seed3.getsession.org", "8a0af2c712342f22ce00e53c1601410ef8d84156aee0a9809c32f6f7efbe556e"},
	} {
		der, err := f.Seeds[i].DER()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(der)
		if got := hex.EncodeToString(sum[:]); got != strings.ReplaceAll(want.fingerprint, " ", "") {
			t.Errorf("%s: fingerprint %s", want.host, got)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil || cert.VerifyHostname(want.host) != nil && cert.Subject.CommonName != want.host {
			t.Errorf("%s: certificate of %q, %v", want.host, cert.Subject.CommonName, err)
		}
		if !strings.Contains(f.Seeds[i].URL, "https://"+want.host+":4443/") {
			t.Errorf("%s: URL %s", want.host, f.Seeds[i].URL)
		}
	}
}

func TestMarshalRoundTrip(t *testing.T) {
	for name, f := range map[string]File{
		"session": Session(),
		"private": {Name: "devnet", Seeds: []Seed{{URL: "http://127.0.0.1:22023/json_rpc"}}},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := f.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			got, err := Load(bytes.NewReader(text))
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if !got.Equal(f) || !f.Equal(got) {
				t.Errorf("got %+v", got)
			}
			again, err := got.Marshal()
			if err != nil || !bytes.Equal(again, text) {
				t.Errorf("second Marshal differs: %v", err)
			}
			if name == "private" && strings.Contains(string(text), "file_server") {
				t.Errorf("a file server that is none is written:\n%s", text)
			}
		})
	}
}

func TestEqual(t *testing.T) {
	a := Session()
	b := Session()
	b.Seeds[0], b.Seeds[2] = b.Seeds[2], b.Seeds[0]
	if !a.Equal(b) {
		t.Error("the order of seeds matters")
	}
	b.Seeds[0].Certificate = strings.ReplaceAll(b.Seeds[0].Certificate, "\n", "\r\n")
	if !a.Equal(b) {
		t.Error("line ends of a certificate matter")
	}
	b.Seeds[1] = b.Seeds[0]
	if a.Equal(b) {
		t.Error("a seed twice instead of another is equal")
	}
	b = Session()
	b.FileServer.X25519[0]++
	if a.Equal(b) {
		t.Error("another file server is equal")
	}
}

func TestCompletes(t *testing.T) {
	whole := Session()
	part := Session()
	part.FileServer = FileServer{}
	if !whole.Completes(part) {
		t.Error("a file server cannot be added")
	}
	foreign, other := part, Session()
	foreign.Seeds = foreign.Seeds[:2]
	other.FileServer.X25519[0]++
	for name, pair := range map[string][2]File{
		"the same": {whole, whole}, "none of both": {part, part}, "taken away": {part, whole}, "exchanged": {other, whole}, "other seeds": {whole, foreign},
	} {
		if pair[0].Completes(pair[1]) {
			t.Errorf("%s: it completes", name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const key = "09324794aa9c11948189762d198c618148e9136ac9582068180661208927ef34"
	seed := "name='x'\n[[seed]]\nurl='http://h/json_rpc'\n"
	for name, tt := range map[string]struct{ text, want string }{
		"empty":               {"", "name is missing"},
		"no TOML":             {"name = ", "line 1: "},
		"unknown entry":       {"name='x'\nnmae='y'\n", `line 2: unknown entry "nmae"`},
		"unknown in a seed":   {seed + "cert='y'\n", `line 4: unknown entry "seed.cert"`},
		"wrong type":          {"name=1\n", "line 1: "},
		"no seed":             {"name='x'\n", "names no seed"},
		"no URL":              {"name='x'\n[[seed]]\n", "seed 1: url is missing"},
		"no scheme":           {"name='x'\n[[seed]]\nurl='seed:22'\n", "seed 1: url is not"},
		"https unpinned":      {"name='x'\n[[seed]]\nurl='https://h/'\n", "seed 1: certificate is missing"},
		"certificate no PEM":  {"name='x'\n[[seed]]\nurl='https://h/'\ncertificate='abc'\n", "not one certificate"},
		"http with a pin":     {seed + "certificate='abc'\n", "cannot have a certificate"},
		"file server no key":  {seed + "[file_server]\nurl='http://h'\nx25519='" + key + "'\n", "a key is missing"},
		"file server bad key": {seed + "[file_server]\nurl='http://h'\nx25519='12'\n", "64 hexadecimal digits"},
		"file server path":    {seed + "[file_server]\nurl='http://h/f'\nx25519='" + key + "'\ned25519='" + key + "'\n", "has a path"},
		"too large":           {"#" + strings.Repeat("x", maxSize), "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(strings.NewReader(tt.text))
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("err = %v, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	text, err := Session().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("name='x'\n[[seed]]\nurl='http://h'\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(text)
		if err != nil {
			return
		}
		out, err := file.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out)
		if err != nil || !again.Equal(file) {
			t.Fatalf("%v: %q", err, out)
		}
	})
}
