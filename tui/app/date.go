package app

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/edit"
)

// showDate asks for a day to go to in the open conversation.
func (m *Model) showDate() {
	p := &formPage{
		name:  "Go to a date",
		intro: "A day, as 2026-11-23, 23 Nov, yesterday, Friday, or how long ago: 3 weeks. A month or a year goes to its first day.",
		hint:  "Date", buffer: edit.Single(""),
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		day, ok := parseDay(text, m.clock())
		if !ok {
			p.wrong = "That is no date that can be understood here."
			return nil
		}
		m.page = nil
		return m.toDay(day)
	}
	m.page = p
}

// clock is the time where the user is.
func (m *Model) clock() time.Time {
	if m.o.Zone == nil {
		return m.now().Local()
	}
	return m.now().In(m.o.Zone)
}

// toDay shows the first message from a moment on.
func (m *Model) toDay(day time.Time) tea.Cmd {
	m.page, m.focus = nil, OnMessages
	at := store.Position{TimestampMS: day.UnixMilli()}
	return m.readPage(messaging.Page{Around: &at, Limit: pageSize}, func(m *Model, page []chat.Message) {
		m.showAround(page, place(at))
		m.layOut()
		found, ok := m.chat.ToPlace(place(at))
		if !ok {
			return
		}
		switch next := time.UnixMilli(found.MS).In(day.Location()); {
		case next.Before(day):
			m.say("Nothing is as new as that. This is the newest message.")
		case !next.Before(day.AddDate(0, 0, 1)):
			m.say("Nothing from " + day.Format("2 January 2006") + ". This is what came next.")
		}
	})
}

// dateForms are the ways to write a date, the year left out or not.
var dateForms = [...]struct {
	layout string
	year   bool // it says which
}{
	{"2006-1-2", true}, {"2006-1", true}, {"2006", true}, {"2.1.2006", true}, {"2.1.", false}, {"2.1", false},
	{"2 Jan 2006", true}, {"2 January 2006", true}, {"Jan 2 2006", true}, {"January 2 2006", true},
	{"Jan 2006", true}, {"January 2006", true},
	{"2 Jan", false}, {"2 January", false}, {"Jan 2", false}, {"January 2", false}, {"Jan", false}, {"January", false},
}

// parseDay understands how people write a day that has been, and gives the
// moment when it began.
func parseDay(text string, now time.Time) (time.Time, bool) {
	text = strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(text, ",", " "))), " ")
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch text {
	case "today":
		return today, true
	case "yesterday":
		return today.AddDate(0, 0, -1), true
	}
	for back := 1; back <= 7; back++ {
		day := today.AddDate(0, 0, -back)
		name := strings.ToLower(day.Weekday().String())
		if len(text) >= 3 && strings.HasPrefix(name, text) {
			return day, true
		}
	}
	for _, f := range dateForms {
		day, err := time.ParseInLocation(f.layout, text, now.Location())
		if err != nil {
			continue
		}
		if !f.year {
			day = time.Date(today.Year(), day.Month(), day.Day(), 0, 0, 0, 0, now.Location())
			if day.After(today) {
				day = day.AddDate(-1, 0, 0)
			}
		}
		return day, true
	}
	return ago(text, today)
}

// ago understands "3 weeks" and "2 days ago".
func ago(text string, today time.Time) (time.Time, bool) {
	number, unit, ok := strings.Cut(strings.TrimSuffix(text, " ago"), " ")
	n, err := strconv.Atoi(number)
	const most = 10_000
	if !ok || err != nil || n < 0 || n > most {
		return time.Time{}, false
	}
	switch strings.TrimSuffix(unit, "s") {
	case "day":
		return today.AddDate(0, 0, -n), true
	case "week":
		return today.AddDate(0, 0, -7*n), true
	case "month":
		return today.AddDate(0, -n, 0), true
	case "year":
		return today.AddDate(-n, 0, 0), true
	}
	return time.Time{}, false
}
