package config

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"seance/messaging/config/pack"
	"seance/messaging/id"
	"seance/messaging/identity"
)

// vectorFile is a file of reference values made by libsession-util.
type vectorFile[Case any] struct {
	Count int
	Cases []Case
}

func loadVectors[Case any](t testing.TB, name string) []Case {
	t.Helper()
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	return readVectors[Case](t, filepath.Join(dir, name))
}

func readVectors[Case any](t testing.TB, name string) []Case {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile[Case]
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

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func TestCommunityURLVectors(t *testing.T) {
	type vector struct {
		URL    string
		Base   string `json:"base_url"`
		Room   string
		Pubkey hexBytes
		Fails  string
		Must   bool   `json:"must_fail"`
		Kind   string // "must_fail"
	}
	for _, c := range loadVectors[vector](t, "community_urls.json") {
		got, hasKey, err := ParseCommunity(c.URL)
		if c.Fails != "" || c.Must || c.Kind == "must_fail" {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%q: %+v, %v", c.URL, got, err)
			}
			continue
		}
		if err != nil || got.Server != c.Base || got.Room != c.Room || hasKey != (c.Pubkey != nil) {
			t.Errorf("%q: %+v, %v, %v", c.URL, got, hasKey, err)
		}
		if hasKey && !bytes.Equal(got.Key[:], c.Pubkey) {
			t.Errorf("%q: key %x", c.URL, got.Key)
		}
	}
}

func TestConfigMessageVectors(t *testing.T) {
	type vector struct {
		Name      string
		Messages  []hexBytes
		Verify    hexBytes `json:"verify_pubkey"`
		SignSeed  hexBytes `json:"sign_seed"`
		Fails     string
		Must      bool `json:"must_fail"`
		Kind      string
		Seqno     int64
		Hash      hexBytes
		Merged    bool
		UnmergedI *int `json:"unmerged_index"`
		Message   hexBytes
		Errors    []struct{ Index int }
	}
	for _, c := range loadVectors[vector](t, "config_message.json") {
		t.Run(c.Name, func(t *testing.T) {
			var s signer
			if c.SignSeed != nil {
				key := ed25519.NewKeyFromSeed(c.SignSeed)
				author := [32]byte(key[32:])
				s = signer{&author, func(text []byte) []byte { return ed25519.Sign(key, text) }}
			} else if c.Verify != nil {
				author := [32]byte(c.Verify)
				s = signer{author: &author}
			}
			result := func(order []int) (m *message, index int, failed []int) {
				var messages []*message
				var from []int
				for _, i := range order {
					m, err := parseMessage(c.Messages[i], s)
					if err != nil {
						failed = append(failed, i)
						continue
					}
					messages, from = append(messages, m), append(from, i)
				}
				if len(messages) == 0 {
					return nil, 0, failed
				}
				if m, index = merge(messages, s); index < 0 {
					m.seal(s)
					return m, index, failed
				}
				return m, from[index], failed
			}
			order := make([]int, len(c.Messages))
			for i := range order {
				order[i] = i
			}
			m, index, failed := result(order)
			if c.Fails != "" || c.Must || c.Kind == "must_fail" {
				// The reference gives up on a message that is no dictionary.
				if m != nil && len(failed) == 0 {
					t.Fatal("no error")
				}
				return
			}
			if m == nil {
				t.Fatal("no message is valid")
			}
			if got := m.bytes(); !bytes.Equal(got, c.Message) {
				t.Errorf("message\n%q, want\n%q", got, c.Message)
			}
			if m.seqno != c.Seqno || (index < 0) != c.Merged || c.UnmergedI != nil && index != *c.UnmergedI {
				t.Errorf("version %d from %d", m.seqno, index)
			}
			if !bytes.Equal(m.hash[:], c.Hash) {
				t.Errorf("hash %x, want %x", m.hash, c.Hash)
			}
			var wantFailed []int
			for _, e := range c.Errors {
				wantFailed = append(wantFailed, e.Index)
			}
			if !slices.Equal(failed, wantFailed) {
				t.Errorf("failed: %v, want %v", failed, wantFailed)
			}
			slices.Reverse(order)
			if reversed, _, _ := result(order); reversed.version != m.version {
				t.Errorf("in the other order: %q", reversed.bytes())
			}
		})
	}
}

