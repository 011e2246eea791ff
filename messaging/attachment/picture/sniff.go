package picture

import "strings"

// Types of images that can be read.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	GIF  = "image/gif"
	WebP = "image/webp"
)

// Types of what is made of the boxes of MP4.
const (
	MP4       = "video/mp4"
	QuickTime = "video/quicktime"
	HEIC      = "image/heic"
	AVIF      = "image/avif"
)

// unknown is the type of what begins like nothing that is known.
const unknown = "application/octet-stream"

// Sniff is the content type of a file by its first bytes, of those that people
// send each other. It says nothing of whether the rest is in order.
func Sniff(data []byte) string {
	head := string(data[:min(len(data), 16)])
	for _, known := range [...]struct{ begin, contentType string }{
		{"\xff\xd8\xff", JPEG},
		{"\x89PNG\r\n\x1a\n", PNG},
		{"GIF87a", GIF},
		{"GIF89a", GIF},
		{"II*\x00", "image/tiff"}, // raw photos of many cameras, too
		{"MM\x00*", "image/tiff"},
		{"II+\x00", "image/tiff"},
		{"MM\x00+", "image/tiff"},
		{"IIU\x00", "image/x-panasonic-rw2"},
		{"IIRO", "image/x-olympus-orf"},
		{"FUJIFILMCCD-RAW", "image/x-fuji-raf"},
		{"\x00\x00\x00\x0cJXL ", "image/jxl"},
		{"ID3", "audio/mpeg"},
		{"\xff\xfb", "audio/mpeg"},
		{"\xff\xf3", "audio/mpeg"},
		{"\xff\xf2", "audio/mpeg"},
		{"\xff\xf1", "audio/aac"},
		{"\xff\xf9", "audio/aac"},
		{"OggS", "audio/ogg"},
		{"fLaC", "audio/flac"},
		{"\x1aE\xdf\xa3", "video/webm"},
		{"%PDF-", "application/pdf"},
		{"PK\x03\x04", "application/zip"},
		{"\x1f\x8b", "application/gzip"},
	} {
		if strings.HasPrefix(head, known.begin) {
			return known.contentType
		}
	}
	if len(head) < 12 {
		return unknown
	}
	switch {
	case head[:4] == "RIFF" && head[8:12] == "WEBP":
		return WebP
	case head[:4] == "RIFF" && head[8:12] == "WAVE":
		return "audio/wav"
	}
	switch head[4:8] {
	case "ftyp":
		return boxType(head[8:12])
	case "moov", "mdat", "wide", "pnot": // as old cameras begin
		return QuickTime
	}
	return unknown
}

// boxType tells apart what is made of the boxes of MP4.
func boxType(brand string) string {
	switch brand {
	case "M4A ", "M4B ":
		return "audio/mp4"
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
		return HEIC
	case "avif", "avis":
		return AVIF
	case "qt  ":
		return QuickTime
	case "crx ":
		return "image/x-canon-cr3"
	}
	return MP4
}
