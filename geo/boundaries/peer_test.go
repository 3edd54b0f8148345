// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package boundaries_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/boundaries"
)

// ogr2ogr runs GDAL's program, another reader and writer of all these formats, or
// skips the test.
func ogr2ogr(t *testing.T, arguments ...string) {
	t.Helper()
	program, err := exec.LookPath("ogr2ogr")
	if err != nil {
		t.Skip("ogr2ogr (Debian package gdal-bin) is not installed")
	}
	if out, err := exec.Command(program, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("ogr2ogr %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

const sharedRegions = "../../../shared/data/regions/"

func sharedFile(t *testing.T, name string) string {
	t.Helper()
	path := sharedRegions + name
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the test data %s is not here", name)
	}
	return path
}

func read(t *testing.T, path string, opts boundaries.Options) (*geo.Regions, *boundaries.Report) {
	t.Helper()
	regions, report, err := boundaries.ReadFile(path, opts)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return regions, report
}

// apart is how far the outlines of two sets are from each other, in metres: the
// furthest that a corner of one moved, if they are the same corners; else the
// test fails. Areas may differ by the given share.
func apart(t *testing.T, want, got *geo.Regions, share float64) float64 {
	t.Helper()
	most := 0.0
	if want.Len() != got.Len() {
		t.Fatalf("%d regions, not %d", got.Len(), want.Len())
	}
	for i, w := range want.All() {
		g := got.All()[i]
		if g.ARS != w.ARS || g.Name != w.Name || g.Kind != w.Kind || g.Population != w.Population {
			t.Fatalf("region %+v, not %+v", g, w)
		}
		if a, b := w.Outline.AreaKm2(), g.Outline.AreaKm2(); math.Abs(a-b) > share*a+1e-4 {
			t.Errorf("%s has %g km², not %g", w.ARS, b, a)
		}
		corners := func(m geo.MultiPolygon) (all []geo.Point) {
			for _, polygon := range m {
				for _, ring := range polygon {
					all = append(all, ring...)
				}
			}
			return all
		}
		// Formats order rings and their corners differently: look for the nearest.
		// Only some, for it takes a while.
		theirs := corners(g.Outline)
		for k, p := range corners(w.Outline) {
			if k%17 != 0 {
				continue
			}
			nearest := math.Inf(1)
			for _, q := range theirs {
				if math.Abs(p.Lat-q.Lat) < 0.01 {
					nearest = min(nearest, p.DistanceTo(q))
				}
			}
			most = max(most, nearest)
		}
	}
	return most
}

// The files that GDAL writes of real boundaries give the same regions.
func TestFilesOfAPeer(t *testing.T) {
	source := sharedFile(t, "vg5000_kreise.geojson.gz")
	f, err := os.Open(source)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, _, err := geo.ImportGeoJSON(f, geo.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// For each part of Germany GDAL takes other parameters of the old datum.
	const dhdn = 3.5
	for name, c := range map[string]struct {
		file, system string
		arguments    []string
		tolerance    float64 // metres
	}{
		"shapefile, UTM 32":        {"krs.shp", "EPSG:25832", []string{"-lco", "ENCODING=UTF-8"}, 0.02},
		"shapefile, Latin-1":       {"krs.shp", "EPSG:25833", []string{"-lco", "ENCODING=ISO-8859-1"}, 0.02},
		"shapefile, LAEA":          {"krs.shp", "EPSG:3035", nil, 0.02},
		"shapefile, Gauß-Krüger":   {"krs.shp", "EPSG:31467", nil, dhdn},
		"shapefile, degrees":       {"krs.shp", "EPSG:4258", nil, 0.02},
		"zipped shapefile":         {"krs.shz", "EPSG:25832", nil, 0.02},
		"GeoPackage, UTM 32":       {"krs.gpkg", "EPSG:25832", nil, 0.02},
		"GeoPackage, LAEA":         {"krs.gpkg", "EPSG:3035", nil, 0.02},
		"GeoPackage, UTM zoned":    {"krs.gpkg", "EPSG:4647", nil, 0.02},
		"GeoPackage, Gauß-Krüger":  {"krs.gpkg", "EPSG:31468", nil, dhdn},
		"GeoPackage, DHDN degrees": {"krs.gpkg", "EPSG:4314", nil, dhdn},
		"GeoJSON":                  {"krs.geojson", "EPSG:4326", nil, 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			ogr2ogr(t, append(c.arguments, "-t_srs", c.system, path, "/vsigzip/"+source)...)
			got, report := read(t, path, boundaries.Options{})
			if len(report.Refused) > 0 {
				t.Errorf("refused: %v", report.Refused)
			}
			if m := apart(t, want, got, c.tolerance/1000+1e-5); m > c.tolerance {
				t.Errorf("corners are up to %.3f m away", m)
			}
		})
	}
}

// The coordinate systems of .prj files as GDAL writes them for each code.
func TestSystemsOfAPeer(t *testing.T) {
	source := filepath.Join(t.TempDir(), "one.geojson")
	one := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"ARS":"12054","GEN":"Potsdam"},"geometry":{"type":"Polygon","coordinates":[[[10.4,52.3],[10.6,52.3],[10.6,52.5],[10.4,52.3]]]}}]}`
	if err := os.WriteFile(source, []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	want, _, err := geo.ImportGeoJSON(strings.NewReader(one), geo.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, system := range []string{"25831", "25832", "25833", "32632", "32633", "3035", "31466", "31467", "31468", "31469", "5677", "4647", "5650", "4326", "4258", "4314"} {
		t.Run(system, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "one.shp")
			ogr2ogr(t, "-t_srs", "EPSG:"+system, path, source)
			got, report := read(t, path, boundaries.Options{})
			if m := apart(t, want, got, 1e-5); m > 0.03 {
				t.Errorf("read as %v, corners are up to %.3f m away", report.Systems, m)
			}
		})
	}
}

// A real download of the BKG's, against what GDAL makes of it.
func TestRealShapefile(t *testing.T) {
	source := sharedFile(t, "VG250_GEM_simplified.zip")
	got, report := read(t, source, boundaries.Options{})
	if got.Len() != 10_990 || len(report.Refused) > 0 || report.Systems[0] != "EPSG:25832" {
		t.Errorf("%d regions, %+v", got.Len(), report)
	}
	plain := filepath.Join(t.TempDir(), "gem.geojson")
	ogr2ogr(t, "-t_srs", "EPSG:4326", "-lco", "COORDINATE_PRECISION=9", plain, "/vsizip/"+source)
	content, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := geo.ImportGeoJSON(bytes.NewReader(content), geo.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Simplified as they are, some holes lie outside their outer rings, and GDAL
	// makes of them one thing or the other: compare who holds a point.
	random := rand.New(rand.NewPCG(3, 4))
	different := 0
	const points = 20_000
	for range points {
		p := geo.Point{Lat: 47.3 + 7.7*random.Float64(), Lon: 5.9 + 9.1*random.Float64()}
		a, _ := want.At(p)
		b, _ := got.At(p)
		if a.ARS != b.ARS {
			different++
		}
	}
	if different > points/5000 {
		t.Errorf("%d of %d points lie elsewhere", different, points)
	}
}