// step is one step of a transcript of several devices.
type step struct {
	Do        string
	ID        string
	Dump      hexBytes
	MS        int64
	Set       []json.RawMessage
	Seqno     *int64
	Messages  json.RawMessage
	Obsolete  []string
	Opened    []opened
	Hashes    []string
	Accepted  []string
	NeedsPush *bool `json:"needs_push"`
	State     string
	Current   []string `json:"curr_hashes"`
	Active    []string `json:"active_hashes"`
	Message   hexBytes
	Fields    json.RawMessage
	Contacts  *int
	First     json.RawMessage `json:"first_contact"`
	Last      json.RawMessage `json:"last_contact"`
	MessageB2 hexBytes        `json:"message_blake2b"`
	MustFail  bool            `json:"must_fail"`
	Fails     string
}

type opened struct {
	Protobuf  bool
	Type      string
	Plaintext hexBytes
	Hash      hexBytes
	Padding   int
	Padded    int      `json:"padded_size"`
	FinalHash hexBytes `json:"final_hash"`
	Index     int
	Parts     int
	ChunkSize int `json:"chunk_size"`
}

type transcript struct {
	Name    string
	Type    string
	Seed    hexBytes
	ClockMS int64 `json:"clock_ms"`
	Steps   []step
}

// replay runs a transcript.
type replay struct {
	t       *testing.T
	account *identity.Keys
	now     time.Time
	kind    Kind
	devices map[string]*device
}

// device is a config with the view that edits it.
type device struct {
	*Config
	view view
}

// view edits and shows a config as the transcripts do.
type view interface {
	edit(now time.Time, e json.RawMessage) error
	fields() any
}

func kindOf(t *testing.T, name string) Kind {
	for k := KindUserProfile; k <= KindUserGroups; k++ {
		if k.String() == name {
			return k
		}
	}
	t.Fatalf("unknown kind %q", name)
	return 0
}

func TestConfigVectors(t *testing.T) {
	for _, file := range []string{
		"config_user_profile.json", "config_contacts.json", "config_convo_info_volatile.json", "config_user_groups.json",
	} {
		for _, c := range loadVectors[transcript](t, file) {
			t.Run(c.Type+"/"+c.Name, func(t *testing.T) {
				account, err := identity.KeysFromSeed(c.Seed)
				if err != nil {
					t.Fatal(err)
				}
				r := &replay{t, account, time.UnixMilli(c.ClockMS), kindOf(t, c.Type), map[string]*device{}}
				for i, s := range c.Steps {
					r.step(i, s)
				}
			})
		}
	}
}

// load opens a config; no dump is an empty one.
func (r *replay) load(dump []byte) (*device, error) {
	if len(dump) == 0 {
		dump = nil
	}
	switch r.kind {
	case KindUserProfile:
		c, err := OpenUserProfile(r.account, dump)
		if err != nil {
			return nil, err
		}
		return &device{c.Config, profileView{c}}, nil
	case KindContacts:
		c, err := OpenContacts(r.account, dump)
		if err != nil {
			return nil, err
		}
		return &device{c.Config, contactsView{c}}, nil
	case KindConvoInfoVolatile:
		c, err := OpenConvoInfoVolatile(r.account, dump)
		if err != nil {
			return nil, err
		}
		return &device{c.Config, convosView{c}}, nil
	}
	c, err := OpenUserGroups(r.account, dump)
	if err != nil {
		return nil, err
	}
	return &device{c.Config, groupsView{c}}, nil
}

