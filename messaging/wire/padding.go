package wire

const (
	paddingBlock = 160
	paddingMark  = 0x80
)

// paddedLen is the length that n bytes of content are padded to. The blocks
// are 160 bytes; content and mark that fill a block exactly get another one.
func paddedLen(n int) int { return (n+1)/paddingBlock*paddingBlock + paddingBlock }

// Pad copies content and adds 0x80 and zeros up to a multiple of 160 bytes, so
// that the length of a message says little about its text.
func Pad(content []byte) []byte {
	padded := make([]byte, paddedLen(len(content)))
	padded[copy(padded, content)] = paddingMark
	return padded
}

// Unpad is the content within padded, not copied. Text without padding is
// returned as it is: not every client pads.
func Unpad(padded []byte) []byte {
	for i := len(padded) - 1; i >= 0; i-- {
		switch padded[i] {
		case 0:
		case paddingMark:
			return padded[:i:i]
		default:
			return padded
		}
	}
	return padded
}
