package config

import (
	"fmt"
	"iter"
	"time"

	"seance/messaging/id"
	"seance/messaging/identity"
)

// The keys of ConvoInfoVolatile. Conversations stand under their 33-byte ID;
// rooms under their server.
const (
	convosDirect      = "1"
	convosGroup       = "g"
	convosCommunity   = "o"
	convosLegacyGroup = "C"
	convosBlinded     = "b"

	convoLastRead  = "r" // milliseconds
	convoUnread    = "u"
	convoProExpiry = "e" // milliseconds
	convoProTag    = "g"
	convoBlinded15 = "y"
)

const (
	// convoForget is after how long a read position is not stored any more.
	convoForget = 30 * 24 * time.Hour
	// convoPrune is after how long one that is stored is taken away.
	convoPrune = 45 * 24 * time.Hour
)

// ConvoKind is what a conversation is with.
type ConvoKind uint8

// The kinds of conversations.
const (
	ConvoDirect ConvoKind = iota + 1
	ConvoGroup
	ConvoCommunity
	ConvoLegacyGroup
	ConvoBlinded
)

// ConvoID names a conversation. It can be the key of a map.
type ConvoID struct {
	Kind ConvoKind
	// ID is an Account ID, a group's or a blinded ID, or the Account ID that
	// stands for a legacy group; not of communities.
	ID [id.Size]byte
	// Server is the canonical base URL of a community's server, and Room its
	// token in small letters.
	Server, Room string
}

// DirectConvo, GroupConvo, BlindedConvo and LegacyConvo name conversations
// with an account, a group, an account as a community knows it, and a legacy
// group.
func DirectConvo(account id.Account) ConvoID { return ConvoID{Kind: ConvoDirect, ID: account} }

// GroupConvo: see DirectConvo.
func GroupConvo(group id.Group) ConvoID { return ConvoID{Kind: ConvoGroup, ID: group} }

// BlindedConvo: see DirectConvo.
func BlindedConvo(blinded id.Blinded) ConvoID { return ConvoID{Kind: ConvoBlinded, ID: blinded} }

// LegacyConvo: see DirectConvo.
func LegacyConvo(group id.Account) ConvoID { return ConvoID{Kind: ConvoLegacyGroup, ID: group} }

// CommunityConvo names a room, in any way of writing it. The error is
// ErrInvalid.
func CommunityConvo(server, room string) (ConvoID, error) {
	c, room, err := Community{Server: server, Room: room}.canonical()
	return ConvoID{Kind: ConvoCommunity, Server: c.Server, Room: room}, err
}

// Convo is how far a conversation was read.
type Convo struct {
	ConvoID
	// ServerKey is the key of a community's server.
	ServerKey [32]byte
	// LastRead is the time of the newest message that was read, in
	// milliseconds.
	LastRead int64
	// Unread says that the conversation was marked as unread by hand.
	Unread bool
	// ProTag and ProExpiry are of the other's newest proof of Session Pro, in
	// direct and blinded conversations; ProExpiry, in milliseconds, is 0 if
	// there is none.
	ProTag    [32]byte
	ProExpiry int64
}

// ConvoInfoVolatile is what changes often: how far conversations were read.
type ConvoInfoVolatile struct{ *Config }

// OpenConvoInfoVolatile restores the config from its dump; without one it is
// empty.
func OpenConvoInfoVolatile(account *identity.Keys, dump []byte) (*ConvoInfoVolatile, error) {
	c, err := open(KindConvoInfoVolatile, account, dump)
	if err != nil {
		return nil, err
	}
	v := &ConvoInfoVolatile{c}
	c.beforePush = v.prune
	return v, nil
}

// plainConvos are the kinds that stand under an ID, in the order of All, with
// the prefixes of their IDs.
func plainConvos(kind ConvoKind) (key string, prefixes string) {
	switch kind {
	case ConvoDirect:
		return convosDirect, string(rune(id.PrefixAccount))
	case ConvoGroup:
		return convosGroup, string(rune(id.PrefixGroup))
	case ConvoLegacyGroup:
		return convosLegacyGroup, string(rune(id.PrefixAccount))
	case ConvoBlinded:
		return convosBlinded, string([]byte{id.PrefixBlinded15, id.PrefixBlinded25})
	}
	return "", ""
}

// path is where a conversation stands. The error is ErrInvalid.
func (c ConvoID) path() ([]string, error) {
	if c.Kind == ConvoCommunity {
		checked, err := CommunityConvo(c.Server, c.Room)
		return []string{convosCommunity, checked.Server, serverRooms, checked.Room}, err
	}
	key, prefixes := plainConvos(c.Kind)
	for _, p := range []byte(prefixes) {
		if c.ID[0] == p {
			return []string{key, string(c.ID[:])}, nil
		}
	}
	return nil, fmt.Errorf("%w: no conversation has the ID %x", ErrInvalid, c.ID)
}

