// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// ImportOptions says how to take boundaries.
type ImportOptions struct {
	// Accuracy is how far the outlines may be from the true boundaries, in metres;
	// 0 stands for 300, right for BKG VG250 (scale 1:250,000).
	Accuracy float64
	// MaxBytes is the largest input taken, after decompression; 0 stands for 512 MiB.
	MaxBytes int64
	// Licence is the line to show with the boundaries; empty stands for the one in
	// the file, if it has one.
	Licence string
}

// Report tells what an import made of each row.
type Report struct {
	// Rows is the number of features read, Regions the number of regions made of
	// them: several rows may make one region.
	Rows    int `json:"rows"`
	Regions int `json:"regions"`
	// Water is the number of rows left out because they describe water.
	Water int `json:"water,omitempty"`
	// Repeated is the number of rows left out because an earlier layer of the file
	// has their region: a city that is a Kreis is in the layers of both.
	Repeated int `json:"repeated,omitempty"`
	// Refused lists the rows that could not be taken, at most MaxRefused of
	// RefusedRows.
	Refused     []RefusedRow `json:"refused,omitempty"`
	RefusedRows int          `json:"refusedRows,omitempty"`
}

// Limits of an import.
const (
	MaxRefused = 1000   // refused rows that are listed
	MaxRegions = 50_000 // regions taken; Germany has 11,000 Gemeinden
)

// RefusedRow is a feature that an import left out.
type RefusedRow struct {
	// Row is counted from 1, over all layers.
	Row    int    `json:"row"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason"`
}

// String is the row and the reason in one line.
func (r RefusedRow) String() string {
	if r.Name == "" {
		return fmt.Sprintf("row %d: %s", r.Row, r.Reason)
	}
	return fmt.Sprintf("row %d (%s): %s", r.Row, r.Name, r.Reason)
}

// ImportGeoJSON reads an authority's boundaries from a GeoJSON FeatureCollection
// (RFC 7946), plain or gzip-compressed; docs/formats/regions.md describes it.
// Rows with faults are left out and reported, the others taken. The error, a
// *Fault or one from reading, says that nothing could be taken.
func ImportGeoJSON(in io.Reader, opts ImportOptions) (*Regions, *Report, error) {
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 512 << 20
	}
	plain, err := gunzip(in)
	if err != nil {
		return nil, nil, err
	}
	limited := &io.LimitedReader{R: plain, N: opts.MaxBytes + 1}
	importer := NewImporter(opts)
	licence, err := readFeatures(limited, func(f feature) { importer.Take(f.row()) })
	if limited.N <= 0 {
		return nil, nil, &Fault{
			Code: CodeImportSize, Field: "file", Message: fmt.Sprintf("The file is larger than %d bytes.", opts.MaxBytes),
			Remedy: "Cut it to the authority's own territory and its neighbours, or simplify the outlines.",
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if opts.Licence == "" {
		importer.SetLicence(licence)
	}
	return importer.Regions()
}

func firstReason(refused []RefusedRow) string {
	if len(refused) == 0 {
		return ""
	}
	return fmt.Sprintf(" Row %d: %s", refused[0].Row, refused[0].Reason)
}

// gunzip unpacks in if it begins like a gzip file.
func gunzip(in io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(in, 1<<16)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read boundaries: %w", err)
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return buffered, nil
	}
	unpacked, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("unpack boundaries: %w", err)
	}
	return unpacked, nil
}

// Row is one row of an authority's boundaries, whatever file it comes from.
type Row struct {
	// Layer tells layers of one file apart: the rows of a region are in one.
	Layer string
	// Properties are the row's values by the names of their columns: string,
	// float64, bool, or nil where there is none.
	Properties map[string]any
	Outline    MultiPolygon
	// Fault says in a few words why there is no outline; empty if there is one.
	Fault string
}

// Importer makes regions of rows. Its rules are those of docs/formats/regions.md.
type Importer struct {
	accuracy float64
	licence  string
	byARS    map[ARS]*collected
	order    []ARS
	report   Report
}

// NewImporter makes an importer without rows. MaxBytes is for the one who reads
// the file.
func NewImporter(opts ImportOptions) *Importer {
	if opts.Accuracy == 0 {
		opts.Accuracy = 300
	}
	return &Importer{accuracy: opts.Accuracy, licence: opts.Licence, byARS: map[ARS]*collected{}}
}

// SetLicence sets the line to show with the boundaries.
func (im *Importer) SetLicence(line string) { im.licence = strings.TrimSpace(line) }

