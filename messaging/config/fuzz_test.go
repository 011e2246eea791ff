package config

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"seance/messaging/id"
)

// seeds adds messages of the vectors.
func seeds(f *testing.F) {
	f.Helper()
	for _, c := range readVectors[struct{ Messages []hexBytes }](f, filepath.Join("testdata", "config_message.json")) {
		for _, m := range c.Messages {
			f.Add([]byte(m))
		}
	}
}

// FuzzMessage parses messages, writes them again and merges them.
func FuzzMessage(f *testing.F) {
	seeds(f)
	account := someAccount(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := parseMessage(in, signer{})
		if err != nil {
			return
		}
		again, err := parseMessage(m.bytes(), signer{})
		if err != nil || !bytes.Equal(again.bytes(), m.bytes()) {
			t.Fatalf("%q: %v", m.bytes(), err)
		}
		if len(in) > 60000 {
			return
		}
		// Two that do not know of each other merge to the same in any order.
		one := New(KindContacts, AccountAccess(account))
		one.set(number(1), "a")
		one.set(number(1), "n", "b")
		push, err := one.Push(now)
		if err != nil {
			t.Fatal(err)
		}
		messages := []Stored{{"one", push.Messages[0]}, {"in", sealed(account, KindContacts, string(in))}}
		var texts []string
		for range 2 {
			c := New(KindContacts, AccountAccess(account))
			if merged := c.Merge(now, messages); len(merged.Rejected) > 0 {
				t.Fatal(merged.Rejected)
			}
			text := messageText(c)
			if _, err := parseMessage([]byte(text), signer{}); err != nil {
				t.Fatalf("merged to %q: %v", text, err)
			}
			texts = append(texts, text)
			messages[0], messages[1] = messages[1], messages[0]
		}
		if texts[0] != texts[1] {
			t.Fatalf("merged to %q and %q", texts[0], texts[1])
		}
	})
}

// FuzzViews reads any data through the views, and edits what it finds.
func FuzzViews(f *testing.F) {
	seeds(f)
	for _, file := range []string{"config_user_profile", "config_convo_info_volatile", "config_user_groups"} {
		for _, c := range readVectors[transcript](f, filepath.Join("testdata", file+".json")) {
			for _, s := range c.Steps {
				if s.Message != nil && len(s.Message) < 4000 {
					f.Add([]byte(s.Message))
				}
			}
		}
	}
	account := someAccount(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := parseMessage(in, signer{})
		if err != nil {
			return
		}
		fresh := func(kind Kind) *Config {
			c := New(kind, AccountAccess(account))
			c.message = m
			return c
		}
		contacts, convos := &Contacts{fresh(KindContacts)}, &ConvoInfoVolatile{fresh(KindConvoInfoVolatile)}
		groups, profile := &UserGroups{fresh(KindUserGroups)}, &UserProfile{fresh(KindUserProfile)}
		for _, v := range []view{contactsView{contacts}, convosView{convos}, groupsView{groups}, profileView{profile}} {
			if _, err := json.Marshal(v.fields()); err != nil {
				t.Fatal(err)
			}
		}
		for c := range contacts.All() {
			if got, ok := contacts.Get(c.ID); !ok || got != c {
				t.Fatalf("listed %+v, found %+v", c, got)
			}
			if len(c.Picture.URL) <= MaxPictureURL {
				if err := contacts.Set(c); err != nil {
					t.Fatal(err)
				}
			}
		}
		for c := range convos.All() {
			if err := convos.Set(now, c); err != nil {
				t.Fatal(err)
			}
		}
		convos.prune(now)
		for g := range groups.Groups() {
			if err := groups.SetGroup(g); err != nil {
				t.Fatal(err)
			}
		}
		for c := range groups.Communities() {
			if err := groups.SetCommunity(c); err != nil {
				t.Fatal(err)
			}
			groups.EraseCommunity(c.Server, c.Room)
		}
		for g := range groups.LegacyGroups() {
			if err := groups.SetLegacyGroup(g); err != nil {
				t.Fatal(err)
			}
		}
		if err := profile.SetName(now, "x"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*Config{contacts.Config, convos.Config, groups.Config, profile.Config} {
			if text := messageText(c); text != "" {
				if _, err := parseMessage([]byte(text), signer{}); err != nil {
					t.Fatalf("%s writes %q: %v", c.Kind(), text, err)
				}
			}
		}
	})
}

func FuzzDump(f *testing.F) {
	for _, file := range []string{"config_user_profile", "config_contacts"} {
		for _, c := range readVectors[transcript](f, filepath.Join("testdata", file+".json")) {
			for _, s := range c.Steps {
				if s.Do == "dump" && len(s.Dump) < 4000 {
					f.Add([]byte(s.Dump))
				}
			}
		}
	}
	access := AccountAccess(someAccount(f))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := Load(KindContacts, access, in)
		if err != nil {
			return
		}
		dump := c.Dump(now)
		again, err := Load(KindContacts, access, dump)
		if err != nil || again.state != c.state || !again.message.data.equal(c.message.data) {
			t.Fatalf("%q: %v", dump, err)
		}
		if push, err := again.Push(now); err == nil {
			again.Confirm(push.Seqno, []id.Hash{"h"})
		}
		again.Merge(now, []Stored{{"x", in}})
	})
}

func FuzzParts(f *testing.F) {
	f.Add([]byte("ml32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1:\x001:\x021:xe"))
	f.Add([]byte("ml32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1:\x011:\x021:xe"))
	account := someAccount(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 60000 {
			return
		}
		c := New(KindContacts, AccountAccess(account))
		for i := range 3 {
			c.Merge(now, []Stored{{id.Hash([]byte{'0' + byte(i)}), sealed(account, KindContacts, string(in))}})
			if len(in) > 40 {
				in = append([]byte(nil), in...)
				in[40]++
			}
		}
		if _, err := Load(KindContacts, AccountAccess(account), c.Dump(now)); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzCommunityURL(f *testing.F) {
	for _, c := range readVectors[struct{ URL string }](f, filepath.Join("testdata", "community_urls.json")) {
		f.Add(c.URL)
	}
	f.Fuzz(func(t *testing.T, url string) {
		c, _, err := ParseCommunity(url)
		if err != nil {
			return
		}
		if again, err := CanonicalServer(c.Server); err != nil || again != c.Server {
			t.Fatalf("%q is not canonical: %q, %v", c.Server, again, err)
		}
		if _, err := canonicalRoom(c.Room); err != nil {
			return
		}
		if again, hasKey, err := ParseCommunity(c.URL()); err != nil || !hasKey || again != c {
			t.Fatalf("%q: %+v, %v", c.URL(), again, err)
		}
	})
}
