// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
)

// ImportOptions says how to take boundaries.
type ImportOptions struct {
	// Accuracy is how far the outlines may be from the true boundaries, in metres;
	// 0 stands for 300, right for BKG VG250 (scale 1:250,000).
	Accuracy float64
	// MaxBytes is the largest input taken, after decompression; 0 stands for 512 MiB.
	MaxBytes int64
}

// Report tells what an import made of each row.
type Report struct {
	// Rows is the number of features read, Regions the number of regions made of
	// them: several rows may make one region.
	Rows    int `json:"rows"`
	Regions int `json:"regions"`
	// Water is the number of rows left out because they describe water.
	Water int `json:"water,omitempty"`
	// Refused lists the rows that could not be taken.
	Refused []RefusedRow `json:"refused,omitempty"`
}

// RefusedRow is a feature that an import left out.
type RefusedRow struct {
	Row    int    `json:"row"` // counted from 1
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason"`
}

// ImportGeoJSON reads an authority's boundaries from a GeoJSON FeatureCollection
// (RFC 7946), plain or gzip-compressed; docs/formats/regions.md describes it.
// Rows with faults are left out and reported, the others taken. The error, a
// *Fault or one from reading, says that nothing could be taken.
func ImportGeoJSON(in io.Reader, opts ImportOptions) (*Regions, *Report, error) {
	if opts.Accuracy == 0 {
		opts.Accuracy = 300
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 512 << 20
	}
	plain, err := gunzip(in)
	if err != nil {
		return nil, nil, err
	}
	limited := &io.LimitedReader{R: plain, N: opts.MaxBytes + 1}
	c := collector{accuracy: opts.Accuracy, byARS: map[ARS]*collected{}}
	err = readFeatures(limited, c.take)
	if limited.N <= 0 {
		return nil, nil, &Fault{
			Code: CodeImportSize, Field: "file", Message: fmt.Sprintf("The file is larger than %d bytes.", opts.MaxBytes),
			Remedy: "Cut it to the authority's own territory and its neighbours, or simplify the outlines.",
		}
	}
	if err != nil {
		return nil, nil, err
	}
	list := make([]Region, 0, len(c.order))
	for _, key := range c.order {
		list = append(list, c.byARS[key].region)
	}
	c.report.Regions = len(list)
	if len(list) == 0 {
		return nil, &c.report, &Fault{
			Code: CodeImportEmpty, Field: "file", Message: fmt.Sprintf("None of the %d rows is a region that can be taken.%s", c.report.Rows, firstReason(c.report.Refused)),
			Remedy: "Each feature needs a Polygon or MultiPolygon in degrees (WGS 84) and a property ARS with the regional key as text.",
		}
	}
	regions, err := NewRegions(list, nil)
	return regions, &c.report, err
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

// feature is one row of a FeatureCollection.
type feature struct {
	Type       string                     `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Geometry   json.RawMessage            `json:"geometry"`
}

// collector makes regions of features.
type collector struct {
	accuracy float64
	byARS    map[ARS]*collected
	order    []ARS
	report   Report
}

// collected is a region and the rows it was made of.
type collected struct {
	region Region
	rows   []int
	shapes []MultiPolygon
}

func (c *collector) take(f feature) {
	c.report.Rows++
	row := c.report.Rows
	name := f.text("GEN", "name", "NAME", "Name")
	refuse := func(reason string) {
		c.report.Refused = append(c.report.Refused, RefusedRow{Row: row, Name: clip(name), Reason: reason})
	}
	if f.water() {
		c.report.Water++
		return
	}
	key, err := f.ars()
	if err != nil {
		refuse(err.Error())
		return
	}
	shape, err := parseGeometry(f.Geometry)
	if err != nil {
		refuse(err.Error())
		return
	}
	region := Region{
		ARS: key, Name: clip(name), Kind: clip(f.text("BEZ", "kind")), Population: f.count("EWZ", "population"),
		Outline: shape, Accuracy: c.accuracy,
	}
	before, known := c.byARS[key]
	switch {
	case !known:
		c.byARS[key] = &collected{region, []int{row}, []MultiPolygon{shape}}
		c.order = append(c.order, key)
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
func (f feature) water() bool {
	raw := strings.Trim(string(f.Properties["GF"]), `"`)
	return raw != "" && raw != "null" && raw != "4" && raw != "9"
}

// ars finds the regional key among the names that are in use for it.
func (f feature) ars() (ARS, error) {
	for _, name := range []string{"ARS", "ars", "ARS_0", "RS", "rs", "RS_0", "AGS", "ags", "AGS_0"} {
		raw, ok := f.Properties[name]
		if !ok || string(raw) == "null" {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return "", fmt.Errorf("%s is %s, not text: a number loses the leading zero", name, clip(string(raw)))
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
func (f feature) text(names ...string) string {
	for _, name := range names {
		var s string
		if raw, ok := f.Properties[name]; ok && json.Unmarshal(raw, &s) == nil {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// count is the first of the named properties that is a whole number above 0.
func (f feature) count(names ...string) int {
	for _, name := range names {
		var n float64
		if raw, ok := f.Properties[name]; ok && json.Unmarshal(raw, &n) == nil && n > 0 && n < math.MaxInt32 {
			return int(n)
		}
	}
	return 0
}
