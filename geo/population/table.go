// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// maxRow is the longest row that is read, in bytes.
const maxRow = 64 << 10

// table reads a CSV file of cells.
type table struct {
	opts      Options
	separator byte
	names     []string // of the columns, as the header has them
	// The columns by what they hold, from 0; -1 for one that is not there.
	id, x, y, people int
	report           *Report
	builder          *builder
	nameYear         int // of the form of the names
	minusOne         bool
	largest          float64
	beyond           int // inhabited cells for which there was no memory
	fields           [][]byte
}

// read reads the rows into the builder. The error is a *geo.Fault, that of the
// context, or one from reading.
func (t *table) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, maxRow)
	for row := 1; ; row++ {
		if row%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return fault(CodeFormat, fmt.Sprintf("row %d", row), fmt.Sprintf("The row is longer than %d bytes.", maxRow), "Give a CSV file with one cell a row.")
		case err != nil && !errors.Is(err, io.EOF):
			return readFault(err)
		}
		end := err != nil
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case row == 1:
			if err := t.header(line); err != nil {
				return err
			}
		case len(bytes.TrimSpace(line)) > 0:
			t.report.Rows++
			if f, bad := t.row(line); bad {
				f.Row = row
				t.report.refuse(f)
			}
		}
		if end {
			return t.finish()
		}
	}
}

// header finds the columns.
func (t *table) header(line []byte) error {
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) {
		return fault(CodeFormat, "row 1", "The file is in UTF-16.", "Save it as CSV in UTF-8, or take the file as published.")
	}
	t.separator = ';'
	for _, c := range []byte{',', '\t'} {
		if bytes.Count(line, []byte{c}) > bytes.Count(line, []byte{t.separator}) {
			t.separator = c
		}
	}
	t.id, t.x, t.y, t.people = -1, -1, -1, -1
	sideFrom := func(name, prefix string) {
		switch strings.TrimPrefix(name, prefix) {
		case "100m":
			t.setSide(100)
		case "1km", "1000m":
			t.setSide(1000)
		case "10km", "10000m":
			t.setSide(10000)
		}
	}
	for i, field := range bytes.Split(line, []byte{t.separator}) {
		name := strings.ToValidUTF8(string(unquote(field)), "?")
		t.names = append(t.names, name)
		lower := strings.ToLower(name)
		switch {
		case strings.HasPrefix(lower, "gitter_id") && t.id < 0:
			t.id = i
			sideFrom(lower, "gitter_id_")
		case strings.HasPrefix(lower, "x_mp") && t.x < 0:
			t.x = i
			sideFrom(lower, "x_mp_")
		case strings.HasPrefix(lower, "y_mp") && t.y < 0:
			t.y = i
		case lower == "einwohner" && t.people < 0:
			t.people = i
		}
	}
	if len(bytes.TrimSpace(line)) == 0 {
		return fault(CodeEmpty, "row 1", "The file is empty, or begins with an empty row.", "Give the table of population numbers as the census publishes it.")
	}
	const take = "Give the table of population numbers as the census publishes it: GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner."
	switch {
	case t.people < 0:
		return fault(CodeColumns, "row 1", "No column is called Einwohner; there are: "+clip(strings.Join(t.names, ", "), 200)+".", take)
	case t.id < 0 && (t.x < 0 || t.y < 0):
		return fault(CodeColumns, "row 1", "Neither GITTER_ID nor x_mp and y_mp are columns; there are: "+clip(strings.Join(t.names, ", "), 200)+".", take)
	}
	return nil
}

// unquote takes blanks and quotation marks off a field.
func unquote(field []byte) []byte {
	field = bytes.TrimSpace(field)
	if n := len(field); n >= 2 && field[0] == '"' && field[n-1] == '"' {
		field = bytes.TrimSpace(field[1 : n-1])
	}
	return field
}

