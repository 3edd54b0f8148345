// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geopackage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/geopackage"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// pageSize is that of the databases written here.
const pageSize = 1024

// testTable is a table for database: as many rows as fit a page, one of them
// longer if need be.
type testTable struct {
	name, sql string
	rows      [][]any // string, int, float64, []byte or nil
}

// database writes an SQLite file by the format's description: a page for the
// schema, one for each table, and those on which a long row goes on.
func database(tables ...testTable) []byte {
	var pages [][]byte
	schema := testTable{name: "sqlite_schema"}
	for i, t := range tables {
		schema.rows = append(schema.rows, []any{"table", t.name, t.name, i + 2, t.sql})
	}
	overflow := len(tables) + 2 // the next free page
	var more [][]byte
	leaf := func(t testTable, first int) []byte {
		page := make([]byte, pageSize)
		at, head := pageSize, first
		page[head] = 13
		binary.BigEndian.PutUint16(page[head+3:], uint16(len(t.rows)))
		for i, row := range t.rows {
			payload := record(row)
			cell := binary.AppendUvarint(nil, 0)[:0]
			cell = appendVarint(cell, len(payload))
			cell = appendVarint(cell, i+1)
			if most := pageSize - 35; len(payload) > most {
				least := (pageSize-12)*32/255 - 23
				local := least + (len(payload)-least)%(pageSize-4)
				if local > most {
					local = least
				}
				cell = append(cell, payload[:local]...)
				cell = binary.BigEndian.AppendUint32(cell, uint32(overflow))
				for rest := payload[local:]; len(rest) > 0; {
					n := min(len(rest), pageSize-4)
					next := make([]byte, pageSize)
					copy(next[4:], rest[:n])
					rest = rest[n:]
					overflow++
					if len(rest) > 0 {
						binary.BigEndian.PutUint32(next, uint32(overflow))
					}
					more = append(more, next)
				}
			} else {
				cell = append(cell, payload...)
			}
			at -= len(cell)
			if at < head+8+2*len(t.rows) {
				panic("the rows of " + t.name + " do not fit a page")
			}
			copy(page[at:], cell)
			binary.BigEndian.PutUint16(page[head+8+2*i:], uint16(at))
		}
		return page
	}
	first := leaf(schema, 100)
	copy(first, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(first[16:], pageSize)
	binary.BigEndian.PutUint32(first[56:], 1)
	pages = append(pages, first)
	for _, t := range tables {
		pages = append(pages, leaf(t, 0))
	}
	return bytes.Join(append(pages, more...), nil)
}

func appendVarint(out []byte, n int) []byte {
	switch {
	case n < 1<<7:
		return append(out, byte(n))
	case n < 1<<14:
		return append(out, byte(n>>7)|0x80, byte(n)&0x7f)
	}
	return append(out, byte(n>>14)|0x80, byte(n>>7)|0x80, byte(n)&0x7f)
}

func record(row []any) []byte {
	var types, content []byte
	for _, value := range row {
		switch v := value.(type) {
		case nil:
			types = append(types, 0)
		case int:
			types = append(types, 4)
			content = binary.BigEndian.AppendUint32(content, uint32(v))
		case float64:
			types = append(types, 7)
			content = binary.BigEndian.AppendUint64(content, math.Float64bits(v))
		case string:
			types = appendVarint(types, 13+2*len(v))
			content = append(content, v...)
		case []byte:
			types = appendVarint(types, 12+2*len(v))
			content = append(content, v...)
		}
	}
	return append(append(appendVarint(nil, len(types)+1), types...), content...)
}

// blob is a polygon as a GeoPackage holds it, with an envelope.
func blob(rings ...[]projection.Coordinate) []byte {
	out := []byte{'G', 'P', 0, 0b11, 0, 0, 0, 0}
	out = append(out, make([]byte, 32)...)
	out = append(out, 1)
	out = binary.LittleEndian.AppendUint32(out, 3)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(rings)))
	for _, ring := range rings {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(ring)))
		for _, c := range ring {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(c.Easting))
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(c.Northing))
		}
	}
	return out
}

