package config

import (
	"encoding/hex"
	"fmt"
	"iter"
	"time"

	"seance/messaging/id"
	"seance/messaging/identity"
)

// The keys of Contacts. Contacts stand under their 33-byte Account ID; blinded
// ones under their server and the hexadecimal text of their ID without prefix.
const (
	contactsKnown   = "c"
	contactsBlinded = "b"

	contactName       = "n" // always there, so that the entry is never empty
	contactNickname   = "N"
	contactPictureURL = "p"
	contactPictureKey = "q"
	contactUpdated    = "t" // seconds
	contactApproved   = "a"
	contactApprovedMe = "A"
	contactBlocked    = "b"
	contactPriority   = "+"
	contactNotify     = "@"
	contactMuteUntil  = "!" // seconds
	contactExpiryMode = "e"
	contactExpiry     = "E" // seconds
	contactCreated    = "j" // seconds
	contactFeatures   = "f"
	contactBlinded15  = "y"
)

// Notify is of what a conversation notifies.
type Notify int64

// The modes of notification.
const (
	NotifyDefault Notify = iota
	NotifyAll
	NotifyNone
	NotifyMentions // not of contacts
)

// ExpiryMode is when messages begin to disappear.
type ExpiryMode int64

// The modes of disappearing.
const (
	ExpiryOff ExpiryMode = iota
	ExpiryAfterSend
	ExpiryAfterRead
)

// Contact is another account, as all devices of one's own know it.
type Contact struct {
	ID id.Account
	// Name is what the contact calls itself, Nickname what we call it.
	Name, Nickname string
	Picture        Picture
	// Updated is the time of the contact's profile, Features its bits.
	Updated  time.Time
	Features uint64
	// Approved says that we accepted the contact, ApprovedMe that it accepted
	// us.
	Approved, ApprovedMe, Blocked bool
	// Priority below 0 hides the conversation, above 0 pins it.
	Priority  int64
	Notify    Notify
	MuteUntil time.Time
	// Expiry is after how long messages disappear; with the mode off it is 0.
	ExpiryMode ExpiryMode
	Expiry     time.Duration
	Created    time.Time
}

// Contacts are the accounts that one's own account knows.
type Contacts struct{ *Config }

// OpenContacts restores the config from its dump; without one it is empty.
func OpenContacts(account *identity.Keys, dump []byte) (*Contacts, error) {
	c, err := open(KindContacts, account, dump)
	if err != nil {
		return nil, err
	}
	return &Contacts{c}, nil
}

// Len is how many contacts there are.
func (c *Contacts) Len() int { return len(c.message.data.dict(contactsKnown).all()) }

// All are the contacts, in the order of their ID.
func (c *Contacts) All() iter.Seq[Contact] {
	return func(yield func(Contact) bool) {
		for key, d := range c.message.data.dict(contactsKnown).dicts() {
			if len(key) == id.Size && key[0] == id.PrefixAccount && !yield(loadContact(id.Account([]byte(key)), d)) {
				return
			}
		}
	}
}

// Get is one contact.
func (c *Contacts) Get(account id.Account) (Contact, bool) {
	d := c.message.data.dict(contactsKnown, string(account[:]))
	if d == nil {
		return Contact{ID: account}, false
	}
	return loadContact(account, d), true
}

func loadContact(account id.Account, d *dict) Contact {
	c := Contact{
		ID:         account,
		Name:       d.text(contactName),
		Nickname:   d.text(contactNickname),
		Picture:    d.picture(contactPictureURL, contactPictureKey),
		Updated:    unix(d.number(contactUpdated)),
		Features:   d.bits(contactFeatures),
		Approved:   d.number(contactApproved) != 0,
		ApprovedMe: d.number(contactApprovedMe) != 0,
		Blocked:    d.number(contactBlocked) != 0,
		Priority:   d.number(contactPriority),
		Notify:     Notify(d.number(contactNotify)),
		MuteUntil:  unix(seconds(d.number(contactMuteUntil))),
		ExpiryMode: ExpiryMode(d.number(contactExpiryMode)),
		Expiry:     duration(d.number(contactExpiry)),
		Created:    unix(seconds(d.number(contactCreated))),
	}
	switch c.Notify {
	case NotifyDefault, NotifyAll, NotifyNone:
	case NotifyMentions:
		c.Notify = NotifyAll
	default:
		c.Notify = NotifyDefault
	}
	if c.ExpiryMode < ExpiryAfterSend || c.ExpiryMode > ExpiryAfterRead || c.Expiry <= 0 {
		c.ExpiryMode, c.Expiry = ExpiryOff, 0
	}
	return c
}

