package config

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/messaging/secret"
)

// TestUnknownEntriesAreKept edits entries that a newer client wrote.
func TestUnknownEntriesAreKept(t *testing.T) {
	account := someAccount(t)
	contact, group := someContact(1), id.Group(append([]byte{id.PrefixGroup}, make([]byte, 32)...))
	unknown := newSet([]value{number(1), text("new")})
	paths := func(entry ...string) [][]string {
		return [][]string{{"zz"}, append(append([]string{}, entry...), "zz"), {"z", "deep", "er"}}
	}
	check := func(c *Config, paths [][]string, edit func() error) {
		t.Helper()
		for _, p := range paths {
			c.set(unknown, p...)
		}
		if err := edit(); err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			if c.message.data.get(p...) != unknown {
				t.Errorf("%s: %q is gone", c.Kind(), p)
			}
		}
	}

	contacts, err := OpenContacts(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	check(contacts.Config, paths("c", string(contact.ID[:])), func() error { return contacts.Set(contact) })
	groups, err := OpenUserGroups(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	check(groups.Config, paths("g", string(group[:])), func() error { return groups.SetGroup(Group{ID: group, Name: "G"}) })
	convos, err := OpenConvoInfoVolatile(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	check(convos.Config, paths("1", string(contact.ID[:])), func() error {
		return convos.Set(now, Convo{ConvoID: DirectConvo(contact.ID), LastRead: now.UnixMilli()})
	})
	profile, err := OpenUserProfile(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	check(profile.Config, paths(), func() error { return profile.SetName(now, "Me") })

	// Positions of bits that are no bits.
	path := []string{"c", string(contact.ID[:]), "f"}
	contacts.set(newSet([]value{number(3), number(64), number(-1), text("x")}), path...)
	got, _ := contacts.Get(contact.ID)
	if got.Features != 1<<3 {
		t.Errorf("features %b", got.Features)
	}
	got.Features = 1 << 5
	if err := contacts.Set(got); err != nil {
		t.Fatal(err)
	}
	if want := newSet([]value{number(-1), number(5), number(64), text("x")}); !same(contacts.message.data.get(path...), want) {
		t.Errorf("features are %q", contacts.message.data.get(path...).append(nil))
	}
}

// TestNewerPro reads what newer clients write of Session Pro.
func TestNewerPro(t *testing.T) {
	p, err := OpenUserProfile(someAccount(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	tag, seed, signature := strings.Repeat("t", 32), strings.Repeat("s", 32), strings.Repeat("x", 64)
	newer := (&dict{}).with(number(1_800_000_000), "e").with(text(tag), "g").with(text(seed), "r").with(text(signature), "s")
	p.set(text(newer.append(nil)), "s")
	p.set(number(1_800_000_001), "E")
	p.set(number(1), "A")
	p.set(number(3600), "G")
	p.set(number(1_779_000_000), "R")
	p.set(number(1_779_000_001), "I")
	if err := p.SetName(now, "Name"); err != nil {
		t.Fatal(err)
	}
	p.SetNotesPriority(3)
	pro, ok := p.Pro()
	if !ok || pro.Expiry.Unix() != 1_800_000_000 || string(pro.Tag[:]) != tag || string(pro.Seed.Expose()) != seed || string(pro.Signature[:]) != signature {
		t.Errorf("%+v", pro)
	}
	want := ProAccess{time.Unix(1_800_000_001, 0), true, time.Hour, time.Unix(1_779_000_000, 0), time.Unix(1_779_000_001, 0)}
	if got := p.ProAccess(); got != want {
		t.Errorf("%+v", got)
	}
	for _, odd := range []value{text("no bencoding"), text("de"), number(1), newSet([]value{number(1)})} {
		p.set(odd, "s")
		if _, ok := p.Pro(); ok || p.message.data.get("s") != odd {
			t.Errorf("%q is a proof", odd.append(nil))
		}
	}
}

func TestViewsRefuse(t *testing.T) {
	account := someAccount(t)
	contacts, _ := OpenContacts(account, nil)
	convos, _ := OpenConvoInfoVolatile(account, nil)
	groups, _ := OpenUserGroups(account, nil)
	profile, _ := OpenUserProfile(account, nil)
	long := Picture{URL: strings.Repeat("u", MaxPictureURL+1)}
	blinded := id.Blinded{id.PrefixBlinded25}
	ok := someContact(1).ID
	for name, err := range map[string]error{
		"no Account ID":      contacts.Set(Contact{ID: id.Account{3}}),
		"contact's picture":  contacts.Set(Contact{ID: ok, Picture: long}),
		"blinded server":     contacts.SetBlinded(BlindedContact{Server: "x", ID: blinded}),
		"no blinded ID":      contacts.SetBlinded(BlindedContact{Server: "http://a.bc"}),
		"blinded picture":    contacts.SetBlinded(BlindedContact{Server: "http://a.bc", ID: blinded, Picture: long}),
		"no kind":            convos.Set(now, Convo{ConvoID: ConvoID{ID: ok}}),
		"group's account":    convos.Set(now, Convo{ConvoID: ConvoID{Kind: ConvoGroup, ID: ok}}),
		"conversation":       convos.Set(now, Convo{ConvoID: ConvoID{Kind: ConvoCommunity, Server: "http://a.bc"}}),
		"group ID":           groups.SetGroup(Group{}),
		"legacy group's ID":  groups.SetLegacyGroup(LegacyGroup{}),
		"community's server": groups.SetCommunity(CommunityEntry{Community: Community{Server: "http://a.bc/x", Room: "r"}}),
		"community's room":   groups.SetCommunity(CommunityEntry{Community: Community{Server: "http://a.bc", Room: "a b"}}),
		"long room":          groups.SetCommunity(CommunityEntry{Community: Community{Server: "http://a.bc", Room: strings.Repeat("r", MaxRoom+1)}}),
		"long server":        groups.SetCommunity(CommunityEntry{Community: Community{Server: "http://" + strings.Repeat("a.", 200) + "bc", Room: "r"}}),
		"picture":            profile.SetPicture(now, long),
		"picture again":      profile.SetPictureAgain(now, long),
		"name":               profile.SetName(now, strings.Repeat("n", MaxName+1)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []*Config{contacts.Config, convos.Config, groups.Config, profile.Config} {
		if c.NeedsPush() {
			t.Errorf("%s changed", c.Kind())
		}
	}
}

func TestNamesAreCutBetweenCharacters(t *testing.T) {
	contacts, err := OpenContacts(someAccount(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := Contact{ID: someContact(1).ID, Name: strings.Repeat("é", 60), Nickname: "a" + strings.Repeat("é", 60)}
	if err := contacts.Set(c); err != nil {
		t.Fatal(err)
	}
	if got, _ := contacts.Get(c.ID); got.Name != strings.Repeat("é", 50) || got.Nickname != "a"+strings.Repeat("é", 49) {
		t.Errorf("%q, %q", got.Name, got.Nickname)
	}
}

// TestSeedOfAnotherGroup is never taken for a group's.
func TestSeedOfAnotherGroup(t *testing.T) {
	groups, err := OpenUserGroups(someAccount(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	seed := bytes.Repeat([]byte{5}, 32)
	own := id.Group(append([]byte{id.PrefixGroup}, ed25519Keys(seed)[32:]...))
	auth := secret.New(make([]byte, AuthSize))
	for _, name := range []id.Group{own, {id.PrefixGroup, 1}} {
		if err := groups.SetGroup(Group{ID: name, Seed: secret.Clone(seed), Auth: auth}); err != nil {
			t.Fatal(err)
		}
		g, _ := groups.Group(name)
		if has := g.Seed.Len() > 0; has != (name == own) || (g.Auth.Len() > 0) == has {
			t.Errorf("%x has a seed: %v", name[:3], has)
		}
	}
	// Written by another client.
	groups.set(text(seed), "g", string([]byte{id.PrefixGroup, 1})+strings.Repeat("\x00", 31), "K")
	if g, ok := groups.Group(id.Group{id.PrefixGroup, 1}); !ok || g.Seed.Len() > 0 {
		t.Error("took the seed of another group")
	}
}

func TestServerKeyEncodings(t *testing.T) {
	var key [32]byte
	for i := range key {
		key[i] = byte(i * 37)
	}
	// By hand: five bits for each digit, four zeros at the end.
	var bits strings.Builder
	for _, b := range key {
		fmt.Fprintf(&bits, "%08b", b)
	}
	bits.WriteString("0000")
	var base32z strings.Builder
	for s := bits.String(); s != ""; s = s[5:] {
		n, err := strconv.ParseUint(s[:5], 2, 8)
		if err != nil {
			t.Fatal(err)
		}
		base32z.WriteByte("ybndrfg8ejkmcpqxot1uwisza345h769"[n])
	}
	want := Community{"https://a.bc", "room", key}
	encoded64 := base64.StdEncoding.EncodeToString(key[:])
	for _, s := range []string{
		base32z.String(), strings.ToUpper(base32z.String()), encoded64, strings.TrimRight(encoded64, "="),
		hex.EncodeToString(key[:]), strings.ToUpper(hex.EncodeToString(key[:])),
	} {
		if got, hasKey, err := ParseCommunity("https://a.bc/room?public_key=" + s); err != nil || !hasKey || got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
		if got, _, err := ParseCommunity("https://a.bc/room?public_key=" + s[1:]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %+v, %v", s[1:], got, err)
		}
	}
}

// TestErase adds one of everything, and removes it again.
func TestErase(t *testing.T) {
	account := someAccount(t)
	groups, _ := OpenUserGroups(account, nil)
	convos, _ := OpenConvoInfoVolatile(account, nil)
	contact, group, blinded := someContact(1).ID, id.Group{id.PrefixGroup, 7}, id.Blinded{id.PrefixBlinded15, 7}
	room, err := CommunityConvo("HTTPS://A.bc/", "Room")
	if err != nil {
		t.Fatal(err)
	}
	names := []ConvoID{DirectConvo(contact), GroupConvo(group), room, LegacyConvo(contact), BlindedConvo(blinded)}
	for i, name := range names {
		convo := Convo{ConvoID: name, LastRead: now.UnixMilli() - int64(i), ServerKey: [32]byte{9}}
		if name.Kind != ConvoCommunity {
			convo.ServerKey = [32]byte{}
		}
		if err := convos.Set(now, convo); err != nil {
			t.Fatal(err)
		}
		if got, ok := convos.Get(name); !ok || got != convo {
			t.Errorf("%+v, want %+v", got, convo)
		}
	}
	var listed []ConvoID
	for c := range convos.All() {
		listed = append(listed, c.ConvoID)
	}
	if !slices.Equal(listed, names) {
		t.Errorf("listed are %+v", listed)
	}
	community := CommunityEntry{Community: Community{"http://a.bc", "Room", [32]byte{1}}}
	if err := errors.Join(groups.SetGroup(Group{ID: group}), groups.SetLegacyGroup(LegacyGroup{ID: contact}), groups.SetCommunity(community)); err != nil {
		t.Fatal(err)
	}
	if got, ok := groups.Community("http://A.bc:80", "ROOM"); !ok || got != community {
		t.Errorf("%+v", got)
	}
	for _, again := range []bool{false, true} {
		for _, name := range names {
			if convos.Erase(name) == again {
				t.Errorf("%+v: erased again %v", name, again)
			}
		}
		for i, erased := range []bool{groups.EraseGroup(group), groups.EraseLegacyGroup(contact), groups.EraseCommunity("http://a.bc", "rOOm")} {
			if erased == again {
				t.Errorf("group %d: erased again %v", i, again)
			}
		}
	}
	for _, c := range []*Config{groups.Config, convos.Config} {
		if len(c.message.data.all()) > 0 {
			t.Errorf("%s: left is %q", c.Kind(), encoded(c.message.data))
		}
	}
}

func TestNamespaces(t *testing.T) {
	for kind, want := range map[Kind]id.Namespace{
		KindUserProfile: 2, KindContacts: 3, KindConvoInfoVolatile: 4, KindUserGroups: 5, KindGroupInfo: 13, KindGroupMembers: 14,
	} {
		if got := New(kind, Access{}).Kind().Namespace(); got != want {
			t.Errorf("%s has namespace %d, want %d", kind, got, want)
		}
	}
}
