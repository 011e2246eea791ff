package audio

import "errors"

// adtsHeader is how many bytes stand before a unit, without a checksum.
const adtsHeader = 7

// isADTS says whether a file begins with a header of ADTS, as old phones send
// AAC: twelve bits set, and the layer, which is never 0 in mp3, is 0.
func isADTS(b []byte) bool {
	return len(b) >= adtsHeader && b[0] == 0xff && b[1]&0xf6 == 0xf0
}

// openADTS lists the units up to the first thing that is none. The
// configuration is that of the first header: two bits of profile, four of
// rate, three of channels.
func openADTS(file []byte) (track, error) {
	var units []unit
	for at := 0; len(units) < maxUnits && isADTS(file[at:]); {
		h := file[at:]
		size := int(h[3]&3)<<11 | int(h[4])<<3 | int(h[5])>>5
		begin := adtsHeader
		if h[1]&1 == 0 {
			begin += 2 // a checksum
		}
		if size < begin || size > len(h) {
			break
		}
		units = append(units, unit{at + begin, at + size})
		at += size
	}
	if len(units) == 0 {
		return nil, errors.New("no sound in it")
	}
	kind, rate, channels := file[2]>>6+1, file[2]>>2&15, file[2]&1<<2|file[3]>>6
	return newAACTrack(file, units, []byte{kind<<3 | rate>>1, rate<<7 | channels<<3})
}
