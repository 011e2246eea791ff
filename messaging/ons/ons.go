// Package ons opens the records of the Oxen Name System, in which an account
// can register a short name for its Account ID.
//
// It is pure: who asks the network for a record, and how many nodes have to
// agree on it, is the caller's affair.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/apis/snode_api/onsResolve.ts; session-foundation/libsession-util:
// src/session_encrypt.cpp. The older records that Argon2id protects, which
// have no nonce, are no longer read by the apps and not by this package.
package ons

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"seance/messaging/digest"
	"seance/messaging/id"
)

// Endpoint is what a service node's oxend_request calls the look-up.
const Endpoint = "ons_resolve"

// ErrRecord is returned for a record that does not belong to the name.
var ErrRecord = errors.New("the name's record cannot be opened")

var form = regexp.MustCompile(`^[0-9a-z_]([0-9a-z_-]*[0-9a-z_])?$`)

// Name is a name in the form that is registered: lower case.
type Name string

// Parse reads a name: letters, digits, underscores, and dashes inside, at
// most 64 characters. It reports whether it is one.
func Parse(s string) (Name, bool) {
	s = strings.ToLower(s)
	return Name(s), len(s) <= 64 && form.MatchString(s)
}

// Query are the parameters of the look-up.
func (n Name) Query() any {
	return struct {
		Type int    `json:"type"`
		Hash string `json:"name_hash"`
	}{0, base64.StdEncoding.EncodeToString(n.hash())}
}

func (n Name) hash() []byte { return digest.Sum(32, nil, []byte(n)) }

// Record is a look-up's answer, in hexadecimal. Value is empty for a name that
// nobody has registered.
type Record struct {
	Value string `json:"encrypted_value"`
	Nonce string `json:"nonce"`
}

// Open decrypts the name's record.
func (n Name) Open(r Record) (id.Account, error) {
	value, err := hex.DecodeString(r.Value)
	if err != nil || len(value) != id.Size+chacha20poly1305.Overhead {
		return id.Account{}, fmt.Errorf("%w: wrong length", ErrRecord)
	}
	nonce, err := hex.DecodeString(r.Nonce)
	if err != nil || len(nonce) != chacha20poly1305.NonceSizeX {
		return id.Account{}, fmt.Errorf("%w: wrong nonce", ErrRecord)
	}
	aead, err := chacha20poly1305.NewX(digest.Sum(32, n.hash(), []byte(n)))
	if err != nil {
		return id.Account{}, err
	}
	account, err := aead.Open(nil, nonce, value, nil)
	if err != nil {
		return id.Account{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return id.ParseAccount(hex.EncodeToString(account))
}