// All are the conversations, kind by kind, each in the order of its IDs.
func (v *ConvoInfoVolatile) All() iter.Seq[Convo] {
	return func(yield func(Convo) bool) {
		data := v.message.data
		for kind := ConvoDirect; kind <= ConvoBlinded; kind++ {
			if kind == ConvoCommunity {
				for r := range rooms(data.dict(convosCommunity)) {
					convo := loadConvo(ConvoID{Kind: kind, Server: r.server, Room: r.name}, r.dict)
					convo.ServerKey = r.key
					if _, err := canonicalRoom(r.name); err == nil && !yield(convo) {
						return
					}
				}
				continue
			}
			key, _ := plainConvos(kind)
			for k, d := range data.dict(key).dicts() {
				if len(k) != id.Size {
					continue
				}
				convo := ConvoID{Kind: kind, ID: [id.Size]byte([]byte(k))}
				if _, err := convo.path(); err == nil && !yield(loadConvo(convo, d)) {
					return
				}
			}
		}
	}
}

func loadConvo(name ConvoID, d *dict) Convo {
	c := Convo{ConvoID: name, LastRead: d.number(convoLastRead), Unread: d.number(convoUnread) != 0}
	if tag, expiry := d.text(convoProTag), d.number(convoProExpiry); c.pro() && expiry > 0 && len(tag) == len(c.ProTag) {
		c.ProTag, c.ProExpiry = [32]byte([]byte(tag)), expiry
	}
	return c
}

// pro reports whether the conversation is of a kind that knows proofs.
func (c ConvoID) pro() bool { return c.Kind == ConvoDirect || c.Kind == ConvoBlinded }

// Get is one conversation.
func (v *ConvoInfoVolatile) Get(name ConvoID) (Convo, bool) {
	path, err := name.path()
	if err != nil {
		return Convo{ConvoID: name}, false
	}
	d := v.message.data.dict(path...)
	if d == nil {
		return Convo{ConvoID: name}, false
	}
	convo := loadConvo(name, d)
	if name.Kind == ConvoCommunity {
		copy(convo.ServerKey[:], v.message.data.dict(path[:2]...).text(serverKey))
	}
	return convo, true
}

// Set adds a conversation, or changes it. A LastRead that is later than the
// stored one but older than thirty days is not stored, and a proof is not
// taken away. The error is ErrInvalid.
func (v *ConvoInfoVolatile) Set(now time.Time, convo Convo) error {
	path, err := convo.path()
	if err != nil {
		return err
	}
	data := v.message.data
	if convo.Kind == ConvoCommunity {
		data = data.with(text(convo.ServerKey[:]), convosCommunity, path[1], serverKey)
	}
	e := edit(data.dict(path...))
	was, known := e.was.get(convoLastRead).(number)
	if known && convo.LastRead < int64(was) || convo.LastRead > now.Add(-convoForget).UnixMilli() {
		e.set(convoLastRead, number(convo.LastRead))
	}
	e.flag(convoUnread, convo.Unread)
	e.flagIf(convo.Kind == ConvoBlinded, convoBlinded15, convo.ID[0] == id.PrefixBlinded15)
	if convo.pro() && convo.ProExpiry > 0 {
		e.set(convoProExpiry, number(convo.ProExpiry))
		e.set(convoProTag, text(convo.ProTag[:]))
	}
	v.setData(data.with(e.done(), path...))
	return nil
}

// Erase removes a conversation, and reports whether there was one.
func (v *ConvoInfoVolatile) Erase(name ConvoID) bool {
	path, err := name.path()
	if err != nil {
		return false
	}
	if name.Kind == ConvoCommunity {
		data, found := withoutRoom(v.message.data, convosCommunity, path[1], path[3])
		v.setData(data)
		return found
	}
	found := v.message.data.get(path...) != nil
	v.set(nil, path...)
	return found
}

// prune takes away what was read long ago, unless it is marked as unread or
// holds a proof that is not old yet.
func (v *ConvoInfoVolatile) prune(now time.Time) {
	limit := now.Add(-convoPrune).UnixMilli()
	var stale []ConvoID
	for c := range v.All() {
		if !c.Unread && max(c.ProExpiry, c.LastRead) < limit {
			stale = append(stale, c.ConvoID)
		}
	}
	for _, name := range stale {
		v.Erase(name)
	}
}
