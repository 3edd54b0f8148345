// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
)

const unitSquare = `{"type":"Polygon","coordinates":[[[13,52],[14,52],[14,53],[13,53],[13,52]]]}`

// collection writes a FeatureCollection of rows given as properties and geometry.
func collection(rows ...[2]string) string {
	var features []string
	for _, row := range rows {
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":%s,"geometry":%s}`, row[0], row[1]))
	}
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func TestImportGeoJSON(t *testing.T) {
	island := strings.ReplaceAll(unitSquare, "[1", "[-1") // the same square west of Greenwich
	in := collection(
		[2]string{`{"ARS":"120540000000","GEN":"Potsdam","BEZ":"Stadt","GF":4,"EWZ":183154}`, unitSquare},
		[2]string{`{"ARS":"120540000000","GEN":"Potsdam","BEZ":"Stadt","GF":4}`, island},
		[2]string{`{"ARS":"120540000000","GEN":"Potsdam","GF":2}`, unitSquare},
		[2]string{`{"RS":"01001","name":"Flensburg"}`, `{"type":"MultiPolygon","coordinates":[[[[9,54],[10,54],[10,55],[9,54]]]]}`},
		[2]string{`{"AGS":"09162000","GEN":"München"}`, unitSquare},
		[2]string{`{"ARS":null,"AGS_0":"06","GEN":"Hessen"}`, unitSquare},
	)
	for name, input := range map[string][]byte{"plain": []byte(in), "gzip": packed(t, in)} {
		t.Run(name, func(t *testing.T) {
			regions, report, err := geo.ImportGeoJSON(bytes.NewReader(input), geo.ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&geo.Report{Rows: 6, Regions: 4, Water: 1}, report); diff != "" {
				t.Error(diff)
			}
			var got []string
			for _, r := range regions.All() {
				got = append(got, fmt.Sprintf("%s %s %s %d people %d polygons %g m", r.ARS, r.Name, r.Kind, r.Population, len(r.Outline), r.Accuracy))
			}
			want := []string{
				"01001 Flensburg  0 people 1 polygons 300 m", "06 Hessen  0 people 1 polygons 300 m",
				"09162 München  0 people 1 polygons 300 m", "12054 Potsdam Stadt 183154 people 2 polygons 300 m",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each bad row is refused with its reason, and the good row beside it taken.
func TestImportRefusesRows(t *testing.T) {
	for _, tc := range []struct{ name, properties, geometry, reason string }{
		{"number as key", `{"AGS":1001}`, unitSquare, "AGS is 1001, not text: a number loses the leading zero"},
		{"no key", `{"GEN":"Potsdam"}`, unitSquare, "it has no property ARS, RS or AGS"},
		{"no properties", `null`, unitSquare, "it has no property ARS, RS or AGS"},
		{"properties of the wrong type", `[1]`, unitSquare, "it has no property ARS, RS or AGS"},
		{"bad key", `{"ARS":"99054"}`, unitSquare, `ARS: "99054" does not begin with a Land from 01 to 16`},
		{"AGS of a Gemeinde", `{"AGS":"12060024"}`, unitSquare, `AGS: "12060024" is an AGS of 8 digits: it does not say the Gemeindeverband`},
		{"the federation", `{"ARS":"000000000000"}`, unitSquare, `ARS: "000000000000" names no region`},
		{"no geometry", `{"ARS":"12054"}`, `null`, "it has no geometry"},
		{"point", `{"ARS":"12054"}`, `{"type":"Point","coordinates":[13,52]}`, `its geometry is a "Point", not a Polygon or MultiPolygon`},
		{"text for coordinates", `{"ARS":"12054"}`, `{"type":"Polygon","coordinates":"x"}`, "its coordinates are not those of a Polygon"},
		{"no rings", `{"ARS":"12054"}`, `{"type":"Polygon","coordinates":[]}`, "one of its polygons has no ring"},
		{"no polygons", `{"ARS":"12054"}`, `{"type":"MultiPolygon","coordinates":[]}`, "it has no polygon"},
		{"short ring", `{"ARS":"12054"}`, `{"type":"Polygon","coordinates":[[[13,52],[14,52],[13,52]]]}`, "one of its rings has 3 points; a ring has at least four"},
		{"open ring", `{"ARS":"12054"}`, `{"type":"Polygon","coordinates":[[[13,52],[14,52],[14,53],[13,53]]]}`, "one of its rings is open: its last point is not its first"},
		{"half a position", `{"ARS":"12054"}`, `{"type":"Polygon","coordinates":[[[13],[14,52],[14,53],[13]]]}`, "one of its positions has no longitude and latitude"},
		{"metres", `{"ARS":"12054"}`, `{"type":"Polygon","coordinates":[[[368000,5807000],[14,52],[14,53],[368000,5807000]]]}`, "the position 368000, 5.807e+06 is not a longitude and latitude in degrees"},
		{"repeated", `{"ARS":"120640000000","GEN":"Gut"}`, unitSquare, "it repeats row 1"},
		{"key taken", `{"ARS":"12064","GEN":"Schlecht"}`, unitSquare, `the key 12064 already belongs to "Gut" in row 1`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := collection([2]string{`{"ARS":"12064","GEN":"Gut"}`, unitSquare}, [2]string{tc.properties, tc.geometry})
			regions, report, err := geo.ImportGeoJSON(strings.NewReader(in), geo.ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Refused) != 1 || report.Refused[0].Row != 2 || report.Refused[0].Reason != tc.reason {
				t.Errorf("refused %+v, want row 2: %s", report.Refused, tc.reason)
			}
			if regions.Len() != 1 {
				t.Errorf("%d regions, want the good one", regions.Len())
			}
		})
	}
}

func TestImportRefusesFiles(t *testing.T) {
	good := collection([2]string{`{"ARS":"12064"}`, unitSquare})
	for _, tc := range []struct {
		name, in string
		limit    int64
		code     string
	}{
		{"empty", "", 0, geo.CodeImportFormat},
		{"XML", "<gml/>", 0, geo.CodeImportFormat},
		{"array", "[]", 0, geo.CodeImportFormat},
		{"single feature", `{"type":"Feature","properties":{},"geometry":null}`, 0, geo.CodeImportFormat},
		{"no features", `{"type":"FeatureCollection"}`, 0, geo.CodeImportFormat},
		{"features not an array", `{"type":"FeatureCollection","features":7}`, 0, geo.CodeImportFormat},
		{"cut off", good[:len(good)-20], 0, geo.CodeImportFormat},
		{"cut before the end", good[:len(good)-1], 0, geo.CodeImportFormat},
		{"no rows", `{"type":"FeatureCollection","features":[]}`, 0, geo.CodeImportEmpty},
		{"only bad rows", collection([2]string{`{}`, unitSquare}), 0, geo.CodeImportEmpty},
		{"projected", `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::25832"}},"features":[]}`, 0, geo.CodeImportCRS},
		{"too large", good, 100, geo.CodeImportSize},
	} {
		t.Run(tc.name, func(t *testing.T) {
			regions, _, err := geo.ImportGeoJSON(strings.NewReader(tc.in), geo.ImportOptions{MaxBytes: tc.limit})
			var fault *geo.Fault
			if !errors.As(err, &fault) || fault.Code != tc.code || fault.Remedy == "" {
				t.Errorf("%v, want a fault %s", err, tc.code)
			}
			if regions != nil {
				t.Error("regions beside an error")
			}
		})
	}
	t.Run("broken gzip", func(t *testing.T) {
		if _, _, err := geo.ImportGeoJSON(bytes.NewReader(packed(t, good)[:40]), geo.ImportOptions{}); err == nil {
			t.Error("taken")
		}
	})
}

// shared opens a file of the data that may lie beside the repository.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	file, err := os.Open("../../shared/data/" + name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("needs shared/data/%s beside the repository", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestImportOfficialBoundaries(t *testing.T) {
	for _, tc := range []struct {
		file           string
		regions, water int
	}{
		{"vg5000_laender.geojson.gz", 16, 9}, {"vg5000_kreise.geojson.gz", 401, 0}, {"vg5000_gemeinden.geojson.gz", 10997, 0},
	} {
		t.Run(tc.file, func(t *testing.T) {
			regions, report, err := geo.ImportGeoJSON(shared(t, "regions/"+tc.file), geo.ImportOptions{Accuracy: 1000})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Refused) > 0 || report.Water != tc.water || regions.Len() != tc.regions {
				t.Errorf("report %+v, want %d regions, %d rows of water, none refused", report, tc.regions, tc.water)
			}
			potsdam, ok := regions.At(geo.Point{Lat: 52.4009, Lon: 13.0591})
			if !ok || !potsdam.ARS.Contains("12054") {
				t.Errorf("Potsdam lies in %q", potsdam.ARS)
			}
			again, report, err := geo.ImportGeoJSON(bytes.NewReader(export(t, regions)), geo.ImportOptions{Accuracy: 1000})
			if err != nil || len(report.Refused) > 0 {
				t.Fatalf("what was written cannot be read: %v, %+v", err, report)
			}
			if diff := cmp.Diff(keys(regions), keys(again)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func keys(r *geo.Regions) []geo.ARS {
	var list []geo.ARS
	for _, region := range r.All() {
		list = append(list, region.ARS)
	}
	return list
}

func export(t *testing.T, r *geo.Regions) []byte {
	t.Helper()
	out, err := r.GeoJSON(0)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out) {
		t.Fatal("not JSON")
	}
	return out
}

func FuzzImportGeoJSON(f *testing.F) {
	f.Add([]byte(collection([2]string{`{"ARS":"12054","GEN":"Potsdam","GF":4,"EWZ":1}`, unitSquare})))
	f.Add([]byte(collection([2]string{`{"AGS":1001}`, `null`}, [2]string{`null`, `{"type":"MultiPolygon","coordinates":[[[[]]]]}`})))
	f.Add([]byte(`{"type":"FeatureCollection","crs":null,"features":[]}`))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		regions, report, err := geo.ImportGeoJSON(bytes.NewReader(in), geo.ImportOptions{MaxBytes: 1 << 20})
		if err != nil {
			if regions != nil || err.Error() == "" {
				t.Fatalf("regions beside the error %q", err)
			}
			return
		}
		if report.Rows < report.Regions+report.Water+len(report.Refused) {
			t.Fatalf("report %+v", report)
		}
		for _, region := range regions.All() {
			for _, polygon := range region.Outline {
				for _, ring := range polygon {
					if len(ring) < 4 || ring[0] != ring[len(ring)-1] || !ring[0].Valid() {
						t.Fatalf("ring %v", ring)
					}
				}
			}
		}
		if _, err := regions.GeoJSON(10); err != nil {
			t.Fatal(err)
		}
	})
}

func TestImportListsOnlySoManyRefusedRows(t *testing.T) {
	in := `{"type":"FeatureCollection","features":[` + strings.Repeat(`{"type":"Feature"},`, geo.MaxRefused+1) + `{}]}`
	_, report, err := geo.ImportGeoJSON(strings.NewReader(in), geo.ImportOptions{})
	if err == nil || len(report.Refused) != geo.MaxRefused || report.RefusedRows != geo.MaxRefused+2 {
		t.Errorf("%d of %d rows listed, %v", len(report.Refused), report.RefusedRows, err)
	}
}
