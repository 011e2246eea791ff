package render

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"rsc.io/qr"
)

// TestQR reads the modules of a code back from the cells.
func TestQR(t *testing.T) {
	text := "05" + strings.Repeat("ab", 32)
	rows, width, err := QR(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if !strings.HasPrefix(row, qrColours) || !strings.HasSuffix(row, qrReset) {
			t.Errorf("row %d does not keep its colours to itself: %q", i, row)
		}
		cells := []rune(ansi.Strip(row))
		if len(cells) != width {
			t.Fatalf("row %d is %d cells wide, not %d", i, len(cells), width)
		}
		for x, c := range cells {
			upper, lower := strings.ContainsRune("█▀", c), strings.ContainsRune("█▄", c)
			if y := 2*i - quietZone; upper != code.Black(x-quietZone, y) || lower != code.Black(x-quietZone, y+1) {
				t.Fatalf("the cell %d of row %d is %q", x, i, c)
			}
		}
	}
	if len(rows) < (code.Size+2*quietZone)/2 {
		t.Errorf("%d rows do not hold %d modules", len(rows), code.Size)
	}
	if _, _, err := QR(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text that fits into no code was drawn")
	}
}
