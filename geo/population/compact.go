// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"
)

// magic begins a compact file.
const magic = "TOCSIN POPULATION 1\n"

// maxHeader is the longest header of a compact file, in bytes.
const maxHeader = 64 << 10

// header is the line of JSON after the magic.
type header struct {
	Side    int    `json:"side"`
	Year    int    `json:"year,omitempty"`
	Cells   int    `json:"cells"`
	People  int64  `json:"people"`
	Licence string `json:"licence,omitempty"`
	Source  string `json:"source,omitempty"`
	Digest  string `json:"sha256,omitempty"`
}

// WriteTo writes the grid as a compact file, which Read takes: about 3 bytes a
// cell. The same grid gives the same bytes. docs/formats/population.md describes it.
func (g *Grid) WriteTo(w io.Writer) (int64, error) {
	digest := sha256.New()
	counted := &counter{w: w}
	out := bufio.NewWriterSize(io.MultiWriter(counted, digest), 64<<10)
	h, err := json.Marshal(header{g.side, g.year, g.Len(), g.residents, g.licence, g.source, g.digest})
	if err != nil {
		return 0, fmt.Errorf("write population: %w", err)
	}
	out.WriteString(magic)
	out.Write(append(h, '\n'))
	var scratch []byte
	last := -1
	for t := range len(g.first) - 1 {
		begin, end := int(g.first[t]), int(g.first[t+1])
		if begin == end {
			continue
		}
		scratch = binary.AppendUvarint(scratch[:0], uint64(t-last))
		scratch = binary.AppendUvarint(scratch, uint64(end-begin))
		last = t
		before := -1
		for i := begin; i < end; i++ {
			scratch = binary.AppendUvarint(scratch, uint64(int(g.place[i])-before))
			scratch = binary.AppendUvarint(scratch, uint64(g.people[i]))
			before = int(g.place[i])
		}
		out.Write(scratch)
	}
	if err := out.Flush(); err != nil {
		return counted.n, fmt.Errorf("write population: %w", err)
	}
	if _, err := counted.Write(digest.Sum(nil)); err != nil {
		return counted.n, fmt.Errorf("write population: %w", err)
	}
	return counted.n, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// readCompact reads what WriteTo wrote.
func readCompact(ctx context.Context, in *bufio.Reader, opts Options) (*Grid, error) {
	damaged := func(why string) error {
		return fault(CodeFormat, "file", "The compact population file is damaged: "+why+".", "Import the census's own file again.")
	}
	sum := &summed{in: in, digest: sha256.New()}
	if _, err := io.ReadFull(sum, make([]byte, len(magic))); err != nil {
		return nil, damaged("it ends early")
	}
	var line []byte
	for len(line) < maxHeader {
		c, err := sum.ReadByte()
		if err != nil {
			return nil, damaged("it ends early")
		}
		if c == '\n' {
			break
		}
		line = append(line, c)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil || !slices.Contains(sides, h.Side) || h.Cells < 1 {
		return nil, damaged("its header is not one")
	}
	b := newBuilder(h.Side)
	g := &b.Grid
	if limit := len(b.tiles) * tileSide * tileSide; h.Cells > limit {
		return nil, damaged("it has more cells than Germany")
	}
	if need := Memory(h.Cells); need > opts.Memory {
		return nil, fault(CodeMemory, "file", fmt.Sprintf("The file has %d cells, which need about %d MiB of memory; %d MiB are allowed.", h.Cells, need>>20+1, opts.Memory>>20), "Give it more memory, or take the grid of 1 km.")
	}
	g.first = make([]int32, len(b.tiles)+1)
	last := -1
	for len(g.place) < h.Cells {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		skip, okSkip := sum.uvarint()
		count, okCount := sum.uvarint()
		if !okSkip || !okCount || skip == 0 || skip > uint64(len(b.tiles)-1-last) || count == 0 || count > uint64(h.Cells-len(g.place)) {
			return nil, damaged("a tile is not one")
		}
		tile := last + int(skip)
		for t := last + 1; t <= tile; t++ {
			g.first[t] = int32(len(g.place))
		}
		for place := -1; count > 0; count-- {
			step, okStep := sum.uvarint()
			people, okPeople := sum.uvarint()
			if !okStep || !okPeople || step == 0 || step > uint64(tileSide*tileSide-1-place) || people == 0 || people > MaxPeople {
				return nil, damaged("a cell is not one")
			}
			place += int(step)
			if !g.inFrame(tile, place) {
				return nil, damaged("a cell is outside Germany")
			}
			g.place, g.people = append(g.place, uint16(place)), append(g.people, uint32(people))
			g.residents += int64(people)
		}
		last = tile
	}
	for t := last + 1; t < len(g.first); t++ {
		g.first[t] = int32(len(g.place))
	}
	want := sum.digest.Sum(nil)
	var got [sha256.Size]byte
	if _, err := io.ReadFull(in, got[:]); err != nil || !bytes.Equal(got[:], want) || g.residents != h.People {
		return nil, damaged("its checksum is wrong")
	}
	g.year, g.licence, g.source, g.digest = h.Year, h.Licence, h.Source, h.Digest
	if opts.Licence != "" {
		g.licence = opts.Licence
	}
	return g, nil
}

// inFrame reports whether a place of a tile is within the frame.
func (g *Grid) inFrame(tile, place int) bool {
	x := tile%g.columns*tileSide + place%tileSide
	y := tile/g.columns*tileSide + place/tileSide
	return x < (east-west)/g.side && y < (north-south)/g.side
}

// summed takes the digest of all that is read.
type summed struct {
	in     *bufio.Reader
	digest hash.Hash
	one    [1]byte
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.digest.Write(p[:n])
	return n, err
}

// ReadByte implements io.ByteReader.
func (s *summed) ReadByte() (byte, error) {
	c, err := s.in.ReadByte()
	if err == nil {
		s.one[0] = c
		s.digest.Write(s.one[:])
	}
	return c, err
}

func (s *summed) uvarint() (uint64, bool) {
	n, err := binary.ReadUvarint(s)
	return n, err == nil
}
