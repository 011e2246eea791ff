package cli

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

// drawQR draws text as a QR code of half blocks: two modules in a cell, one
// above the other.
func drawQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw the QR code: %w", err)
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
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
		b.WriteString(qrReset + "\n")
	}
	return b.String(), nil
}
