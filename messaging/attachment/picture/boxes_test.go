package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

// boxOf is a box, and full one with version and flags.
func boxOf(kind string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func full(kind string, version byte, parts ...[]byte) []byte {
	return boxOf(kind, append([][]byte{{version, 0, 0, 0}}, parts...)...)
}

func u32(list ...uint32) (b []byte) {
	for _, n := range list {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

func u16(list ...uint16) (b []byte) {
	for _, n := range list {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b
}

const (
	when  = 0xdeadbeef // a time that is to be forgotten
	shown = "what is shown"
)

func hdlr(kind string) []byte { return full("hdlr", 0, u32(0), []byte(kind), make([]byte, 13)) }

// trackOf is a track whose two samples stand in a chunk each.
func trackOf(handler string, sizes, chunks []uint32) []byte {
	offsets := full("stco", 0, u32(uint32(len(chunks))), u32(chunks...))
	if handler == "meta" {
		wide := u32(uint32(len(chunks)))
		for _, at := range chunks {
			wide = append(wide, u32(0, at)...)
		}
		offsets = full("co64", 0, wide)
	}
	return boxOf("trak",
		full("tkhd", 1, u32(0, when, 0, when), u32(1, 2, 3)),
		boxOf("mdia", full("mdhd", 0, u32(when, when, 600, 0, 0)), hdlr(handler),
			boxOf("minf", boxOf("udta", []byte(private)), boxOf("stbl",
				full("stsz", 0, u32(0, uint32(len(sizes))), u32(sizes...)),
				full("stsc", 0, u32(1, 1, 1, 1)), offsets))),
		boxOf("udta", []byte(private)), boxOf("meta", []byte(private)))
}

// video has what phones, cameras and editors write beside pictures and sounds.
func video(brand string) []byte {
	head := boxOf("ftyp", []byte(brand+"\x00\x00\x00\x00"))
	movie := func(data uint32) []byte {
		n, p := uint32(len(shown)), uint32(len(private))
		return boxOf("moov", full("mvhd", 0, u32(when, when, 600, 0)),
			trackOf("vide", []uint32{n, n}, []uint32{data, data + n + p}),
			trackOf("meta", []uint32{p, p}, []uint32{data + n, data + 2*n + p}),
			boxOf("udta", boxOf("\xa9xyz", []byte(private))), boxOf("meta", []byte(private)), boxOf("Xtra", []byte(private)))
	}
	data := uint32(len(head)+len(movie(0))) + 8
	return slices.Concat(head, movie(data), boxOf("mdat", []byte(shown+private+shown+private)),
		boxOf("uuid", []byte(private)), boxOf("free", []byte(private)))
}

// photo is a HEIC whose metadata stand behind the picture and in the head.
func photo(infe byte, iloc byte) []byte {
	head := boxOf("ftyp", []byte("heic\x00\x00\x00\x00mif1"))
	number := u16
	if infe == 3 {
		number = func(list ...uint16) []byte { return u32(uint32(list[0])) }
	}
	item := func(n uint16, kind string) []byte { return full("infe", infe, number(n), u16(0), []byte(kind+"\x00")) }
	meta := func(data uint32) []byte {
		place := func(n, method uint16, at uint32, size int) []byte {
			b := u16(n)
			if iloc == 2 {
				b = u32(uint32(n))
			}
			if iloc > 0 {
				b = append(b, u16(method)...)
			}
			return slices.Concat(b, u16(0, 1), u32(at, uint32(size)))
		}
		places := slices.Concat(place(1, 0, data, len(shown)), place(2, 0, data+uint32(len(shown)), len(private)))
		count := uint16(2)
		if iloc > 0 {
			places, count = append(places, place(3, 1, 0, len(private))...), 3
		}
		counted := u16(count)
		if iloc == 2 {
			counted = u32(uint32(count))
		}
		idat := private
		if iloc == 0 {
			idat = ""
		}
		return full("meta", 0, hdlr("pict"), full("pitm", 0, u16(1)),
			full("iinf", 0, u16(3), item(1, "hvc1"), item(2, "Exif"), item(3, "mime")),
			full("iloc", iloc, []byte{0x44, 0}, counted, places),
			boxOf("iprp", boxOf("ipco", boxOf("udes", []byte(private)))), boxOf("idat", []byte(idat)), boxOf("uuid", []byte(private)))
	}
	data := uint32(len(head)+len(meta(0))) + 8
	return slices.Concat(head, meta(data), boxOf("mdat", []byte(shown+private)))
}

// Place, time and device are gone; pictures and sounds stand where they were.
func TestVideosAndNewerPhotosAreCleaned(t *testing.T) {
	for name, file := range map[string][]byte{
		MP4: video("isom"), QuickTime: video("qt  "), HEIC: photo(2, 1), "items of version 3": photo(3, 2), "places of version 0": photo(2, 0),
		AVIF: bytes.Replace(photo(2, 1), []byte("heic"), []byte("avif"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(file)
			clean, info, err := Clean(file)
			if err != nil || info.ContentType != Sniff(file) || info.Width != 0 {
				t.Fatalf("%+v, %v", info, err)
			}
			if bytes.Contains(clean, []byte(private)) || bytes.Contains(clean, u32(when)) {
				t.Errorf("it is not clean:\n%q", clean)
			}
			if len(clean) != len(file) || !bytes.Equal(file, before) {
				t.Error("something moved, or the file that was given has changed")
			}
			for at := 0; ; at++ {
				i := bytes.Index(file[at:], []byte(shown))
				if i < 0 {
					break
				}
				if at += i; !bytes.HasPrefix(clean[at:], []byte(shown)) {
					t.Errorf("at %d is no picture any more", at)
				}
			}
			if again, _, err := Clean(clean); err != nil || !bytes.Equal(again, clean) {
				t.Errorf("a clean file became %q, %v", again, err)
			}
			// Cut off anywhere, it is refused or comes out clean.
			for n := 12; n < len(file); n++ {
				clean, _, err := Clean(file[:n])
				if err == nil && bytes.Contains(clean, []byte(private)) || err != nil && !errors.Is(err, ErrFormat) {
					t.Errorf("cut to %d bytes: %v", n, err)
				}
			}
		})
	}
}

// fragmented is a video as browsers record it: the tables of its tracks are empty.
func fragmented(handler string) []byte {
	return slices.Concat(boxOf("ftyp", []byte("isom\x00\x00\x00\x00")),
		boxOf("moov", full("mvhd", 0, u32(when, when, 600, 0)), trackOf("vide", nil, nil), trackOf(handler, nil, nil), boxOf("mvex")),
		boxOf("moof", boxOf("traf")), boxOf("mdat", []byte(shown+private)))
}

// items is a HEIC with one picture and one item of metadata in it, each of which has
// so many parts; those of the latter are all of the data in the head.
func items(picture, metadata uint16) []byte {
	const data = "1234567890"
	places := slices.Concat(u16(1, 1, 0, picture), make([]byte, 8*int(picture)), u16(2, 1, 0, metadata))
	for range metadata {
		places = append(places, u32(0, uint32(len(data)))...)
	}
	item := func(n uint16, kind string) []byte { return full("infe", 2, u16(n, 0), []byte(kind+"\x00")) }
	return slices.Concat(boxOf("ftyp", []byte("heic\x00\x00\x00\x00mif1")), full("meta", 0, hdlr("pict"),
		full("iinf", 0, u16(2), item(1, "hvc1"), item(2, "Exif")),
		full("iloc", 1, []byte{0x44, 0}, u16(2), places), boxOf("idat", []byte(data))))
}

// What may tell something and cannot be cleaned is refused; the rest passes.
func TestWhatCannotBeCleaned(t *testing.T) {
	isom := boxOf("ftyp", []byte("isom\x00\x00\x00\x00"))
	for name, tt := range map[string]struct {
		file []byte
		want error
	}{
		"text":                 {[]byte("text"), nil},
		"sound":                {[]byte("ID3\x04" + private), nil},
		"TIFF":                 {[]byte("II*\x00" + private), ErrFormat},
		"raw":                  {boxOf("ftyp", []byte("crx \x00\x00\x00\x01")), ErrFormat},
		"broken JPEG":          {[]byte("\xff\xd8\xff\xe1" + private), ErrFormat},
		"compressed":           {slices.Concat(isom, boxOf("moov", boxOf("cmov"))), ErrFormat},
		"a JPEG within":        {bytes.Replace(photo(2, 1), []byte("hvc1"), []byte("jpeg"), 1), ErrFormat},
		"sensors in fragments": {slices.Concat(video("isom"), boxOf("moof")), ErrFormat},
		"fragments":            {slices.Concat(isom, boxOf("moof", boxOf("traf", boxOf("udta"))), boxOf("mdat")), nil},
		"fragments of sensors": {fragmented("meta"), ErrFormat},
		"fragments of sound":   {fragmented("soun"), nil},
		"items in few parts":   {items(20, 1), nil},
		"items in many parts":  {items(maxMedia, 1), ErrFormat},
		"data over and over":   {items(1, 400), ErrFormat},
		"a size too large":     {slices.Concat(isom, u32(1), []byte("mdat"), u32(1, 0)), ErrFormat},
		"data in the head":     {bytes.Replace(video("isom"), []byte("mdat"), []byte("free"), 1), ErrFormat},
	} {
		if _, _, err := Clean(tt.file); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// A photo need not be decoded to be cleaned; what would have to be turned says so
// and nothing else, or is refused.
func TestLargePhotosAreCleaned(t *testing.T) {
	large := func(data []byte) []byte { // by what the head says
		if at := bytes.Index(data, []byte("\xff\xc0\x00\x11\x08")); at > 0 {
			copy(data[at+5:], u16(7000, 6000))
		}
		return data
	}
	for _, o := range []Orientation{1, 6} {
		_, full := withJPEG(t, sample(9, 7), uint16(o))
		clean, info, err := Strip(large(full))
		want := Info{JPEG, 6000, 7000, o}
		if o.swaps() {
			want.Width, want.Height = 7000, 6000
		}
		if err != nil || info != want || bytes.Contains(clean, []byte(private)) {
			t.Fatalf("%+v, %v: %q", info, err, clean[:60])
		}
		again, info, err := Strip(clean)
		if err != nil || info != want || !bytes.Equal(again, clean) {
			t.Errorf("again: %+v, %v", info, err)
		}
	}
	turned := func(o uint16) []byte {
		head := u32(9000, 6000)
		return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", string(head)+"\x08\x06\x00\x00\x00"),
			chunk("eXIf", string(exif(binary.BigEndian, o))), chunk("IDAT", "x"), chunk("IEND", ""))
	}
	if clean, info, err := Strip(turned(1)); err != nil || info.Width != 9000 || bytes.Contains(clean, []byte(private)) {
		t.Errorf("%+v, %v", info, err)
	}
	if _, _, err := Strip(turned(6)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a PNG that would have to be turned: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add(video("isom"))
	f.Add(photo(2, 1))
	f.Add(photo(3, 2))
	f.Fuzz(func(t *testing.T, data []byte) {
		clean, err := stripBoxes(data)
		if err != nil {
			return
		}
		again, err := stripBoxes(clean)
		if err != nil || !bytes.Equal(again, clean) {
			t.Errorf("a clean file is cleaned again, %v", err)
		}
	})
}
