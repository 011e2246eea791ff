package config

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"seance/messaging/identity"
	"seance/messaging/secret"
)

// The keys of UserProfile. A picture that was uploaded again, because servers
// forget files, stands beside the original and counts while its time is later.
const (
	profileName            = "n"
	profilePictureURL      = "p"
	profilePictureKey      = "q"
	profileUpdated         = "t" // seconds
	profileAgainPictureURL = "P"
	profileAgainPictureKey = "Q"
	profileAgainUpdated    = "T"
	profileNotesPriority   = "+"
	profileNotesExpiry     = "e" // seconds
	profileBlindedRequests = "M"
	profileFeatures        = "f"
	// Of Session Pro. Newer clients write times in seconds, and pro as text.
	profilePro              = "s"
	profileProExpiry        = "E"
	profileProRenewing      = "A"
	profileProGrace         = "G" // seconds
	profileProRefundRequest = "R" // seconds
	profileProPrepaid       = "I" // seconds
)

// Bits of profile features.
const (
	FeatureProBadge       = 1 << 0
	FeatureAnimatedAvatar = 1 << 1
)

// UserProfile is what an account says of itself, and its settings.
type UserProfile struct{ *Config }

// OpenUserProfile restores the config from its dump; without one it is empty.
func OpenUserProfile(account *identity.Keys, dump []byte) (*UserProfile, error) {
	c, err := open(KindUserProfile, account, dump)
	if err != nil {
		return nil, err
	}
	return &UserProfile{c}, nil
}

// open is Load, or New without a dump.
func open(kind Kind, account *identity.Keys, dump []byte) (*Config, error) {
	if dump == nil {
		return New(kind, AccountAccess(account)), nil
	}
	return Load(kind, AccountAccess(account), dump)
}

func (p *UserProfile) root() *dict { return p.message.data }

// Name is the display name, "" if none was chosen.
func (p *UserProfile) Name() string { return p.root().text(profileName) }

// SetName sets the display name. The error is ErrInvalid for more than MaxName
// bytes.
func (p *UserProfile) SetName(now time.Time, name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("%w: a name has at most %d bytes", ErrInvalid, MaxName)
	}
	if name != "" && name == p.Name() {
		return nil
	}
	e := edit(p.root())
	e.name(profileName, name)
	p.stamp(e, now)
	return nil
}

// stamp completes an edit, with the time at which the profile changed.
func (p *UserProfile) stamp(e *editor, now time.Time) {
	key := profileUpdated
	if p.againCounts() {
		key = profileAgainUpdated
	}
	e.set(key, number(now.Unix()))
	p.setData(e.done())
}

// againCounts reports whether the picture that was uploaded again counts.
func (p *UserProfile) againCounts() bool {
	return p.root().number(profileAgainUpdated) > p.root().number(profileUpdated)
}

// Picture is the profile picture.
func (p *UserProfile) Picture() Picture {
	if p.againCounts() {
		return p.root().picture(profileAgainPictureURL, profileAgainPictureKey)
	}
	return p.root().picture(profilePictureURL, profilePictureKey)
}

// SetPicture sets a new picture, or removes it with the zero Picture. The
// error is ErrInvalid for an address that is too long.
func (p *UserProfile) SetPicture(now time.Time, picture Picture) error {
	if len(picture.URL) > MaxPictureURL {
		return fmt.Errorf("%w: the address of a picture has at most %d bytes", ErrInvalid, MaxPictureURL)
	}
	e := edit(p.root())
	e.picture(profilePictureURL, profilePictureKey, picture)
	if !e.changed {
		return nil
	}
	if picture.IsZero() {
		again := len(e.entries)
		e.picture(profileAgainPictureURL, profileAgainPictureKey, picture)
		if len(e.entries) < again {
			e.set(profileAgainUpdated, number(now.Unix()))
		}
	}
	e.set(profileUpdated, number(now.Unix()))
	p.setData(e.done())
	return nil
}

// SetPictureAgain notes where the same picture was uploaded again. The error
// is ErrInvalid for an address that is too long.
func (p *UserProfile) SetPictureAgain(now time.Time, picture Picture) error {
	if len(picture.URL) > MaxPictureURL {
		return fmt.Errorf("%w: the address of a picture has at most %d bytes", ErrInvalid, MaxPictureURL)
	}
	e := edit(p.root())
	e.picture(profileAgainPictureURL, profileAgainPictureKey, picture)
	if e.changed {
		e.set(profileAgainUpdated, number(now.Unix()))
		p.setData(e.done())
	}
	return nil
}

// Updated is when name, picture or another part of the profile that others see
// changed last, the zero time if never.
func (p *UserProfile) Updated() time.Time {
	if !p.againCounts() || p.root().get(profileUpdated) == nil {
		return unix(p.root().number(profileUpdated))
	}
	return unix(p.root().number(profileAgainUpdated))
}

// NotesPriority is the priority of Note to Self: below 0 hides it, above 0
// pins it.
func (p *UserProfile) NotesPriority() int64 { return p.root().number(profileNotesPriority) }

// SetNotesPriority sets NotesPriority.
func (p *UserProfile) SetNotesPriority(priority int64) {
	e := edit(p.root())
	e.nonzero(profileNotesPriority, priority)
	p.setData(e.done())
}

// NotesExpiry is after how long messages in Note to Self disappear, 0 for
// never.
func (p *UserProfile) NotesExpiry() time.Duration {
	return duration(p.root().number(profileNotesExpiry))
}

