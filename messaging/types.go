package messaging

import (
	"errors"

	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/store"
)

// What callers decide on. They arrive wrapped; the text in front says what
// happened.
var (
	// ErrNoAccount is returned by Open for a profile without an account.
	ErrNoAccount = errors.New("there is no account in this profile")
	// ErrAccountExists is returned by Create for a profile with one.
	ErrAccountExists = errors.New("this profile has an account already")
	// ErrUnknown is returned for a conversation, contact or message that is
	// not there.
	ErrUnknown = errors.New("not found")
	// ErrOtherNetwork is returned by Open if the profile was created on a
	// different network than the one named.
	ErrOtherNetwork = errors.New("this profile belongs to another network")
	// ErrAmbiguous is returned by Resolve for a name that several contacts have.
	ErrAmbiguous = errors.New("the name is ambiguous")
	// ErrInvalid is returned for what can't be sent or set: an empty or too
	// long text, a name of more than 100 bytes.
	ErrInvalid = errors.New("not possible")
)

// MaxText is how many code points a message may have.
const MaxText = 2000

// MaxName is how many bytes of UTF-8 a display name may have.
const MaxName = 100

// Self is the account of this profile.
type Self struct {
	Account id.Account
	Name    string
	Picture store.Picture
	Network string // the network's name
}

// Conversation is a row of the conversation list.
type Conversation struct {
	store.Conversation
	// Title is what people are shown: the nickname, else the name that the
	// other side gave itself, else a shortened ID. It is text from others. So is
	// Last.Text, in which those who are mentioned have names.
	Title string
	// LastName is who wrote the last message of a group; "" for oneself, for what
	// happened, and where it goes without saying.
	LastName string
}

// Message is one message of a conversation.
type Message struct {
	store.Message
	// Name is the author's, as Conversation.Title; "" for one's own messages
	// while the account has no name.
	Name string
	// Names are those of who wrote what it answers, and of who reacted.
	Names map[id.Sender]string
	// Mentions are who is named in the text.
	Mentions []Mention
	quoted   []Mention // the same in the text of the quote
}

// Page says which part of a conversation is wanted.
type Page = store.Page

// Draft is a message that is to be sent.
type Draft struct {
	Text  string
	Files []File
	// Preview shows what is behind a link of the text: see Client.Preview. One of
	// another link, or nil, shows nothing.
	Preview *preview.Preview
	ReplyTo string // the ID of the message of the same conversation that this one answers; "": none
	// Expire is when the message disappears, where that is not as the conversation
	// has it: nil is, the zero Timer never.
	Expire *store.Timer
}
