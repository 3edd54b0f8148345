// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package shapefile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/shapefile"
)

// shp writes a .shp of polygons, each of one ring; nil is a row without a shape.
func shp(kind uint32, shapes ...[]projection.Coordinate) []byte {
	var out bytes.Buffer
	header := make([]byte, 100)
	binary.BigEndian.PutUint32(header, 9994)
	binary.LittleEndian.PutUint32(header[28:], 1000)
	binary.LittleEndian.PutUint32(header[32:], kind)
	out.Write(header)
	for i, ring := range shapes {
		var content bytes.Buffer
		if ring == nil {
			binary.Write(&content, binary.LittleEndian, uint32(0))
		} else {
			binary.Write(&content, binary.LittleEndian, kind)
			content.Write(make([]byte, 32))
			binary.Write(&content, binary.LittleEndian, []uint32{1, uint32(len(ring)), 0})
			for _, c := range ring {
				binary.Write(&content, binary.LittleEndian, []float64{c.Easting, c.Northing})
			}
		}
		binary.Write(&out, binary.BigEndian, []uint32{uint32(i + 1), uint32(content.Len() / 2)})
		out.Write(content.Bytes())
	}
	return out.Bytes()
}

// dbf writes a table of a text ARS, a text GEN and a number EWZ; rows are as they
// lie in the file.
func dbf(language byte, rows ...string) []byte {
	header := make([]byte, 32)
	header[0] = 3
	binary.LittleEndian.PutUint32(header[4:], uint32(len(rows)))
	binary.LittleEndian.PutUint16(header[8:], 32+3*32+1)
	binary.LittleEndian.PutUint16(header[10:], 1+5+10+8)
	header[29] = language
	out := header
	for _, c := range []struct {
		name   string
		kind   byte
		length byte
	}{{"ARS", 'C', 5}, {"GEN", 'C', 10}, {"EWZ", 'N', 8}} {
		d := make([]byte, 32)
		copy(d, c.name)
		d[11], d[16] = c.kind, c.length
		out = append(out, d...)
	}
	out = append(out, '\r')
	for _, r := range rows {
		out = append(out, r...)
	}
	return append(out, 0x1a)
}

var square = []projection.Coordinate{{Easting: 0, Northing: 0}, {Easting: 0, Northing: 1}, {Easting: 1, Northing: 1}, {Easting: 1, Northing: 0}, {Easting: 0, Northing: 0}}

func TestRows(t *testing.T) {
	files := fstest.MapFS{
		"daten/VG.shp": {Data: shp(5, square, nil, square, square)},
		"daten/VG.DBF": {Data: dbf(0x57, " 01001Flensburg    91113", " 09162M\xfcnchen    1512491", "*12054Potsdam     183154", " 16055Weimar    ********")},
		"daten/vg.prj": {Data: []byte("GEOGCS[...]\r\n")},
	}
	r, err := shapefile.Open(files, "daten/VG.shp")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Projection() != "GEOGCS[...]" {
		t.Errorf("projection %q", r.Projection())
	}
	if diff := cmp.Diff([]string{"ARS", "GEN", "EWZ"}, r.Columns()); diff != "" {
		t.Error(diff)
	}
	want := []shapefile.Record{
		{Row: 1, Rings: [][]projection.Coordinate{square}, Values: map[string]any{"ARS": "01001", "GEN": "Flensburg", "EWZ": 91113.0}},
		{Row: 2, Values: map[string]any{"ARS": "09162", "GEN": "München", "EWZ": 1512491.0}},
		{Row: 4, Rings: [][]projection.Coordinate{square}, Values: map[string]any{"ARS": "16055", "GEN": "Weimar", "EWZ": nil}},
	}
	var got []shapefile.Record
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, record)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEncodings(t *testing.T) {
	const latin, utf = "Th\xfcringen", "Th\u00fcringen"
	for name, c := range map[string]struct {
		cpg      string
		language byte
		text     string
	}{
		"UTF-8 by .cpg":        {"UTF-8", 0x57, utf},
		"65001":                {"65001\r\n", 0, utf},
		"Latin-1 by .cpg":      {"ISO-8859-1", 0, latin},
		"ESRI's Latin-1":       {"88591", 0, latin},
		"Windows by language":  {"", 0x57, latin},
		"UTF-8, nothing said":  {"", 0, utf},
		"Latin, nothing said":  {"", 0, latin},
		"Windows, system said": {"system", 0x03, latin},
	} {
		row := (c.text + strings.Repeat(" ", 10))[:10]
		files := fstest.MapFS{"VG.shp": {Data: shp(5, square)}, "VG.dbf": {Data: dbf(c.language, " 16   "+row+"       0")}}
		if c.cpg != "" {
			files["VG.cpg"] = &fstest.MapFile{Data: []byte(c.cpg)}
		}
		r, err := shapefile.Open(files, "VG.shp")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		record, err := r.Next()
		if err != nil || record.Values["GEN"] != "Th\u00fcringen" {
			t.Errorf("%s: %q, %v", name, record.Values["GEN"], err)
		}
	}
}

