package config

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"seance/messaging/id"
	"seance/messaging/secret"
)

// The edits and fields of the transcripts, see testdata: each file's "about".

// has is a JSON value that may be absent; null is there.
type has[T any] struct {
	Value T
	There bool
}

func (h *has[T]) UnmarshalJSON(b []byte) error {
	h.There = true
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(&h.Value)
}

// to assigns what is there.
func (h has[T]) to(p *T) {
	if h.There {
		*p = h.Value
	}
}

// seconds is a JSON number of seconds.
func toTime(h has[int64], t *time.Time) {
	if h.There {
		*t = unix(seconds(h.Value))
	}
}

type picture struct {
	URL string   `json:"url"`
	Key hexBytes `json:"key"`
}

func (p *picture) value() (v Picture) {
	if p != nil && p.URL != "" && len(p.Key) == 32 {
		v = Picture{p.URL, [32]byte(p.Key)}
	}
	return v
}

func showPicture(p Picture) *picture {
	if p.IsZero() {
		return nil
	}
	return &picture{p.URL, p.Key[:]}
}

// optional is nil for the zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

type profileView struct{ *UserProfile }

type proofFields struct {
	Version   int64    `json:"version"`
	Tag       hexBytes `json:"gen_index_hash"`
	ExpiryMS  int64    `json:"expiry_unix_ts_ms"`
	Public    hexBytes `json:"rotating_pubkey"`
	Signature hexBytes `json:"sig"`
}

