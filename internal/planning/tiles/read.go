// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tiles

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// maxBlocks bounds the index in memory: all of Europe at 100 m has some 400,000.
const maxBlocks = 1 << 20

// Levels is a file of levels that is open. Any number of goroutines may draw from it.
type Levels struct {
	file  io.ReaderAt
	side  int
	steps int
	index map[place]span
}

// span is where a block is in the file.
type span struct {
	offset int64
	length int32
}

// errDamaged is wrapped by every complaint about a file.
var errDamaged = errors.New("this is no file of levels, or a part of it is missing")

// Open reads the index of a file of so many bytes.
func Open(file io.ReaderAt, size int64) (*Levels, error) {
	head, foot := make([]byte, len(Magic)), make([]byte, footerSize)
	if size < int64(len(head)+len(foot)) {
		return nil, fmt.Errorf("%w: it has %d bytes", errDamaged, size)
	}
	if _, err := file.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("read levels: %w", err)
	}
	if string(head) != Magic {
		return nil, fmt.Errorf("%w: it does not begin with %s", errDamaged, Magic)
	}
	end := size - footerSize
	if _, err := file.ReadAt(foot, end); err != nil {
		return nil, fmt.Errorf("read levels: %w", err)
	}
	at, count, side := binary.LittleEndian.Uint64(foot), binary.LittleEndian.Uint32(foot[8:]), binary.LittleEndian.Uint32(foot[12:])
	if count > maxBlocks || at < uint64(len(Magic)) || at > uint64(end) || uint64(end)-at != uint64(count)*entrySize || side < 1 || side > widest {
		return nil, fmt.Errorf("%w: its index does not fit", errDamaged)
	}
	raw := make([]byte, int(count)*entrySize)
	if _, err := file.ReadAt(raw, int64(at)); err != nil {
		return nil, fmt.Errorf("read levels: %w", err)
	}
	l := &Levels{file: file, side: int(side), index: make(map[place]span, count)}
	for ; len(raw) > 0; raw = raw[entrySize:] {
		offset, length := binary.LittleEndian.Uint64(raw[9:]), binary.LittleEndian.Uint32(raw[17:])
		// A block that does not compress is stored with a few bytes more.
		if raw[0] > 31 || length > 2*blockSize || offset > at || uint64(length) > at-offset {
			return nil, fmt.Errorf("%w: a block lies outside", errDamaged)
		}
		l.steps = max(l.steps, int(raw[0])+1)
		l.index[place{raw[0], int32(binary.LittleEndian.Uint32(raw[1:])), int32(binary.LittleEndian.Uint32(raw[5:]))}] = span{int64(offset), int32(length)}
	}
	return l, nil
}

// read unpacks a block; one that the file does not have is empty.
func (l *Levels) read(at place) (*block, error) {
	b := &block{}
	where, ok := l.index[at]
	if !ok {
		return b, nil
	}
	unpacked := flate.NewReader(io.NewSectionReader(l.file, where.offset, int64(where.length)))
	if _, err := io.ReadFull(unpacked, b[:]); err != nil {
		return nil, fmt.Errorf("%w: a block cannot be unpacked: %w", errDamaged, err)
	}
	return b, nil
}

// boundsSide is the side in metres of the squares that Bounds looks at.
const boundsSide = 1000

// Bounds is the box that holds all squares with people, to a kilometre, in degrees;
// empty for none.
func (l *Levels) Bounds() (geo.Box, error) {
	box := geo.EmptyBox()
	step := 0
	for step+1 < l.steps && l.side<<(step+1) <= boundsSide {
		step++
	}
	side := float64(l.side << step)
	for at := range l.index {
		if int(at.step) != step {
			continue
		}
		b, err := l.read(at)
		if err != nil {
			return box, err
		}
		west, south, east, north := blockSide, blockSide, -1, -1
		for i, value := range b {
			if value != 0 {
				west, south, east, north = min(west, i%blockSide), min(south, i/blockSide), max(east, i%blockSide), max(north, i/blockSide)
			}
		}
		if east < 0 {
			continue
		}
		for _, corner := range [][2]int{{west, south}, {west, north + 1}, {east + 1, south}, {east + 1, north + 1}} {
			p, err := projection.LAEAEurope.Inverse(projection.Coordinate{
				Easting:  float64(int(at.column)*blockSide+corner[0]) * side,
				Northing: float64(int(at.row)*blockSide+corner[1]) * side,
			})
			if err == nil {
				box = box.Extend(p)
			}
		}
	}
	return box, nil
}
