// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// writeFile writes a file into a new folder and gives its path.
func writeFile(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, opts Options, paths ...string) *Model {
	t.Helper()
	m, err := Open(opts, paths...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tileHGT is a tile of 3 arc seconds whose height at column x and row y is height(x, y).
func tileHGT(height func(x, y int) int) []byte {
	out := make([]byte, 0, 2*1201*1201)
	for y := range 1201 {
		for x := range 1201 {
			out = binary.BigEndian.AppendUint16(out, uint16(int16(height(x, y))))
		}
	}
	return out
}

func TestHGT(t *testing.T) {
	// A slope, with a void in its middle.
	path := writeFile(t, "N50E007.hgt", tileHGT(func(x, y int) int {
		if x >= 600 && x < 610 && y >= 600 && y < 610 {
			return -32768
		}
		return 100 + x - y
	}))
	m := open(t, Options{Memory: 100_000}, filepath.Dir(path))
	at := func(x, y float64) geo.Point { return geo.Point{Lat: 51 - y/1200, Lon: 7 + x/1200} }
	for _, c := range []struct{ x, y, want float64 }{
		{0, 0, 100}, {1200, 1200, 100}, {0, 1200, -1100}, {1200, 0, 1300}, // the corners
		{17.25, 34, 83.25}, {127.5, 128, 99.5}, {1199.999, 3, 1296.999},
		{599.4, 605, 94}, // beside the void the nearer samples stand for it
	} {
		if got, err := m.Height(at(c.x, c.y)); err != nil || math.Abs(got-c.want) > 1e-6 {
			t.Errorf("at %g, %g: %g, %v, not %g", c.x, c.y, got, err, c.want)
		}
	}
	for name, p := range map[string]geo.Point{"void": at(605, 605), "north": {Lat: 51.2, Lon: 7.5}, "no position": {Lat: math.NaN()}} {
		if h, err := m.Height(p); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %g, %v", name, h, err)
		}
	}
}

// A slope rises by the metre: between samples and across blocks it must be exact,
// for bilinear interpolation is exact on planes.
func TestBetweenSamples(t *testing.T) {
	path := writeFile(t, "n50_e007_3arc_v2.hgt", tileHGT(func(x, y int) int { return 2*x + y }))
	m := open(t, Options{}, path)
	for i := range 997 {
		x, y := float64(i)*1.2037, float64(i)*0.8191
		got, err := m.Height(geo.Point{Lat: 51 - y/1200, Lon: 7 + x/1200})
		if err != nil || math.Abs(got-(2*x+y)) > 1e-6 {
			t.Fatalf("at %g, %g: %g, %v", x, y, got, err)
		}
	}
}

const grid = "ncols 4\nnrows 3\nxllcorner 370000\nyllcorner 5600000\ncellsize 50\nNODATA_value -1\n1 2 3 4\n11 12\n13 14 21 -1 23 24\n"

const utm32 = `PROJCS["ETRS89 / UTM zone 32N",GEOGCS["ETRS89",DATUM["European_Terrestrial_Reference_System_1989"]],PROJECTION["Transverse_Mercator"],PARAMETER["central_meridian",9],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0]]`

// utm is a position by metres from the grid's corner.
func utm(t testing.TB, x, y float64) geo.Point {
	t.Helper()
	p, err := projection.UTM32.Inverse(projection.Coordinate{Easting: 370_000 + x, Northing: 5_600_000 + y})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASCIIGrid(t *testing.T) {
	path := writeFile(t, "dem.asc", []byte(strings.ReplaceAll(grid, "\n", "\r\n")))
	if err := os.WriteFile(strings.TrimSuffix(path, "asc")+"prj", []byte(utm32), 0o600); err != nil {
		t.Fatal(err)
	}
	m := open(t, Options{}, path)
	for _, c := range []struct{ x, y, want float64 }{
		{25, 125, 1}, {175, 125, 4}, {25, 25, 21}, {175, 25, 24}, {100, 125, 2.5}, {25, 100, 6}, {1, 149, 1},
	} {
		if got, err := m.Height(utm(t, c.x, c.y)); err != nil || math.Abs(got-c.want) > 1e-4 {
			t.Errorf("at %g, %g: %g, %v, not %g", c.x, c.y, got, err, c.want)
		}
	}
	for _, c := range [][2]float64{{75, 25}, {-1, 20}, {100, 151}} {
		if h, err := m.Height(utm(t, c[0], c[1])); !errors.Is(err, ErrUnknown) {
			t.Errorf("at %v: %g, %v", c, h, err)
		}
	}
}

func TestProfile(t *testing.T) {
	path := writeFile(t, "dem.asc", []byte(grid))
	m := open(t, Options{System: 25832}, path)
	profile, err := m.Profile(utm(t, 25, 120), utm(t, 175, 120), 40)
	if err != nil {
		t.Fatal(err)
	}
	if len(profile) != 5 || profile[0].Distance != 0 || math.Abs(profile[4].Distance-150) > 0.3 {
		t.Errorf("%v", profile)
	}
	// Over the void the points in between are left out.
	if profile, err = m.Profile(utm(t, 25, 25), utm(t, 125, 25), 25); err != nil || len(profile) != 4 {
		t.Errorf("%v, %v", profile, err)
	}
	if _, err := m.Profile(utm(t, 75, 25), utm(t, 125, 25), 25); !errors.Is(err, ErrUnknown) {
		t.Errorf("from the void: %v", err)
	}
	for _, step := range []float64{0, -1, math.NaN(), 1e-9} {
		if _, err := m.Profile(utm(t, 25, 25), utm(t, 125, 25), step); err == nil {
			t.Errorf("steps of %g", step)
		}
	}
	if _, err := m.Profile(geo.Point{Lat: -80}, utm(t, 125, 25), 25); err == nil {
		t.Error("from the Antarctic")
	}
}

// Of two files the finer counts, and where it has a void the coarser.
func TestTheFinestFileThatKnows(t *testing.T) {
	coarse := writeFile(t, "N50E007.hgt", tileHGT(func(int, int) int { return 500 }))
	fine := writeFile(t, "fine.asc", []byte(grid))
	m := open(t, Options{System: 25832}, coarse, fine)
	for _, c := range []struct{ x, y, want float64 }{{25, 125, 1}, {75, 25, 500}, {3000, 3000, 500}} {
		if got, err := m.Height(utm(t, c.x, c.y)); err != nil || math.Abs(got-c.want) > 1e-4 {
			t.Errorf("at %g, %g: %g, %v, not %g", c.x, c.y, got, err, c.want)
		}
	}
	if b := m.Box(); b.South > 50 || b.North < 51 || b.West > 7 || b.East < 8 {
		t.Errorf("box %v", b)
	}
}

func TestFilesRefused(t *testing.T) {
	replace := func(a, b string) string { return strings.Replace(grid, a, b, 1) }
	for name, c := range map[string]struct {
		file, content string
		opts          Options
		code, says    string
	}{
		"a picture":          {"a.png", "x", Options{}, CodeFormat, "not a file of elevations"},
		"half a tile":        {"N50E007.hgt", "xx", Options{}, CodeFormat, "It has 2 bytes"},
		"nowhere":            {"dem.asc", grid, Options{}, CodeCRS, "does not say in which coordinate system"},
		"unknown system":     {"dem.asc", grid, Options{System: 2056}, CodeCRS, "EPSG:2056"},
		"wrong system":       {"dem.asc", grid, Options{System: 31468}, CodeCRS, "Its place cannot be"},
		"no columns":         {"dem.asc", replace("ncols 4", "ncols 0"), Options{System: 25832}, CodeFormat, "0 columns"},
		"many columns":       {"dem.asc", replace("ncols 4", "ncols 1e99"), Options{System: 25832}, CodeFormat, "columns"},
		"no cells":           {"dem.asc", replace("cellsize 50", "cellsize 0"), Options{System: 25832}, CodeFormat, "does not say where"},
		"no corner":          {"dem.asc", replace("xllcorner 370000\n", ""), Options{System: 25832}, CodeFormat, "does not say where"},
		"half a centre":      {"dem.asc", replace("xllcorner", "xllcenter"), Options{System: 25832}, CodeFormat, "does not say where"},
		"another word":       {"dem.asc", replace("cellsize", "zellen"), Options{System: 25832}, CodeFormat, `"zellen"`},
		"no number":          {"dem.asc", replace("ncols 4", "ncols four"), Options{System: 25832}, CodeFormat, `"four" for ncols`},
		"header only":        {"dem.asc", "ncols 4\n", Options{System: 25832}, CodeFormat, "header ends too early"},
		"a world":            {"dem.asc", "ncols 100\nnrows 80\nxllcorner -90\nyllcorner -40\ncellsize 0.9\n1", Options{}, CodeFormat, "more than 60 degrees"},
		"no TIFF":            {"dem.tif", "hello, world", Options{}, CodeFormat, "not a TIFF"},
		"BigTIFF":            {"dem.tif", "II+\x00\x08\x00\x00\x00", Options{}, CodeFormat, "BigTIFF"},
		"half a TIFF":        {"dem.tif", "II*\x00\x08\x00\x00\x00", Options{}, CodeFormat, "ends too early"},
		"a TIFF without all": {"dem.tif", "II*\x00\x08\x00\x00\x00\x00\x00", Options{}, CodeFormat, "0 columns"},
	} {
		_, err := Open(c.opts, writeFile(t, c.file, []byte(c.content)))
		f, ok := errors.AsType[*geo.Fault](err)
		if !ok || f.Code != c.code || !strings.Contains(f.Message, c.says) || f.Remedy == "" || f.Field != c.file {
			t.Errorf("%s: %v, not %s %s", name, err, c.code, c.says)
		}
	}
	if _, err := Open(Options{}, t.TempDir()); err == nil {
		t.Error("an empty folder was taken")
	}
	for says, content := range map[string]string{
		"row 3, column 4: The file ends too early": replace("23 24", "23"),
		`row 2, column 3: "dreizehn"`:              replace("13", "dreizehn"),
	} {
		m := open(t, Options{System: 25832}, writeFile(t, "dem.asc", []byte(content)))
		if _, err := m.Height(utm(t, 125, 75)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, not %s", err, says)
		}
	}
}

// GDAL writes GeoTIFFs in every way that is read, and says what is in them.
func TestGeoTIFFOfAPeer(t *testing.T) {
	translate, err := exec.LookPath("gdal_translate")
	if err != nil {
		t.Skip("gdal_translate (Debian package gdal-bin) is not installed")
	}
	const columns, rows, cell = 150, 130, 50
	var text strings.Builder
	fmt.Fprintf(&text, "ncols %d\nnrows %d\nxllcorner 370000\nyllcorner 5600000\ncellsize %d\nNODATA_value -9999\n", columns, rows, cell)
	// Rough, so that nothing fits by chance, and with voids.
	height := func(x, y int) float64 {
		if x == 70 && y == 60 {
			return -9999
		}
		return float64(100 + (x*7919+y*104729)%1000 + x)
	}
	for y := range rows {
		for x := range columns {
			fmt.Fprintf(&text, "%g ", height(x, y))
		}
		text.WriteByte('\n')
	}
	source := writeFile(t, "source.asc", []byte(text.String()))
	for name, options := range map[string][]string{
		"float32":                     {"-ot", "Float32"},
		"float32 tiled deflate":       {"-ot", "Float32", "-co", "TILED=YES", "-co", "BLOCKXSIZE=64", "-co", "BLOCKYSIZE=48", "-co", "COMPRESS=DEFLATE"},
		"float32 deflate predicted 3": {"-ot", "Float32", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=3"},
		"float32 tiled lzw 3":         {"-ot", "Float32", "-co", "TILED=YES", "-co", "BLOCKXSIZE=64", "-co", "BLOCKYSIZE=64", "-co", "COMPRESS=LZW", "-co", "PREDICTOR=3"},
		"int16 lzw predicted 2":       {"-ot", "Int16", "-co", "COMPRESS=LZW", "-co", "PREDICTOR=2"},
		"int16 lzw":                   {"-ot", "Int16", "-co", "COMPRESS=LZW", "-co", "BLOCKYSIZE=130"},
		"int16 big-endian":            {"-ot", "Int16", "-co", "ENDIANNESS=BIG", "-co", "BLOCKYSIZE=7"},
		"float32 tiled deflate 2":     {"-ot", "Float32", "-co", "TILED=YES", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2"},
		"float32 big-endian":          {"-ot", "Float32", "-co", "ENDIANNESS=BIG", "-co", "COMPRESS=DEFLATE"},
		"uint16 tiled deflate 2":      {"-ot", "UInt16", "-a_nodata", "none", "-co", "TILED=YES", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2"},
		"pixel is point":              {"-ot", "Int16", "-mo", "AREA_OR_POINT=Point"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dem.tif")
			arguments := append([]string{"-q", "-a_srs", "EPSG:25832"}, options...)
			if out, err := exec.Command(translate, append(arguments, source, path)...).CombinedOutput(); err != nil {
				t.Fatalf("gdal_translate: %v\n%s", err, out)
			}
			m := open(t, Options{}, path)
			for y := range rows {
				for x := range columns {
					p := utm(t, cell*(float64(x)+0.5), cell*(float64(rows-1-y)+0.5))
					got, err := m.Height(p)
					if height(x, y) == -9999 {
						if !errors.Is(err, ErrUnknown) && !strings.HasPrefix(name, "uint16") {
							t.Errorf("void at %d, %d: %g, %v", x, y, got, err)
						}
						continue
					}
					if err != nil || math.Abs(got-height(x, y)) > 0.01 {
						t.Fatalf("at column %d, row %d: %g, %v, not %g", x, y, got, err, height(x, y))
					}
				}
			}
		})
	}
	warp, err := exec.LookPath("gdalwarp")
	if err != nil {
		t.Skip("gdalwarp (Debian package gdal-bin) is not installed")
	}
	info, err := exec.LookPath("gdallocationinfo")
	if err != nil {
		t.Skip("gdallocationinfo (Debian package gdal-bin) is not installed")
	}
	for _, system := range []string{"4326", "3035", "31467"} {
		t.Run("EPSG:"+system, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dem.tif")
			if out, err := exec.Command(warp, "-q", "-ot", "Float32", "-s_srs", "EPSG:25832", "-t_srs", "EPSG:"+system, source, path).CombinedOutput(); err != nil {
				t.Fatalf("gdalwarp: %v\n%s", err, out)
			}
			m := open(t, Options{}, path)
			tile := m.tiles[0]
			var asked bytes.Buffer
			var got []float64
			for i := 20; i < 90; i += 7 {
				// The middle of a sample, where nothing is interpolated.
				c := projection.Coordinate{Easting: tile.west + float64(i)*tile.across, Northing: tile.first + float64(i)*tile.down}
				p, err := tile.system.Point(c)
				if err != nil {
					t.Fatal(err)
				}
				h, err := m.Height(p)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, h)
				fmt.Fprintf(&asked, "%d %d\n", i, i)
			}
			command := exec.Command(info, "-valonly", path)
			command.Stdin = &asked
			out, err := command.Output()
			if err != nil {
				t.Fatal(err)
			}
			for i, word := range strings.Fields(string(out)) {
				var want float64
				fmt.Sscan(word, &want)
				if math.Abs(got[i]-want) > 0.01 {
					t.Errorf("sample %d: %g, GDAL has %g", i, got[i], want)
				}
			}
		})
	}
}

// Many ask at once, and next to nothing is kept.
func TestManyAtOnce(t *testing.T) {
	path := writeFile(t, "N50E007.hgt", tileHGT(func(x, y int) int { return 2*x + y }))
	m := open(t, Options{Memory: 1}, path)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 200 {
				x, y := float64((i*37+worker*301)%1200), float64((i*91)%1200)
				h, err := m.Height(geo.Point{Lat: 51 - y/1200, Lon: 7 + x/1200})
				if err != nil || math.Abs(h-(2*x+y)) > 1e-6 {
					t.Errorf("at %g, %g: %g, %v", x, y, h, err)
				}
			}
		})
	}
	all.Wait()
	if n := len(m.cache.blocks); n != 1 {
		t.Errorf("%d blocks are kept", n)
	}
}

