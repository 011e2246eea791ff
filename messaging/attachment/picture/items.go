package picture

import "encoding/binary"

// photo cleans what describes the items of a HEIF file (ISO/IEC 23008-12): HEIC
// and AVIF. What a camera wrote is items of their own.
func (c *boxes) photo(meta box) error {
	if len(meta.body) < 4 {
		return badBoxes("no items")
	}
	var kinds map[uint32]string
	var places, data []byte
	err := each(meta.body[4:], func(b box) (err error) {
		switch b.kind {
		case "iinf":
			kinds, err = itemKinds(b.body)
			return err
		case "iloc":
			places = b.body
		case "idat":
			data = b.body
		case "iprp":
			return prune(b, "ipco")
		case "hdlr", "pitm", "iref", "dinf", "grpl":
		default:
			b.blank()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachExtent(places, func(item uint32, method byte, at, n uint64) error {
		if c.extents++; c.extents > maxMedia {
			return badBoxes("items in too many parts")
		}
		switch kinds[item] {
		case "hvc1", "hev1", "lhv1", "av01", "avc1", "vvc1", "hvt1", "grid", "iden", "iovl", "tmap":
			return nil
		case "jpeg":
			return badBoxes("a JPEG within")
		}
		switch {
		case method == 0 && n > 0:
			return c.erase(at, n)
		case method == 1 && n > 0 && at <= uint64(len(data)) && n <= uint64(len(data))-at:
			return c.clear(data[at : at+n])
		}
		return badBoxes("an item that is nowhere")
	})
}

// fields reads numbers; what is read beyond the end is 0.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) number(size int) (n uint64) {
	if size > len(f.rest) {
		f.bad, f.rest = true, nil
		return 0
	}
	for _, b := range f.rest[:size] {
		n = n<<8 | uint64(b)
	}
	f.rest = f.rest[size:]
	return n
}

// itemKinds are the types of items by their numbers.
func itemKinds(iinf []byte) (map[uint32]string, error) {
	f := fields{rest: iinf}
	if version := f.number(4) >> 24; version == 0 {
		f.number(2)
	} else {
		f.number(4)
	}
	kinds := map[uint32]string{}
	err := each(f.rest, func(b box) error {
		if len(b.body) < 4 || b.body[0] != 2 && b.body[0] != 3 {
			return badBoxes("an item in a form that cameras do not write")
		}
		e := fields{rest: b.body[4:]}
		item := uint32(e.number(2 * int(b.body[0]-1)))
		e.number(2)
		var kind [4]byte
		binary.BigEndian.PutUint32(kind[:], uint32(e.number(4)))
		kinds[item] = string(kind[:])
		return nil
	})
	return kinds, err
}

// eachExtent names where the data of the items are: method 0 counts from the
// beginning of the file, 1 from that of the box idat.
func eachExtent(iloc []byte, see func(item uint32, method byte, at, n uint64) error) error {
	f := fields{rest: iloc}
	version, sizes := f.number(4)>>24, f.number(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version > 2 || max(offset, length, base, index) > 8 {
		return badBoxes("places of items in an unknown form")
	}
	if version == 0 {
		index = 0
	}
	wide := 2
	if version == 2 {
		wide = 4
	}
	for items := f.number(wide); items > 0 && !f.bad; items-- {
		item, method := uint32(f.number(wide)), byte(0)
		if version > 0 {
			method = byte(f.number(2) & 15)
		}
		f.number(2) // another file, which nobody writes
		start := f.number(base)
		for extents := f.number(2); extents > 0 && !f.bad; extents-- {
			f.number(index)
			at, n := f.number(offset), f.number(length)
			if f.bad || at > 1<<62 || start > 1<<62 {
				break
			}
			if err := see(item, method, start+at, n); err != nil {
				return err
			}
		}
	}
	if f.bad {
		return badBoxes("places of items that are cut off")
	}
	return nil
}
