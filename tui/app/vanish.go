package app

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/store"
)

// vanished takes a message away wherever it is shown.
func (m *Model) vanished(conv id.Conversation, row int64) tea.Cmd {
	m.chat.Remove(row)
	m.forgetPictures(row)
	m.forgetAnswer(row)
	return tea.Batch(m.forgetVoices(row), m.changedStory(conv, row))
}

// hideExpired takes away what has expired before the next frame is drawn: the
// engine's word for it comes a moment later.
func (m *Model) hideExpired() tea.Cmd {
	if m.client == nil {
		return nil
	}
	now := m.client.ExpiryMS()
	over := func(endMS int64) bool { return endMS != 0 && endMS <= now }
	var cmds []tea.Cmd
	for _, row := range m.chat.Ended(now) {
		cmds = append(cmds, m.vanished(m.open, row))
	}
	stale := false
	for i := range m.convs {
		if last := &m.convs[i].Last; over(last.EndMS) && (last.Text != "" || last.Files.Count > 0) {
			last.Text, last.Files, stale = "", store.Files{}, true
		}
	}
	if stale {
		m.showList(m.convs)
	}
	if s := m.story; s != nil && over(s.message.Expire.AtMS) {
		s.gone = true
	}
	if s := m.search; s != nil {
		s.hits = slices.DeleteFunc(s.hits, func(h hit) bool { return over(h.endMS) })
		s.move(0)
	}
	return tea.Batch(cmds...)
}
