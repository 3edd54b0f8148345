// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package boundaries

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

const utm32 = `PROJCS["ETRS_1989_UTM_Zone_32N",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`

// rectangle is a ring in UTM 32 east of the central meridian, of so many metres.
// It runs clockwise, as outer rings do in shapefiles.
func rectangle(west, south, east, north float64) []projection.Coordinate {
	at := func(x, y float64) projection.Coordinate {
		return projection.Coordinate{Easting: 500_000 + x, Northing: 5_800_000 + y}
	}
	return []projection.Coordinate{at(west, south), at(west, north), at(east, north), at(east, south), at(west, south)}
}

func turned(ring []projection.Coordinate) []projection.Coordinate {
	out := make([]projection.Coordinate, len(ring))
	for i, c := range ring {
		out[len(ring)-1-i] = c
	}
	return out
}

// row is a row of a made-up shapefile.
type row struct {
	ars, name, gf string
	rings         [][]projection.Coordinate
}

// layer writes a shapefile's parts.
func layer(rows ...row) (shp, dbf []byte) {
	shp = make([]byte, 100)
	binary.BigEndian.PutUint32(shp, 9994)
	binary.LittleEndian.PutUint32(shp[28:], 1000)
	binary.LittleEndian.PutUint32(shp[32:], 5)
	dbf = make([]byte, 32, 512)
	dbf[0] = 3
	binary.LittleEndian.PutUint32(dbf[4:], uint32(len(rows)))
	binary.LittleEndian.PutUint16(dbf[8:], 32+3*32+1)
	binary.LittleEndian.PutUint16(dbf[10:], 1+12+20+1)
	for _, c := range []struct {
		name   string
		kind   byte
		length byte
	}{{"ARS", 'C', 12}, {"GEN", 'C', 20}, {"GF", 'N', 1}} {
		d := make([]byte, 32)
		copy(d, c.name)
		d[11], d[16] = c.kind, c.length
		dbf = append(dbf, d...)
	}
	dbf = append(dbf, '\r')
	for i, r := range rows {
		var content bytes.Buffer
		binary.Write(&content, binary.LittleEndian, uint32(5))
		content.Write(make([]byte, 32))
		points := 0
		for _, ring := range r.rings {
			points += len(ring)
		}
		binary.Write(&content, binary.LittleEndian, []uint32{uint32(len(r.rings)), uint32(points)})
		points = 0
		for _, ring := range r.rings {
			binary.Write(&content, binary.LittleEndian, uint32(points))
			points += len(ring)
		}
		for _, ring := range r.rings {
			for _, c := range ring {
				binary.Write(&content, binary.LittleEndian, []float64{c.Easting, c.Northing})
			}
		}
		shp = binary.BigEndian.AppendUint32(shp, uint32(i+1))
		shp = binary.BigEndian.AppendUint32(shp, uint32(content.Len()/2))
		shp = append(shp, content.Bytes()...)
		dbf = fmt.Appendf(dbf, " %-12s%-20s%s", r.ars, r.name, r.gf)
	}
	return shp, dbf
}