func (r *replay) open(dump []byte) *device {
	r.t.Helper()
	d, err := r.load(dump)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (r *replay) step(i int, s step) {
	d := r.devices[s.ID]
	if d == nil && s.Do != "new" && s.Do != "clock" {
		r.t.Fatalf("step %d: no device %q", i, s.ID)
	}
	fail := func(format string, args ...any) {
		r.t.Helper()
		r.t.Errorf("step %d (%s %s): "+format, append([]any{i, s.Do, s.ID}, args...)...)
	}
	switch s.Do {
	case "new":
		d, err := r.load(s.Dump)
		if s.MustFail {
			if err == nil {
				fail("no error")
			}
			return
		}
		if err != nil {
			r.t.Fatal(err)
		}
		r.devices[s.ID] = d
		return
	case "clock":
		r.now = time.UnixMilli(s.MS)
		return
	case "set", "set_must_fail":
		failed := false
		for _, e := range s.Set {
			if err := d.view.edit(r.now, e); err != nil {
				failed = true
				if s.Do == "set" && !s.MustFail {
					fail("%v", err)
				}
			}
		}
		if !failed && (s.Do == "set_must_fail" || s.MustFail) {
			fail("no error")
		}
	case "push":
		r.push(d, s, fail)
		return
	case "confirm":
		d.Confirm(*s.Seqno, names(s.Hashes))
	case "merge":
		var stored []Stored
		var messages []struct {
			Hash string
			Data hexBytes
		}
		if err := json.Unmarshal(s.Messages, &messages); err != nil {
			r.t.Fatal(err)
		}
		for _, m := range messages {
			stored = append(stored, Stored{id.Hash(m.Hash), m.Data})
		}
		merged := d.Merge(r.now, stored)
		if want := names(s.Accepted); !slices.Equal(merged.Accepted, want) {
			fail("accepted %v, want %v; rejected %v", merged.Accepted, want, merged.Rejected)
		}
	case "dump":
		if got := d.Dump(r.now); !bytes.Equal(got, s.Dump) && !bytes.Contains(s.Dump, []byte("1:*d32:")) {
			fail("dump\n%q, want\n%q", got, s.Dump)
		}
		if again := r.open(s.Dump); again.Seqno() < d.Seqno() {
			fail("loaded again it is version %d", again.Seqno())
		}
		return
	case "old_hashes":
		if got := d.old.sorted(); !slices.Equal(got, names(s.Hashes)) {
			fail("%v, want %v", got, s.Hashes)
		}
		return
	case "state", "hashes":
		r.state(d, s, fail)
	default:
		r.t.Fatalf("step %d: unknown %q", i, s.Do)
	}
	if s.NeedsPush != nil && d.NeedsPush() != *s.NeedsPush {
		fail("needs push: %v", d.NeedsPush())
	}
}

func names(hashes []string) []id.Hash {
	out := make([]id.Hash, 0, len(hashes))
	for _, h := range hashes {
		out = append(out, id.Hash(h))
	}
	slices.Sort(out)
	if len(out) == 0 {
		return nil
	}
	return out
}

func (r *replay) state(d *device, s step, fail func(string, ...any)) {
	r.t.Helper()
	if s.State != "" && []string{"clean", "dirty", "waiting"}[d.state] != s.State {
		fail("state %d, want %s", d.state, s.State)
	}
	if s.Seqno != nil && d.Seqno() != *s.Seqno {
		fail("version %d, want %d", d.Seqno(), *s.Seqno)
	}
	if s.Current != nil && !slices.Equal(d.CurrentHashes(), names(s.Current)) {
		fail("current %v, want %v", d.CurrentHashes(), s.Current)
	}
	if s.Active != nil && !slices.Equal(d.ActiveHashes(r.now), names(s.Active)) {
		fail("active %v, want %v", d.ActiveHashes(r.now), s.Active)
	}
	_, m := d.settled()
	if s.Message != nil && !bytes.Equal(m, s.Message) {
		fail("message\n%q, want\n%q", m, s.Message)
	}
	if h := hashOf(m); s.MessageB2 != nil && !bytes.Equal(h[:], s.MessageB2) {
		fail("message of hash %x, want %x", h, s.MessageB2)
	}
	if s.Contacts != nil {
		all := contactsView{&Contacts{d.Config}}.contacts()
		if len(all) != *s.Contacts {
			fail("%d contacts, want %d", len(all), *s.Contacts)
		}
		r.same(all[0], s.First, fail)
		r.same(all[len(all)-1], s.Last, fail)
	}
	r.same(d.view.fields(), s.Fields, fail)
}

// same compares what a view shows, if there is something to compare it with.
func (r *replay) same(shown any, want json.RawMessage, fail func(string, ...any)) {
	r.t.Helper()
	if want == nil {
		return
	}
	b, err := json.Marshal(shown)
	if err != nil {
		r.t.Fatal(err)
	}
	if got, want := normal(r.t, b), normal(r.t, want); got != want {
		fail("fields\n%s, want\n%s", got, want)
	}
}

// normal is JSON with sorted keys.
func normal(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// layers are what is found when a message is opened.
type layers struct {
	opened
	text []byte // without padding
}

func (r *replay) layers(d *device, data []byte, fail func(string, ...any)) (l layers) {
	r.t.Helper()
	sealed, err := pack.Unwrap(r.account, r.kind.info().wrapped, data)
	if l.Protobuf = err == nil; err != nil {
		sealed = data
	}
	padded, err := pack.Decrypt(r.account.Seed().Expose(), r.kind.String(), sealed)
	if err != nil {
		fail("%v", err)
		return l
	}
	l.text = pack.Unpad(padded)
	l.Padded, l.Padding, l.Type = len(padded), len(padded)-len(l.text), string(l.text[:1])
	if pack.IsPart(l.text) {
		p, err := pack.ParsePart(l.text)
		if err != nil {
			fail("%v", err)
		}
		l.FinalHash, l.Index, l.Parts, l.ChunkSize = p.Whole[:], p.Index, p.Count, len(p.Chunk)
	} else if l.Plaintext, err = pack.Expand(l.text); err != nil {
		fail("%v", err)
	}
	return l
}

func (r *replay) push(d *device, s step, fail func(string, ...any)) {
	r.t.Helper()
	got, err := d.Push(r.now)
	if err != nil {
		fail("%v", err)
		return
	}
	if got.Seqno != *s.Seqno || !slices.Equal(got.Obsolete, names(s.Obsolete)) {
		fail("version %d, obsolete %v; want %d, %v", got.Seqno, got.Obsolete, *s.Seqno, s.Obsolete)
	}
	var messages []hexBytes
	if err := json.Unmarshal(s.Messages, &messages); err != nil {
		r.t.Fatal(err)
	}
	if len(s.Opened) != len(messages) {
		r.t.Fatalf("%d messages, %d opened", len(messages), len(s.Opened))
	}
	_, m := d.settled()
	for i, want := range s.Opened {
		l := r.layers(d, messages[i], fail)
		if l.Type != want.Type || l.Protobuf != want.Protobuf {
			fail("message %d is of type %q, wrapped %v", i, l.Type, l.Protobuf)
		}
		if want.Type == "m" {
			if !bytes.Equal(l.FinalHash, want.FinalHash) || l.Index != want.Index || l.Parts != want.Parts || l.ChunkSize != want.ChunkSize {
				fail("part %d: %+v", i, l)
			}
			continue
		}
		if want.Plaintext != nil && (!bytes.Equal(l.Plaintext, want.Plaintext) || !bytes.Equal(m, want.Plaintext)) {
			fail("message\n%q, want\n%q", m, want.Plaintext)
		}
		if h := hashOf(m); !bytes.Equal(h[:], want.Hash) {
			fail("hash %x, want %x", h, want.Hash)
		}
		if want.Type == "d" && (l.Padding != want.Padding || l.Padded != want.Padded) {
			fail("padding %d of %d", l.Padding, l.Padded)
		}
		own := r.layers(d, got.Messages[0], fail)
		if own.Type == "d" && want.Type == "d" && (len(got.Messages) != 1 || !bytes.Equal(got.Messages[0], messages[i])) {
			fail("stored are\n%x, want\n%x", got.Messages[0], messages[i])
		}
		if want.Type == "d" && own.Type != "d" {
			r.t.Logf("compressed to %d of %d bytes, where the reference did not", len(own.text), len(m))
		}
	}
	// A new device reads both, in any order, and has the same.
	for _, stored := range [][][]byte{got.Messages, convert(messages)} {
		other := r.open(nil)
		var list []Stored
		for i := range stored {
			list = append(list, Stored{id.Hash([]byte{'h', byte('0' + i)}), stored[len(stored)-1-i]})
		}
		if merged := other.Merge(r.now, list); len(merged.Accepted) != len(list) {
			fail("rejected: %v", merged.Rejected)
		}
		if _, b := other.settled(); !bytes.Equal(b, m) && got.Seqno > 0 {
			fail("another device has\n%q, want\n%q", b, m)
		}
	}
}

func convert(list []hexBytes) (out [][]byte) {
	for _, b := range list {
		out = append(out, b)
	}
	return out
}

// ed25519Keys is a seed and its public key.
func ed25519Keys(seed []byte) []byte { return ed25519.NewKeyFromSeed(seed) }
