package app

import (
	"strconv"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// What can be done with a conversation depends on what it is.

// changeable reports whether it has settings: groups of the old kind do not.
func changeable(v messaging.Conversation) bool { return v.Membership != store.Archived }

// personal reports whether the conversation is with one person, or with oneself.
func personal(v messaging.Conversation) bool {
	return v.Kind == id.KindContact || v.Kind == id.KindSelf
}

// isPerson reports whether the conversation is with another person.
func isPerson(v messaging.Conversation) bool { return v.Kind == id.KindContact }

// callable reports whether one can be told of its messages.
func callable(v messaging.Conversation) bool { return changeable(v) && v.Kind != id.KindSelf }

// barred says why nothing can be written into a conversation, "" if it can.
func barred(v messaging.Conversation) string {
	switch v.Membership {
	case store.Archived:
		return "This group is of the old kind, and can only be read."
	case store.Kicked:
		return "You were removed from this group."
	case store.Destroyed:
		return "This group was deleted."
	case store.Lapsed:
		return "This group has expired. It comes back with an admin who still has its keys."
	case store.Invited:
		return "You are invited to this group."
	}
	if v.Kind == id.KindCommunity {
		return "This version cannot write to communities yet."
	}
	return ""
}

// about is what the list says of a conversation in which nothing was said.
func about(v messaging.Conversation) string {
	switch {
	case v.Membership == store.Archived:
		return "Group of the old kind"
	case v.Membership == store.Kicked:
		return "You were removed"
	case v.Membership == store.Destroyed:
		return "Deleted group"
	case v.Membership == store.Lapsed:
		return "Expired group"
	case v.Kind == id.KindGroup:
		return "Group"
	case v.Kind == id.KindCommunity:
		return "Community"
	}
	return ""
}

// notifyMode is for which messages one is told of a conversation.
func notifyMode(v messaging.Conversation) store.Notify {
	switch {
	case v.Notify != store.NotifyDefault:
		return v.Notify
	case v.Kind == id.KindCommunity:
		return store.NotifyMentions
	}
	return store.NotifyAll
}

func notifyText(v messaging.Conversation) string { return notifyName(notifyMode(v)) }

func notifyName(mode store.Notify) string {
	switch mode {
	case store.NotifyMentions:
		return "Mentions of you"
	case store.NotifyNone:
		return "None"
	}
	return "All messages"
}

// mutedText says until when a conversation is muted.
func (m *Model) mutedText(v messaging.Conversation) string {
	until, now := time.UnixMilli(v.MutedUntilMS), m.now()
	if m.o.Zone != nil {
		until = until.In(m.o.Zone)
	}
	switch {
	case v.MutedUntilMS >= messaging.Forever.UnixMilli():
		return "for good"
	case !until.After(now):
		return "no"
	case until.Sub(now) < 24*time.Hour:
		return "until " + until.Format("15:04")
	}
	return "until " + until.Format("2 Jan 15:04")
}

// timerText says when messages disappear: "1 day after reading".
func timerText(t store.Timer) string {
	d := time.Duration(t.Seconds) * time.Second
	switch t.Mode {
	case store.ExpireAfterRead:
		return lasting(d) + " after reading"
	case store.ExpireAfterSend:
		return lasting(d) + " after sending"
	}
	return "never"
}

// lasting is a time in its largest unit that leaves no rest.
func lasting(d time.Duration) string {
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"week", aWeek}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if d >= unit.length && d%unit.length == 0 {
			return plural(int(d/unit.length), unit.name)
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + " seconds"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
