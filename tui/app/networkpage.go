package app

import (
	"strconv"
	"time"

	"seance/network"
	"seance/tui/render"
)

// showNetwork shows the paths that messages take, node by node.
func (m *Model) showNetwork() {
	m.page = &textPage{name: "Network", text: (*Model).networkRows}
}

func (m *Model) networkRows(width int) []string {
	s := m.net
	var rows []string
	switch s.State {
	case network.Ready:
		rows = m.paragraph("What you send is wrapped in three layers. Each node takes off one, and sees only the next.", width)
	case network.Offline:
		rows = m.paragraph("No node can be reached. Seance keeps trying; what you write waits until it gets through.", width)
	default:
		rows = m.paragraph("Looking for a way in.", width)
	}
	for i, p := range s.Paths {
		rows = append(rows, "")
		rows = append(rows, m.pathRows(i+1, p, width)...)
	}
	rows = append(rows, "", m.fact("Network", render.Line(s.Network), width), m.fact("Nodes", strconv.Itoa(s.Nodes)+" known", width))
	if off := s.Offset.Round(time.Second); off != 0 {
		rows = append(rows, m.fact("Clock", "this machine's is off by "+off.Abs().String()+"; corrected", width))
	}
	if s.LastError != "" {
		for i, row := range render.Wrap(render.Line(s.LastError), textWidth(width)-11) {
			label := ""
			if i == 0 {
				label = "Trouble"
			}
			rows = append(rows, m.fact(label, row, width))
		}
	}
	return rows
}

// pathRows is a path from here to where messages wait.
func (m *Model) pathRows(n int, p network.Path, width int) []string {
	th := m.theme
	head := indent + th.Strong.Render("Path "+strconv.Itoa(n))
	if p.RTT > 0 {
		head += th.Muted.Render("   " + milliseconds(p.RTT) + " there and back")
	}
	rows := []string{head, indent + th.Muted.Render("  you")}
	for _, h := range p.Hops {
		rtt := ""
		if h.RTT > 0 {
			rtt = milliseconds(h.RTT)
		}
		address := h.IP.String() + ":" + strconv.Itoa(int(h.Port))
		row := indent + th.Accent.Render(th.Glyphs.Divider) + " " + m.metrics.Fit(string(h.Role), 9, "") +
			m.metrics.Fit(address, 24, "") + th.Muted.Render(m.metrics.Fit(rtt, 9, ""))
		if width >= 60 {
			row += th.Muted.Render(h.Key.String()[:8])
		}
		rows = append(rows, row)
	}
	return append(rows, indent+th.Muted.Render("  the swarm that keeps the messages"))
}