func TestShapesWithHeights(t *testing.T) {
	// After the points of a PolygonZ come heights, which are passed over.
	content := shp(15, square)
	content = append(content, make([]byte, 16+8*len(square))...)
	binary.BigEndian.PutUint32(content[104:], binary.BigEndian.Uint32(content[104:])+uint32(8+4*len(square)))
	r, err := shapefile.Open(fstest.MapFS{"VG.shp": {Data: content}, "VG.dbf": {Data: dbf(0, " 16   Weimar           0")}}, "VG.shp")
	if err != nil {
		t.Fatal(err)
	}
	record, err := r.Next()
	if err != nil || len(record.Rings) != 1 || len(record.Rings[0]) != len(square) {
		t.Errorf("%+v, %v", record, err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("then %v", err)
	}
}

func TestFilesRefused(t *testing.T) {
	good, table := shp(5, square), dbf(0, " 16   Weimar           0")
	lying := bytes.Clone(good)
	binary.LittleEndian.PutUint32(lying[100+8+40:], math.MaxUint32)
	backwards := bytes.Clone(good)
	binary.LittleEndian.PutUint32(backwards[100+8+44:], 77)
	wide := bytes.Clone(table)
	wide[32+16] = 200
	for name, c := range map[string]struct {
		shp, dbf []byte
		cpg      string
		says     string
	}{
		"no table":          {good, nil, "", "file: VG.dbf is missing beside VG.shp"},
		"no shapefile":      {[]byte(strings.Repeat("x", 100)), table, "", "VG.shp: It is not a shapefile."},
		"half a header":     {good[:50], table, "", "VG.shp: The file ends too early."},
		"half a shape":      {good[:130], table, "", "VG.shp, row 1: The file ends too early."},
		"more points":       {lying, table, "", "VG.shp, row 1: The shape promises 4294967295 points and holds fewer."},
		"rings disordered":  {backwards, table, "", "VG.shp, row 1: Its rings are out of order."},
		"a point among":     {append(bytes.Clone(good), shp(1, square)[100:]...), dbf(0, " 16   Weimar           0", " 16   Weimar           0"), "", "VG.shp, row 2: The shape is of type 1, not an area."},
		"half a table":      {good, table[:40], "", "VG.dbf: The file ends too early."},
		"half a row":        {good, table[:135], "", "VG.dbf, row 1: The file ends too early."},
		"fewer rows":        {shp(5, square, square), table, "", "VG.shp, row 2: VG.dbf has only 1 rows."},
		"a column too wide": {good, wide, "", `VG.dbf: The column "ARS" is longer than a row.`},
		"unknown encoding":  {good, table, "EBCDIC", "VG.dbf: The .cpg names the encoding \"EBCDIC\""},
	} {
		files := fstest.MapFS{"VG.shp": {Data: c.shp}}
		if c.dbf != nil {
			files["VG.dbf"] = &fstest.MapFile{Data: c.dbf}
		}
		if c.cpg != "" {
			files["VG.cpg"] = &fstest.MapFile{Data: []byte(c.cpg)}
		}
		r, err := shapefile.Open(files, "VG.shp")
		for err == nil {
			_, err = r.Next()
		}
		if f, ok := errors.AsType[*geo.Fault](err); !ok || !strings.HasPrefix(err.Error(), c.says) || f.Remedy == "" {
			t.Errorf("%s: %v, not %s", name, err, c.says)
		}
	}
	if _, err := shapefile.Open(fstest.MapFS{"VG.shp": {Data: shp(1)}}, "VG.shp"); !errors.Is(err, shapefile.ErrNoAreas) {
		t.Errorf("points: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(shp(5, square), dbf(0x57, " 01001Flensburg   91113"), "UTF-8")
	f.Add(shp(25, square, nil), dbf(0, " 01001Flensburg   91113", "*01001Flensburg   91113"), "")
	f.Fuzz(func(t *testing.T, shapes, table []byte, encoding string) {
		files := fstest.MapFS{"VG.shp": {Data: shapes}, "VG.dbf": {Data: table}, "VG.cpg": {Data: []byte(encoding)}}
		r, err := shapefile.Open(files, "VG.shp")
		if err != nil {
			return
		}
		defer r.Close()
		for rows := 0; ; rows++ {
			record, err := r.Next()
			if err != nil {
				return
			}
			if rows > len(shapes) || len(record.Values) > len(table) {
				t.Fatal("more came out than went in")
			}
		}
	})
}
