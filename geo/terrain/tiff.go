// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo/reference"
)

// The tags that are read (TIFF 6.0; OGC 19-008r4 for the place; GDAL's own for
// the void).
const (
	tagColumns         = 256
	tagRows            = 257
	tagBits            = 258
	tagCompression     = 259
	tagStripOffsets    = 273
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripBytes      = 279
	tagPredictor       = 317
	tagTileColumns     = 322
	tagTileRows        = 323
	tagTileOffsets     = 324
	tagTileBytes       = 325
	tagFormat          = 339
	tagPixelScale      = 33550
	tagTiepoint        = 33922
	tagTransformation  = 34264
	tagGeoKeys         = 34735
	tagVoid            = 42113
	keyModel           = 1024
	keyRaster          = 1025
	keyGeographic      = 2048
	keyProjected       = 3072
	modelProjected     = 1
	modelGeographic    = 2
	rasterPixelIsPoint = 2
)

// The ways to compress.
const (
	plain      = 1
	lzw        = 5
	deflate    = 8
	oldDeflate = 32946
)

// Limits of what is read.
const (
	maxBlock  = 8 << 20 // samples of a strip or tile
	maxValues = 4 << 20 // of a tag
	maxTags   = 4096
)

// tiff is a GeoTIFF with one band.
type tiff struct {
	name          string
	order         binary.ByteOrder
	columns, rows int
	width, height int // of a strip or tile
	offsets       []uint64
	bytes         []uint64
	bits          int
	format        uint64 // 1 unsigned, 2 signed, 3 float
	compression   uint64
	predictor     uint64
	void          float64
	voidSet       bool
}

func openTIFF(name string, opts Options) (*tile, error) {
	f, _, err := head(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, where, err := newTIFF(name, f)
	if err != nil {
		return nil, err
	}
	placed, err := placed(name, opts, where.system, where.known)
	if err != nil {
		return nil, err
	}
	placed.raster = t
	placed.west, placed.across, placed.first, placed.down = where.west, where.across, where.first, where.down
	return placed, nil
}

// place is where a GeoTIFF's samples are.
type place struct {
	system                    reference.System
	known                     bool
	west, across, first, down float64
}

func (t *tiff) fault(message string) error {
	return fault(CodeFormat, t.name, message, "Make one that is read here: gdal_translate -ot Float32 -co TILED=YES -co COMPRESS=DEFLATE, or gdalwarp -t_srs EPSG:25832.")
}

// newTIFF reads the first directory.
func newTIFF(name string, in io.ReaderAt) (*tiff, place, error) {
	t := &tiff{name: name}
	var where place
	d, err := t.directory(in)
	if err != nil {
		return nil, where, err
	}
	number := func(tag uint16, otherwise uint64) uint64 {
		if v := d.numbers[tag]; len(v) > 0 {
			return v[0]
		}
		return otherwise
	}
	columns, rows := number(tagColumns, 0), number(tagRows, 0)
	if columns < 1 || rows < 1 || columns > maxSide || rows > maxSide {
		return nil, where, t.fault(fmt.Sprintf("It has %d columns and %d rows; 1 to %d are taken.", columns, rows, maxSide))
	}
	t.columns, t.rows = int(columns), int(rows)
	t.bits, t.format = int(number(tagBits, 1)), number(tagFormat, 1)
	switch {
	case number(tagSamples, 1) != 1:
		return nil, where, t.fault(fmt.Sprintf("It has %d bands: a picture, not elevations.", number(tagSamples, 1)))
	case !(t.bits == 16 && (t.format == 1 || t.format == 2) || t.bits == 32 && t.format == 3):
		return nil, where, t.fault(fmt.Sprintf("Its samples have %d bits in format %d; int16, uint16 and float32 are read.", t.bits, t.format))
	}
	t.compression, t.predictor = number(tagCompression, plain), number(tagPredictor, 1)
	switch t.compression {
	case plain, lzw, deflate, oldDeflate:
	default:
		return nil, where, t.fault(fmt.Sprintf("It is compressed in way %d; none, LZW and Deflate are read.", t.compression))
	}
	// Of big-endian files with the floating-point predictor there are two kinds:
	// as Adobe's note has it, and as libtiff writes them.
	if t.predictor < 1 || t.predictor > 3 || t.predictor == 3 && (t.format != 3 || t.order == binary.BigEndian) {
		return nil, where, t.fault(fmt.Sprintf("Its predictor %d is not read for such samples.", t.predictor))
	}
	t.width, t.height = t.columns, int(min(number(tagRowsPerStrip, rows), rows))
	t.offsets, t.bytes = d.numbers[tagStripOffsets], d.numbers[tagStripBytes]
	if w, h := number(tagTileColumns, 0), number(tagTileRows, 0); w > 0 && h > 0 {
		if w > maxSide || h > maxSide {
			return nil, where, t.fault("Its tiles are too large.")
		}
		t.width, t.height = int(w), int(h)
		t.offsets, t.bytes = d.numbers[tagTileOffsets], d.numbers[tagTileBytes]
	}
	if t.height < 1 || int64(t.width)*int64(t.height) > maxBlock {
		return nil, where, t.fault("Its strips or tiles are too large to be read one at a time.")
	}
	across, down := (t.columns+t.width-1)/t.width, (t.rows+t.height-1)/t.height
	if int64(len(t.offsets)) < int64(across)*int64(down) || len(t.bytes) < len(t.offsets) {
		return nil, where, t.fault("It does not say where all its strips or tiles are.")
	}
	if text := strings.TrimRight(d.text, " \x00"); text != "" {
		if t.void, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			t.voidSet = true
		}
	}
	if where, err = t.place(d); err != nil {
		return nil, where, err
	}
	return t, where, nil
}

