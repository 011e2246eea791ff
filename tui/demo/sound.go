package demo

import (
	"encoding/binary"
	"math"

	"seance/tui/audio"
)

// telegraph is the sound of a telegraph that says SEANCE twice.
func telegraph() ([]byte, error) {
	const (
		rate  = 44100 // what an Encoder takes
		pitch = 620   // Hz
		dot   = rate * 65 / 1000
		soft  = rate / 200 // samples in which a tone comes and goes
	)
	var pcm []byte
	sound := func(length int, loud float64) {
		for i := range length {
			shape := min(float64(i), float64(length-i), soft) / soft
			pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(loud*shape*math.Sin(2*math.Pi*pitch*float64(i)/rate))))
		}
	}
	sound(2*dot, 0)
	for turn := range 2 {
		for _, letter := range []string{"...", ".", ".-", "-.", "-.-.", "."} {
			for _, mark := range letter {
				length := dot
				if mark == '-' {
					length = 3 * dot
				}
				sound(length, 9000+4000*float64(turn))
				sound(dot, 0)
			}
			sound(2*dot, 0)
		}
		sound(4*dot, 0)
	}
	e, err := audio.NewEncoder()
	if err != nil {
		return nil, err
	}
	if _, err := e.Write(pcm); err != nil {
		return nil, err
	}
	return e.File()
}
