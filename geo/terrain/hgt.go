// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/tocsin-alert/tocsin/geo/reference"
)

// unknown is a sample without a height.
var unknown = float32(math.NaN())

// hgtName is how tiles are named: by the corner in the south-west.
var hgtName = regexp.MustCompile(`(?i)^([NS])(\d{2})_?([EW])(\d{3})`)

// hgt is an SRTM tile of one degree: samples on both edges, rows from north to
// south, big-endian int16 in metres.
type hgt struct {
	name string
	side int // samples
}

const (
	hgtVoid  = -32768
	hgtBlock = 128 // samples along a side
)

func openHGT(name string, _ Options) (*tile, error) {
	f, size, err := head(name)
	if err != nil {
		return nil, err
	}
	f.Close()
	h := &hgt{name: name}
	switch size {
	case 2 * 1201 * 1201:
		h.side = 1201
	case 2 * 3601 * 3601:
		h.side = 3601
	default:
		return nil, fault(CodeFormat, name, fmt.Sprintf("It has %d bytes; a tile has 2,884,802 (3 arc seconds) or 25,934,402 (1 arc second).", size), "Unpack it, or download it again.")
	}
	parts := hgtName.FindStringSubmatch(filepath.Base(name))
	if parts == nil {
		return nil, fault(CodeFormat, name, "Its name does not say where it is.", "Name it by its south-west corner, such as N50E007.hgt.")
	}
	south, _ := strconv.Atoi(parts[2])
	west, _ := strconv.Atoi(parts[4])
	if parts[1] == "S" || parts[1] == "s" {
		south = -south
	}
	if parts[3] == "W" || parts[3] == "w" {
		west = -west
	}
	step := 1 / float64(h.side-1)
	return &tile{path: name, raster: h, system: reference.System{}, west: float64(west), first: float64(south + 1), across: step, down: -step}, nil
}

func (h *hgt) size() (columns, rows int)  { return h.side, h.side }
func (h *hgt) block() (columns, rows int) { return hgtBlock, hgtBlock }

func (h *hgt) load(in io.ReaderAt, bx, by int) ([]float32, error) {
	heights := make([]float32, hgtBlock*hgtBlock)
	width := min(hgtBlock, h.side-bx*hgtBlock)
	line := make([]byte, 2*width)
	for y := range min(hgtBlock, h.side-by*hgtBlock) {
		at := int64((by*hgtBlock+y)*h.side+bx*hgtBlock) * 2
		if _, err := in.ReadAt(line, at); err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(h.name), err)
		}
		for x := range width {
			v := int16(binary.BigEndian.Uint16(line[2*x:]))
			heights[y*hgtBlock+x] = float32(v)
			if v == hgtVoid {
				heights[y*hgtBlock+x] = unknown
			}
		}
	}
	return heights, nil
}
