// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

func (t *tiff) size() (columns, rows int)  { return t.columns, t.rows }
func (t *tiff) block() (columns, rows int) { return t.width, t.height }

func (t *tiff) load(in io.ReaderAt, bx, by int) ([]float32, error) {
	n := by*((t.columns+t.width-1)/t.width) + bx
	heights := make([]float32, t.width*t.height)
	if t.bytes[n] == 0 { // left out, since nothing is known there
		for i := range heights {
			heights[i] = unknown
		}
		return heights, nil
	}
	packed := t.bytes[n]
	size := t.width * t.height * t.bits / 8
	if packed > 8*maxBlock {
		return nil, t.fault(fmt.Sprintf("Its block %d has %d bytes.", n, packed))
	}
	content, err := t.unpack(io.NewSectionReader(in, int64(t.offsets[n]), int64(packed)), size)
	if err != nil {
		return nil, t.fault(fmt.Sprintf("Its block %d is damaged: %v.", n, err))
	}
	// The last strip may have fewer rows.
	rows := min(len(content)/(t.width*t.bits/8), t.height)
	if needed := min(t.height, t.rows-by*t.height); rows < needed {
		return nil, t.fault(fmt.Sprintf("Its block %d has %d rows, not %d.", n, rows, needed))
	}
	for y := range rows {
		t.row(content[y*t.width*t.bits/8:], heights[y*t.width:(y+1)*t.width])
	}
	for i := range heights[:rows*t.width] {
		if h := float64(heights[i]); t.voidSet && (h == t.void || h == float64(float32(t.void))) || math.IsInf(h, 0) {
			heights[i] = unknown
		}
	}
	return heights, nil
}

// unpack gives up to size bytes.
func (t *tiff) unpack(in io.Reader, size int) ([]byte, error) {
	switch t.compression {
	case lzw:
		packed, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		return unpackLZW(packed, size)
	case deflate, oldDeflate:
		z, err := zlib.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = z
	}
	// Memory grows with what comes, not with what is promised.
	var out bytes.Buffer
	if _, err := io.Copy(&out, io.LimitReader(in, int64(size))); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// row makes heights of a row of samples, whose predictor it undoes.
func (t *tiff) row(content []byte, heights []float32) {
	n := len(heights)
	if t.format == 3 {
		if t.predictor == 3 {
			content = t.undoFloat(content[:4*n])
		}
		var before uint32
		for x := range heights {
			bits := t.order.Uint32(content[4*x:])
			if t.predictor == 2 { // of the bits, taken for a whole number
				bits += before
				before = bits
			}
			heights[x] = math.Float32frombits(bits)
		}
		return
	}
	var before uint16
	for x := range heights {
		v := t.order.Uint16(content[2*x:])
		if t.predictor == 2 {
			v += before
			before = v
		}
		if t.format == 2 {
			heights[x] = float32(int16(v))
		} else {
			heights[x] = float32(v)
		}
	}
}

// undoFloat undoes the floating-point predictor (Adobe Photoshop TIFF Technical
// Note 3): differences of bytes, of which all the highest come first.
func (t *tiff) undoFloat(content []byte) []byte {
	out := make([]byte, len(content))
	n := len(content) / 4
	sums := slices.Clone(content)
	for i := 1; i < len(sums); i++ {
		sums[i] += sums[i-1]
	}
	for x := range n {
		bits := uint32(sums[x])<<24 | uint32(sums[n+x])<<16 | uint32(sums[2*n+x])<<8 | uint32(sums[3*n+x])
		t.order.PutUint32(out[4*x:], bits)
	}
	return out
}

// The codes of TIFF's LZW: those of bytes, two with a meaning, then the table.
const (
	lzwClear = 256
	lzwEnd   = 257
	lzwFirst = 258
	lzwMost  = 4096
)

var errLZW = errors.New("its LZW codes cannot be")

// unpackLZW gives up to size bytes (TIFF 6.0, section 13). It is not the LZW of
// compress/lzw: codes become longer one code earlier.
func unpackLZW(packed []byte, size int) ([]byte, error) {
	var prefix, length [lzwMost]int
	var last, first [lzwMost]byte
	for c := range 256 {
		prefix[c], length[c], last[c], first[c] = -1, 1, byte(c), byte(c)
	}
	out := make([]byte, 0, min(size, 8*len(packed)+64))
	next, width, before := lzwFirst, 9, -1
	bits, have := uint32(0), 0
	for len(out) < size {
		for have < width {
			if len(packed) == 0 {
				return out, nil // some writers leave the end's code out
			}
			bits, packed, have = bits<<8|uint32(packed[0]), packed[1:], have+8
		}
		code := int(bits >> (have - width) & (1<<width - 1))
		have -= width
		switch {
		case code == lzwEnd:
			return out, nil
		case code == lzwClear:
			next, width, before = lzwFirst, 9, -1
			continue
		case before < 0 && code > 255, code > next || code == next && before < 0 || code >= lzwMost:
			return nil, errLZW
		}
		if before >= 0 && next < lzwMost {
			prefix[next], length[next], first[next] = before, length[before]+1, first[before]
			last[next] = first[code]
			if code == next {
				last[next] = first[before]
			}
			next++
		} else if code >= next {
			return nil, errLZW
		}
		if len(out)+length[code] > size+lzwMost {
			return nil, errLZW
		}
		begin := len(out)
		out = append(out, make([]byte, length[code])...)
		for c, i := code, begin+length[code]-1; i >= begin; i-- {
			out[i] = last[c]
			c = prefix[c]
		}
		if next >= 1<<width-1 && width < 12 {
			width++
		}
		before = code
	}
	return out[:size], nil
}