func BenchmarkProfile(b *testing.B) {
	path := writeFile(b, "N50E007.hgt", tileHGT(func(x, y int) int { return (x*7919 + y*104729) % 300 }))
	m := open(b, Options{}, path)
	from := geo.Point{Lat: 50.5, Lon: 7.5}
	angle := 0.0
	for b.Loop() {
		angle += 0.1
		if _, err := m.Profile(from, geo.Point{Lat: from.Lat + 0.027*math.Sin(angle), Lon: from.Lon + 0.042*math.Cos(angle)}, 30); err != nil {
			b.Fatal(err)
		}
	}
}

// smallTIFF is a GeoTIFF of 2 by 2 int16 samples in degrees.
func smallTIFF() []byte {
	var out bytes.Buffer
	type entry struct {
		tag, kind uint16
		n, value  uint32
	}
	const data = 8 + 2 + 12*12 + 4
	entries := []entry{
		{tagColumns, 3, 1, 2}, {tagRows, 3, 1, 2}, {tagBits, 3, 1, 16}, {tagCompression, 3, 1, plain},
		{tagStripOffsets, 4, 1, data}, {tagSamples, 3, 1, 1}, {tagRowsPerStrip, 3, 1, 2}, {tagStripBytes, 4, 1, 8},
		{tagFormat, 3, 1, 2}, {tagPixelScale, 12, 3, data + 8}, {tagTiepoint, 12, 6, data + 32}, {tagGeoKeys, 3, 12, data + 80},
	}
	out.WriteString("II*\x00\x08\x00\x00\x00")
	binary.Write(&out, binary.LittleEndian, uint16(len(entries)))
	binary.Write(&out, binary.LittleEndian, entries)
	binary.Write(&out, binary.LittleEndian, uint32(0))
	binary.Write(&out, binary.LittleEndian, []int16{10, 20, 30, 40})
	binary.Write(&out, binary.LittleEndian, []float64{0.5, 0.5, 0, 0, 0, 0, 7, 51, 0})
	binary.Write(&out, binary.LittleEndian, []uint16{1, 1, 0, 2, keyModel, 0, 1, modelGeographic, keyGeographic, 0, 1, 4326})
	return out.Bytes()
}