func clip(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

func (t *table) setSide(side int) {
	if t.builder == nil {
		t.builder = newBuilder(side)
	}
}

// split cuts the row into as many fields as are needed.
func (t *table) split(line []byte) [][]byte {
	t.fields = t.fields[:0]
	for last := max(t.id, t.x, t.y, t.people); len(t.fields) <= last; {
		i := bytes.IndexByte(line, t.separator)
		if i < 0 {
			return append(t.fields, line)
		}
		t.fields = append(t.fields, line[:i])
		line = line[i+1:]
	}
	return t.fields
}

// row takes one cell, or says why it cannot.
func (t *table) row(line []byte) (Finding, bool) {
	fields := t.split(line)
	get := func(column int) []byte {
		if column < 0 || column >= len(fields) {
			return nil
		}
		return unquote(fields[column])
	}
	people, f, bad := t.count(get(t.people))
	if bad || people == 0 {
		return f, bad
	}
	side := 0
	if t.builder != nil {
		side = t.builder.side
	}
	x, y := math.NaN(), math.NaN() // the cell's centre
	var name cellName
	if t.id >= 0 {
		text := get(t.id)
		var ok bool
		if name, ok = parseCellName(text); !ok || !slices.Contains(sides, name.side) || side != 0 && name.side != side {
			return t.finding(CodeID, t.id, text, "is not the name of a cell of this grid.", "A name is as CRS3035RES100mN2689100E4337000 or 100mN26891E43370; do not mix grids of two sizes."), true
		}
		if t.nameYear == 0 {
			t.nameYear = name.year
		}
		if name.year != t.nameYear {
			return t.finding(CodeYear, t.id, text, fmt.Sprintf("names a cell as the census of %d does, but the file began as that of %d.", name.year, t.nameYear), "Give each census in a file of its own."), true
		}
		t.setSide(name.side)
		side = name.side
		x, y = float64(name.easting)+float64(side)/2, float64(name.northing)+float64(side)/2
	}
	if t.x >= 0 && t.y >= 0 {
		mx, okX := number(get(t.x))
		my, okY := number(get(t.y))
		switch {
		case !okX:
			return t.finding(CodePosition, t.x, get(t.x), "is not a number.", "Give the cell's middle in metres."), true
		case !okY:
			return t.finding(CodePosition, t.y, get(t.y), "is not a number.", "Give the cell's middle in metres."), true
		case t.id >= 0 && (mx != x || my != y):
			return t.finding(CodeMismatch, t.id, get(t.id), fmt.Sprintf("has its middle at %.10g, %.10g, but the columns %s and %s say %.10g, %.10g.", x, y, t.names[t.x], t.names[t.y], mx, my), "Take the row as published; spreadsheets round long numbers."), true
		}
		x, y = mx, my
	}
	if side == 0 {
		t.setSide(t.sideOf(x, y))
		side = t.builder.side
	}
	if f, bad := t.position(x, y, side); bad {
		return f, true
	}
	t.largest = max(t.largest, people)
	if t.beyond > 0 || Memory(t.builder.count+1) > t.opts.Memory {
		t.beyond++
		return Finding{}, false
	}
	if !t.builder.add((int(x)-west)/side, (int(y)-south)/side, uint32(people)) {
		column := t.id
		if column < 0 {
			column = t.x
		}
		return t.finding(CodeTwice, column, get(column), "is a cell that an earlier row has.", "Keep one row for each cell; the first was taken."), true
	}
	return Finding{}, false
}

// sideOf tells from a middle without a name how long the cell's side is.
func (t *table) sideOf(x, y float64) int {
	for _, side := range slices.Backward(sides) {
		if centred(x, side) && centred(y, side) {
			return side
		}
	}
	return sides[0]
}

// centred reports whether x is in the middle of a cell.
func centred(x float64, side int) bool {
	whole := int(x) // of what is no whole number, or too large for one, it differs
	return float64(whole) == x && whole%side == side/2
}

// count reads the number of people: 0 for a row without any. It is at most MaxPeople.
func (t *table) count(text []byte) (float64, Finding, bool) {
	if len(text) == 0 {
		t.report.Empty++
		return 0, Finding{}, false
	}
	if secret(text) {
		t.report.Secret++
		return 0, Finding{}, false
	}
	n, ok := number(text)
	switch {
	case !ok || n > MaxPeople:
		return 0, t.finding(CodeValue, t.people, text, "is not a number of people.", "Give whole numbers."), true
	case n == 0 || n == -1:
		t.report.Empty++
		t.minusOne = t.minusOne || n == -1
		return 0, Finding{}, false
	case n < 0:
		return 0, t.finding(CodeNegative, t.people, text, "is negative.", "Only -1 has a meaning: uninhabited or secret (Zensus 2011)."), true
	case n != math.Trunc(n):
		return 0, t.finding(CodeDecimal, t.people, text, "is not whole.", "Give the table of population numbers, not one of averages or shares, and no thousands separators."), true
	}
	return n, Finding{}, false
}

// position checks a cell's middle.
func (t *table) position(x, y float64, side int) (Finding, bool) {
	column := t.x
	if column < 0 {
		column = t.id
	}
	inside := func(x, y float64) bool { return x >= west && x < east && y >= south && y < north }
	if inside(x, y) && centred(x, side) && centred(y, side) {
		return Finding{}, false
	}
	at := fmt.Sprintf("%.10g, %.10g", x, y)
	switch {
	case inside(x, y):
		return t.finding(CodePosition, column, []byte(at), fmt.Sprintf("is not the middle of a cell of %d m.", side), "The middle is half a side from the corner in the name; spreadsheets round long numbers."), true
	case inside(y, x):
		return t.finding(CodePosition, column, []byte(at), "is in Germany only with x and y the other way round.", "Give the easting in x_mp and the northing in y_mp."), true
	}
	guess := "is outside Germany."
	switch {
	case math.Abs(x) <= 180 && math.Abs(y) <= 180:
		guess = "looks like degrees."
	case x > 150_000 && x < 1_000_000 && y > 5_100_000 && y < 6_200_000:
		guess = "looks like UTM."
	case x > 2_300_000 && x < 5_700_000 && y > 5_100_000 && y < 6_200_000:
		guess = "looks like Gauß-Krüger."
	}
	return t.finding(CodePosition, column, []byte(at), guess, "The grid of the census is in EPSG:3035 (ETRS89-LAEA), in metres; give the file as published."), true
}

// finding is about one value.
func (t *table) finding(code string, column int, value []byte, message, remedy string) Finding {
	return Finding{Code: code, Column: clip(t.names[column], 40), Message: fmt.Sprintf("%q %s", clip(strings.ToValidUTF8(string(value), "?"), 60), message), Remedy: remedy}
}

// finish checks the table as a whole.
func (t *table) finish() error {
	if t.beyond > 0 {
		cells := t.builder.count + t.beyond
		return fault(CodeMemory, "file", fmt.Sprintf("The file has %d inhabited cells, which need about %d MiB of memory; %d MiB are allowed.", cells, Memory(cells)>>20+1, t.opts.Memory>>20),
			"Give it more memory, cut the file to your area, or take the grid of 1 km.")
	}
	if t.builder == nil || t.builder.count == 0 {
		message := "No row is an inhabited cell."
		if t.report.Rows == 0 {
			message = "It has a header and no rows."
		}
		if len(t.report.Findings) > 0 {
			message += " First: " + t.report.Findings[0].String()
		}
		return fault(CodeEmpty, "file", message, "Give the table of population numbers as the census publishes it.")
	}
	// The 1 km tables of 2011 come twice: with numbers, and with the classes 1 to 6.
	if t.builder.side == 1000 && t.builder.count >= 1000 && t.largest <= 6 {
		return fault(CodeClasses, "column Einwohner", "No square kilometre has more than 6 people: these are classes of size.", "Give the table with exact values (Spitze Werte).")
	}
	return nil
}
