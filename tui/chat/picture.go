package chat

import "seance/tui/images"

// Pictures is how a list shows pictures. The zero value shows a line for each.
type Pictures struct {
	Store   *images.Store
	Support images.Support
	Box     images.Box // the most that one takes
	Soon    bool       // those that are not here will be without being asked for: room is kept for them, as it is for one's own
	Hint    string     // what those say that have to be asked for
}

// placed is a picture in a block.
type placed struct {
	row  int // of the block, where it starts
	file File
	key  images.Key // its Name is "" until the file is here
}

// The size in pixels that a picture is taken for of which nobody says it.
const unknownWidth, unknownHeight = 480, 360

// picture is what names the picture of a file on the screen, with the room for
// it; false if a line stands for it.
func (l *List) picture(m Message, f File, room int) (images.Key, bool) {
	p := l.look.Pictures
	if !f.Picture || f.Failure != "" || p.Store == nil || !f.Here && !f.Moving && !p.Soon && !m.Own {
		return images.Key{}, false
	}
	width, height := f.Width, f.Height
	if width <= 0 || height <= 0 {
		width, height = unknownWidth, unknownHeight
	}
	box := p.Support.Fit(width, height, images.Box{Columns: min(p.Box.Columns, room), Rows: p.Box.Rows})
	return images.Key{Name: f.Content, Box: box, Support: p.Support}, box.Rows > 0
}

// pictureRows are the rows of a file that is shown as a picture: blank, but for
// a line at the top as long as the file is not here. The picture itself is put
// in when they are shown, since it may not be made yet.
func (l *List) pictureRows(f File, key images.Key, room int) []string {
	rows := make([]string, key.Box.Rows)
	if !f.Here {
		rows[0] = l.fileLine(f, "", room)
	}
	return rows
}

// row is a row of a block as it is now: with the pictures in it that are made,
// and voice messages as far as they are played.
func (l *List) row(b *block, r int) string {
	for _, p := range b.pictures {
		if r < p.row || r >= p.row+p.key.Box.Rows || p.key.Name == "" {
			continue
		}
		if made, _ := l.look.Pictures.Store.Get(p.key); made != nil {
			return b.rows[r] + made.Rows()[r-p.row]
		}
	}
	for _, v := range b.voices {
		if r == v.row && v.file.Here {
			return b.rows[r] + l.voiceRow(v)
		}
	}
	return b.rows[r]
}

// Picture is a file of a message of which the picture has room on the screen.
type Picture struct {
	Message int64 // its key
	File    File
	Key     images.Key // for the list's Store, if the file is here
}

// Pictures are the pictures of which a part is on the screen, made or not.
func (l *List) Pictures() (list []Picture) {
	l.visible(func(i, from, to int) {
		for _, p := range l.block(i).pictures {
			if p.row < to && p.row+p.key.Box.Rows > from {
				list = append(list, Picture{l.items[i].Key, p.file, p.key})
			}
		}
	})
	return list
}

// Redraw draws a message anew, since a picture of it has turned out to be none.
func (l *List) Redraw(key int64) {
	if i := l.index(key); i >= 0 {
		l.keep()
		l.items[i].block = block{}
	}
}
