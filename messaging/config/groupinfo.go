package config

import (
	"fmt"
	"time"

	"seance/messaging/id"
)

// The keys of a group's info.
const (
	infoName         = "n"
	infoDescription  = "o"
	infoPictureURL   = "p"
	infoPictureKey   = "q"
	infoExpiry       = "E" // seconds
	infoCreated      = "c" // seconds
	infoDelete       = "d" // seconds
	infoDeleteFiles  = "D" // seconds
	infoDestroyed    = "!"
	maxDescription   = 600
	maxMemberEntries = 1000
)

// GroupInfo is what the members of a group know of it. Only admins may change it.
//
// Wire reference: session-foundation/libsession-util: src/config/groups/info.cpp.
type GroupInfo struct{ *Config }

// OpenGroupInfo restores the config from its dump; without one it is empty.
func OpenGroupInfo(access Access, dump []byte) (*GroupInfo, error) {
	c, err := openGroupConfig(KindGroupInfo, access, dump)
	return &GroupInfo{c}, err
}

func openGroupConfig(kind Kind, access Access, dump []byte) (*Config, error) {
	if dump == nil {
		return New(kind, access), nil
	}
	return Load(kind, access, dump)
}

// GroupAuthor is the key that signs the configs of a group.
func GroupAuthor(g id.Group) *[32]byte {
	author := [32]byte(g[1:])
	return &author
}

// Rewrite makes a new version of the same content, as when it is to be encrypted with
// another key.
func (c *Config) Rewrite() {
	data := *c.message.data
	c.setData(&data)
}

// Name is the group's name, "" if it has none.
func (i *GroupInfo) Name() string { return i.message.data.text(infoName) }

// Description is what the admins say of the group.
func (i *GroupInfo) Description() string { return i.message.data.text(infoDescription) }

// Picture is the group's; the zero Picture if it has none.
func (i *GroupInfo) Picture() Picture { return i.message.data.picture(infoPictureURL, infoPictureKey) }

// Expiry is after how long messages disappear; 0: they do not.
func (i *GroupInfo) Expiry() time.Duration { return duration(i.message.data.number(infoExpiry)) }

// Created is when the group was.
func (i *GroupInfo) Created() time.Time { return unix(i.message.data.number(infoCreated)) }

// DeleteBefore is up to when all messages are deleted.
func (i *GroupInfo) DeleteBefore() time.Time { return unix(i.message.data.number(infoDelete)) }

// DeleteFilesBefore is up to when messages with files are.
func (i *GroupInfo) DeleteFilesBefore() time.Time {
	return unix(i.message.data.number(infoDeleteFiles))
}

// Destroyed reports whether the group is no more.
func (i *GroupInfo) Destroyed() bool { return i.message.data.number(infoDestroyed) > 0 }

// change applies an edit; the error is ErrReadOnly for members that are no admins.
func (i *GroupInfo) change(f func(*editor)) error {
	if i.ReadOnly() {
		return fmt.Errorf("%w: only admins change a group", ErrReadOnly)
	}
	e := edit(i.message.data)
	f(e)
	i.setData(e.done())
	return nil
}

// SetName changes the name. The error is ErrInvalid for more than MaxName bytes.
func (i *GroupInfo) SetName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("%w: a name has at most %d bytes", ErrInvalid, MaxName)
	}
	return i.change(func(e *editor) { e.name(infoName, name) })
}

// SetDescription changes the description, of at most 600 bytes.
func (i *GroupInfo) SetDescription(description string) error {
	if len(description) > maxDescription {
		return fmt.Errorf("%w: a description has at most %d bytes", ErrInvalid, maxDescription)
	}
	return i.change(func(e *editor) { e.bytesIf(description != "", infoDescription, []byte(description)) })
}

// SetPicture changes the picture; the zero Picture takes it away.
func (i *GroupInfo) SetPicture(p Picture) error {
	if len(p.URL) > MaxPictureURL {
		return fmt.Errorf("%w: the address of a picture has at most %d bytes", ErrInvalid, MaxPictureURL)
	}
	return i.change(func(e *editor) { e.picture(infoPictureURL, infoPictureKey, p) })
}

// SetExpiry changes after how long messages disappear; 0: they do not.
func (i *GroupInfo) SetExpiry(after time.Duration) error {
	return i.change(func(e *editor) { e.positive(infoExpiry, int64(after/time.Second)) })
}

// SetCreated notes when the group was created.
func (i *GroupInfo) SetCreated(at time.Time) error {
	return i.change(func(e *editor) { e.positive(infoCreated, at.Unix()) })
}

// SetDeleteBefore has everybody delete all messages up to a time; the zero time ends that.
func (i *GroupInfo) SetDeleteBefore(at time.Time) error { return i.setTime(infoDelete, at) }

// SetDeleteFilesBefore has everybody delete messages with files up to a time.
func (i *GroupInfo) SetDeleteFilesBefore(at time.Time) error { return i.setTime(infoDeleteFiles, at) }

func (i *GroupInfo) setTime(key string, at time.Time) error {
	return i.change(func(e *editor) { e.positive(key, unixSeconds(at)) })
}

// Destroy ends the group for everybody, for good.
func (i *GroupInfo) Destroy() error {
	return i.change(func(e *editor) { e.flag(infoDestroyed, true) })
}
