// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package terrain gives heights above sea level, at a place and along the way
// from one to another, from files of elevations:
//
//   - SRTM tiles (.hgt) of 1 or 3 arc seconds, unpacked, named as N50E007.hgt
//   - ESRI ASCII grids (.asc), with a .prj beside them
//   - GeoTIFF (.tif): one band of int16, uint16 or float32, in strips or tiles, without
//     compression, with Deflate or LZW, with or without predictor; Copernicus
//     GLO-30 is so. No BigTIFF, no rotated grids.
//
// Coordinates may be in any system of package reference. Files are read where
// they are asked, a block at a time, and what was read last is kept, within a
// bound: all of Germany's terrain may lie on disk.
//
//	model, err := terrain.Open(terrain.Options{}, "/srv/terrain")
//	profile, err := model.Profile(siren, listener, 30)
package terrain

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/reference"
)

// The codes of faults.
const (
	CodeFormat = "terrain.format" // not a file of elevations that can be read
	CodeCRS    = "terrain.crs"    // not in a coordinate system that is known
	CodeEmpty  = "terrain.empty"  // no file of elevations
)

// ErrUnknown is the error for a place of which no height is known: outside all
// files, or void in them.
var ErrUnknown = errors.New("no height is known there")

// Options says how to read terrain.
type Options struct {
	// Memory is how many bytes of heights are kept; 0 stands for 64 MiB.
	Memory int64
	// System is the EPSG code of the coordinates, for ESRI ASCII grids and GeoTIFFs
	// that do not say it; 0 takes what the files say.
	System int
}

// Model is a terrain. Any number of goroutines may use it.
type Model struct {
	tiles []*tile // the finest first
	index map[square][]*tile
	cache *cache
}

// Elevation is a point of a profile; acoustics.Elevation has the same fields.
type Elevation struct {
	Distance float64 // from the beginning, in metres, as EPSG:3035 has it
	Height   float64 // above sea level, in metres
}

// tile is one file.
type tile struct {
	path   string
	raster raster
	system reference.System
	// The place of the sample in column 0 and row 0, and the steps to the next
	// column and row, in the file's system. Rows may run north or south.
	west, first, across, down float64
	box                       geo.Box
	spacing                   float64 // of samples, in metres
}

// Open finds the elevation files among the given files and folders (their
// subfolders too) and reads their headers. Its error is a *geo.Fault that names
// the file, or one from reading.
func Open(opts Options, paths ...string) (*Model, error) {
	if opts.Memory == 0 {
		opts.Memory = 64 << 20
	}
	m := &Model{index: map[square][]*tile{}, cache: newCache(opts.Memory)}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			open, known := formats[strings.ToLower(filepath.Ext(name))]
			if !known {
				if name == path {
					return fault(CodeFormat, name, "It is not a file of elevations that is known here.", "Give .hgt, .asc or .tif, unpacked.")
				}
				return nil
			}
			t, err := open(name, opts)
			if err == nil {
				err = t.measure()
			}
			if err != nil {
				return err
			}
			m.tiles = append(m.tiles, t)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read terrain: %w", err)
		}
	}
	if len(m.tiles) == 0 {
		return nil, fault(CodeEmpty, strings.Join(paths, ", "), "There is no file of elevations.", "Give .hgt, .asc or .tif, unpacked.")
	}
	slices.SortStableFunc(m.tiles, func(a, b *tile) int { return cmp.Compare(a.spacing, b.spacing) })
	for _, t := range m.tiles {
		for _, s := range squares(t.box) {
			m.index[s] = append(m.index[s], t)
		}
	}
	return m, nil
}

// formats opens a file by its ending.
var formats = map[string]func(name string, opts Options) (*tile, error){
	".hgt": openHGT, ".asc": openASCII, ".tif": openTIFF, ".tiff": openTIFF,
}

func fault(code, name, message, remedy string) *geo.Fault {
	return &geo.Fault{Code: code, Field: filepath.Base(name), Message: message, Remedy: remedy}
}

// square is a piece of the index: a quarter of a degree along each side.
type square struct{ lat, lon int }

func squareOf(p geo.Point) square {
	return square{int(math.Floor(4 * p.Lat)), int(math.Floor(4 * p.Lon))}
}

func squares(b geo.Box) []square {
	from, to := squareOf(geo.Point{Lat: b.South, Lon: b.West}), squareOf(geo.Point{Lat: b.North, Lon: b.East})
	var all []square
	for lat := from.lat; lat <= to.lat; lat++ {
		for lon := from.lon; lon <= to.lon; lon++ {
			all = append(all, square{lat, lon})
		}
	}
	return all
}

