// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package registry reads and writes lists of sirens: CSV, GeoJSON, and the
// sirens of OpenStreetMap. It is pure: bytes in, rows and findings out. What
// cannot be taken is refused row by row, with the reason; the rest is taken.
// Merge says what a list would change in a registry. docs/formats/siren-registry.md
// describes the forms.
package registry

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo/osm"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Format is a form of a list of sirens.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	GeoJSON Format = "geojson"
	OSMXML  Format = "osm"
	OSMPBF  Format = "pbf"
)

// Formats lists the formats.
var Formats = []Format{CSV, GeoJSON, OSMXML, OSMPBF}

// The limits of what is read.
const (
	// MaxBytes is the largest CSV or GeoJSON taken. Files of OpenStreetMap are
	// read as they come and may be of any size.
	MaxBytes = 64 << 20
	// MaxRows is how many sirens one list may hold.
	MaxRows = 200_000
	// listedRefusals is how many refused rows are told one by one.
	listedRefusals = 5000
)

// Options says how to read a list.
type Options struct {
	// Format is found out from the first bytes when empty.
	Format Format
	// Others keeps what else a CSV or GeoJSON says of each row, for readers who
	// know more columns, such as those of candidate sites.
	Others bool
	// Progress is told how many bytes have been read, now and then; may be nil.
	Progress func(read int64)
}

// Sheet is a list of sirens as it was read.
type Sheet struct {
	Format Format `json:"format"`
	// Rows are those that can be taken, in the order of the file.
	Rows []Row `json:"rows"`
	// Refused are the others, at most 5,000 of RefusedTotal.
	Refused      []Refused `json:"refused"`
	RefusedTotal int       `json:"refusedTotal"`
	// Ignored are headings that say nothing to this reader.
	Ignored []string `json:"ignored,omitempty"`
	others  bool
}

// Row is one siren of a list.
type Row struct {
	// Row is the line of a CSV file, or the number of the feature or element, from 1.
	Row int `json:"row"`
	// Siren is what the row says. What it does not say is zero: often id, number
	// and region.
	Siren siren.Siren `json:"siren"`
	// System is that of its easting and northing; 0 for a position in degrees.
	System projection.System `json:"-"`
	// Others are the values of columns that say nothing of a siren, by their
	// headings in small letters, where Options.Others asks for them.
	Others map[string]string `json:"-"`
	// given names the columns that the row has, empty or not.
	given map[string]bool
}

// Refused is a row that cannot be taken, and why.
type Refused struct {
	Row  int    `json:"row"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	// Faults name the columns, the reasons and the remedies.
	Faults []problem.Fault `json:"faults"`
}

// Sirens lists the sirens of the rows.
func (s *Sheet) Sirens() []siren.Siren {
	sirens := make([]siren.Siren, len(s.Rows))
	for i, r := range s.Rows {
		sirens[i] = r.Siren
	}
	return sirens
}

func (s *Sheet) refuse(row int, said siren.Siren, faults ...problem.Fault) {
	if s.RefusedTotal++; len(s.Refused) < listedRefusals {
		s.Refused = append(s.Refused, Refused{Row: row, ID: clip(said.ID), Name: clip(said.Name), Faults: faults})
	}
}

// clip shortens what a hostile file may have made long.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Read reads a list of sirens. Its error, a *problem.Error, says that nothing of
// it could be read.
func Read(r io.Reader, o Options) (*Sheet, error) {
	in := bufio.NewReaderSize(&counting{r: r, tell: o.Progress}, 64<<10)
	if o.Format == "" {
		head, err := in.Peek(4096)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, unreadable(err)
		}
		o.Format = FormatOf(head)
	}
	sheet := &Sheet{others: o.Others, Format: o.Format, Rows: []Row{}, Refused: []Refused{}}
	var err error
	switch o.Format {
	case CSV:
		err = sheet.readCSV(in)
	case GeoJSON:
		err = sheet.readGeoJSON(in)
	case OSMXML:
		err = sheet.readOSM(in, osm.ReadXML)
	case OSMPBF:
		err = sheet.readOSM(in, osm.ReadPBF)
	default:
		err = refusal.New(problem.Invalid, "registry.format", clip(string(o.Format)))
	}
	if err != nil {
		return nil, unreadable(err)
	}
	return sheet, nil
}

// unreadable makes a *problem.Error of an error that says what is wrong.
func unreadable(err error) error {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return p
	}
	wrapped := refusal.New(problem.Unreadable, "registry.unreadable", err.Error())
	wrapped.Err = err
	return wrapped
}

// FormatOf guesses the format by the first bytes.
func FormatOf(head []byte) Format {
	if len(head) > 4 && head[0] == 0 && bytes.Contains(head[:min(len(head), 64)], []byte("OSMHeader")) {
		return OSMPBF
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return GeoJSON
	case bytes.HasPrefix(text, []byte("<")):
		return OSMXML
	}
	return CSV
}

// everything reads a whole file of bounded size.
func everything(in io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(raw) > MaxBytes {
		return nil, refusal.New(problem.TooLarge, "registry.too-large", fmt.Sprint(MaxBytes>>20))
	}
	return raw, nil
}

// add takes a row, or refuses it for its faults.
func (s *Sheet) add(row int, said Row, faults []problem.Fault) error {
	if len(faults) > 0 {
		s.refuse(row, said.Siren, faults...)
		return nil
	}
	if len(s.Rows) == MaxRows {
		return tooMany()
	}
	said.Row = row
	s.Rows = append(s.Rows, said)
	return nil
}

// keep adds to the row taken last, if it is this one, what else was said of it.
func (s *Sheet) keep(row int, value func(yield func(heading, value string) bool)) {
	last := len(s.Rows) - 1
	if !s.others || last < 0 || s.Rows[last].Row != row {
		return
	}
	s.Rows[last].Others = map[string]string{}
	for heading, v := range value {
		if v = strings.TrimSpace(v); v != "" {
			s.Rows[last].Others[strings.ToLower(strings.TrimSpace(heading))] = v
		}
	}
}

func tooMany() error { return refusal.New(problem.TooLarge, "registry.too-many", fmt.Sprint(MaxRows)) }

// counting tells how much was read.
type counting struct {
	r    io.Reader
	n    int64
	told int64
	tell func(int64)
}

const tellEvery = 1 << 20 // bytes

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.tell != nil && (c.n-c.told >= tellEvery || err != nil) {
		c.told = c.n
		c.tell(c.n)
	}
	return n, err
}

// Columns lists the names of the columns, in the order in which they are written.
func Columns() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// Given reports whether the row has a column of that name, empty or not.
func (r Row) Given(column string) bool { return r.given[column] }

// roundedOff is the distance in metres that comes of writing and reading positions.
const roundedOff = 0.05

// onto is the entry that the row makes of an older one: what the row does not
// have stays.
func (r Row) onto(old siren.Siren) siren.Siren {
	merged := old
	if old.Position.DistanceTo(r.Siren.Position) > roundedOff {
		merged.Position = r.Siren.Position // no row is without
	}
	merged.Paths, merged.Signals = slices.Clone(old.Paths), slices.Clone(old.Signals)
	for _, c := range columns {
		if r.given[c.name] && c.copy != nil {
			c.copy(&merged, r.Siren)
		}
	}
	return merged
}
