package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
)

// Orientation is how an image is stored: how a camera was held. Values are
// those of EXIF (CIPA DC-008, tag 0x0112).
type Orientation int

// Upright is the orientation of an image that is stored as it is shown.
const Upright Orientation = 1

// swaps reports whether width and height are shown the other way round.
func (o Orientation) swaps() bool { return o >= 5 }

// orientation reads the one entry of EXIF that matters for showing an image.
// Whatever is not understood is Upright.
func orientation(exif []byte) Orientation {
	const tag, short, entrySize = 0x0112, 3, 12
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00")) // some WebP have it
	if len(exif) < 8 {
		return Upright
	}
	var order binary.ByteOrder
	switch string(exif[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return Upright
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return Upright
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < entrySize {
			break
		}
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 {
			if o := Orientation(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
		}
		entries = entries[entrySize:]
	}
	return Upright
}

// plane is a rectangle of pixels of so many bytes.
type plane struct {
	pix                         []byte
	stride, width, height, size int
}

// turned is the plane upright.
func (p plane) turned(o Orientation) plane {
	q := plane{width: p.width, height: p.height, size: p.size}
	if o.swaps() {
		q.width, q.height = p.height, p.width
	}
	q.stride = q.width * q.size
	q.pix = make([]byte, q.stride*q.height)
	// The source of (x, y) is at start + x*right + y*down.
	step, last, bottom := p.size, (p.width-1)*p.size, (p.height-1)*p.stride
	var start, right, down int
	switch o {
	case 2:
		start, right, down = last, -step, p.stride
	case 3:
		start, right, down = last+bottom, -step, -p.stride
	case 4:
		start, right, down = bottom, step, -p.stride
	case 5:
		start, right, down = 0, p.stride, step
	case 6:
		start, right, down = bottom, -p.stride, step
	case 7:
		start, right, down = last+bottom, -p.stride, -step
	case 8:
		start, right, down = last, p.stride, -step
	default:
		start, right, down = 0, step, p.stride
	}
	for y := range q.height {
		from := start + y*down
		for at := y * q.stride; at < (y+1)*q.stride; at += step {
			copy(q.pix[at:at+step], p.pix[from:from+step])
			from += right
		}
	}
	return q
}

// turn is an image upright. Photographs stay in the form they are decoded in,
// which needs the least memory.
func turn(m image.Image, o Orientation) image.Image {
	if o == Upright {
		return m
	}
	if y, ok := m.(*image.YCbCr); ok {
		if ratio, ok := turnedRatio(y.SubsampleRatio, o); ok {
			return turnYCbCr(y, o, ratio)
		}
	}
	flat := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(flat, flat.Rect, m, m.Bounds().Min, draw.Src)
	q := plane{flat.Pix, flat.Stride, flat.Rect.Dx(), flat.Rect.Dy(), 4}.turned(o)
	return &image.NRGBA{Pix: q.pix, Stride: q.stride, Rect: image.Rect(0, 0, q.width, q.height)}
}

// turnedRatio is how often there is colour in a turned image, if that can be
// said.
func turnedRatio(r image.YCbCrSubsampleRatio, o Orientation) (image.YCbCrSubsampleRatio, bool) {
	switch r {
	case image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio420:
		return r, true
	case image.YCbCrSubsampleRatio422:
		if o.swaps() {
			return image.YCbCrSubsampleRatio440, true
		}
		return r, true
	case image.YCbCrSubsampleRatio440:
		if o.swaps() {
			return image.YCbCrSubsampleRatio422, true
		}
		return r, true
	}
	return r, false
}

func turnYCbCr(m *image.YCbCr, o Orientation, ratio image.YCbCrSubsampleRatio) image.Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := w, h
	if m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio422 {
		cw = (w + 1) / 2
	}
	if m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio440 {
		ch = (h + 1) / 2
	}
	y := plane{m.Y, m.YStride, w, h, 1}.turned(o)
	cb := plane{m.Cb, m.CStride, cw, ch, 1}.turned(o)
	cr := plane{m.Cr, m.CStride, cw, ch, 1}.turned(o)
	return &image.YCbCr{
		Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride,
		SubsampleRatio: ratio, Rect: image.Rect(0, 0, y.width, y.height),
	}
}