// directory is what the tags say.
type directory struct {
	numbers map[uint16][]uint64
	floats  map[uint16][]float64
	text    string // of tagVoid
}

// wanted are the tags whose values are read.
var wanted = map[uint16]bool{
	tagColumns: true, tagRows: true, tagBits: true, tagCompression: true, tagStripOffsets: true, tagSamples: true,
	tagRowsPerStrip: true, tagStripBytes: true, tagPredictor: true, tagTileColumns: true, tagTileRows: true,
	tagTileOffsets: true, tagTileBytes: true, tagFormat: true, tagPixelScale: true, tagTiepoint: true,
	tagTransformation: true, tagGeoKeys: true, tagVoid: true,
}

func (t *tiff) directory(in io.ReaderAt) (directory, error) {
	d := directory{numbers: map[uint16][]uint64{}, floats: map[uint16][]float64{}}
	cut := t.fault("The file ends too early.")
	var h [8]byte
	if _, err := in.ReadAt(h[:], 0); err != nil {
		return d, cut
	}
	switch string(h[:4]) {
	case "II*\x00":
		t.order = binary.LittleEndian
	case "MM\x00*":
		t.order = binary.BigEndian
	case "II+\x00", "MM\x00+":
		return d, t.fault("It is a BigTIFF, which is not read here.")
	default:
		return d, t.fault("It is not a TIFF.")
	}
	at := int64(t.order.Uint32(h[4:]))
	if _, err := in.ReadAt(h[:2], at); err != nil {
		return d, cut
	}
	count := int(t.order.Uint16(h[:2]))
	if count > maxTags {
		return d, t.fault("It has too many tags.")
	}
	entries := make([]byte, 12*count)
	if _, err := in.ReadAt(entries, at+2); err != nil {
		return d, cut
	}
	for ; len(entries) > 0; entries = entries[12:] {
		tag, kind, n := t.order.Uint16(entries), t.order.Uint16(entries[2:]), t.order.Uint32(entries[4:])
		if !wanted[tag] {
			continue
		}
		size := map[uint16]int{1: 1, 2: 1, 3: 2, 4: 4, 12: 8}[kind]
		if size == 0 || n > maxValues {
			return d, t.fault(fmt.Sprintf("Its tag %d is not one.", tag))
		}
		value := entries[8:12]
		if length := size * int(n); length > 4 {
			// Read in pieces, so that memory grows with what is there.
			value = make([]byte, 0, min(length, 64<<10))
			for from := int64(t.order.Uint32(entries[8:])); len(value) < length; {
				piece := make([]byte, min(length-len(value), 64<<10))
				if _, err := in.ReadAt(piece, from+int64(len(value))); err != nil {
					return d, cut
				}
				value = append(value, piece...)
			}
		}
		for i := range int(n) {
			switch kind {
			case 1:
				d.numbers[tag] = append(d.numbers[tag], uint64(value[i]))
			case 3:
				d.numbers[tag] = append(d.numbers[tag], uint64(t.order.Uint16(value[2*i:])))
			case 4:
				d.numbers[tag] = append(d.numbers[tag], uint64(t.order.Uint32(value[4*i:])))
			case 12:
				d.floats[tag] = append(d.floats[tag], math.Float64frombits(t.order.Uint64(value[8*i:])))
			}
		}
		if kind == 2 && tag == tagVoid {
			d.text = string(value[:n])
		}
	}
	return d, nil
}

// place finds where the samples are.
func (t *tiff) place(d directory) (place, error) {
	var where place
	scale, tie := d.floats[tagPixelScale], d.floats[tagTiepoint]
	if m := d.floats[tagTransformation]; len(m) >= 16 && len(scale) < 2 {
		if m[1] != 0 || m[4] != 0 {
			return where, t.fault("Its grid is rotated.")
		}
		scale, tie = []float64{m[0], -m[5]}, []float64{0, 0, 0, m[3], m[7]}
	}
	if len(scale) < 2 || len(tie) < 5 {
		return where, t.fault("It does not say where it is: a TIFF without a place.")
	}
	for _, x := range append(append([]float64{}, scale[:2]...), tie[:5]...) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return where, t.fault("Its place is not a number.")
		}
	}
	if !(scale[0] > 0) || scale[1] == 0 {
		return where, t.fault("Its samples are no distance apart.")
	}
	keys := map[uint64]uint64{}
	for k := d.numbers[tagGeoKeys]; len(k) >= 8; k = k[4:] {
		if k[5] == 0 { // the value is in the key itself
			keys[k[4]] = k[7]
		}
	}
	where.across, where.down = scale[0], -scale[1]
	where.west, where.first = tie[3]-tie[0]*scale[0], tie[4]+tie[1]*scale[1]
	if keys[keyRaster] != rasterPixelIsPoint { // the tie is the corner of the sample's square
		where.west, where.first = where.west+where.across/2, where.first+where.down/2
	}
	switch keys[keyModel] {
	case modelProjected:
		where.system, where.known = reference.ByCode(int(keys[keyProjected]))
	case modelGeographic:
		where.system, where.known = reference.ByCode(int(keys[keyGeographic]))
	}
	return where, nil
}
