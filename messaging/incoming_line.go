package messaging

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// What came is shown as a line between the messages: something happened. Lines
// are never unread, and bring nobody into the list who is not there, but for calls.

// What lines say as they are kept, without whose doing it was: names change, and may be
// heard of later.
const (
	savedText  = "A file was saved."
	shotText   = "A picture of the conversation was taken."
	missedText = "Missed call."
)

// namedLines are the same as they are shown.
var namedLines = map[string]string{
	savedText: "%s saved a file.", shotText: "%s took a picture of the conversation.", missedText: "Missed call from %s.",
}

// accepted takes the news that somebody accepted our message request. Where no
// request of ours is known it may have been made on another device, whose copy
// of it is still to come: the news is kept, yet gets nobody on the list.
func (in *incoming) accepted(tx *store.Tx, v store.Conversation, r *sessionpb.MessageRequestResponse) error {
	if in.own() || !r.GetIsApproved() {
		return fmt.Errorf("%w: a message request can't be refused in a message", errSkip)
	}
	v.ApprovedMe = true
	if v.Approved {
		v.Hidden = false
	} else if err := hideNew(tx, &v); err != nil {
		return err
	}
	applyProfile(&v, r.GetProfile(), r.GetProfileKey(), in.ms)
	return in.once(tx, v, "accepted", "Your message request was accepted.")
}

// extraction takes the news that somebody saved something of a conversation.
func (in *incoming) extraction(tx *store.Tx, v store.Conversation, n *sessionpb.DataExtractionNotification) error {
	text := savedText
	switch {
	case in.own():
		return fmt.Errorf("%w: what was saved on one's own devices is no news", errSkip)
	case n.GetType() == sessionpb.DataExtractionNotification_SCREENSHOT:
		text = shotText
	case n.GetType() != sessionpb.DataExtractionNotification_MEDIA_SAVED:
		return fmt.Errorf("%w: it is not told what was saved", errSkip)
	}
	if err := hideNew(tx, &v); err != nil {
		return err
	}
	_, err := in.insert(tx, v, in.row(v, store.KindInfo, text))
	return err
}

// maxCall is how long the name of a call may be: apps use UUIDs.
const maxCall = 64

// call takes a call, which nobody can answer here: a line for each, of the friends
// that may call. One that was taken or declined on another device of the account is
// not missed, whichever is heard of first.
//
// Wire reference: session-foundation/session-desktop: ts/receiver/callMessage.ts,
// ts/session/utils/calling/CallManager.ts.
func (in *incoming) call(tx *store.Tx, v store.Conversation, call *sessionpb.CallMessage) error {
	rings := call.GetType() == sessionpb.CallMessage_PRE_OFFER || call.GetType() == sessionpb.CallMessage_OFFER
	ends := call.GetType() == sessionpb.CallMessage_ANSWER || call.GetType() == sessionpb.CallMessage_END_CALL
	uuid := call.GetUuid()
	switch {
	case uuid == "" || len(uuid) > maxCall:
	case in.own() && ends:
		return in.callTaken(tx, uuid)
	case !in.own() && rings && v.Approved:
		key := "call " + uuid
		if taken, err := in.wasTaken(tx, uuid); taken || err != nil {
			return errors.Join(err, tx.SetOnce(v.ID, key, 0))
		}
		v.Hidden = false
		return in.once(tx, v, key, missedText)
	}
	return fmt.Errorf("%w: no call that a line could be about", errSkip)
}

// callTaken removes the line of a call. Its name does not say whose it is, and it
// may be still to come.
func (in *incoming) callTaken(tx *store.Tx, uuid string) error {
	list, err := tx.Conversations()
	if err != nil {
		return err
	}
	for _, v := range list {
		row, ok, err := tx.Once(v.ID, "call "+uuid)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		m, err := tx.Message(row)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return in.c.erase(tx, m, &in.changes)
	}
	return in.wait(tx, store.Waiting{Author: in.sender.Sender(), Emoji: uuid, Kind: store.WaitingCall})
}

// wasTaken reports whether another device of the account took a call.
func (in *incoming) wasTaken(tx *store.Tx, uuid string) (bool, error) {
	waiting, err := tx.Waiting("", in.c.Self().Account.Sender(), 0)
	return slices.ContainsFunc(waiting, func(w store.Waiting) bool {
		return w.Kind == store.WaitingCall && w.Emoji == uuid
	}), err
}

// invitation takes an invitation to a community.
func (in *incoming) invitation(tx *store.Tx, v store.Conversation, c *sessionpb.DataMessage_CommunityInvitation) error {
	const longest = 512
	name, url := cutName(c.GetName()), strings.ToValidUTF8(c.GetUrl(), "")
	if url == "" || len(url) > longest {
		return fmt.Errorf("%w: an invitation to nowhere", errSkip)
	}
	in.wrote(&v, in.content.GetDataMessage())
	_, err := in.insert(tx, v, in.row(v, store.KindInfo, fmt.Sprintf("Invitation to the community \"%s\": %s", name, url)))
	return err
}

// once puts a line into a conversation that has one for the key. Of several the
// oldest stays, in whatever order they come.
func (in *incoming) once(tx *store.Tx, v store.Conversation, key, text string) error {
	known, ok, err := tx.Once(v.ID, key)
	if err != nil {
		return err
	}
	m := in.row(v, store.KindInfo, text)
	if ok {
		last, err := tx.Message(known)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case err == nil && m.TimestampMS < last.TimestampMS:
			err = tx.DeleteMessage(known)
			in.changes.gone = append(in.changes.gone, MessageRemoved{v.ID, last.ID()})
		default: // it stands there, or was deleted by the user
			if err := tx.PutConversation(v); err != nil {
				return err
			}
			in.changes.conversation(v.ID)
			return nil
		}
		if err != nil {
			return err
		}
	}
	row, err := in.insert(tx, v, m)
	if err != nil || row == 0 {
		return err
	}
	return tx.SetOnce(v.ID, key, row)
}

// hideNew keeps a conversation out of the list that is not there yet.
func hideNew(tx *store.Tx, v *store.Conversation) error {
	_, err := tx.Conversation(v.ID)
	if errors.Is(err, store.ErrNotFound) {
		v.Hidden, err = true, nil
	}
	return err
}
