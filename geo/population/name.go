// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"bytes"
	"math"
	"strconv"
)

// cellName is what the name of a cell says: 100mN26891E43370 in the Zensus 2011,
// CRS3035RES100mN2689100E4337000 in that of 2022. Both give the south-west corner.
type cellName struct {
	side, northing, easting int // in metres
	year                    int
}

// parseCellName reads a name of either form.
func parseCellName(text []byte) (cellName, bool) {
	c := cellName{year: 2011}
	text, long := bytes.CutPrefix(text, []byte("CRS3035RES"))
	if long {
		c.year = 2022
	}
	var ok bool
	if c.side, text, ok = leadingNumber(text); !ok {
		return c, false
	}
	text, kilometres := bytes.CutPrefix(text, []byte("km"))
	if kilometres {
		c.side *= 1000
	} else if text, ok = bytes.CutPrefix(text, []byte("m")); !ok {
		return c, false
	}
	if text, ok = bytes.CutPrefix(text, []byte("N")); !ok {
		return c, false
	}
	if c.northing, text, ok = leadingNumber(text); !ok {
		return c, false
	}
	if text, ok = bytes.CutPrefix(text, []byte("E")); !ok {
		return c, false
	}
	if c.easting, text, ok = leadingNumber(text); !ok || len(text) > 0 {
		return c, false
	}
	if !long { // the short form counts in sides of cells
		c.northing *= c.side
		c.easting *= c.side
	}
	return c, true
}

// leadingNumber takes up to eight digits off the text.
func leadingNumber(text []byte) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(text) && i < 9 && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + int(text[i]-'0')
		i++
	}
	return n, text[i:], i > 0 && i < 9
}

// number reads a number, with a decimal point or comma.
func number(text []byte) (float64, bool) {
	if n, rest, ok := leadingNumber(text); ok && len(rest) == 0 {
		return float64(n), true
	}
	if len(text) > 40 {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(bytes.Replace(text, []byte(","), []byte("."), 1)), 64)
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

// secret reports whether the text stands for a value that is not published: a
// dash (as UTF-8, or as Windows writes it), a dot, a slash or an x.
func secret(text []byte) bool {
	switch string(text) {
	case "–", "—", "-", "\x96", "\x97", ".", "/", "x", "X":
		return true
	}
	return false
}
