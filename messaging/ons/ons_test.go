package ons

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

type vector struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Nonce      string `json:"nonce"`
	Ciphertext string `json:"ciphertext"`
	SessionID  string `json:"session_id"`
	MustFail   bool   `json:"must_fail"`
}

func TestVectorOpen(t *testing.T) {
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	text, err := os.ReadFile(filepath.Join(dir, "misc_crypto.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range file.Cases {
		if c.Kind != "ons" {
			continue
		}
		n++
		name, ok := Parse(c.Name)
		account, err := name.Open(Record{c.Ciphertext, c.Nonce})
		if c.MustFail {
			if err == nil {
				t.Errorf("%s: opened", c.Name)
			}
			continue
		}
		if !ok || err != nil || account.String() != c.SessionID {
			t.Errorf("%s: %s, %v", c.Name, account, err)
		}
		if _, err := Name("another").Open(Record{c.Ciphertext, c.Nonce}); err == nil {
			t.Errorf("%s: opened by another name", c.Name)
		}
	}
	if n == 0 {
		t.Error("no values to check")
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]bool{
		"alice": true, "Alice": true, "a": true, "a_b-c9": true, "-a": false, "a-": false, "": false, "a b": false, "é": false, "a.b": false,
	} {
		if _, ok := Parse(s); ok != want {
			t.Errorf("Parse(%q) is %v", s, ok)
		}
	}
}
