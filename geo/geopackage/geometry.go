// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geopackage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Polygon is an outer ring followed by its holes.
type Polygon [][]projection.Coordinate

// wkb reads well-known binary (OGC 06-103r4, 8.2), with heights and measures,
// which are passed over.
type wkb struct {
	left  []byte
	order binary.ByteOrder
}

var errShort = errors.New("its geometry ends too early")

// envelopes are the lengths of the envelope by its code in the header's flags.
var envelopes = [8]int{0, 32, 48, 48, 64, -1, -1, -1}

// parseGeometry reads a geometry's blob (OGC 12-128r18, 2.1.3), or says in a few
// words why it has no areas.
func parseGeometry(blob []byte) ([]Polygon, string) {
	polygons, err := parseBlob(blob)
	if err != nil {
		return nil, err.Error()
	}
	return polygons, ""
}

func parseBlob(blob []byte) ([]Polygon, error) {
	if len(blob) == 0 {
		return nil, errors.New("it has no geometry")
	}
	if len(blob) < 8 || blob[0] != 'G' || blob[1] != 'P' {
		return nil, errors.New("its geometry is not that of a GeoPackage")
	}
	flags := blob[3]
	envelope := envelopes[flags>>1&7]
	switch {
	case flags&0x20 != 0:
		return nil, errors.New("its geometry is of a kind of its own")
	case envelope < 0 || len(blob) < 8+envelope:
		return nil, errShort
	}
	w := wkb{left: blob[8+envelope:]}
	kind, dimensions, err := w.head()
	if err != nil {
		return nil, err
	}
	var polygons []Polygon
	switch kind {
	case 3:
		p, err := w.polygon(dimensions)
		if err != nil {
			return nil, err
		}
		polygons = append(polygons, p)
	case 6:
		count, err := w.count(9)
		if err != nil {
			return nil, err
		}
		for range count {
			kind, dimensions, err := w.head()
			if err != nil {
				return nil, err
			}
			if kind != 3 {
				return nil, fmt.Errorf("its geometry has a part of type %d, not a polygon", kind)
			}
			p, err := w.polygon(dimensions)
			if err != nil {
				return nil, err
			}
			polygons = append(polygons, p)
		}
	default:
		return nil, fmt.Errorf("its geometry is of type %d, not a polygon or several", kind)
	}
	if len(polygons) == 0 || len(polygons[0]) == 0 {
		return nil, errors.New("its geometry is empty")
	}
	return polygons, nil
}

// head reads the order of bytes, the type, and how many numbers a point has.
func (w *wkb) head() (kind uint32, dimensions int, err error) {
	if len(w.left) < 5 {
		return 0, 0, errShort
	}
	w.order = binary.BigEndian
	if w.left[0] == 1 {
		w.order = binary.LittleEndian
	}
	kind = w.order.Uint32(w.left[1:])
	w.left = w.left[5:]
	dimensions = 2
	// Heights and measures: by thousands in the standard, by high bits elsewhere.
	if kind&0x80000000 != 0 {
		dimensions++
	}
	if kind&0x40000000 != 0 {
		dimensions++
	}
	kind &= 0x0fffffff
	switch kind / 1000 {
	case 1, 2:
		dimensions++
	case 3:
		dimensions += 2
	}
	return kind % 1000, min(dimensions, 4), nil
}

// count reads how many things come, each of at least so many bytes.
func (w *wkb) count(size int) (int, error) {
	if len(w.left) < 4 {
		return 0, errShort
	}
	n := int64(w.order.Uint32(w.left))
	w.left = w.left[4:]
	if n*int64(size) > int64(len(w.left)) {
		return 0, errShort
	}
	return int(n), nil
}

func (w *wkb) polygon(dimensions int) (Polygon, error) {
	rings, err := w.count(4)
	if err != nil {
		return nil, err
	}
	polygon := make(Polygon, 0, rings)
	for range rings {
		points, err := w.count(8 * dimensions)
		if err != nil {
			return nil, err
		}
		ring := make([]projection.Coordinate, points)
		for i := range ring {
			ring[i] = projection.Coordinate{
				Easting:  math.Float64frombits(w.order.Uint64(w.left)),
				Northing: math.Float64frombits(w.order.Uint64(w.left[8:])),
			}
			w.left = w.left[8*dimensions:]
		}
		polygon = append(polygon, ring)
	}
	return polygon, nil
}