func (p profileView) edit(now time.Time, raw json.RawMessage) error {
	var e struct {
		Name, NameTruncated has[string]
		Truncated           has[string]   `json:"name_truncated"`
		Picture             has[*picture] `json:"profile_pic"`
		Again               has[*picture] `json:"reupload_profile_pic"`
		Priority            has[int64]    `json:"nts_priority"`
		Expiry              has[int64]    `json:"nts_expiry"`
		Blinded             has[*bool]    `json:"blinded_msgreqs"`
		Badge               has[bool]     `json:"pro_badge"`
		Avatar              has[bool]     `json:"animated_avatar"`
		ProExpiry           has[*int64]   `json:"pro_access_expiry_ms"`
		Pro                 has[*struct {
			Seed  hexBytes `json:"rotating_seed"`
			Proof proofFields
		}]
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if e.Name.There {
		if err := p.SetName(now, e.Name.Value); err != nil {
			return err
		}
	}
	if e.Truncated.There {
		if err := p.SetName(now, shorten(e.Truncated.Value)); err != nil {
			return err
		}
	}
	if e.Picture.There {
		if err := p.SetPicture(now, e.Picture.Value.value()); err != nil {
			return err
		}
	}
	if e.Again.There {
		if err := p.SetPictureAgain(now, e.Again.Value.value()); err != nil {
			return err
		}
	}
	if e.Priority.There {
		p.SetNotesPriority(e.Priority.Value)
	}
	if e.Expiry.There {
		p.SetNotesExpiry(time.Duration(e.Expiry.Value) * time.Second)
	}
	if b := e.Blinded; b.There && b.Value == nil {
		p.ClearBlindedRequests(now)
	} else if b.There {
		p.SetBlindedRequests(now, *b.Value)
	}
	bit := func(h has[bool], bit uint64) {
		if h.There && h.Value {
			p.SetFeatures(now, p.Features()|bit)
		} else if h.There {
			p.SetFeatures(now, p.Features()&^bit)
		}
	}
	bit(e.Badge, FeatureProBadge)
	bit(e.Avatar, FeatureAnimatedAvatar)
	if x := e.ProExpiry; x.There && x.Value == nil {
		p.SetProExpiry(time.Time{})
	} else if x.There {
		p.SetProExpiry(time.UnixMilli(*x.Value))
	}
	if pro := e.Pro; pro.There && pro.Value == nil {
		p.RemovePro()
	} else if pro.There {
		v := pro.Value
		p.SetPro(now, Pro{
			v.Proof.Version, time.UnixMilli(v.Proof.ExpiryMS), [32]byte(v.Proof.Tag), [64]byte(v.Proof.Signature), secret.New(v.Seed),
		})
	}
	return nil
}

func (p profileView) fields() any {
	f := map[string]any{
		"name":                 optional(p.Name()),
		"profile_pic":          showPicture(p.Picture()),
		"profile_updated":      unixSeconds(p.Updated()),
		"nts_priority":         p.NotesPriority(),
		"nts_expiry":           optional(int64(p.NotesExpiry() / time.Second)),
		"blinded_msgreqs":      nil,
		"profile_bitset":       p.Features(),
		"pro_access_expiry_ms": nil,
		"pro":                  nil,
	}
	if wanted, set := p.BlindedRequests(); set {
		f["blinded_msgreqs"] = wanted
	}
	if x := p.ProAccess().Expiry; !x.IsZero() {
		f["pro_access_expiry_ms"] = x.UnixMilli()
	}
	if pro, ok := p.Pro(); ok {
		keys := ed25519Keys(pro.Seed.Expose())
		f["pro"] = map[string]any{
			"rotating_privkey": hexBytes(keys),
			"proof":            proofFields{pro.Version, pro.Tag[:], pro.Expiry.UnixMilli(), hexBytes(keys[32:]), pro.Signature[:]},
		}
	}
	return f
}

type contactsView struct{ *Contacts }

func (v contactsView) edit(now time.Time, raw json.RawMessage) error {
	var e struct {
		ID                   hexBytes `json:"session_id"`
		Name, Nickname       has[string]
		Picture              has[*picture] `json:"profile_pic"`
		Updated              has[int64]    `json:"profile_updated"`
		Approved, Blocked    has[bool]
		ApprovedMe           has[bool] `json:"approved_me"`
		Priority             has[int64]
		Notify               has[Notify]     `json:"notifications"`
		MuteUntil            has[int64]      `json:"mute_until"`
		ExpiryMode           has[ExpiryMode] `json:"exp_mode"`
		Expiry               has[int64]      `json:"exp_timer"`
		Created              has[int64]
		Features             has[uint64] `json:"profile_bitset"`
		Erase                bool
		Server               string   `json:"community_base_url"`
		ServerKey            hexBytes `json:"community_pubkey"`
		LegacyBlinding, Junk bool
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if len(e.ID) != id.Size {
		return fmt.Errorf("an ID of %d bytes", len(e.ID))
	}
	if e.Server != "" {
		blinded := id.Blinded(e.ID)
		if e.Erase {
			v.EraseBlinded(e.Server, blinded)
			return nil
		}
		server, err := CanonicalServer(e.Server)
		if err != nil {
			return err
		}
		c := BlindedContact{Server: server, ServerKey: [32]byte(e.ServerKey), ID: blinded}
		for known := range v.Blinded() {
			if known.Server == server && known.ID == blinded {
				c = known
			}
		}
		e.Name.to(&c.Name)
		if e.Picture.There {
			c.Picture = e.Picture.Value.value()
		}
		toTime(e.Updated, &c.Updated)
		e.Priority.to(&c.Priority)
		toTime(e.Created, &c.Created)
		e.Features.to(&c.Features)
		return v.SetBlinded(c)
	}
	account := id.Account(e.ID)
	if e.Erase {
		v.Erase(account)
		return nil
	}
	c, _ := v.Get(account)
	e.Name.to(&c.Name)
	e.Nickname.to(&c.Nickname)
	if e.Picture.There {
		c.Picture = e.Picture.Value.value()
	}
	toTime(e.Updated, &c.Updated)
	e.Approved.to(&c.Approved)
	e.ApprovedMe.to(&c.ApprovedMe)
	e.Blocked.to(&c.Blocked)
	e.Priority.to(&c.Priority)
	e.Notify.to(&c.Notify)
	toTime(e.MuteUntil, &c.MuteUntil)
	e.ExpiryMode.to(&c.ExpiryMode)
	if e.Expiry.There {
		c.Expiry = time.Duration(e.Expiry.Value) * time.Second
	}
	toTime(e.Created, &c.Created)
	e.Features.to(&c.Features)
	return v.Set(c)
}

func (v contactsView) contacts() []any {
	contacts := []any{}
	for c := range v.All() {
		contacts = append(contacts, map[string]any{
			"session_id": c.ID.String(), "name": c.Name, "nickname": c.Nickname, "profile_pic": showPicture(c.Picture),
			"profile_updated": unixSeconds(c.Updated), "approved": c.Approved, "approved_me": c.ApprovedMe,
			"blocked": c.Blocked, "priority": c.Priority, "notifications": c.Notify, "mute_until": unixSeconds(c.MuteUntil),
			"exp_mode": c.ExpiryMode, "exp_timer": int64(c.Expiry / time.Second), "created": unixSeconds(c.Created),
			"profile_bitset": c.Features,
		})
	}
	return contacts
}

func (v contactsView) fields() any {
	blinded := []any{}
	for c := range v.Blinded() {
		blinded = append(blinded, map[string]any{
			"session_id": c.ID.String(), "community_base_url": c.Server, "community_pubkey": hex.EncodeToString(c.ServerKey[:]),
			"name": c.Name, "profile_pic": showPicture(c.Picture), "profile_updated": unixSeconds(c.Updated),
			"priority": c.Priority, "legacy_blinding": c.ID[0] == id.PrefixBlinded15, "created": unixSeconds(c.Created),
			"profile_bitset": c.Features,
		})
	}
	return map[string]any{"contacts": v.contacts(), "blinded": blinded}
}

type convosView struct{ *ConvoInfoVolatile }

func (v convosView) edit(now time.Time, raw json.RawMessage) error {
	var e struct {
		Kind      string
		SessionID hexBytes `json:"session_id"`
		ID        hexBytes
		BlindedID hexBytes `json:"blinded_id"`
		Server    string   `json:"base_url"`
		Room      string
		Key       hexBytes   `json:"pubkey"`
		LastRead  has[int64] `json:"last_read"`
		Unread    has[bool]
		ProTag    has[hexBytes] `json:"pro_gen_index_hash"`
		ProExpiry has[int64]    `json:"pro_expiry_ms"`
		Erase     bool
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	name := ConvoID{}
	if kind, ok := map[string]ConvoKind{
		"1to1": ConvoDirect, "group": ConvoGroup, "legacy_group": ConvoLegacyGroup, "blinded": ConvoBlinded,
	}[e.Kind]; ok {
		all := append(append(append([]byte(nil), e.SessionID...), e.ID...), e.BlindedID...)
		if len(all) != id.Size {
			return fmt.Errorf("an ID of %d bytes", len(all))
		}
		name = ConvoID{Kind: kind, ID: [id.Size]byte(all)}
	} else {
		var err error
		if name, err = CommunityConvo(e.Server, e.Room); err != nil {
			return err
		}
	}
	if e.Erase {
		v.Erase(name)
		return nil
	}
	c, _ := v.Get(name)
	if e.Key != nil {
		c.ServerKey = [32]byte(e.Key)
	}
	e.LastRead.to(&c.LastRead)
	e.Unread.to(&c.Unread)
	e.ProExpiry.to(&c.ProExpiry)
	if e.ProTag.There && e.ProTag.Value != nil {
		c.ProTag = [32]byte(e.ProTag.Value)
	}
	return v.Set(now, c)
}

func (v convosView) fields() any {
	convos := []any{}
	for c := range v.All() {
		f := map[string]any{"last_read": c.LastRead, "unread": c.Unread}
		switch c.Kind {
		case ConvoCommunity:
			f["kind"], f["base_url"], f["room"], f["pubkey"] = "community", c.Server, c.Room, hexBytes(c.ServerKey[:])
		case ConvoGroup:
			f["kind"], f["id"] = "group", hexBytes(c.ID[:])
		case ConvoLegacyGroup:
			f["kind"], f["id"] = "legacy_group", hexBytes(c.ID[:])
		case ConvoDirect:
			f["kind"], f["session_id"] = "1to1", hexBytes(c.ID[:])
		case ConvoBlinded:
			f["kind"], f["blinded_id"], f["legacy_blinding"] = "blinded", hexBytes(c.ID[:]), c.ID[0] == id.PrefixBlinded15
		}
		if c.pro() {
			f["pro_expiry_ms"], f["pro_gen_index_hash"] = c.ProExpiry, nil
			if c.ProExpiry > 0 {
				f["pro_gen_index_hash"] = hexBytes(c.ProTag[:])
			}
		}
		convos = append(convos, f)
	}
	return map[string]any{"convos": convos}
}

type groupsView struct{ *UserGroups }

func (v groupsView) edit(now time.Time, raw json.RawMessage) error {
	var e struct {
		Kind          string
		Name          has[string]
		Priority      has[int64]
		Joined        has[int64]  `json:"joined_at"`
		Notify        has[Notify] `json:"notifications"`
		MuteUntil     has[int64]  `json:"mute_until"`
		Invited       has[bool]
		Erase         bool
		Server        string `json:"base_url"`
		Room          string
		Key           hexBytes `json:"pubkey"`
		ID            hexBytes
		Secret        has[hexBytes] `json:"secretkey"`
		Auth          has[hexBytes] `json:"auth_data"`
		Removed       has[Removal]  `json:"removed_status"`
		Kicked        bool          `json:"mark_kicked"`
		MarkInvited   bool          `json:"mark_invited"`
		Destroyed     bool          `json:"mark_destroyed"`
		EncPublic     has[hexBytes] `json:"enc_pubkey"`
		EncSecret     has[hexBytes] `json:"enc_seckey"`
		Timer         has[int64]    `json:"disappearing_timer"`
		Members       map[string]bool
		RemoveMembers []string `json:"remove_members"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	common := func(s *GroupSettings) {
		e.Priority.to(&s.Priority)
		toTime(e.Joined, &s.Joined)
		e.Notify.to(&s.Notify)
		toTime(e.MuteUntil, &s.MuteUntil)
		e.Invited.to(&s.Invited)
	}
	switch e.Kind {
	case "community":
		if e.Erase {
			v.EraseCommunity(e.Server, e.Room)
			return nil
		}
		c, ok := v.Community(e.Server, e.Room)
		if !ok {
			c.Server, c.Room = e.Server, e.Room
		}
		copy(c.Key[:], e.Key)
		common(&c.GroupSettings)
		return v.SetCommunity(c)
	case "group":
		if e.Erase {
			v.EraseGroup(id.Group(e.ID))
			return nil
		}
		g, _ := v.Group(id.Group(e.ID))
		if e.Kicked {
			g.Kick()
		}
		if e.MarkInvited {
			g.Invite()
		}
		if e.Destroyed {
			g.Destroy()
		}
		common(&g.GroupSettings)
		e.Name.to(&g.Name)
		e.Removed.to(&g.Removed)
		if e.Secret.There {
			g.Seed = secret.New(e.Secret.Value[:min(32, len(e.Secret.Value))])
		}
		if e.Auth.There {
			g.Auth = secret.New(e.Auth.Value)
		}
		return v.SetGroup(g)
	}
	if e.Erase {
		v.EraseLegacyGroup(id.Account(e.ID))
		return nil
	}
	g, _ := v.LegacyGroup(id.Account(e.ID))
	common(&g.GroupSettings)
	e.Name.to(&g.Name)
	if e.EncPublic.There {
		g.PublicKey = e.EncPublic.Value
	}
	if e.EncSecret.There {
		g.SecretKey = secret.New(e.EncSecret.Value)
	}
	if e.Timer.There {
		g.Expiry = time.Duration(e.Timer.Value) * time.Second
	}
	if g.Members == nil {
		g.Members = map[id.Account]bool{}
	}
	for member, admin := range e.Members {
		account, err := id.ParseAccount(member)
		if err != nil {
			return err
		}
		g.Members[account] = admin
	}
	for _, member := range e.RemoveMembers {
		account, err := id.ParseAccount(member)
		if err != nil {
			return err
		}
		delete(g.Members, account)
	}
	return v.SetLegacyGroup(g)
}

func (v groupsView) fields() any {
	groups := []any{}
	common := func(kind, name string, s GroupSettings) map[string]any {
		f := map[string]any{
			"kind": kind, "name": name, "priority": s.Priority, "joined_at": unixSeconds(s.Joined), "notifications": s.Notify,
			"mute_until": unixSeconds(s.MuteUntil), "invited": s.Invited,
		}
		groups = append(groups, f)
		return f
	}
	for g := range v.Groups() {
		f := common("group", g.Name, g.GroupSettings)
		f["id"], f["auth_data"], f["removed_status"], f["secretkey"] = g.ID.String(), hexBytes(g.Auth.Expose()), g.Removed, ""
		if g.Seed.Len() > 0 {
			f["secretkey"] = hexBytes(ed25519Keys(g.Seed.Expose()))
		}
	}
	for c := range v.Communities() {
		f := common("community", "", c.GroupSettings)
		room, _ := canonicalRoom(c.Room)
		f["base_url"], f["room"], f["room_norm"], f["pubkey"], f["full_url"] = c.Server, c.Room, room, hexBytes(c.Key[:]), c.URL()
	}
	for g := range v.LegacyGroups() {
		f := common("legacy_group", g.Name, g.GroupSettings)
		members := map[string]bool{}
		for member, admin := range g.Members {
			members[member.String()] = admin
		}
		f["id"], f["members"], f["disappearing_timer"] = g.ID.String(), members, int64(g.Expiry/time.Second)
		f["enc_pubkey"], f["enc_seckey"] = hexBytes(g.PublicKey), hexBytes(g.SecretKey.Expose())
	}
	return map[string]any{"groups": groups}
}
