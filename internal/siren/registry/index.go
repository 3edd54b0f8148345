// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"fmt"
	"math"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// index finds sirens by what makes them the same.
type index struct {
	byID       map[string]siren.Siren
	byName     map[string]string // nameKey to id
	byHardware map[string]string // key or own address to id
	cells      map[cell][]string
	serial     map[string]int // last serial number of an id, by area
}

// cell is a square of the globe that is at least SamePlace wide up to 70 degrees
// of latitude.
type cell struct{ lat, lon int32 }

const cellDegrees = 0.001

// crowd is how many sirens of a cell are compared with: nobody puts up more, and a
// list that says so must not take for ever.
const crowd = 64

func cellOf(p geo.Point) cell {
	return cell{int32(math.Floor(p.Lat / cellDegrees)), int32(math.Floor(p.Lon / cellDegrees))}
}

func newIndex() *index {
	return &index{
		byID: map[string]siren.Siren{}, byName: map[string]string{}, byHardware: map[string]string{},
		cells: map[cell][]string{}, serial: map[string]int{},
	}
}

func (x *index) add(s siren.Siren) {
	x.byID[s.ID] = s
	x.byName[nameKey(s.Name, s.ARS)] = s.ID
	for _, mark := range marks(s) {
		x.byHardware[mark.text] = s.ID
	}
	c := cellOf(s.Position)
	if len(x.cells[c]) < crowd {
		x.cells[c] = append(x.cells[c], s.ID)
	}
}

func nameKey(name string, key geo.ARS) string {
	if fold(name) == "" {
		return ""
	}
	return string(key.Kreis()) + " " + fold(name)
}

// mark is what only one device has, and the column that says it. Pagers' codes and
// calls of tones are none: many sirens share one.
type mark struct{ column, text string }

func marks(s siren.Siren) []mark {
	var found []mark
	if len(s.PublicKey) > 0 {
		found = append(found, mark{"key", "key " + string(s.PublicKey)})
	}
	for _, p := range s.Paths {
		if (p.Kind == siren.PathTETRA || p.Kind == siren.PathHTTP) && p.Address != "" {
			found = append(found, mark{string(p.Kind), string(p.Kind) + " " + strings.TrimLeft(p.Address, "0")})
		}
	}
	return found
}

// hardware is a siren with the same key or address, and the column that says so.
func (x *index) hardware(s siren.Siren) (id, column string) {
	for _, m := range marks(s) {
		if id := x.byHardware[m.text]; id != "" {
			return id, m.column
		}
	}
	return "", ""
}

// near is the nearest siren within SamePlace, and how far it is.
func (x *index) near(p geo.Point) (id string, metres float64) {
	metres = SamePlace
	c := cellOf(p)
	for lat := c.lat - 1; lat <= c.lat+1; lat++ {
		for lon := c.lon - 1; lon <= c.lon+1; lon++ {
			for _, other := range x.cells[cell{lat, lon}] {
				if d := p.DistanceTo(x.byID[other].Position); d <= metres && (id == "" || d < metres || other < id) {
					id, metres = other, d
				}
			}
		}
	}
	return id, metres
}

// free is a name that no other siren of the Kreis has: with a number behind it
// if need be.
func (x *index) free(name string, key geo.ARS, own string) string {
	try := name
	for n := 2; ; n++ {
		if id := x.byName[nameKey(try, key)]; id == "" || id == own {
			return try
		}
		n = max(n, x.serial[nameKey(name, key)]+1)
		x.serial[nameKey(name, key)] = n
		try = fmt.Sprintf("%s %d", name, n)
	}
}