// Regions gives what was taken. It fails with a *Fault if that is nothing.
func (im *Importer) Regions() (*Regions, *Report, error) {
	list := make([]Region, 0, len(im.order))
	for _, key := range im.order {
		list = append(list, im.byARS[key].region)
	}
	im.report.Regions = len(list)
	if len(list) == 0 {
		return nil, &im.report, &Fault{
			Code: CodeImportEmpty, Field: "file", Message: fmt.Sprintf("None of the %d rows is a region that can be taken.%s", im.report.Rows, firstReason(im.report.Refused)),
			Remedy: "Each row needs an area and a property ARS with the regional key as text.",
		}
	}
	regions, err := NewRegions(list, nil)
	if err == nil && im.licence != "" {
		regions.licences = []string{im.licence}
	}
	return regions, &im.report, err
}

// collected is a region and the rows it was made of.
type collected struct {
	region Region
	layer  string
	rows   []int
	shapes []MultiPolygon
}

// Take takes one more row.
func (im *Importer) Take(r Row) {
	im.report.Rows++
	row := im.report.Rows
	name := r.text("GEN", "name", "NAME", "Name")
	refuse := func(reason string) {
		if im.report.RefusedRows++; len(im.report.Refused) < MaxRefused {
			im.report.Refused = append(im.report.Refused, RefusedRow{Row: row, Name: clip(name), Reason: reason})
		}
	}
	if r.water() {
		im.report.Water++
		return
	}
	key, err := r.ars()
	if err != nil {
		refuse(err.Error())
		return
	}
	before, known := im.byARS[key]
	if known && before.layer != r.Layer {
		im.report.Repeated++
		return
	}
	shape := r.Outline
	if r.Fault != "" {
		refuse(r.Fault)
		return
	}
	region := Region{
		ARS: key, Name: clip(name), Kind: clip(r.text("BEZ", "kind")), Population: r.count("EWZ", "population"),
		Outline: shape, Accuracy: im.accuracy,
	}
	switch {
	case !known && len(im.order) == MaxRegions:
		refuse(fmt.Sprintf("there are more than %d regions", MaxRegions))
	case !known:
		im.byARS[key] = &collected{region, r.Layer, []int{row}, []MultiPolygon{shape}}
		im.order = append(im.order, key)
	case before.region.Name != region.Name:
		refuse(fmt.Sprintf("the key %s already belongs to %q in row %d", key, before.region.Name, before.rows[0]))
	default: // another part of the same region, such as an island
		for i, earlier := range before.shapes {
			if reflect.DeepEqual(earlier, shape) {
				refuse(fmt.Sprintf("it repeats row %d", before.rows[i]))
				return
			}
		}
		before.rows, before.shapes = append(before.rows, row), append(before.shapes, shape)
		before.region.Outline = append(before.region.Outline, shape...)
		before.region.Population = max(before.region.Population, region.Population)
	}
}

// water reports whether the row is a piece of water: BKG's GF is 4 for land in
// VG250 and 9 in VG5000; its other values are sea, lakes and rivers.
func (r Row) water() bool {
	switch gf := r.Properties["GF"].(type) {
	case float64:
		return gf != 4 && gf != 9
	case string:
		return gf != "" && gf != "4" && gf != "9"
	}
	return false
}

// keyNames are the names in use for the regional key, the best first.
var keyNames = []string{"ARS", "ars", "ARS_0", "RS", "rs", "RS_0", "AGS", "ags", "AGS_0"}

// HasKey reports whether one of the columns can hold the regional key.
func HasKey(columns []string) bool {
	return slices.ContainsFunc(keyNames, func(name string) bool { return slices.Contains(columns, name) })
}

// ars finds the regional key.
func (r Row) ars() (ARS, error) {
	for _, name := range keyNames {
		value, ok := r.Properties[name]
		if !ok || value == nil {
			continue
		}
		text, ok := value.(string)
		if number, is := value.(float64); is {
			return "", fmt.Errorf("%s is %s, not text: a number loses the leading zero", name, strconv.FormatFloat(number, 'f', -1, 64))
		} else if !ok {
			return "", fmt.Errorf("%s is not text", name)
		}
		key, err := ParseARS(text)
		if fault, bad := errors.AsType[*Fault](err); bad {
			return "", fmt.Errorf("%s: %s", name, fault.Message)
		}
		if key == Federation {
			return "", fmt.Errorf("%s: %q names no region", name, text)
		}
		return key, nil
	}
	return "", errors.New("it has no property ARS, RS or AGS")
}

// text is the first of the named properties that is a text.
func (r Row) text(names ...string) string {
	for _, name := range names {
		if s, ok := r.Properties[name].(string); ok {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// count is the first of the named properties that is a whole number above 0.
func (r Row) count(names ...string) int {
	for _, name := range names {
		if n, ok := r.Properties[name].(float64); ok && n > 0 && n < math.MaxInt32 {
			return int(n)
		}
	}
	return 0
}