// archive packs files given as name and content.
func archive(t testing.TB, files ...any) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i].(string))
		if err != nil {
			t.Fatal(err)
		}
		switch content := files[i+1].(type) {
		case string:
			w.Write([]byte(content))
		case []byte:
			w.Write(content)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func take(content []byte, opts Options) (*geo.Regions, *Report, error) {
	return Read(bytes.NewReader(content), int64(len(content)), opts)
}

func TestShapesBecomeRegions(t *testing.T) {
	outer, hole := rectangle(0, 0, 10_000, 10_000), turned(rectangle(4000, 4000, 6000, 6000))
	island := rectangle(4500, 4500, 5500, 5500)
	const land, inner, small = 100.0, 4.0, 1.0 // km²
	for name, c := range map[string]struct {
		rows  []row
		areas map[geo.ARS]float64
		want  Report
	}{
		"one ring":             {[]row{{"03", "N", "4", [][]projection.Coordinate{outer}}}, map[geo.ARS]float64{"03": land}, Report{}},
		"a hole":               {[]row{{"03", "N", "4", [][]projection.Coordinate{outer, hole}}}, map[geo.ARS]float64{"03": land - inner}, Report{}},
		"a hole first":         {[]row{{"03", "N", "4", [][]projection.Coordinate{hole, outer}}}, map[geo.ARS]float64{"03": land - inner}, Report{}},
		"an island in a hole":  {[]row{{"03", "N", "4", [][]projection.Coordinate{outer, hole, island}}}, map[geo.ARS]float64{"03": land - inner + small}, Report{}},
		"parts in two rows":    {[]row{{"03", "N", "4", [][]projection.Coordinate{outer}}, {"030000000000", "N", "4", [][]projection.Coordinate{rectangle(20_000, 0, 21_000, 1000)}}}, map[geo.ARS]float64{"03": land + small}, Report{}},
		"with water":           {[]row{{"03", "N", "4", [][]projection.Coordinate{outer}}, {"03", "N", "2", [][]projection.Coordinate{island}}}, map[geo.ARS]float64{"03": land}, Report{Report: geo.Report{Water: 1}}},
		"a sliver":             {[]row{{"03", "N", "4", [][]projection.Coordinate{outer, rectangle(20_000, 0, 20_000.05, 9000), outer[:2]}}}, map[geo.ARS]float64{"03": land}, Report{Slivers: 2}},
		"turned":               {[]row{{"03", "N", "4", [][]projection.Coordinate{turned(outer)}}}, map[geo.ARS]float64{"03": land}, Report{Turned: 1}},
		"a hole gone astray":   {[]row{{"03", "N", "4", [][]projection.Coordinate{outer, turned(rectangle(20_000, 0, 21_000, 1000))}}}, map[geo.ARS]float64{"03": land}, Report{Strayed: 1}},
		"left open":            {[]row{{"03", "N", "4", [][]projection.Coordinate{outer[:4]}}}, map[geo.ARS]float64{"03": land}, Report{}},
		"and one without area": {[]row{{"03", "N", "4", [][]projection.Coordinate{outer}}, {"04", "B", "4", nil}}, map[geo.ARS]float64{"03": land}, Report{Report: geo.Report{Refused: []geo.RefusedRow{{Row: 2, Name: "B", Reason: "it has no geometry"}}, RefusedRows: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			shp, dbf := layer(c.rows...)
			regions, report, err := take(archive(t, "x/VG.shp", shp, "x/VG.DBF", dbf, "x/VG.prj", utm32), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for key, want := range c.areas {
				r, ok := regions.Lookup(key)
				if got := r.Outline.AreaKm2(); !ok || math.Abs(got-want) > 0.004*want { // UTM's scale, and the sphere's areas
					t.Errorf("%s has %.3f km², not %g", key, got, want)
				}
			}
			c.want.Rows, c.want.Regions = len(c.rows), len(c.areas)
			c.want.Layers, c.want.Systems, c.want.System = []string{"VG"}, []string{"EPSG:25832"}, projection.UTM32
			if diff := cmp.Diff(&c.want, report); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLayersOfOneArchive(t *testing.T) {
	square := [][]projection.Coordinate{rectangle(0, 0, 1000, 1000)}
	gem, gemTable := layer(row{"032410001001", "Hannover", "4", square}, row{"031010000000", "Braunschweig", "4", square})
	krs, krsTable := layer(row{"03101", "Braunschweig", "4", square}, row{"03241", "Region Hannover", "4", square})
	points := bytes.Clone(gem)
	points[32] = 1
	content := archive(t, "VG250_GEM.shp", gem, "VG250_GEM.dbf", gemTable, "VG250_GEM.prj", utm32,
		"VG250_KRS.shp", krs, "VG250_KRS.dbf", krsTable, "VG250_KRS.prj", utm32, "VG250_PK.shp", points, "VG250_PK.dbf", gemTable)
	regions, report, err := take(content, Options{ImportOptions: geo.ImportOptions{Licence: "made up"}})
	if err != nil {
		t.Fatal(err)
	}
	if regions.Len() != 3 || report.Repeated != 1 || len(report.Passed) != 1 || report.Licence != "made up" {
		t.Errorf("%d regions, %+v", regions.Len(), report)
	}
	if diff := cmp.Diff([]string{"made up"}, regions.Licences()); diff != "" {
		t.Error(diff)
	}
	regions, report, err = take(content, Options{Layer: "vg250_krs"})
	if err != nil || regions.Len() != 2 || len(report.Layers) != 1 {
		t.Errorf("one layer: %+v, %v", report, err)
	}
}

func TestPackedGeoJSON(t *testing.T) {
	const one = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"ARS":"12054"},"geometry":{"type":"Polygon","coordinates":[[[13,52],[14,52],[14,53],[13,52]]]}}]}`
	for _, name := range []string{"krs.geojson", "daten/krs.json"} {
		regions, report, err := take(archive(t, "readme.txt", "x", name, one), Options{})
		if err != nil || regions.Len() != 1 || report.Systems[0] != "EPSG:4326" {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

func TestFilesRefused(t *testing.T) {
	shp, dbf := layer(row{"03", "N", "4", [][]projection.Coordinate{rectangle(0, 0, 1000, 1000)}})
	good := archive(t, "VG.shp", shp, "VG.dbf", dbf, "VG.prj", utm32)
	noKey := bytes.Replace(dbf, []byte("ARS"), []byte("XYZ"), 1)
	broken := bytes.Clone(good)
	broken[40] ^= 0xff
	for name, c := range map[string]struct {
		content []byte
		opts    Options
		code    string
		says    string
	}{
		"nothing":        {nil, Options{}, geo.CodeImportFormat, "does not begin with a JSON object"},
		"no table":       {archive(t, "VG.shp", shp, "VG.prj", utm32), Options{}, geo.CodeImportMissing, "VG.dbf is missing beside VG.shp"},
		"no .prj":        {archive(t, "VG.shp", shp, "VG.dbf", dbf), Options{}, geo.CodeImportCRS, ".prj is missing"},
		"Swiss":          {archive(t, "VG.shp", shp, "VG.dbf", dbf, "VG.prj", `PROJCS["CH1903+_LV95",GEOGCS["x",DATUM["D_CH1903+"]],PROJECTION["Hotine"]]`), Options{}, geo.CodeImportCRS, "CH1903+_LV95"},
		"wrong system":   {good, Options{System: 31468}, geo.CodeImportEmpty, "outside the area of use"},
		"unknown code":   {good, Options{System: 2056}, geo.CodeImportCRS, "EPSG:2056"},
		"no such layer":  {good, Options{Layer: "KRS"}, geo.CodeImportEmpty, `no layer "KRS"`},
		"no key":         {archive(t, "VG.shp", shp, "VG.dbf", noKey, "VG.prj", utm32), Options{}, geo.CodeImportEmpty, "none of its columns is an ARS"},
		"other files":    {archive(t, "readme.txt", "hello"), Options{}, geo.CodeImportMissing, "no shapefile (.shp)"},
		"too large":      {good, Options{ImportOptions: geo.ImportOptions{MaxBytes: 20}}, geo.CodeImportSize, "larger than 20 bytes"},
		"half a zip":     {good[:60], Options{}, geo.CodeImportFormat, "cannot be read"},
		"a damaged zip":  {broken, Options{}, geo.CodeImportFormat, ""},
		"a lone .shp":    {shp, Options{}, geo.CodeImportMissing, "one of several files"},
		"no GeoPackage":  {[]byte("SQLite format 3\x00" + strings.Repeat("\x10", 100)), Options{}, geo.CodeImportFormat, ""},
		"an empty table": {archive(t, "VG.shp", shp[:100], "VG.dbf", dbf, "VG.prj", utm32), Options{}, geo.CodeImportEmpty, "None of the 0 rows"},
	} {
		_, _, err := take(c.content, c.opts)
		f, ok := errors.AsType[*geo.Fault](err)
		if !ok || f.Code != c.code || !strings.Contains(f.Message, c.says) || f.Remedy == "" {
			t.Errorf("%s: %v, not %s %s", name, err, c.code, c.says)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "VG.shp"), shp, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := ReadFile(filepath.Join(dir, "VG.shp"), Options{})
	if f, ok := errors.AsType[*geo.Fault](err); !ok || f.Code != geo.CodeImportMissing {
		t.Errorf("a .shp without its .dbf: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vg.dbf"), dbf, 0o600); err != nil {
		t.Fatal(err)
	}
	regions, _, err := ReadFile(filepath.Join(dir, "VG.shp"), Options{System: 25832})
	if err != nil || regions.Len() != 1 {
		t.Errorf("with its .dbf and a code: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	shp, dbf := layer(row{"03", "N", "4", [][]projection.Coordinate{rectangle(0, 0, 10_000, 10_000), turned(rectangle(4000, 4000, 6000, 6000))}})
	f.Add(shp, dbf)
	f.Fuzz(func(t *testing.T, shp, dbf []byte) {
		regions, report, err := take(archive(t, "VG.shp", shp, "VG.dbf", dbf, "VG.prj", utm32), Options{})
		if err != nil {
			return
		}
		if regions.Len() != report.Regions || report.Regions > report.Rows {
			t.Fatalf("%d regions, %+v", regions.Len(), report)
		}
		for _, r := range regions.All() {
			for _, p := range r.Outline {
				for _, ring := range p {
					if ring[0] != ring[len(ring)-1] || !ring[0].Valid() {
						t.Fatalf("a ring is open or nowhere: %v", ring)
					}
				}
			}
		}
	})
}
