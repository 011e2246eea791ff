package id

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

const alice = "05d2ad010eeb72d72e561d9de7bd7b6989af77dcabffa03a5111a6c859ae5c3a72"

func TestParseAccount(t *testing.T) {
	tests := []struct {
		name, in string
		ok       bool
	}{
		{"lower case", alice, true},
		{"upper case", strings.ToUpper(alice), true},
		{"a group", "03" + alice[2:], false},
		{"blinded", "15" + alice[2:], false},
		{"too short", alice[:65], false},
		{"too long", alice + "0", false},
		{"not hexadecimal", alice[:65] + "g", false},
		{"sixty-six wide characters", strings.Repeat("é", 33), false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := ParseAccount(tt.in)
			if (err == nil) != tt.ok {
				t.Fatalf("ParseAccount(%q) = %v, %v", tt.in, a, err)
			}
			if err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("error %v is not ErrMalformed", err)
			}
			if tt.ok && a.String() != alice {
				t.Errorf("String() = %s", a)
			}
		})
	}
}

func TestEachKindRefusesTheOthers(t *testing.T) {
	kinds := map[string]func(string) error{
		"03": func(s string) error { _, err := ParseGroup(s); return err },
		"05": func(s string) error { _, err := ParseAccount(s); return err },
		"25": func(s string) error { _, err := ParseBlinded(s); return err },
	}
	for own, parse := range kinds {
		for prefix := range kinds {
			if err := parse(prefix + alice[2:]); (err == nil) != (own == prefix) {
				t.Errorf("kind %s given %s: %v", own, prefix, err)
			}
		}
	}
}

func TestLogsHoldNoWholeIdentifier(t *testing.T) {
	a, err := ParseAccount(alice)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("poll", "account", a, "owner", a.Pubkey(), "conversation", With(a))
	if strings.Contains(out.String(), alice[10:50]) {
		t.Errorf("the log names the account: %s", out.String())
	}
}

func TestConversationsTellWhatTheyAre(t *testing.T) {
	account, _ := ParseAccount(alice)
	group, _ := ParseGroup("03" + alice[2:])
	room := InRoom("https://open.example:8080", "lobby")
	for _, c := range []Conversation{With(account), WithGroup(group), WithLegacy(account), room, "", "://", "legacy-x"} {
		a, isAccount := c.Account()
		g, isGroup := c.Group()
		l, isLegacy := c.Legacy()
		server, token, isRoom := c.Room()
		if isAccount != (c == With(account)) || isAccount && a != account {
			t.Errorf("%q.Account() = %v, %v", c, a, isAccount)
		}
		if isGroup != (c == WithGroup(group)) || isGroup && g != group {
			t.Errorf("%q.Group() = %v, %v", c, g, isGroup)
		}
		if isLegacy != (c == WithLegacy(account)) || isLegacy && l != account {
			t.Errorf("%q.Legacy() = %v, %v", c, l, isLegacy)
		}
		if isRoom != (c == room) || isRoom && (server != "https://open.example:8080" || token != "lobby") {
			t.Errorf("%q.Room() = %q, %q, %v", c, server, token, isRoom)
		}
	}
}
