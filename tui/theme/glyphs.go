package theme

// Glyphs are the characters that Seance draws itself. All are one cell wide
// on every terminal.
type Glyphs struct {
	Rule     string // a horizontal line, repeated
	Divider  string // between two columns
	Bar      string // marks the row that the cursor is on
	Ellipsis string // ends what was cut
	Prompt   string // in front of what is typed
	Dot      string // between two small facts
	Up, Down string // more above, more below
	Hop      string // from one node of a path to the next
	Pinned   string
	Muted    string
	Unread   string // marked as unread
	Failed   string
	Mask     string // in place of each character of a passphrase
	Play     string // a sound that can be played, or is
	Pause    string // one that is played, but not now
	Record   string // one that is recorded
}

var unicodeGlyphs = Glyphs{
	Rule: "─", Divider: "│", Bar: "▌", Ellipsis: "…", Prompt: "›", Dot: "·", Up: "↑", Down: "↓", Hop: "→",
	Pinned: "▴", Muted: "◌", Unread: "•", Failed: "!", Mask: "•", Play: "▸", Pause: "‖", Record: "●",
}

var asciiGlyphs = Glyphs{
	Rule: "-", Divider: "|", Bar: ">", Ellipsis: "~", Prompt: ">", Dot: "-", Up: "^", Down: "v", Hop: ">",
	Pinned: "^", Muted: "-", Unread: "*", Failed: "!", Mask: "*", Play: ">", Pause: "=", Record: "*",
}
