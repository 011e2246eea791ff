package audio

import "encoding/binary"

// mp3Header is what the four bytes before a frame of MPEG layer III say
// (ISO 11172-3, 2.4.2.3).
type mp3Header struct {
	version  int // 1 or 2
	rate     int // samples in a second
	bitrate  int // bits in a second
	padding  int // bytes
	channels int
	samples  int // of one channel in a frame
}

// parseMP3Header says no to what is no header, and to what the decoder does not
// know: other layers, MPEG 2.5, and bit rates that are not in the table.
func parseMP3Header(b []byte) (h mp3Header, ok bool) {
	if len(b) < 4 {
		return h, false
	}
	word := binary.BigEndian.Uint32(b)
	version, layer, bitrate, rate := word>>19&3, word>>17&3, word>>12&15, word>>10&3
	if word>>21 != 0x7ff || version < 2 || layer != 1 || bitrate == 0 || bitrate == 15 || rate == 3 || word&3 == 2 {
		return h, false
	}
	h = mp3Header{version: 1, padding: int(word >> 9 & 1), channels: 2, samples: 1152}
	h.rate = [...]int{44100, 48000, 32000}[rate]
	h.bitrate = [...]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[bitrate] * 1000
	if version == 2 {
		h.version, h.rate, h.samples = 2, h.rate/2, 576
		h.bitrate = [...]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[bitrate] * 1000
	}
	if word>>6&3 == 3 {
		h.channels = 1
	}
	return h, true
}

// size is the length of the frame in bytes, with its header. 0: there is none.
func (h mp3Header) size() int {
	if h.rate == 0 {
		return 0
	}
	return h.samples/8*h.bitrate/h.rate + h.padding
}

// decodable says whether the decoder counts the bytes of the frame as we do. Of
// frames of MPEG 2 with a padding byte, which rates of 22,050 have, it loses
// that byte at some bit rates, and noise would be heard.
func (h mp3Header) decodable() bool {
	return h.version == 1 || (144*h.bitrate/h.rate+h.padding)/2 == h.size()
}

func (h mp3Header) like(other mp3Header) bool {
	return h.version == other.version && h.rate == other.rate
}
