package config

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/config/pack"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

var now = time.UnixMilli(1_780_000_000_000)

// sealed packs text as another client might store it.
func sealed(account *identity.Keys, kind Kind, text string) []byte {
	return pack.Encrypt(account.Seed().Expose(), kind.String(), pack.Pad([]byte(text)))
}

func messageText(c *Config) string {
	_, b := c.settled()
	return string(b)
}

// TestBadMessagesChangeNothing merges what must be left aside.
func TestBadMessagesChangeNothing(t *testing.T) {
	account := someAccount(t)
	stranger, err := identity.KeysFromSeed(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	const good = "d1:#i1e1:&d1:ni5ee1:<le1:=d1:n0:ee"
	bomb, err := pack.Compress(append([]byte{'d'}, make([]byte, pack.MaxMessage+1)...))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		data []byte
		want error
	}{
		"nothing":              {nil, pack.ErrUndecryptable},
		"garbage":              {bytes.Repeat([]byte{1}, 300), pack.ErrUndecryptable},
		"another account's":    {sealed(stranger, KindContacts, good), pack.ErrUndecryptable},
		"another config's":     {sealed(account, KindUserGroups, good), pack.ErrUndecryptable},
		"changed":              {append(sealed(account, KindContacts, good), 0), pack.ErrUndecryptable},
		"more than is stored":  {make([]byte, pack.MaxStored+1), pack.ErrTooLarge},
		"only padding":         {sealed(account, KindContacts, ""), pack.ErrMalformed},
		"unknown type":         {sealed(account, KindContacts, "x"), pack.ErrMalformed},
		"damaged compression":  {sealed(account, KindContacts, "z123"), pack.ErrMalformed},
		"bomb":                 {sealed(account, KindContacts, string(bomb)), pack.ErrTooLarge},
		"damaged part":         {sealed(account, KindContacts, "ml1:xe"), pack.ErrMalformed},
		"newer major format":   {sealed(account, KindContacts, `d1:"i2e1:#i1e1:&de1:<le1:=dee`), ErrMalformed},
		"no number":            {sealed(account, KindContacts, "d1:&de1:<le1:=dee"), ErrMalformed},
		"no data":              {sealed(account, KindContacts, "d1:#i1e1:<le1:=dee"), ErrMalformed},
		"no diff":              {sealed(account, KindContacts, "d1:#i1e1:&de1:<lee"), ErrMalformed},
		"cut off":              {sealed(account, KindContacts, good[:len(good)-1]), ErrMalformed},
		"something behind":     {sealed(account, KindContacts, good+"e"), ErrMalformed},
		"negative version":     {sealed(account, KindContacts, "d1:#i-1e1:&de1:<le1:=dee"), ErrMalformed},
		"last version":         {sealed(account, KindContacts, "d1:#i9223372036854775807e1:&de1:<le1:=dee"), ErrMalformed},
		"diff of a number":     {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=d1:ai1eee"), ErrMalformed},
		"diff of another text": {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=d1:a1:xee"), ErrMalformed},
		"diff of one list":     {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=d1:alleeee"), ErrMalformed},
		"diff of three lists":  {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=d1:allelelee"), ErrMalformed},
		"diff out of order":    {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=d1:alli2ei1eeleeee"), ErrMalformed},
		"diff of lists":        {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=d1:allleeleeee"), ErrMalformed},
		"row of two":           {sealed(account, KindContacts, "d1:#i1e1:&de1:<lli0e32:"+strings.Repeat("h", 32)+"ee1:=dee"), ErrMalformed},
		"row of a short hash":  {sealed(account, KindContacts, "d1:#i1e1:&de1:<lli0e1:hdeee1:=dee"), ErrMalformed},
		"short signature":      {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=de1:~1:xe"), ErrMalformed},
		"behind the signature": {sealed(account, KindContacts, "d1:#i1e1:&de1:<le1:=de1:~64:"+strings.Repeat("s", 64)+"2:~~0:e"), ErrMalformed},
		"nested too deep":      {sealed(account, KindContacts, "d1:#i1e1:&"+strings.Repeat("d1:a", 40)+"i1e"+strings.Repeat("e", 40)+"1:<le1:=dee"), ErrMalformed},
	}
	for name, c := range cases {
		config := New(KindContacts, AccountAccess(account))
		config.set(number(3), "here")
		before := config.Dump(now)
		m := config.Merge(now, []Stored{{"bad", c.data}})
		if len(m.Accepted) > 0 || m.Changed || len(m.Rejected) != 1 || !errors.Is(m.Rejected[0].Err, c.want) {
			t.Errorf("%s: %+v", name, m)
		}
		if after := config.Dump(now); !bytes.Equal(after, before) {
			t.Errorf("%s: the config is now %q", name, after)
		}
		// Good ones beside it are taken.
		m = config.Merge(now, []Stored{{"bad", c.data}, {"good", sealed(account, KindContacts, good)}})
		if len(m.Accepted) != 1 || m.Accepted[0] != "good" || !m.Changed || config.message.data.get("n") != number(5) {
			t.Errorf("%s: beside a good one: %+v", name, m)
		}
	}
}

// TestOwnMessageComesBack is a push whose confirmation got lost.
func TestOwnMessageComesBack(t *testing.T) {
	c := New(KindContacts, AccountAccess(someAccount(t)))
	c.set(number(1), "a")
	push, err := c.Push(now)
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Merge(now, []Stored{{"name", push.Messages[0]}}); m.Changed || len(m.Accepted) != 1 {
		t.Errorf("%+v", m)
	}
	if c.NeedsPush() || !slices.Equal(c.CurrentHashes(), []id.Hash{"name"}) || len(c.old) > 0 {
		t.Errorf("needs push %v, current %v, old %v", c.NeedsPush(), c.CurrentHashes(), c.old)
	}
	// The next version makes it obsolete.
	c.set(number(2), "a")
	if push, err = c.Push(now); err != nil || !slices.Equal(push.Obsolete, []id.Hash{"name"}) {
		t.Errorf("obsolete: %v, %v", push.Obsolete, err)
	}
}

func TestConfirmOfAnOlderVersion(t *testing.T) {
	c := New(KindContacts, AccountAccess(someAccount(t)))
	c.set(number(1), "a")
	push, err := c.Push(now)
	if err != nil {
		t.Fatal(err)
	}
	c.set(number(2), "a")
	if c.Confirm(push.Seqno, []id.Hash{"first"}); !c.NeedsPush() || len(c.CurrentHashes()) > 0 {
		t.Error("an edit after the push was taken for confirmed")
	}
	next, err := c.Push(now)
	if err != nil || next.Seqno != push.Seqno+1 {
		t.Fatalf("version %d, %v", next.Seqno, err)
	}
	if c.Confirm(push.Seqno, []id.Hash{"first"}); !c.NeedsPush() {
		t.Error("the confirmation of an older version counts")
	}
	if c.Confirm(next.Seqno, []id.Hash{"second"}); c.NeedsPush() {
		t.Error("not confirmed")
	}
}

func TestEditThatChangesNothing(t *testing.T) {
	contacts := manyContacts(t, someAccount(t), 3)
	stored(t, contacts.Config, "it")
	contacts.Dump(now)
	if err := contacts.Set(someContact(1)); err != nil || contacts.NeedsPush() || contacts.NeedsDump() {
		t.Errorf("the same contact again: %v", err)
	}
	if contacts.Erase(someContact(5).ID) || contacts.NeedsPush() {
		t.Error("erased a contact that is not there")
	}
}

// TestPartsExpire follows parts of which some never come.
func TestPartsExpire(t *testing.T) {
	account := someAccount(t)
	messages := stored(t, manyContacts(t, account, 1500).Config, "part")
	if len(messages) < 3 {
		t.Fatalf("%d parts", len(messages))
	}
	c, err := OpenContacts(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	first := []Stored{messages[2], messages[0], messages[0]}
	if m := c.Merge(now, first); len(m.Accepted) != 2 || m.Changed || len(c.ActiveHashes(now)) != 2 {
		t.Fatalf("%+v, active %v", m, c.ActiveHashes(now))
	}
	later := now.Add(partialWait + time.Second)
	if got := c.ActiveHashes(later); len(got) > 0 {
		t.Errorf("still active: %v", got)
	}
	// A dump in between, at every step.
	for i, s := range messages {
		if c, err = OpenContacts(account, c.Dump(later)); err != nil {
			t.Fatal(err)
		}
		m := c.Merge(later, []Stored{s})
		if last := i == len(messages)-1; m.Changed != last || len(m.Accepted) != 1 {
			t.Errorf("part %d: %+v", i, m)
		}
	}
	if c.Len() != 1500 || len(c.CurrentHashes()) != len(messages) {
		t.Errorf("%d contacts, current %v", c.Len(), c.CurrentHashes())
	}
	// They are not collected again.
	if m := c.Merge(later, messages[:2]); m.Changed || len(m.Accepted) != 2 || len(c.ActiveHashes(later)) != len(messages) {
		t.Errorf("again: %+v", m)
	}
	c.Dump(later.Add(partialRemember + time.Second))
	if len(c.partials) > 0 {
		t.Errorf("remembered for ever: %d", len(c.partials))
	}
}

// TestForgedPart is a part that does not belong to the others.
func TestForgedPart(t *testing.T) {
	account := someAccount(t)
	messages := stored(t, manyContacts(t, account, 1000).Config, "part")
	part := func(i int) []byte {
		text, err := pack.Decrypt(account.Seed().Expose(), "Contacts", messages[i].Data)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	forged := part(1)
	forged[len(forged)-20] ^= 1
	c := New(KindContacts, AccountAccess(account))
	bad := Stored{"forged", pack.Encrypt(account.Seed().Expose(), "Contacts", forged)}
	if m := c.Merge(now, []Stored{messages[0], bad}); len(m.Rejected) != 1 || m.Changed {
		t.Errorf("%+v", m)
	}
	if m := c.Merge(now, messages); len(m.Rejected) > 0 || !m.Changed {
		t.Errorf("the true parts after it: %+v", m)
	}
}

func TestPartsAreBounded(t *testing.T) {
	p := partials{}
	chunk := make([]byte, 70000)
	for i := range 1000 {
		chunk[0], chunk[1] = byte(i), byte(i>>8)
		text := append(chunk, make([]byte, pack.PaddedLen(2*pack.MaxStored))...)
		parts, _, err := pack.Split(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = p.add(now, "x", parts[0]); err != nil {
			if !errors.Is(err, pack.ErrTooLarge) || p.size() > maxPartial {
				t.Errorf("%d bytes: %v", p.size(), err)
			}
			return
		}
	}
	t.Error("no bound")
}

// TestDoublyWrapped reads what a release of one of the apps wrote.
func TestDoublyWrapped(t *testing.T) {
	account := someAccount(t)
	c := New(KindUserProfile, AccountAccess(account))
	c.set(text("Name"), "n")
	push, err := c.Push(now)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := pack.Wrap(account, KindUserProfile.info().wrapped, 1, push.Messages[0])
	if err != nil {
		t.Fatal(err)
	}
	other := New(KindUserProfile, AccountAccess(account))
	if m := other.Merge(now, []Stored{{"h", twice}}); !m.Changed || messageText(other) != messageText(c) {
		t.Errorf("%+v", m)
	}
}

// TestSignedConfig is a config that one may write and others read.
func TestSignedConfig(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	author := [32]byte(key[32:])
	keys := []secret.Bytes{secret.New(make([]byte, pack.KeySize))}
	member := Access{Keys: keys, Author: &author}
	admin := member
	admin.Sign = func(text []byte) []byte { return ed25519.Sign(key, text) }

	a, b := New(KindGroupInfo, admin), New(KindGroupInfo, admin)
	a.set(number(1), "a")
	b.set(number(2), "b")
	first, second := stored(t, a, "a"), stored(t, b, "b")
	reader := New(KindGroupInfo, member)
	if m := reader.Merge(now, append(first, second...)); len(m.Accepted) != 2 || reader.NeedsPush() || !reader.ReadOnly() {
		t.Errorf("%+v", m)
	}
	if len(reader.CurrentHashes()) != 1 {
		t.Errorf("current: %v", reader.CurrentHashes())
	}
	// A restart before the push is confirmed does not change what was signed.
	a.Merge(now, second)
	pushed, err := a.Push(now)
	if err != nil {
		t.Fatal(err)
	}
	want := a.message.version
	if a, err = Load(KindGroupInfo, admin, a.Dump(now)); err != nil || a.message.version != want {
		t.Errorf("loaded: %v, %v", a.message.version, err)
	}
	merged := Stored{"m", pushed.Messages[0]}
	if m := reader.Merge(now, []Stored{merged}); !m.Changed || reader.message.version != want {
		t.Errorf("%+v", m)
	}
	if reader, err = Load(KindGroupInfo, member, reader.Dump(now)); err != nil || reader.message.version != want {
		t.Errorf("loaded: %v", err)
	}
	// What is not signed, or by another, is none.
	for _, access := range []Access{
		{Keys: keys},
		{Keys: keys, Author: &author, Sign: func(text []byte) []byte {
			return ed25519.Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), text)
		}},
	} {
		forger := New(KindGroupInfo, access)
		forger.set(number(3), "c")
		m := reader.Merge(now, stored(t, forger, "f"))
		if len(m.Rejected) != 1 || !errors.Is(m.Rejected[0].Err, ErrSignature) {
			t.Errorf("forged: %+v", m)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a reader could write")
		}
	}()
	reader.set(number(4), "d")
}

func TestKeysAreTriedInTurn(t *testing.T) {
	old, young := secret.New(bytes.Repeat([]byte{1}, 32)), secret.New(bytes.Repeat([]byte{2}, 32))
	writer := New(KindGroupMembers, Access{Keys: []secret.Bytes{old}})
	writer.set(number(1), "a")
	messages := stored(t, writer, "w")
	reader := New(KindGroupMembers, Access{Keys: []secret.Bytes{young}})
	if m := reader.Merge(now, messages); len(m.Rejected) != 1 {
		t.Errorf("with another key: %+v", m)
	}
	reader.SetAccess(Access{Keys: []secret.Bytes{young, old}})
	if m := reader.Merge(now, messages); len(m.Accepted) != 1 {
		t.Errorf("with both: %+v", m)
	}
	if _, err := New(KindGroupMembers, Access{}).Push(now); err == nil {
		t.Error("pushed without a key")
	}
}

func TestLoadRefuses(t *testing.T) {
	account := someAccount(t)
	const good = "d1:!i0e1:$23:d1:#i0e1:&de1:<le1:=dee1:(le1:)le1:*de1:+dee"
	if c, err := Load(KindContacts, AccountAccess(account), []byte(good)); err != nil || string(c.Dump(now)) != good {
		t.Fatalf("%v", err)
	}
	// A dump of before there were parts.
	old := "d1:!i0e1:$23:d1:#i0e1:&de1:<le1:=dee1:(2:h11:)l2:h0e1:+dee"
	c, err := Load(KindContacts, AccountAccess(account), []byte(old))
	if err != nil || !slices.Equal(c.CurrentHashes(), []id.Hash{"h1"}) || !c.old["h0"] {
		t.Errorf("an old dump: %v", err)
	}
	for _, dump := range []string{
		"", "d", "de", "le", good + "e", good[:len(good)-1],
		"d1:!i0ee", "d1:$23:d1:#i0e1:&de1:<le1:=deee",
		"d1:!i3e1:$23:d1:#i0e1:&de1:<le1:=deee", "d1:!0:1:$23:d1:#i0e1:&de1:<le1:=deee",
		"d1:!i0e1:$22:d1:#i0e1:&de1:<le1:=deee",
		"d1:!i0e1:$23:d1:#i0e1:&de1:<le1:=dee1:(i1eee",
		"d1:!i0e1:$23:d1:#i0e1:&de1:<le1:=dee1:*d1:hd1:#i0e1:Ti0eeee",
		"d1:!i0e1:$23:d1:#i0e1:&de1:<le1:=dee1:*d32:" + strings.Repeat("h", 32) + "d1:#i999e1:Ti0eeee",
	} {
		if _, err := Load(KindContacts, AccountAccess(account), []byte(dump)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", dump, err)
		}
	}
}
