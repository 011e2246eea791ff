package identity

import (
	"bytes"
	"crypto/ecdh"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// loadVectors reads the cases of a file of reference values.
func loadVectors[Case any](t *testing.T, name string) []Case {
	t.Helper()
	dir := "testdata"
	if d := os.Getenv("SEANCE_VECTORS"); d != "" {
		dir = d
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Count int
		Cases []Case
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 || len(file.Cases) != file.Count {
		t.Fatalf("%s has %d cases, not %d", name, len(file.Cases), file.Count)
	}
	return file.Cases
}

// hexBytes is a JSON string of hexadecimal digits; null is nil.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func TestKeysVectors(t *testing.T) {
	type vector struct {
		Seed      hexBytes
		EdSeed    hexBytes `json:"ed25519_seed"`
		EdPublic  hexBytes `json:"ed25519_pubkey"`
		EdSecret  hexBytes `json:"ed25519_seckey"`
		XPublic   hexBytes `json:"x25519_pubkey"`
		XSecret   hexBytes `json:"x25519_seckey"`
		SessionID string   `json:"session_id"`
		XEdPublic hexBytes `json:"xed25519_pubkey"`
		MustFail  bool     `json:"must_fail"`
	}
	for i, c := range loadVectors[vector](t, "keys.json") {
		k, err := KeysFromSeed(c.Seed)
		if c.MustFail {
			if err == nil {
				t.Errorf("case %d is accepted", i)
			}
			continue
		}
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		edPublic, xPublic := k.Ed25519(), k.PublicX25519()
		converted, err := X25519FromEd25519(edPublic)
		if err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		positive := Ed25519FromX25519(xPublic)
		for _, part := range []struct {
			name      string
			got, want []byte
		}{
			{"Ed25519 seed", k.Seed().Expose(), c.EdSeed},
			{"Ed25519 public key", edPublic[:], c.EdPublic},
			{"Ed25519 secret key", k.signing.Expose(), c.EdSecret},
			{"X25519 public key", xPublic[:], c.XPublic},
			{"X25519 public key of the pair", k.X25519().PublicKey().Bytes(), c.XPublic},
			{"converted X25519 public key", converted[:], c.XPublic},
			{"X25519 secret key", k.X25519().Bytes(), c.XSecret},
			{"Account ID", []byte(k.Account().String()), []byte(c.SessionID)},
			{"positive Ed25519 key", positive[:], c.XEdPublic},
		} {
			if !bytes.Equal(part.got, part.want) {
				t.Errorf("case %d: %s %x, want %x", i, part.name, part.got, part.want)
			}
		}
		if len(c.Seed) == SeedSize {
			seed, err := SeedFromBytes(c.Seed)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ParsePhrase(seed.Phrase())
			if err != nil || !again.Equal(seed.Bytes) || again.Keys().Account() != k.Account() {
				t.Errorf("case %d: the phrase %q does not restore the account: %v", i, seed.Phrase(), err)
			}
		}
	}
}

func TestSignatureVectors(t *testing.T) {
	type vector struct {
		Kind               string
		Seed, Pubkey       hexBytes
		XPublic            hexBytes `json:"x25519_pubkey"`
		XSecret            hexBytes `json:"x25519_seckey"`
		Message, Signature hexBytes
		Random             []hexBytes
		Valid              bool
		MustFail           bool `json:"must_fail"`
	}
	for i, c := range loadVectors[vector](t, "signatures.json") {
		valid := c.Valid && !c.MustFail
		switch c.Kind {
		case "ed25519":
			if len(c.Pubkey) != 32 {
				if valid {
					t.Errorf("case %d: a key of %d bytes", i, len(c.Pubkey))
				}
				continue
			}
			if Verify([32]byte(c.Pubkey), c.Message, c.Signature) != valid {
				t.Errorf("case %d: not %v", i, valid)
			}
			if valid && c.Seed != nil {
				k, err := KeysFromSeed(c.Seed)
				if err != nil {
					t.Fatal(err)
				}
				if got := k.Sign(c.Message); !bytes.Equal(got, c.Signature) {
					t.Errorf("case %d: signature %x, want %x", i, got, c.Signature)
				}
			}
		case "xed25519":
			if len(c.XPublic) != 32 {
				if valid {
					t.Errorf("case %d: a key of %d bytes", i, len(c.XPublic))
				}
				continue
			}
			if VerifyXEd25519([32]byte(c.XPublic), c.Message, c.Signature) != valid {
				t.Errorf("case %d: not %v", i, valid)
			}
			if valid && c.XSecret != nil {
				key, err := ecdh.X25519().NewPrivateKey(c.XSecret)
				if err != nil {
					t.Fatal(err)
				}
				got, err := SignXEd25519(bytes.NewReader(c.Random[0]), key, c.Message)
				if err != nil || !bytes.Equal(got, c.Signature) {
					t.Errorf("case %d: signature %x (%v), want %x", i, got, err, c.Signature)
				}
			}
		default:
			t.Errorf("case %d: unknown kind %q", i, c.Kind)
		}
	}
}
