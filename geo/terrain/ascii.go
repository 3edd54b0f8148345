// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/tocsin-alert/tocsin/geo/reference"
)

// ascii is an ESRI ASCII grid: a header, then numbers as text, from north to
// south. Where its rows begin is found when it is first asked.
type ascii struct {
	name          string
	columns, rows int
	void          float64
	cell          float64
	west, south   float64 // of the middle of the cell in the corner
	body          int64   // where the numbers begin

	once    sync.Once
	offsets []int64 // of the rows' first numbers, and the end of the last
	problem error
}

// Limits of a grid.
const (
	maxSide   = 200_000 // columns or rows
	maxNumber = 64      // bytes
	maxPrj    = 64 << 10
)

func openASCII(name string, opts Options) (*tile, error) {
	f, _, err := head(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := newASCII(name, f)
	if err != nil {
		return nil, err
	}
	system, ok, err := systemBeside(name)
	if err != nil {
		return nil, err
	}
	if !ok && math.Abs(a.west) <= 180 && math.Abs(a.south) <= 90 && a.cell < 1 {
		ok = true // degrees, for metres are never so small
	}
	t, err := placed(name, opts, system, ok)
	if err != nil {
		return nil, err
	}
	t.raster, t.west, t.across = a, a.west, a.cell
	t.first, t.down = a.south+float64(a.rows-1)*a.cell, -a.cell
	return t, nil
}

// systemBeside reads the .prj beside a file; not ok if there is none that is known.
func systemBeside(name string) (system reference.System, ok bool, err error) {
	base := strings.TrimSuffix(name, filepath.Ext(name))
	for _, ending := range []string{".prj", ".PRJ"} {
		f, err := os.Open(base + ending)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return system, false, err
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxPrj))
		if err != nil {
			return system, false, err
		}
		system, ok = reference.ByText(string(text))
		return system, ok, nil
	}
	return system, false, nil
}

// newASCII reads the header.
func newASCII(name string, in io.Reader) (*ascii, error) {
	a := &ascii{name: name, void: -9999}
	west, south, centred := math.NaN(), math.NaN(), 0
	words := &wordReader{in: bufio.NewReaderSize(in, 4096)}
	for {
		word, err := words.next()
		if err != nil {
			return nil, a.fault("Its header ends too early.")
		}
		if word[0] < 'A' { // a digit, a sign or a point
			a.body = words.begin
			break
		}
		key := strings.ToLower(word)
		value, err := words.next()
		if err != nil {
			return nil, a.fault("Its header ends too early.")
		}
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, a.fault(fmt.Sprintf("Its header gives %.20q for %.20s.", value, key))
		}
		switch key {
		case "ncols":
			a.columns = int(min(max(x, 0), maxSide+1))
		case "nrows":
			a.rows = int(min(max(x, 0), maxSide+1))
		case "xllcorner":
			west = x
		case "yllcorner":
			south = x
		case "xllcenter", "xllcentre":
			west, centred = x, centred+1
		case "yllcenter", "yllcentre":
			south, centred = x, centred+1
		case "cellsize":
			a.cell = x
		case "nodata_value":
			a.void = x
		default:
			return nil, a.fault(fmt.Sprintf("Its header has a word %.20q that is not known.", key))
		}
	}
	if a.columns < 1 || a.rows < 1 || a.columns > maxSide || a.rows > maxSide {
		return nil, a.fault(fmt.Sprintf("It has %d columns and %d rows; 1 to %d are taken.", a.columns, a.rows, maxSide))
	}
	if !(a.cell > 0) || math.IsInf(a.cell, 0) || math.IsNaN(west+south) || math.IsInf(west+south, 0) || centred == 1 {
		return nil, a.fault("Its header does not say where it is: xllcorner, yllcorner and cellsize.")
	}
	if centred == 0 {
		west, south = west+a.cell/2, south+a.cell/2
	}
	a.west, a.south = west, south
	return a, nil
}

func (a *ascii) fault(message string) error {
	return fault(CodeFormat, a.name, message, "Give an ESRI ASCII grid as downloaded or exported.")
}

func (a *ascii) size() (columns, rows int)  { return a.columns, a.rows }
func (a *ascii) block() (columns, rows int) { return a.columns, 1 }

// find finds where the rows begin, whatever the lines of the file are.
func (a *ascii) find(in io.ReaderAt) {
	words := &wordReader{in: bufio.NewReaderSize(io.NewSectionReader(in, a.body, math.MaxInt64-a.body), 256<<10), at: a.body}
	for row := range a.rows {
		for column := range a.columns {
			if err := words.skip(); err != nil {
				a.problem = fault(CodeFormat, fmt.Sprintf("%s, row %d, column %d", filepath.Base(a.name), row+1, column+1), "The file ends too early.", "Download it again.")
				return
			}
			if column == 0 {
				a.offsets = append(a.offsets, words.begin)
			}
		}
	}
	a.offsets = append(a.offsets, words.at)
}

func (a *ascii) load(in io.ReaderAt, _, row int) ([]float32, error) {
	a.once.Do(func() { a.find(in) })
	if a.problem != nil {
		return nil, a.problem
	}
	begin, end := a.offsets[row], a.offsets[row+1]
	words := &wordReader{in: bufio.NewReaderSize(io.NewSectionReader(in, begin, end-begin), 64<<10)}
	heights := make([]float32, a.columns)
	for column := range heights {
		word, err := words.next()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(a.name), err)
		}
		h, err := strconv.ParseFloat(strings.Replace(word, ",", ".", 1), 64)
		if err != nil {
			return nil, fault(CodeFormat, fmt.Sprintf("%s, row %d, column %d", filepath.Base(a.name), row+1, column+1), fmt.Sprintf("%.20q is not a number.", word), "Download the file again.")
		}
		heights[column] = float32(h)
		if h == a.void || math.IsInf(h, 0) {
			heights[column] = unknown
		}
	}
	return heights, nil
}

// wordReader reads words between blanks and counts bytes.
type wordReader struct {
	in    *bufio.Reader
	at    int64 // the next byte's place
	begin int64 // of the last word
	word  []byte
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// next reads a word.
func (w *wordReader) next() (string, error) {
	if err := w.read(true); err != nil {
		return "", err
	}
	return string(bytes.ToValidUTF8(w.word, []byte("?"))), nil
}

// skip passes over a word.
func (w *wordReader) skip() error { return w.read(false) }

func (w *wordReader) read(keep bool) error {
	w.word = w.word[:0]
	length := 0
	for {
		c, err := w.in.ReadByte()
		if err != nil {
			if length > 0 && errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		w.at++
		if blank(c) {
			if length > 0 {
				return nil
			}
			continue
		}
		if length == 0 {
			w.begin = w.at - 1
		}
		if length++; length > maxNumber {
			return errors.New("a word is too long")
		}
		if keep {
			w.word = append(w.word, c)
		}
	}
}
