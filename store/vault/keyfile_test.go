package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seance/messaging/secret"
)

// cheap costs keep tests short.
var cheap = costs{memory: 16, time: 1, threads: 2}

func word(s string) secret.Bytes { return secret.New([]byte(s)) }

func unlocked(t *testing.T, dir string, passphrase secret.Bytes, want ...Key) {
	t.Helper()
	k, err := LoadKeyFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Unlock(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d keys instead of %d", len(got), len(want))
	}
	for i := range want {
		if !got[i].Equal(want[i].Bytes) {
			t.Errorf("key %d is another one", i)
		}
	}
}

func TestKeyFile(t *testing.T) {
	dir, one, two := t.TempDir(), newKey(t), newKey(t)
	if _, err := LoadKeyFile(dir); !errors.Is(err, ErrKeyFile) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key file: %v", err)
	}
	if err := WriteKeyFile(dir, secret.Bytes{}, one); err != nil {
		t.Fatal(err)
	}
	unlocked(t, dir, secret.Bytes{}, one)
	unlocked(t, dir, word("not needed"), one)
	if k, _ := LoadKeyFile(dir); k.Protected() {
		t.Error("protected without a passphrase")
	}
	if err := writeKeyFile(dir, word("alice"), []Key{one, two}, cheap); err != nil {
		t.Fatal(err)
	}
	unlocked(t, dir, word("alice"), one, two)
	content := readFile(t, filepath.Join(dir, keyFileName))
	if info, err := os.Stat(filepath.Join(dir, keyFileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	k, err := LoadKeyFile(dir)
	if err != nil || !k.Protected() {
		t.Fatal("not protected", err)
	}
	for _, wrong := range []string{"", "Alice", "alice\n"} {
		if _, err := k.Unlock(word(wrong)); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for _, keys := range [][]Key{{}, {one, two, one}, {{}}, {{word("short")}}} {
		if err := writeKeyFile(dir, word("alice"), keys, cheap); err == nil {
			t.Errorf("%d keys are written", len(keys))
		}
	}
	if !bytes.Equal(content, readFile(t, filepath.Join(dir, keyFileName))) {
		t.Error("what failed changed the file")
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
	if err := writeKeyFile(filepath.Join(dir, "nowhere"), word("alice"), []Key{one}, cheap); err == nil {
		t.Error("written into no directory")
	}
}

// TestCosts says what a stolen file is up against.
func TestCosts(t *testing.T) {
	dir := t.TempDir()
	if err := WriteKeyFile(dir, word("alice"), newKey(t)); err != nil {
		t.Fatal(err)
	}
	file, err := LoadKeyFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	k := file.content
	if k.KDF != "argon2id" || k.Memory < 64<<10 || k.Time < 3 {
		t.Errorf("%+v", k)
	}
	other, err := wrapKeys(word("alice"), make([]byte, keySize), cheap)
	if err != nil || bytes.Equal(k.Salt, other.Salt) || bytes.Equal(k.Nonce, other.Nonce) {
		t.Error("salt or nonce come back", err)
	}
}

// TestParametersAreAuthentic changes every value of a key file.
func TestParametersAreAuthentic(t *testing.T) {
	whole, err := wrapKeys(word("alice"), make([]byte, 2*keySize), cheap)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(k *keyFile){
		"version":   func(k *keyFile) { k.Version++ },
		"function":  func(k *keyFile) { k.KDF = "argon2i" },
		"memory":    func(k *keyFile) { k.Memory++ },
		"time":      func(k *keyFile) { k.Time++ },
		"threads":   func(k *keyFile) { k.Threads-- },
		"salt":      func(k *keyFile) { k.Salt[3] ^= 1 },
		"nonce":     func(k *keyFile) { k.Nonce[3] ^= 1 },
		"keys":      func(k *keyFile) { k.Keys[3] ^= 1 },
		"fewer":     func(k *keyFile) { k.Keys = k.Keys[:len(k.Keys)-keySize] },
		"exchanged": func(k *keyFile) { k.Keys = append(k.Keys[keySize:2*keySize:2*keySize], k.Keys...)[:len(k.Keys)] },
	} {
		k := whole
		k.Salt, k.Nonce, k.Keys = bytes.Clone(k.Salt), bytes.Clone(k.Nonce), bytes.Clone(k.Keys)
		change(&k)
		if _, err := k.unwrap(word("alice")); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys, err := whole.unwrap(word("alice")); err != nil || len(keys) != 2*keySize {
		t.Error(err)
	}
}

func TestBadKeyFiles(t *testing.T) {
	wrapped, err := wrapKeys(word("alice"), make([]byte, keySize), cheap)
	if err != nil {
		t.Fatal(err)
	}
	b, err := wrapped.format()
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	if _, err := parseKeyFile(b); err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, bad := range map[string]string{
		"empty":             "",
		"null":              "null",
		"cut":               good[:len(good)/2],
		"twice":             good + good,
		"long":              good + strings.Repeat(" ", maxKeyFile),
		"newer":             replace(`"version": 1`, `"version": 2`),
		"older":             replace(`"version": 1`, `"version": 0`),
		"unknown field":     replace(`"version": 1`, `"version": 1, "more": 1`),
		"unknown function":  replace("argon2id", "argon2i"),
		"too much memory":   replace(`"memory_kib": 16`, `"memory_kib": 1048577`),
		"too little memory": replace(`"memory_kib": 16`, `"memory_kib": 15`),
		"endless":           replace(`"time": 1`, `"time": 65`),
		"no time":           replace(`"time": 1`, `"time": 0`),
		"negative":          replace(`"time": 1`, `"time": -1`),
		"no threads":        replace(`"threads": 2`, `"threads": 0`),
		"many threads":      replace(`"threads": 2`, `"threads": 17`),
		"salt":              replace(`"salt": "`, `"salt": "AAAA`),
		"nonce":             replace(`"nonce": "`, `"nonce": "AAAA`),
		"keys":              replace(`"keys": "`, `"keys": "AAAA`),
		"bare with costs":   replace("argon2id", plainKDF),
		"bare and short":    `{"version":1,"kdf":"none","keys":"AAAA"}`,
		"bare and long":     fmt.Sprintf(`{"version":1,"kdf":"none","keys":"%s"}`, strings.Repeat("A", 128)),
		"bare without keys": `{"version":1,"kdf":"none"}`,
	} {
		if _, err := parseKeyFile([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, keyFileName), []byte(bad))
		if _, err := LoadKeyFile(dir); !errors.Is(err, ErrKeyFile) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzKeyFile(f *testing.F) {
	for _, keys := range []int{keySize, 2 * keySize} {
		k, err := wrapKeys(word("alice"), make([]byte, keys), cheap)
		if err != nil {
			f.Fatal(err)
		}
		wrapped, _ := k.format()
		bare, _ := keyFile{Version: 1, KDF: plainKDF, Keys: make([]byte, keys)}.format()
		f.Add(wrapped)
		f.Add(bare)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := parseKeyFile(b)
		if err != nil {
			return
		}
		again, err := k.format()
		if err != nil {
			t.Fatal(err)
		}
		k2, err := parseKeyFile(again)
		if err != nil {
			t.Fatalf("does not come back: %v", err)
		}
		one, _ := json.Marshal(k)
		two, _ := json.Marshal(k2)
		if !bytes.Equal(one, two) {
			t.Errorf("%s became %s", one, two)
		}
		if k.Memory > maxArgonMemory || k.Time > maxArgonTime || k.Threads > maxArgonThreads {
			t.Errorf("costs out of bounds: %+v", k)
		}
		if k.KDF == plainKDF {
			if keys, err := (&KeyFile{k}).Unlock(secret.Bytes{}); err != nil || len(keys) < 1 || len(keys) > 2 {
				t.Error(len(keys), err)
			}
		}
	})
}
