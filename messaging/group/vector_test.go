package group

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/config/pack"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

// loadVectors reads reference values made by libsession-util.
func loadVectors[Case any](t testing.TB, name string) []Case {
	t.Helper()
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
		if name == "protocol.json" {
			dir = "../wire/testdata"
		}
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

func keysOf(t testing.TB, seed []byte) *identity.Keys {
	t.Helper()
	k, err := identity.KeysFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func bytesOf(list []hexBytes) (out [][]byte) {
	for _, b := range list {
		out = append(out, b)
	}
	return out
}

func TestMultiEncryptVectors(t *testing.T) {
	type vector struct {
		Name       string
		SenderSeed hexBytes `json:"sender_seed"`
		SenderX    hexBytes `json:"sender_x25519_pubkey"`
		Recipients []hexBytes
		Messages   []hexBytes
		Domain     string
		Nonce      hexBytes
		Pad        int
		Encoded    hexBytes
		Random     []hexBytes
		Decrypted  []struct {
			Seed    hexBytes
			Message *hexBytes
		}
		MustFail bool `json:"must_fail"`
		Seed     hexBytes
	}
	for _, c := range loadVectors[vector](t, "multi_encrypt.json") {
		if c.MustFail {
			if m, ok := decodeMulti(keysOf(t, c.Seed).X25519(), [32]byte(c.SenderX), c.Encoded, c.Domain); ok {
				t.Errorf("%s: %x", c.Name, m)
			}
			continue
		}
		var to [][32]byte
		for _, r := range c.Recipients {
			to = append(to, [32]byte(r))
		}
		random := bytes.NewReader(slices.Concat(append([][]byte{c.Nonce}, bytesOf(c.Random)...)...))
		got, err := encodeMulti(random, keysOf(t, c.SenderSeed).X25519(), to, bytesOf(c.Messages), c.Domain, c.Pad)
		if err != nil || !bytes.Equal(got, c.Encoded) {
			t.Errorf("for %d under %q: %v\n%q, want\n%q", len(to), c.Domain, err, got, c.Encoded)
		}
		for _, d := range c.Decrypted {
			m, ok := decodeMulti(keysOf(t, d.Seed).X25519(), [32]byte(c.SenderX), c.Encoded, c.Domain)
			if ok != (d.Message != nil) || ok && !bytes.Equal(m, *d.Message) {
				t.Errorf("decrypted %x, %v", m, ok)
			}
		}
	}
}

func TestGroupMessageVectors(t *testing.T) {
	type vector struct {
		Name       string
		SenderSeed hexBytes `json:"sender_seed"`
		Group      hexBytes `json:"group_pubkey"`
		Keys       []hexBytes
		KeyIndex   int `json:"key_index"`
		Message    hexBytes
		Compress   bool
		Padding    int
		Random     []hexBytes
		Ciphertext hexBytes
		Sender     string `json:"sender_session_id"`
		MustFail   bool   `json:"must_fail"`
	}
	for _, c := range loadVectors[vector](t, "group_messages.json") {
		g := id.Group(append([]byte{id.PrefixGroup}, c.Group...))
		sender, message, err := decrypt(g, bytesOf(c.Keys), c.Ciphertext)
		if c.MustFail {
			if err == nil {
				t.Errorf("%s: %q of %s", c.Name, message, sender)
			}
			continue
		}
		if err != nil || sender.String() != c.Sender || !bytes.Equal(message, c.Message) {
			t.Errorf("%q of %s: %v", message, sender, err)
		}
		key := c.Keys[c.KeyIndex]
		got, err := encrypt(bytes.NewReader(c.Random[0]), keysOf(t, c.SenderSeed), g, key, c.Message, c.Compress, c.Padding)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := open(key, c.Ciphertext[:nonceSize], c.Ciphertext[nonceSize:])
		d, err := parseDict(bytes.TrimRight(plain, "\x00"))
		if err != nil {
			t.Fatal(err)
		}
		if d.bytes("z") == nil && !bytes.Equal(got, c.Ciphertext) {
			t.Errorf("encrypted\n%x, want\n%x", got, c.Ciphertext)
		}
		if again, m, err := decrypt(g, [][]byte{key}, got); err != nil || again != sender || !bytes.Equal(m, c.Message) {
			t.Errorf("and decrypted: %v", err)
		}
	}
}

// step is one step of a transcript of several views of a group.
type step struct {
	Do        string
	ID        string
	MS        int64
	UserSeed  hexBytes `json:"user_seed"`
	GroupSeed hexBytes `json:"group_seed"`
	GroupID   string   `json:"group_id"`
	Info      json.RawMessage
	Members   json.RawMessage
	InfoDump  hexBytes `json:"info_dump"`
	MembDump  hexBytes `json:"members_dump"`
	KeysDump  hexBytes `json:"keys_dump"`
	Admin     bool
	Set       []map[string]any
	Message   hexBytes
	Pending   hexBytes `json:"pending_key"`
	PendingC  hexBytes `json:"pending_config"`
	Names     []string `json:"session_ids"`
	Hash      string
	Data      hexBytes
	Timestamp int64 `json:"timestamp_ms"`
	Found     bool  `json:"found_key"`
	Which     string
	Key       hexBytes
	Seqno     int64
	Messages  json.RawMessage
	Obsolete  []string
	Opened    []struct {
		Type      string
		Plaintext hexBytes
	}
	Hashes     []string
	Accepted   []string
	NeedsPush  *bool `json:"needs_push"`
	Compress   *bool
	Padding    *int
	Random     []hexBytes
	Ciphertext hexBytes
	Sender     string `json:"sender_session_id"`
	Name       string `json:"session_id"`
	Write, Del bool
	Auth       hexBytes `json:"auth_data"`
	Token      hexBytes
	Hex        map[string]hexBytes
	Base64     map[string]string
	Valid      bool
	Dump       hexBytes
	Keys       []hexBytes
	Size       int
	Generation int64    `json:"current_generation"`
	NeedsRekey bool     `json:"needs_rekey"`
	Active     []string `json:"active_hashes"`
	MustFail   bool     `json:"must_fail"`
}

func TestGroupVectors(t *testing.T) {
	type transcript struct {
		Name    string
		ClockMS int64 `json:"clock_ms"`
		Steps   []step
	}
	for _, c := range loadVectors[transcript](t, "groups.json") {
		t.Run(c.Name, func(t *testing.T) {
			r := &replay{T: t, now: time.UnixMilli(c.ClockMS), views: map[string]*Group{}}
			for i, s := range c.Steps {
				r.at, r.Do = i, s.Do+" "+s.ID
				r.step(s)
			}
		})
	}
}

type replay struct {
	*testing.T
	now   time.Time
	views map[string]*Group
	at    int
	Do    string
}

func (r *replay) fail(format string, args ...any) {
	r.Helper()
	r.Errorf("step %d (%s): "+format, append([]any{r.at, r.Do}, args...)...)
}

// expect reports an error that should not be there, or none that should.
func (r *replay) expect(err error, s step) {
	r.Helper()
	if (err != nil) != s.MustFail {
		r.fail("%v", err)
	}
}

func (r *replay) equal(what string, got, want []byte) {
	r.Helper()
	if !bytes.Equal(got, want) {
		r.fail("%s\n%q, want\n%q", what, got, want)
	}
}

func accountOf(t testing.TB, text string) id.Account {
	t.Helper()
	a, err := id.ParseAccount(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (r *replay) step(s step) {
	g := r.views[s.ID]
	var cfg *config.Config
	if g != nil {
		if cfg = g.Info.Config; s.Which == "members" {
			cfg = g.Members.Config
		}
	}
	permission := func() (p Permission) {
		p = Read
		if s.Write {
			p |= Write
		}
		if s.Del {
			p |= Delete
		}
		return p
	}
	switch s.Do {
	case "clock":
		r.now = time.UnixMilli(s.MS)
	case "new":
		name, err := id.ParseGroup(s.GroupID)
		if err != nil {
			r.Fatal(err)
		}
		g, err := Open(name, keysOf(r.T, s.UserSeed), secret.New(s.GroupSeed), Dumps{Info: s.InfoDump, Members: s.MembDump, Keys: s.KeysDump})
		if err != nil {
			r.Fatal(err)
		}
		if g.Admin() != s.Admin {
			r.fail("admin %v", g.Admin())
		}
		r.views[s.ID] = g
	case "info", "member":
		for _, set := range s.Set {
			edit := r.editInfo
			if s.Do == "member" {
				edit = r.editMember
			}
			r.expect(edit(g, set), s)
		}
	case "rekey":
		if err := g.Rekey(); err != nil {
			r.Fatal(err)
		}
		message, _ := g.Pending()
		r.equal("message", message, s.Message)
		r.equal("key", g.keys.pendingKey, s.Pending)
	case "supplement":
		var who []id.Account
		for _, name := range s.Names {
			who = append(who, accountOf(r.T, name))
		}
		message, err := g.Supplement(who)
		r.expect(err, s)
		r.equal("message", message, s.Message)
	case "load_key":
		before := g.keys.dump()
		ours, err := g.LoadKey(config.Stored{Hash: id.Hash(s.Hash), Data: s.Data}, time.UnixMilli(s.Timestamp))
		r.expect(err, s)
		if ours != s.Found {
			r.fail("found %v", ours)
		}
		if s.MustFail {
			r.equal("changed", g.keys.dump(), before)
		}
	case "push":
		r.push(g, cfg, s)
	case "confirm":
		var hashes []id.Hash
		for _, h := range s.Hashes {
			hashes = append(hashes, id.Hash(h))
		}
		cfg.Confirm(s.Seqno, hashes)
	case "merge":
		var messages []struct {
			Hash string
			Data hexBytes
		}
		if err := json.Unmarshal(s.Messages, &messages); err != nil {
			r.Fatal(err)
		}
		var stored []config.Stored
		for _, m := range messages {
			stored = append(stored, config.Stored{Hash: id.Hash(m.Hash), Data: m.Data})
		}
		var accepted []string
		for _, h := range cfg.Merge(r.now, stored).Accepted {
			accepted = append(accepted, string(h))
		}
		if slices.Sort(accepted); !slices.Equal(accepted, s.Accepted) {
			r.fail("accepted %v, want %v", accepted, s.Accepted)
		}
	case "encrypt":
		compress, padding := true, messagePadding
		if s.Compress != nil {
			compress = *s.Compress
		}
		if s.Padding != nil {
			padding = *s.Padding
		}
		got, err := encrypt(bytes.NewReader(s.Random[0]), g.account, g.ID, g.keys.all()[0], s.Message, compress, padding)
		r.expect(err, s)
		if len(s.Message) < 50 { // what is longer is compressed, by another encoder
			r.equal("encrypted", got, s.Ciphertext)
		}
	case "decrypt":
		sender, m, err := g.Decrypt(s.Ciphertext)
		r.expect(err, s)
		if err == nil && sender.String() != s.Sender {
			r.fail("of %s", sender)
		}
		r.equal("decrypted", m, s.Message)
	case "make_subaccount":
		auth, err := g.admin.auth(accountOf(r.T, s.Name), permission())
		r.expect(err, s)
		r.equal("auth", auth.Expose(), s.Auth)
	case "token":
		token, _, err := g.admin.token(accountOf(r.T, s.Name), permission())
		r.expect(err, s)
		r.equal("token", token[:], s.Token)
	case "sign":
		sub, err := OpenSubaccount(g.account, secret.New(s.Auth))
		r.expect(err, s)
		sig := sub.Sign(s.Message)
		r.equal("token", sub.Token[:], s.Hex["subaccount"])
		r.equal("signature of the token", sub.Signature[:], s.Hex["subaccount_sig"])
		r.equal("signature", sig, s.Hex["signature"])
		r.equal("base64", []byte(base64.StdEncoding.EncodeToString(sig)), []byte(s.Base64["signature"]))
		if !identity.Verify([32]byte(sub.Token[4:]), s.Message, sig) {
			r.fail("the signature is not valid")
		}
	case "verify":
		sub, err := OpenSubaccount(g.account, secret.New(s.Auth))
		if valid := err == nil && sub.Valid(g.ID, permission()); valid != s.Valid {
			r.fail("valid: %v, %v", valid, err)
		}
	case "keys_dump":
		r.equal("dump", g.keys.dump(), s.Dump)
		var again keyring
		again.active = map[int64]hashSet{}
		if err := again.load(s.Dump); err != nil {
			r.fail("%v", err)
		}
		r.equal("loaded and dumped", again.dump(), s.Dump)
	case "state":
		r.state(g, s)
	default:
		r.Fatalf("unknown step %q", s.Do)
	}
	if s.NeedsPush != nil && cfg.NeedsPush() != *s.NeedsPush {
		r.fail("needs push: %v", cfg.NeedsPush())
	}
}

func (r *replay) push(g *Group, cfg *config.Config, s step) {
	r.Helper()
	p, err := cfg.Push(r.now)
	if s.MustFail {
		if !errors.Is(err, config.ErrReadOnly) {
			r.fail("%v", err)
		}
		return
	}
	if err != nil || p.Seqno != s.Seqno {
		r.fail("version %d, want %d, %v", p.Seqno, s.Seqno, err)
	}
	r.equal("key", g.keys.all()[0], s.Key)
	var want []hexBytes
	if err := json.Unmarshal(s.Messages, &want); err != nil {
		r.Fatal(err)
	}
	if len(want) != len(p.Messages) {
		r.fail("%d messages, want %d", len(p.Messages), len(want))
		return
	}
	for i, o := range s.Opened {
		if o.Type == "d" {
			r.equal("message", p.Messages[i], want[i])
		}
		padded, err := pack.Decrypt(s.Key, cfg.Kind().String(), p.Messages[i])
		if err != nil {
			r.fail("%v", err)
			continue
		}
		plain, err := pack.Expand(pack.Unpad(padded))
		if err != nil {
			r.fail("%v", err)
		}
		r.equal("plaintext", plain, o.Plaintext)
	}
	var obsolete []string
	for _, h := range p.Obsolete {
		obsolete = append(obsolete, string(h))
	}
	if slices.Sort(obsolete); !slices.Equal(obsolete, s.Obsolete) {
		r.fail("obsolete %v, want %v", obsolete, s.Obsolete)
	}
}

func (r *replay) state(g *Group, s step) {
	r.Helper()
	r.equal("keys", slices.Concat(g.keys.all()...), slices.Concat(bytesOf(s.Keys)...))
	r.equal("pending", g.keys.pending, s.PendingC)
	r.equal("pending key", g.keys.pendingKey, s.Pending)
	var active []string
	for _, h := range g.KeyHashes() {
		active = append(active, string(h))
	}
	if len(g.keys.all()) != s.Size || max(g.Generation(), 0) != s.Generation || g.NeedsRekey() != s.NeedsRekey || g.Admin() != s.Admin || !slices.Equal(active, s.Active) {
		r.fail("%d keys, generation %d, needs rekey %v, admin %v, active %v", len(g.keys.all()), g.Generation(), g.NeedsRekey(), g.Admin(), active)
	}
	r.same("info", infoFields(g), s.Info)
	r.same("members", memberFields(g), s.Members)
}