// measure finds the tile's box and how far apart its samples are.
func (t *tile) measure() error {
	columns, rows := t.raster.size()
	t.box = geo.EmptyBox()
	// The edges of a projected grid bend: look along them.
	const steps = 8
	for i := range steps + 1 {
		for _, at := range [][2]float64{{float64(i) / steps, 0}, {float64(i) / steps, 1}, {0, float64(i) / steps}, {1, float64(i) / steps}} {
			p, err := t.system.Point(projection.Coordinate{
				Easting:  t.west + t.across*(at[0]*float64(columns)-0.5),
				Northing: t.first + t.down*(at[1]*float64(rows)-0.5),
			})
			if err != nil {
				return fault(CodeCRS, t.path, "Its place cannot be: "+err.Error(), "Correct the .prj beside it, or reproject it: gdalwarp -t_srs EPSG:25832.")
			}
			t.box = t.box.Extend(p)
		}
	}
	if t.box.North-t.box.South > 60 || t.box.East-t.box.West > 60 {
		return fault(CodeFormat, t.path, "It spans more than 60 degrees.", "Give the tiles of the area.")
	}
	t.spacing = math.Abs(t.down)
	if t.system.Degrees() {
		t.spacing *= 111_320
	}
	return nil
}

// Box is the box around all files, in degrees.
func (m *Model) Box() geo.Box {
	box := geo.EmptyBox()
	for _, t := range m.tiles {
		box = box.Union(t.box)
	}
	return box
}

// Spacing is how far apart the samples of the finest file are, in metres.
func (m *Model) Spacing() float64 { return m.tiles[0].spacing }

// Covers reports whether a place lies within a file, be it in a void.
func (m *Model) Covers(p geo.Point) bool {
	return slices.ContainsFunc(m.index[squareOf(p)], func(t *tile) bool {
		c, err := t.system.Coordinate(p)
		if err != nil {
			return false
		}
		_, _, inside := t.at(c)
		return inside
	})
}

// Files lists the paths of the files that have something of a box, sorted.
func (m *Model) Files(box geo.Box) []string {
	var paths []string
	for _, t := range m.tiles {
		if t.box.West <= box.East && t.box.East >= box.West && t.box.South <= box.North && t.box.North >= box.South {
			paths = append(paths, t.path)
		}
	}
	slices.Sort(paths)
	return paths
}

// Height gives the height at p in metres above sea level, between the four
// samples around it (bilinear). Of several files the finest that knows the place
// counts. It fails with ErrUnknown where no height is known, else with a
// *geo.Fault or an error of reading.
func (m *Model) Height(p geo.Point) (float64, error) {
	return m.height(&cursor{cache: m.cache}, p)
}

func (m *Model) height(at *cursor, p geo.Point) (float64, error) {
	if !p.Valid() {
		return 0, ErrUnknown
	}
	for _, t := range m.index[squareOf(p)] {
		if !t.box.Contains(p) {
			continue
		}
		h, err := sample(at, t, p)
		if err != nil {
			return 0, err
		}
		if !math.IsNaN(h) {
			return h, nil
		}
	}
	return 0, ErrUnknown
}

// sample gives the tile's height at p; NaN if it has none there.
func sample(at *cursor, t *tile, p geo.Point) (float64, error) {
	c, err := t.system.Coordinate(p)
	if err != nil {
		return math.NaN(), nil // outside the system's area, and so outside the tile
	}
	return between(at, t, c)
}

// at gives the column and row of a coordinate in the tile's system, counted from
// the first sample, and whether it is inside the tile.
func (t *tile) at(c projection.Coordinate) (x, y float64, inside bool) {
	columns, rows := t.raster.size()
	x, y = (c.Easting-t.west)/t.across, (c.Northing-t.first)/t.down
	return x, y, x >= -0.5 && y >= -0.5 && x <= float64(columns)-0.5 && y <= float64(rows)-0.5
}

// between gives the tile's height at a coordinate in its system, between the four
// samples around it; NaN if it has none there.
func between(at *cursor, t *tile, c projection.Coordinate) (float64, error) {
	x, y, inside := t.at(c)
	if !inside {
		return math.NaN(), nil
	}
	// Half a sample around the outermost ones belongs to them.
	columns, rows := t.raster.size()
	x, y = min(max(x, 0), float64(columns-1)), min(max(y, 0), float64(rows-1))
	x0, y0 := min(int(x), max(columns-2, 0)), min(int(y), max(rows-2, 0))
	fx, fy := x-float64(x0), y-float64(y0)
	weights := [4]float64{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy}
	heights, err := at.around(t, x0, y0, weights)
	if err != nil {
		return 0, err
	}
	sum, weight := 0.0, 0.0
	for i, w := range weights {
		if h := heights[i]; w != 0 && h == h { // a void is not a number
			sum += w * float64(h)
			weight += w
		}
	}
	// Beside a void the other samples stand for it, as long as they are nearer.
	if weight < 0.5 {
		return math.NaN(), nil
	}
	return sum / weight, nil
}

// head opens a file for its header.
func head(name string) (*os.File, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// placed makes a tile of a raster in the system that the options or the file name.
func placed(name string, opts Options, said reference.System, ok bool) (*tile, error) {
	if opts.System != 0 {
		if said, ok = reference.ByCode(opts.System); !ok {
			return nil, fault(CodeCRS, name, fmt.Sprintf("EPSG:%d is not known here.", opts.System), "Reproject the file to EPSG:4326 or 25832.")
		}
	}
	if !ok {
		return nil, fault(CodeCRS, name, "It does not say in which coordinate system it is, or in one that is not known here.", "Put its .prj beside it, or reproject it: gdalwarp -t_srs EPSG:25832.")
	}
	return &tile{path: name, system: said}, nil
}