var square = []projection.Coordinate{{Easting: 0, Northing: 0}, {Easting: 1, Northing: 0}, {Easting: 1, Northing: 1}, {Easting: 0, Northing: 1}, {Easting: 0, Northing: 0}}

// pack is a GeoPackage with one layer of the given rows. Its statements are short
// so that the schema fits its page.
func pack(rows ...[]any) []byte {
	return database(
		testTable{"gpkg_contents", "CREATE TABLE c(table_name TEXT,data_type TEXT)", [][]any{{"krs", "features"}, {"note", "attributes"}}},
		testTable{"gpkg_geometry_columns", "CREATE TABLE g(table_name,column_name,geometry_type_name,srs_id)", [][]any{{"krs", "geom", "MULTIPOLYGON", 7}}},
		testTable{"gpkg_spatial_ref_sys", "CREATE TABLE s(srs_id,organization,organization_coordsys_id,definition)", [][]any{{7, "EPSG", 25832, "PROJCS"}}},
		testTable{"krs", `CREATE TABLE "krs"(id INTEGER PRIMARY KEY,geom,"A,RS" TEXT,EWZ)`, rows},
	)
}

func readAll(content []byte) ([]geopackage.Record, error) {
	f, err := geopackage.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	layers, err := f.Layers()
	if err != nil {
		return nil, err
	}
	var records []geopackage.Record
	for _, l := range layers {
		err := l.Read(func(r geopackage.Record) error {
			records = append(records, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}

func TestLayerAndRows(t *testing.T) {
	var long []projection.Coordinate
	for i := range 200 {
		long = append(long, projection.Coordinate{Easting: float64(i), Northing: float64(i * i)})
	}
	content := pack(
		[]any{nil, blob(square, square), "01001", 91113},
		[]any{nil, blob(long), "09162", 1.5},
		[]any{nil, nil, "16055", nil},
		[]any{nil, []byte("GPxx"), "16056", nil},
	)
	f, err := geopackage.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	layers, err := f.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%v %v", layers, err)
	}
	l := layers[0]
	if l.Name != "krs" || l.Code != 25832 || l.Definition != "PROJCS" || !l.Areas() {
		t.Errorf("layer %+v", l)
	}
	if diff := cmp.Diff([]string{"id", "A,RS", "EWZ"}, l.Columns); diff != "" {
		t.Error(diff)
	}
	got, err := readAll(content)
	if err != nil {
		t.Fatal(err)
	}
	want := []geopackage.Record{
		{Row: 1, Polygons: []geopackage.Polygon{{square, square}}, Values: map[string]any{"id": 1.0, "A,RS": "01001", "EWZ": 91113.0}},
		{Row: 2, Polygons: []geopackage.Polygon{{long}}, Values: map[string]any{"id": 2.0, "A,RS": "09162", "EWZ": 1.5}},
		{Row: 3, Fault: "it has no geometry", Values: map[string]any{"id": 3.0, "A,RS": "16055", "EWZ": nil}},
		{Row: 4, Fault: "its geometry is not that of a GeoPackage", Values: map[string]any{"id": 4.0, "A,RS": "16056", "EWZ": nil}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGeometriesRefused(t *testing.T) {
	good := blob(square)
	curve := bytes.Clone(good)
	curve[41] = 10
	many := bytes.Clone(good)
	binary.LittleEndian.PutUint32(many[49:], math.MaxUint32)
	own := bytes.Clone(good)
	own[3] |= 0x20
	for name, c := range map[string]struct {
		blob []byte
		says string
	}{
		"a curve":        {curve, "its geometry is of type 10, not a polygon or several"},
		"too few points": {good[:len(good)-1], "its geometry ends too early"},
		"many points":    {many, "its geometry ends too early"},
		"half a head":    {good[:20], "its geometry ends too early"},
		"own kind":       {own, "its geometry is of a kind of its own"},
		"no rings":       {blob(), "its geometry is empty"},
	} {
		records, err := readAll(pack([]any{nil, c.blob, "01001", 1}))
		if err != nil || len(records) != 1 || records[0].Fault != c.says {
			t.Errorf("%s: %+v, %v", name, records, err)
		}
	}
}

func TestFilesRefused(t *testing.T) {
	good := pack([]any{nil, blob(square), "01001", 1})
	change := func(at int, b ...byte) []byte {
		content := bytes.Clone(good)
		copy(content[at:], b)
		return content
	}
	long := pack([]any{nil, blob(append(make([]projection.Coordinate, 600), square...)), "01001", 1})
	loop := bytes.Clone(long)
	copy(loop[5*pageSize:], []byte{0, 0, 0, 6}) // the first page on which the row goes on names itself
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"nothing":           {nil, "It is not an SQLite database."},
		"no database":       {[]byte(strings.Repeat("GeoPackage", 60)), "It is not an SQLite database."},
		"odd pages":         {change(16, 1, 1), "Its pages are of a size that cannot be."},
		"UTF-16":            {change(56, 0, 0, 0, 2), "Its texts are in UTF-16"},
		"cut off":           {good[:4*pageSize], "The layer has no table."},
		"an index for rows": {change(4*pageSize, 10), "a page is not one of a table"},
		"a cell outside":    {change(4*pageSize+8, 3, 255), "a cell is outside its page"},
		"pages in a circle": {change(4*pageSize, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), "refers to a page 5 that is not there"},
		"a row in a circle": {loop[:6*pageSize], "that is not there"},
		"another database":  {database(testTable{"a", "CREATE TABLE a(b)", nil}), "without the table gpkg_contents"},
	} {
		_, err := readAll(c.content)
		if f, ok := errors.AsType[*geo.Fault](err); !ok || !strings.Contains(f.Message, c.says) || f.Remedy == "" {
			t.Errorf("%s: %v, not %s", name, err, c.says)
		}
	}
}

func TestColumnsOfStatements(t *testing.T) {
	for sql, want := range map[string][]string{
		`CREATE TABLE "a" ( "fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "geom" MULTIPOLYGON, "GEN" TEXT(50), EWZ MEDIUMINT)`:                {"fid", "geom", "GEN", "EWZ"},
		"CREATE TABLE a (x DECIMAL(10,2) DEFAULT (1,2), [y z] TEXT, `w``v` TEXT -- a note, with a comma\n, CONSTRAINT pk PRIMARY KEY (x, [y z]))": {"x", "y z", "w`v"},
		`CREATE TABLE a (primary_name TEXT, "check" TEXT, UNIQUE (primary_name))`:                                                                 {"primary_name", "check"},
	} {
		// As the layer of a GeoPackage, whose columns the reader shows.
		content := database(
			testTable{"gpkg_contents", "CREATE TABLE c(table_name,data_type)", [][]any{{"a", "features"}}},
			testTable{"gpkg_geometry_columns", "CREATE TABLE g(table_name)", nil},
			testTable{"gpkg_spatial_ref_sys", "CREATE TABLE s(srs_id)", nil},
			testTable{"a", sql, nil},
		)
		f, err := geopackage.Open(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		layers, err := f.Layers()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, layers[0].Columns); diff != "" {
			t.Errorf("%s:\n%s", sql, diff)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(pack([]any{nil, blob(square), "01001", 1})[pageSize*4:])
	f.Add(pack([]any{nil, blob(make([]projection.Coordinate, 60)), "01001", 1})[pageSize*4:])
	front := pack([]any{nil, blob(square), "01001", 1})[:pageSize*4]
	f.Fuzz(func(t *testing.T, pages []byte) {
		content := append(bytes.Clone(front), pages...)
		records, err := readAll(content)
		if err != nil {
			return
		}
		for _, r := range records {
			if (r.Fault == "") == (r.Polygons == nil) {
				t.Fatalf("neither an area nor a fault: %s", fmt.Sprint(r))
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(pack([]any{nil, blob(square), "01001", 1})[:pageSize])
	f.Fuzz(func(t *testing.T, content []byte) {
		_, _ = readAll(content)
	})
}
