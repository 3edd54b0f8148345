// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package tiles keeps how loud sirens are where people live, in a file from which
// the tiles of a web map are drawn. A tile reads only the parts of the file that
// it shows, so a map of a whole country costs a node a few hundred kilobytes.
//
// The file begins with Magic. Blocks of 64 x 64 squares follow, each compressed
// (RFC 1951), a byte for each square, rows from the south, columns from the west:
// 0 where nobody lives, else 1 and the level in whole dB(A), rounded down, and 128
// more where no siren is heard at the level that was asked for. Squares of step 0
// are the cells of the census; each step above has squares twice as wide, with the
// middle one of the values below. The index follows, an entry of 21 bytes for each
// block: step, column and row in blocks from the origin of EPSG:3035, offset,
// length. The last 16 bytes are the offset of the index, the number of its entries
// and the side of a cell in metres. All numbers are little-endian.
package tiles

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// Magic are the first bytes of a file of levels.
const Magic = "TOCSINLV"

const (
	// blockSide is how many squares a block has along a side.
	blockSide = 64
	blockSize = blockSide * blockSide
	// widest is the side in metres that squares have at most: about a pixel of the
	// smallest map.
	widest = 10_000
	// unheard marks a square in which no siren is heard.
	unheard    = 0x80
	entrySize  = 1 + 4 + 4 + 8 + 4
	footerSize = 8 + 4 + 4
)

// place is a block: its step, and its column and row among those of the step.
type place struct {
	step   uint8
	column int32
	row    int32
}

type block [blockSize]byte

// Write keeps the levels of a map.
func Write(w io.Writer, m *earshot.Map) error {
	side := m.Grid.Side()
	blocks := map[place]*block{}
	for i, cell := range m.Grid.All() {
		column, row := int(math.Floor(cell.Centre.Easting))/side, int(math.Floor(cell.Centre.Northing))/side
		at := place{0, int32(column / blockSide), int32(row / blockSide)}
		if blocks[at] == nil {
			blocks[at] = &block{}
		}
		blocks[at][row%blockSide*blockSide+column%blockSide] = square(m.Levels[i], m.Heard[i] == 0)
	}
	all := blocks
	for step := uint8(1); side<<step <= widest && step < 32; step++ {
		blocks = coarser(blocks, step)
		for at, b := range blocks {
			all[at] = b
		}
	}
	return write(w, all, uint32(side))
}

// square is the byte of a square.
func square(level float32, gap bool) byte {
	value := 1 + byte(min(max(level, 0), 120))
	if gap {
		value |= unheard
	}
	return value
}

// order ranks the bytes of squares from quiet to loud; empty ones have none.
func order(a, b byte) int { return cmp.Compare(a&^unheard, b&^unheard) }

// coarser puts four squares of each into one: the middle one of those where people
// live, the quieter of two.
func coarser(blocks map[place]*block, step uint8) map[place]*block {
	made := map[place]*block{}
	for at, below := range blocks {
		if at.step != step-1 {
			continue
		}
		up := place{step, at.column / 2, at.row / 2}
		if made[up] == nil {
			made[up] = &block{}
		}
		left, bottom := int(at.column%2)*blockSide/2, int(at.row%2)*blockSide/2
		for row := 0; row < blockSide; row += 2 {
			for column := 0; column < blockSide; column += 2 {
				var four []byte
				for _, i := range []int{row*blockSide + column, row*blockSide + column + 1, (row+1)*blockSide + column, (row+1)*blockSide + column + 1} {
					if below[i] != 0 {
						four = append(four, below[i])
					}
				}
				if len(four) > 0 {
					slices.SortFunc(four, order)
					made[up][(bottom+row/2)*blockSide+left+column/2] = four[(len(four)-1)/2]
				}
			}
		}
	}
	return made
}

func write(w io.Writer, blocks map[place]*block, side uint32) error {
	places := make([]place, 0, len(blocks))
	for at := range blocks {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	var body, index bytes.Buffer
	offset := uint64(len(Magic))
	if _, err := io.WriteString(w, Magic); err != nil {
		return fmt.Errorf("write levels: %w", err)
	}
	compressor, err := flate.NewWriter(nil, flate.BestCompression)
	if err != nil {
		return fmt.Errorf("write levels: %w", err)
	}
	for _, at := range places {
		body.Reset()
		compressor.Reset(&body)
		if _, err := compressor.Write(blocks[at][:]); err != nil {
			return fmt.Errorf("write levels: %w", err)
		}
		if err := compressor.Close(); err != nil {
			return fmt.Errorf("write levels: %w", err)
		}
		index.WriteByte(at.step)
		index.Write(binary.LittleEndian.AppendUint32(nil, uint32(at.column)))
		index.Write(binary.LittleEndian.AppendUint32(nil, uint32(at.row)))
		index.Write(binary.LittleEndian.AppendUint64(nil, offset))
		index.Write(binary.LittleEndian.AppendUint32(nil, uint32(body.Len())))
		offset += uint64(body.Len())
		if _, err := w.Write(body.Bytes()); err != nil {
			return fmt.Errorf("write levels: %w", err)
		}
	}
	index.Write(binary.LittleEndian.AppendUint64(nil, offset))
	index.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(places))))
	index.Write(binary.LittleEndian.AppendUint32(nil, side))
	if _, err := w.Write(index.Bytes()); err != nil {
		return fmt.Errorf("write levels: %w", err)
	}
	return nil
}