func TestSmallTIFF(t *testing.T) {
	m := open(t, Options{}, writeFile(t, "dem.tif", smallTIFF()))
	for p, want := range map[geo.Point]float64{{Lat: 50.75, Lon: 7.25}: 10, {Lat: 50.25, Lon: 7.75}: 40, {Lat: 50.5, Lon: 7.5}: 25} {
		if got, err := m.Height(p); err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %g, %v, not %g", p, got, err, want)
		}
	}
}

// all reads every block of a raster.
func all(t *testing.T, r raster, in *bytes.Reader) {
	columns, rows := r.size()
	width, height := r.block()
	for by := 0; by*height < rows && by < 4; by++ {
		for bx := 0; bx*width < columns && bx < 4; bx++ {
			if heights, err := r.load(in, bx, by); err == nil && len(heights) != width*height {
				t.Fatalf("a block has %d samples, not %d", len(heights), width*height)
			}
		}
	}
}

func FuzzTIFF(f *testing.F) {
	f.Add(smallTIFF())
	f.Fuzz(func(t *testing.T, content []byte) {
		in := bytes.NewReader(content)
		if r, _, err := newTIFF("dem.tif", in); err == nil {
			all(t, r, in)
		}
	})
}

func FuzzASCII(f *testing.F) {
	f.Add([]byte(grid))
	f.Add([]byte("ncols 2\nnrows 1\nxllcenter 7\nyllcenter 50\ncellsize .5\n1 nan"))
	f.Fuzz(func(t *testing.T, content []byte) {
		in := bytes.NewReader(content)
		if r, err := newASCII("dem.asc", in); err == nil {
			all(t, r, in)
		}
	})
}

func FuzzLZW(f *testing.F) {
	f.Add([]byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01}, 9)
	f.Fuzz(func(t *testing.T, packed []byte, size int) {
		size &= 0xffff
		if out, err := unpackLZW(packed, size); err == nil && len(out) > size {
			t.Fatalf("%d bytes, not %d at most", len(out), size)
		}
	})
}
