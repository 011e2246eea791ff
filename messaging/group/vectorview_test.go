package group

import (
	"encoding/hex"
	"encoding/json"
	"reflect"
	"time"

	"seance/messaging/config"
)

// editInfo and editMember edit as the transcripts do.
func (r *replay) editInfo(g *Group, set map[string]any) error {
	for name, v := range set {
		n, _ := v.(float64)
		text, _ := v.(string)
		var err error
		switch name {
		case "name":
			err = g.Info.SetName(text)
		case "description":
			err = g.Info.SetDescription(text)
		case "profile_pic":
			err = g.Info.SetPicture(r.picture(v))
		case "expiry_timer":
			err = g.Info.SetExpiry(time.Duration(n) * time.Second)
		case "created":
			err = g.Info.SetCreated(moment(n))
		case "delete_before":
			err = g.Info.SetDeleteBefore(moment(n))
		case "delete_attach_before":
			err = g.Info.SetDeleteFilesBefore(moment(n))
		case "destroy":
			err = g.Info.Destroy()
		default:
			r.Fatalf("unknown edit %q", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func moment(seconds float64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

func (r *replay) picture(v any) (p config.Picture) {
	if m, ok := v.(map[string]any); ok {
		p.URL, _ = m["url"].(string)
		text, _ := m["key"].(string)
		key, err := hex.DecodeString(text)
		if err != nil {
			r.Fatal(err)
		}
		copy(p.Key[:], key)
	}
	return p
}

func (r *replay) editMember(g *Group, set map[string]any) error {
	name, _ := set["session_id"].(string)
	m, _ := g.Members.Get(accountOf(r.T, name))
	if set["erase"] == true {
		_, err := g.Members.Erase(m.ID)
		return err
	}
	for key, v := range set {
		switch key {
		case "session_id", "action":
		case "name":
			m.Name = v.(string)
		case "profile_pic":
			m.Picture = r.picture(v)
		case "profile_updated":
			m.Updated = moment(v.(float64))
		case "admin":
			m.Admin = v.(bool)
		case "supplement":
			m.Supplement = v.(bool)
		default:
			r.Fatalf("unknown edit %q", key)
		}
	}
	promote := func(s config.Sending) { m.Admin, m.Invite, m.Promotion = true, config.Accepted, s }
	switch set["action"] {
	case nil:
	case "set_invite_sent":
		m.Invite = config.Sent
	case "set_invite_not_sent":
		m.Invite = config.NotSent
	case "set_invite_failed":
		m.Invite = config.Failed
	case "set_invite_accepted":
		m.Invite, m.Supplement = config.Accepted, false
	case "set_promoted":
		promote(config.NotSent)
	case "set_promotion_sent":
		promote(config.Sent)
	case "set_promotion_failed":
		promote(config.Failed)
	case "set_promotion_accepted":
		promote(config.Accepted)
	case "set_removed":
		m.Invite, m.Promotion, m.Removed = config.Accepted, config.Accepted, config.RemovedMember
	case "set_removed_messages":
		m.Invite, m.Promotion, m.Removed = config.Accepted, config.Accepted, config.RemovedWithMessages
	default:
		r.Fatalf("unknown action %v", set["action"])
	}
	return g.Members.Set(m)
}

func orNil[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func pictureFields(p config.Picture) any {
	if p.IsZero() {
		return nil
	}
	return map[string]any{"url": p.URL, "key": hex.EncodeToString(p.Key[:])}
}

func infoFields(g *Group) any {
	i := g.Info
	return map[string]any{
		"id": g.ID.String(), "name": orNil(i.Name()), "description": orNil(i.Description()), "profile_pic": pictureFields(i.Picture()),
		"expiry_timer": orNil(int64(i.Expiry() / time.Second)), "created": orNil(seconds(i.Created())),
		"delete_before": orNil(seconds(i.DeleteBefore())), "delete_attach_before": orNil(seconds(i.DeleteFilesBefore())), "destroyed": i.Destroyed(),
	}
}

func memberFields(g *Group) any {
	list := []any{}
	for m := range g.Members.All() {
		list = append(list, map[string]any{
			"session_id": m.ID.String(), "name": m.Name, "profile_pic": pictureFields(m.Picture), "profile_updated": seconds(m.Updated),
			"admin": m.Admin, "invite_status": m.Invite, "promotion_status": m.Promotion, "removed_status": m.Removed, "supplement": m.Supplement,
		})
	}
	return list
}

// same compares what is shown, but for the one word into which the library sums up the
// states of a member.
func (r *replay) same(what string, shown any, want json.RawMessage) {
	r.Helper()
	b, err := json.Marshal(shown)
	if err != nil {
		r.Fatal(err)
	}
	var got, expected any
	if err := json.Unmarshal(b, &got); err != nil {
		r.Fatal(err)
	}
	if err := json.Unmarshal(want, &expected); err != nil {
		r.Fatal(err)
	}
	if list, ok := expected.([]any); ok {
		for _, m := range list {
			delete(m.(map[string]any), "status")
		}
	}
	if !reflect.DeepEqual(got, expected) {
		r.fail("%s\n%v, want\n%v", what, got, expected)
	}
}
