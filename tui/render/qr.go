package render

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quietZone is how many light modules surround a code, so that a camera finds it.
const quietZone = 2

// Black on white from the fixed part of the 256 colours: what a theme calls
// black and white may be anything, and a camera needs dark on light.
const (
	qrColours = "\x1b[38;5;16;48;5;231m"
	qrReset   = "\x1b[0m"
)

// QR is text as a QR code of half blocks: two modules in a cell, one above the
// other. Every row brings its colours; all are width cells wide.
func QR(text string) (rows []string, width int, err error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, 0, fmt.Errorf("draw the QR code: %w", err)
	}
	width = code.Size + 2*quietZone
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		var b strings.Builder
		b.WriteString(qrColours)
		for x := -quietZone; x < code.Size+quietZone; x++ {
			switch upper, lower := code.Black(x, y), code.Black(x, y+1); {
			case upper && lower:
				b.WriteRune('█')
			case upper:
				b.WriteRune('▀')
			case lower:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		rows = append(rows, b.String()+qrReset)
	}
	return rows, width, nil
}