// SetNotesExpiry sets NotesExpiry, in whole seconds.
func (p *UserProfile) SetNotesExpiry(after time.Duration) {
	e := edit(p.root())
	e.positive(profileNotesExpiry, int64(after/time.Second))
	p.setData(e.done())
}

// BlindedRequests is whether message requests from communities are wanted;
// set is false while nothing was chosen.
func (p *UserProfile) BlindedRequests() (wanted, set bool) {
	n, set := p.root().get(profileBlindedRequests).(number)
	return n != 0, set
}

// SetBlindedRequests sets BlindedRequests.
func (p *UserProfile) SetBlindedRequests(now time.Time, wanted bool) {
	if was, set := p.BlindedRequests(); set && was == wanted {
		return
	}
	e := edit(p.root())
	var n number
	if wanted {
		n = 1
	}
	e.set(profileBlindedRequests, n)
	p.stamp(e, now)
}

// ClearBlindedRequests takes the choice back.
func (p *UserProfile) ClearBlindedRequests(now time.Time) {
	e := edit(p.root())
	e.set(profileBlindedRequests, nil)
	if e.changed {
		p.stamp(e, now)
	}
}

// Features are the bits of profile features.
func (p *UserProfile) Features() uint64 { return p.root().bits(profileFeatures) }

// SetFeatures sets Features.
func (p *UserProfile) SetFeatures(now time.Time, bits uint64) {
	e := edit(p.root())
	e.bits(profileFeatures, bits)
	if e.changed {
		p.stamp(e, now)
	}
}

// Pro is a proof of Session Pro, and the key that signs with it.
type Pro struct {
	Version   int64
	Expiry    time.Time
	Tag       [32]byte
	Signature [64]byte
	// Seed is that of the Ed25519 key that the proof is made for.
	Seed secret.Bytes
}

// The keys of a proof. In the older form, a dictionary, the proof without the
// seed is a dictionary in it and times are in milliseconds.
const (
	proProof     = "p"
	proVersion   = "@"
	proExpiry    = "e"
	proTag       = "g"
	proSignature = "s"
	proSeed      = "r"
)

// Pro is the account's proof of Session Pro, in the older or the newer form;
// ok is false if there is none, or one in a form that is not known.
func (p *UserProfile) Pro() (pro Pro, ok bool) {
	switch v := p.root().get(profilePro).(type) {
	case *dict:
		proof := v.dict(proProof)
		pro.Expiry = time.UnixMilli(proof.number(proExpiry))
		pro.Version = proof.number(proVersion)
		return pro, pro.load(proof.text(proTag), proof.text(proSignature), v.text(proSeed))
	case text:
		proof, err := newParser([]byte(v)).dict(false)
		if err != nil {
			return Pro{}, false
		}
		pro.Expiry = time.Unix(proof.number(proExpiry), 0)
		return pro, pro.load(proof.text(proTag), proof.text(proSignature), proof.text(proSeed))
	}
	return Pro{}, false
}

func (p *Pro) load(tag, signature, seed string) bool {
	if len(tag) != len(p.Tag) || len(signature) != len(p.Signature) || len(seed) != ed25519.SeedSize {
		return false
	}
	p.Tag, p.Signature, p.Seed = [32]byte([]byte(tag)), [64]byte([]byte(signature)), secret.New([]byte(seed))
	return true
}

// SetPro stores a proof, in the older form, which the apps of 2026 read.
func (p *UserProfile) SetPro(now time.Time, pro Pro) {
	root := p.root()
	for _, set := range []struct {
		value value
		path  []string
	}{
		{text(pro.Seed.Expose()), []string{profilePro, proSeed}},
		{number(pro.Version), []string{profilePro, proProof, proVersion}},
		{number(pro.Expiry.UnixMilli()), []string{profilePro, proProof, proExpiry}},
		{text(pro.Tag[:]), []string{profilePro, proProof, proTag}},
		{text(pro.Signature[:]), []string{profilePro, proProof, proSignature}},
	} {
		root = root.with(set.value, set.path...)
	}
	if root != p.root() {
		p.stamp(&editor{entries: root.entries, changed: true}, now)
	}
}

// RemovePro removes the proof.
func (p *UserProfile) RemovePro() { p.set(nil, profilePro) }

// ProAccess is what is known of the account's Session Pro beside the proof.
// What is not known is zero.
type ProAccess struct {
	Expiry                   time.Time
	Renewing                 bool
	Grace                    time.Duration
	RefundRequested, Prepaid time.Time
}

// ProAccess is read only, but for its expiry.
func (p *UserProfile) ProAccess() ProAccess {
	a := ProAccess{
		Renewing:        p.root().number(profileProRenewing) != 0,
		Grace:           duration(p.root().number(profileProGrace)),
		RefundRequested: unix(p.root().number(profileProRefundRequest)),
		Prepaid:         unix(p.root().number(profileProPrepaid)),
	}
	// No time in seconds is that great, and no time in milliseconds as small.
	if n := p.root().number(profileProExpiry); n > 1_000_000_000_000 {
		a.Expiry = time.UnixMilli(n)
	} else {
		a.Expiry = unix(n)
	}
	return a
}

// SetProExpiry sets until when Session Pro was paid for; the zero time removes
// it.
func (p *UserProfile) SetProExpiry(expiry time.Time) {
	e := edit(p.root())
	e.numberIf(!expiry.IsZero(), profileProExpiry, expiry.UnixMilli())
	p.setData(e.done())
}
