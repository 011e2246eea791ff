package composer

import (
	"strings"
	"testing"

	"seance/tui/render"
	"seance/tui/theme"
)

func look() Look {
	return Look{Theme: theme.New(theme.Options{}), Width: 40, Max: 4, Hint: "Type a message", Active: true}
}

func TestGrowsThenScrolls(t *testing.T) {
	var c Composer
	if rows, x, y := c.View(look()); len(rows) != 1 || x != 4 || y != 0 || !strings.Contains(rows[0], "Type a message") {
		t.Errorf("empty: %q, cursor %d,%d", rows, x, y)
	}
	for i := range 10 {
		c.Insert("line\n")
		rows, _, y := c.View(look())
		if want := min(i+2, 4); len(rows) != want || y != want-1 {
			t.Errorf("after %d lines: %d rows, cursor in row %d", i+1, len(rows), y)
		}
	}
	for range 10 {
		c.Previous(render.Metrics{}, 40)
	}
	if _, _, y := c.View(look()); y != 0 {
		t.Errorf("at the start the cursor is in row %d", y)
	}
}

func TestHistory(t *testing.T) {
	var c Composer
	for _, text := range []string{"first", "second", "second"} {
		c.Insert(text)
		c.Sent()
	}
	c.Insert("unsent")
	var got []string
	for _, f := range []func(render.Metrics, int) bool{c.Previous, c.Previous, c.Previous, c.Next, c.Next, c.Next} {
		f(render.Metrics{}, 40)
		got = append(got, c.Text())
	}
	if s := strings.Join(got, ","); s != "second,first,first,second,unsent,unsent" {
		t.Errorf("history is %s", s)
	}
	c.Load("")
	if c.Previous(render.Metrics{}, 40); c.Text() != "second" {
		t.Errorf("in another conversation history begins with %q", c.Text())
	}
}

func TestCounter(t *testing.T) {
	for _, tt := range []struct {
		length int
		want   string
		over   bool
	}{{0, "", false}, {1799, "", false}, {1800, "200 left", false}, {2000, "0 left", false}, {2001, "1 too many", true}} {
		var c Composer
		c.Insert(strings.Repeat("é", tt.length))
		if got, over := c.Counter(); got != tt.want || over != tt.over {
			t.Errorf("%d characters: %q, %v", tt.length, got, over)
		}
	}
}
