package messaging

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/secret"
	"seance/store"
)

// crowd are people who live in one group at random.
type crowd struct {
	*world
	random *rand.Rand
	people []*device
	conv   id.Conversation
	since  map[*device]time.Time  // when they were seen to be members, with all keys
	unsure map[*device]bool       // they were invited or removed, and perhaps do not know yet
	keys   map[*device]dumpedKeys // what they had when they were removed
	wrote  int
	deeds  map[*device][]string // what was done about them, to be told when it went wrong
}

type dumpedKeys struct{ group.Dumps }

// TestACrowd: people are invited, removed, promoted, write, rename, are away and come
// back, at random. In the end all members know the same of the group and of what was
// written since they came, and those who were removed cannot read what came after.
// SEANCE_LONG=1 takes 20 people and 2,000 steps, SEANCE_SEED chooses others.
func TestACrowd(t *testing.T) {
	slow(t)
	people, steps, seed := 6, 120, uint64(1)
	if os.Getenv("SEANCE_LONG") != "" {
		people, steps = 20, 2000
	}
	if s, err := strconv.ParseUint(os.Getenv("SEANCE_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("%d people, %d steps, seed %d", people, steps, seed)
	inWorld(t, func(w *world) {
		c := &crowd{world: w, random: rand.New(rand.NewPCG(seed, 0)), since: map[*device]time.Time{}, unsure: map[*device]bool{}, keys: map[*device]dumpedKeys{}, deeds: map[*device][]string{}}
		for i := range people {
			c.people = append(c.people, w.person(fmt.Sprint("person ", i)))
		}
		for i, d := range c.people { // all of them are known to each other, so that nobody has to be asked
			for j, o := range c.people {
				if i != j {
					w.check(d.edit(w.Context(), func(tx *store.Tx) error {
						v, err := d.conversationWith(tx, o.id())
						v.Approved = true
						return errors.Join(err, d.put(tx, v))
					}))
				}
			}
		}
		g, err := c.people[0].CreateGroup(w.Context(), NewGroup{Name: "crowd", Members: idsOf(c.people[1 : people/2]...)})
		w.check(err)
		c.conv = g.ID
		w.round(c.people...)
		for range steps {
			c.step()
			c.look()
			time.Sleep(time.Duration(c.random.IntN(8000)) * time.Millisecond)
		}
		for _, d := range c.people {
			d.unplugged.Store(false)
		}
		time.Sleep(10 * time.Minute)
		w.round(c.people...)
		w.round(c.people...)
		c.judge()
	})
}

func (c *crowd) pick() *device { return c.people[c.random.IntN(len(c.people))] }

// is reports whether a device takes itself for a member.
func (c *crowd) is(d *device) bool {
	v, err := d.Conversation(c.Context(), c.conv)
	return err == nil && v.Membership == store.Member
}

func (c *crowd) step() {
	c.Helper()
	ctx, who, other, k := c.Context(), c.pick(), c.pick(), c.random.IntN(100)
	var err error
	switch {
	case k < 50:
		if c.is(who) {
			c.wrote++
			_, err = who.Send(ctx, c.conv, Draft{Text: fmt.Sprint("message ", c.wrote)})
		}
	case k < 62:
		who = c.boss(who)
		c.unsure[other] = true
		err = who.Invite(ctx, c.conv, idsOf(other), c.random.IntN(2) == 0)
	case k < 70:
		who = c.boss(who)
		c.remember(other)
		c.unsure[other] = true
		err = who.RemoveMembers(ctx, c.conv, idsOf(other), false)
	case k < 72:
		if len(c.people) > 6 || c.random.IntN(3) == 0 {
			err = c.boss(who).Promote(ctx, c.conv, idsOf(other))
		}
	case k < 77:
		err = who.ConfigureGroup(ctx, c.conv, GroupChange{Name: pointer(fmt.Sprint("crowd ", c.random.IntN(1000)))})
	case k < 80:
		err = who.ConfigureGroup(ctx, c.conv, GroupChange{Description: pointer(fmt.Sprint("about ", c.random.IntN(1000)))})
	case k < 90:
		who.unplugged.Store(c.random.IntN(2) == 0)
	case k < 95:
		who.reopen()
	default:
		time.Sleep(time.Duration(c.random.IntN(int(5 * time.Minute))))
	}
	if err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnknown) {
		c.Fatal(err)
	}
	switch {
	case k >= 80 && k < 90:
		c.deed(who, "away: %v", who.unplugged.Load())
	case k >= 50 && k < 72:
		what := "invited"
		if k >= 70 {
			what = "promoted"
		} else if k >= 62 {
			what = "removed"
		}
		c.deed(other, "%s by %s, who has key %d and is away: %v (%v)", what, who.Self().Name, c.generation(who), who.unplugged.Load(), err)
	}
}

// deed notes what was done about somebody.
func (c *crowd) deed(d *device, format string, args ...any) {
	c.deeds[d] = append(c.deeds[d], time.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// remember keeps the keys of somebody who may be removed now.
func (c *crowd) remember(d *device) {
	name, _ := c.conv.Group()
	var k dumpedKeys
	c.check(d.edit(c.Context(), func(tx *store.Tx) (err error) {
		for ns, dump := range map[id.Namespace]*[]byte{
			nsGroupKeys: &k.Keys, config.KindGroupInfo.Namespace(): &k.Info, config.KindGroupMembers.Namespace(): &k.Members,
		} {
			if *dump, err = tx.ConfigDump(name.Pubkey(), ns); err != nil {
				return err
			}
		}
		return nil
	}))
	if k.Keys != nil {
		c.keys[d] = k
	}
}

// boss is mostly somebody who may administer the group.
func (c *crowd) boss(d *device) *device {
	if c.random.IntN(4) > 0 {
		return c.people[0]
	}
	return d
}

// look notes since when people are members, with the keys that there are.
func (c *crowd) look() {
	newest := c.generation(c.people[0])
	for _, d := range c.people {
		current := c.is(d) && c.generation(d) >= max(newest, 0)
		switch _, was := c.since[d]; {
		case c.unsure[d] && current && c.joined(d):
			delete(c.unsure, d)
			c.since[d] = time.Now().Add(time.Minute)
		case c.unsure[d]:
			delete(c.since, d)
		case !was && current:
			c.since[d] = time.Now()
		}
	}
}

// joined reports whether the first admin takes somebody for a member.
func (c *crowd) joined(d *device) (yes bool) {
	info, err := c.people[0].Group(c.Context(), c.conv)
	c.check(err)
	for _, m := range info.Members {
		yes = yes || m.Account == d.id() && m.State == store.MemberJoined
	}
	return yes
}

// judge compares what people know in the end.
func (c *crowd) judge() {
	c.Helper()
	name, _ := c.conv.Group()
	admin := c.people[0]
	info, err := admin.Group(c.Context(), c.conv)
	c.check(err)
	in := map[id.Account]bool{}
	for _, m := range info.Members {
		if in[m.Account] = true; m.State != store.MemberJoined {
			c.Errorf("%s is %s", m.Account.Short(), m.State)
		}
	}
	var members, others []*device
	for _, d := range c.people {
		if in[d.id()] {
			members = append(members, d)
		} else {
			others = append(others, d)
		}
	}
	c.Logf("%d members, %d others, %d messages, generation of the key: %d", len(members), len(others), c.wrote, c.generation(admin))
	for _, d := range members {
		d.write(c.conv, "at the end: "+d.Self().Name)
	}
	c.round(members...)
	c.unanimous(c.conv, members...)
	texts := map[*device]map[string]bool{}
	all := map[string]time.Time{}
	for _, d := range members {
		page, err := d.Messages(c.Context(), c.conv, Page{Limit: 10_000})
		c.check(err)
		texts[d] = map[string]bool{}
		for _, m := range page {
			if m.Kind == store.KindMessage && m.State != store.StateFailed {
				texts[d][m.Text] = true
				all[m.Text] = time.UnixMilli(m.TimestampMS)
			}
		}
	}
	for _, d := range members {
		missing := 0
		for text, at := range all {
			since, ok := c.since[d]
			if ok && at.After(since) && !texts[d][text] {
				missing++
				c.Logf("%s lacks %q of %v, a member since %v", d.Self().Name, text, at, since)
			}
		}
		if missing > 0 {
			c.Errorf("%s lacks %d messages", d.Self().Name, missing)
		}
	}

	// What was removed stays outside, with all the keys that it had.
	stored := admin.groupSwarm(c.conv, space{nsGroupMessages, -1}).answers[nsGroupMessages]
	ends := 0
	for _, m := range stored {
		_, _, err := c.open(admin, m.Data)
		if err == nil {
			ends++
		}
	}
	for _, d := range others {
		if v, err := d.Conversation(c.Context(), c.conv); err == nil && v.Membership == store.Member {
			c.Errorf("%s was removed and does not know", d.Self().Name)
			c.Log(strings.Join(c.deeds[d], "\n"))
		}
		k, removed := c.keys[d]
		if !removed {
			continue
		}
		g, err := group.Open(name, d.keys, secret.Bytes{}, k.Dumps)
		c.check(err)
		for _, m := range stored {
			if _, text, err := g.Decrypt(m.Data); err == nil && strings.Contains(string(text), "at the end: ") {
				c.Errorf("%s reads what came after", d.Self().Name)
			}
		}
	}
	if ends == 0 {
		c.Error("nothing in the swarm can be read by the members")
	}
}

func (c *crowd) open(d *device, data []byte) (sender id.Account, text []byte, err error) {
	d.withGroup(c.conv, func(_ *store.Tx, g *group.Group) error {
		sender, text, err = g.Decrypt(data)
		return nil
	})
	return sender, text, err
}

// generation is that of the newest key that a device has; -1 if it has none.
func (c *crowd) generation(d *device) (n int64) {
	n = -1
	name, _ := c.conv.Group()
	c.check(d.edit(c.Context(), func(tx *store.Tx) error {
		if g, err := d.Client.group(tx, name); err == nil {
			n = g.Generation()
		}
		return nil
	}))
	return n
}