// Set adds a contact, or changes it. Names are cut to MaxName bytes. The error
// is ErrInvalid.
func (c *Contacts) Set(contact Contact) error {
	if contact.ID[0] != id.PrefixAccount {
		return fmt.Errorf("%w: %x is no Account ID", ErrInvalid, contact.ID)
	}
	path := []string{contactsKnown, string(contact.ID[:])}
	e := edit(c.message.data.dict(path...))
	// One that another client put there may stay.
	if len(contact.Picture.URL) > MaxPictureURL && contact.Picture != e.was.picture(contactPictureURL, contactPictureKey) {
		return fmt.Errorf("%w: the address of a picture has at most %d bytes", ErrInvalid, MaxPictureURL)
	}
	e.set(contactName, text(shorten(contact.Name)))
	e.name(contactNickname, contact.Nickname)
	e.picture(contactPictureURL, contactPictureKey, contact.Picture)
	e.positive(contactUpdated, unixSeconds(contact.Updated))
	e.bits(contactFeatures, contact.Features)
	e.flag(contactApproved, contact.Approved)
	e.flag(contactApprovedMe, contact.ApprovedMe)
	e.flag(contactBlocked, contact.Blocked)
	e.nonzero(contactPriority, contact.Priority)
	if contact.Notify == NotifyMentions {
		contact.Notify = NotifyAll
	}
	e.positive(contactNotify, int64(contact.Notify))
	e.positive(contactMuteUntil, unixSeconds(contact.MuteUntil))
	expiry := int64(contact.Expiry / time.Second)
	expires := contact.ExpiryMode != ExpiryOff && expiry > 0
	e.numberIf(expires, contactExpiryMode, int64(contact.ExpiryMode))
	e.numberIf(expires, contactExpiry, expiry)
	e.positive(contactCreated, unixSeconds(contact.Created))
	c.set(e.done(), path...)
	return nil
}

// Erase removes a contact, and reports whether there was one.
func (c *Contacts) Erase(account id.Account) bool {
	path := []string{contactsKnown, string(account[:])}
	found := c.message.data.get(path...) != nil
	c.set(nil, path...)
	return found
}

// BlindedContact is an account that is known by its name in a community only.
type BlindedContact struct {
	// Server is the base URL of the community's server, and ServerKey its key.
	Server    string
	ServerKey [32]byte
	ID        id.Blinded
	Name      string
	Picture   Picture
	Updated   time.Time
	Features  uint64
	Priority  int64
	Created   time.Time
}

// Blinded are the blinded contacts, in the order of server and ID.
func (c *Contacts) Blinded() iter.Seq[BlindedContact] {
	return func(yield func(BlindedContact) bool) {
		for r := range rooms(c.message.data.dict(contactsBlinded)) {
			blinded, ok := blindedID(r.name, r.dict.number(contactBlinded15) != 0)
			if !ok {
				continue
			}
			if !yield(BlindedContact{
				Server:    r.server,
				ServerKey: r.key,
				ID:        blinded,
				Name:      r.dict.text(contactName),
				Picture:   r.dict.picture(contactPictureURL, contactPictureKey),
				Updated:   unix(r.dict.number(contactUpdated)),
				Features:  r.dict.bits(contactFeatures),
				Priority:  r.dict.number(contactPriority),
				Created:   unix(r.dict.number(contactCreated)),
			}) {
				return
			}
		}
	}
}

func blindedID(digits string, is15 bool) (blinded id.Blinded, ok bool) {
	blinded[0] = id.PrefixBlinded25
	if is15 {
		blinded[0] = id.PrefixBlinded15
	}
	if len(digits) != 2*(id.Size-1) {
		return blinded, false
	}
	_, err := hex.Decode(blinded[1:], []byte(digits))
	return blinded, err == nil
}

// SetBlinded adds a blinded contact, or changes it. The error is ErrInvalid.
func (c *Contacts) SetBlinded(contact BlindedContact) error {
	server, err := CanonicalServer(contact.Server)
	if err != nil {
		return err
	}
	if p := contact.ID[0]; p != id.PrefixBlinded15 && p != id.PrefixBlinded25 {
		return fmt.Errorf("%w: %x is no blinded ID", ErrInvalid, contact.ID)
	}
	if len(contact.Picture.URL) > MaxPictureURL {
		return fmt.Errorf("%w: the address of a picture has at most %d bytes", ErrInvalid, MaxPictureURL)
	}
	path := []string{contactsBlinded, server, serverRooms, hex.EncodeToString(contact.ID[1:])}
	e := edit(c.message.data.dict(path...))
	e.set(contactName, text(shorten(contact.Name)))
	e.picture(contactPictureURL, contactPictureKey, contact.Picture)
	e.positive(contactUpdated, unixSeconds(contact.Updated))
	e.nonzero(contactPriority, contact.Priority)
	e.flag(contactBlinded15, contact.ID[0] == id.PrefixBlinded15)
	e.positive(contactCreated, unixSeconds(contact.Created))
	e.bits(contactFeatures, contact.Features)
	data := c.message.data.with(text(contact.ServerKey[:]), contactsBlinded, server, serverKey)
	c.setData(data.with(e.done(), path...))
	return nil
}

// EraseBlinded removes a blinded contact, and reports whether there was one.
func (c *Contacts) EraseBlinded(server string, blinded id.Blinded) bool {
	server, err := CanonicalServer(server)
	if err != nil {
		return false
	}
	path := []string{contactsBlinded, server, serverRooms, hex.EncodeToString(blinded[1:])}
	found := c.message.data.get(path...) != nil
	c.set(nil, path...)
	return found
}
