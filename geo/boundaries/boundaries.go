// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package boundaries reads an authority's boundaries from the files in which
// surveying offices publish them: a shapefile, alone or in the .zip that is
// downloaded, a GeoPackage, or GeoJSON. Whatever the file's coordinate system,
// the outlines come out in degrees.
package boundaries

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/geopackage"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/reference"
	"github.com/tocsin-alert/tocsin/geo/shapefile"
)

// Options says how to read boundaries.
type Options struct {
	geo.ImportOptions
	// System is the EPSG code of the coordinates, for a file that does not say or
	// says it wrong; 0 takes what the file says.
	System int
	// Layer takes one layer only, by its name; case does not matter. Empty takes
	// all that hold areas.
	Layer string
}

// Report tells what was made of a file.
type Report struct {
	geo.Report
	// Layers are those that were read, Systems the coordinate systems they are in.
	Layers  []string `json:"layers,omitempty"`
	Systems []string `json:"systems,omitempty"`
	// System is the last layer's projection; 0 for degrees.
	System projection.System `json:"-"`
	// Passed are layers that were not read, and why.
	Passed []string `json:"passed,omitempty"`
	// Slivers is the number of rings left out because they enclose nothing: under
	// four points, or less than 10 cm wide.
	Slivers int `json:"slivers,omitempty"`
	// Turned is the number of rows whose rings all run the wrong way round, and
	// were taken all the same; Strayed that of holes left out because they lie in
	// no outer ring.
	Turned  int `json:"turned,omitempty"`
	Strayed int `json:"strayed,omitempty"`
	// Licence is the line to show with the boundaries. LicenceAssumed says that
	// the file does not have it, but columns that only the BKG writes.
	Licence        string `json:"licence,omitempty"`
	LicenceAssumed bool   `json:"licenceAssumed,omitempty"`
}

// ReadFile reads the boundaries in a file. For a .shp its companions are looked
// for beside it. Rows with faults are left out and reported, the others taken.
// The error is a *geo.Fault, or one from reading.
func ReadFile(name string, opts Options) (*geo.Regions, *Report, error) {
	r := newReading(opts)
	if strings.EqualFold(filepath.Ext(name), ".shp") {
		if err := r.shapefile(os.DirFS(filepath.Dir(name)), filepath.Base(name)); err != nil {
			return nil, nil, err
		}
		return r.finish()
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read boundaries: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read boundaries: %w", err)
	}
	return Read(f, info.Size(), opts)
}

// Read reads the boundaries in a .zip with a shapefile or GeoPackage, a
// GeoPackage, or GeoJSON, as ReadFile does.
func Read(file io.ReaderAt, size int64, opts Options) (*geo.Regions, *Report, error) {
	r := newReading(opts)
	start := make([]byte, 16)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read boundaries: %w", err)
	}
	switch start := string(start[:n]); {
	case strings.HasPrefix(start, "PK\x03\x04"):
		return r.archive(file, size)
	case strings.HasPrefix(start, "SQLite format 3"):
		err = r.geopackage(file, size)
	case strings.HasPrefix(start, "\x00\x00\x27\x0a"):
		err = &geo.Fault{Code: geo.CodeImportMissing, Field: "file", Message: "A .shp is one of several files.", Remedy: "Give it by its path, with the .dbf and .prj beside it, or all in one .zip."}
	default:
		return r.geoJSON(io.NewSectionReader(file, 0, size))
	}
	if err != nil {
		return nil, nil, err
	}
	return r.finish()
}

// reading is the work on one file.
type reading struct {
	opts     Options
	importer *geo.Importer
	report   Report
	federal  bool // has columns that only the BKG writes
}

func newReading(opts Options) *reading {
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 512 << 20
	}
	return &reading{opts: opts, importer: geo.NewImporter(opts.ImportOptions)}
}

func (r *reading) geoJSON(in io.Reader) (*geo.Regions, *Report, error) {
	regions, report, err := geo.ImportGeoJSON(in, r.opts.ImportOptions)
	if report != nil {
		r.report.Report = *report
	}
	if err != nil {
		return nil, &r.report, err
	}
	r.report.Systems = []string{"EPSG:4326"}
	r.report.Licence = strings.Join(regions.Licences(), "; ")
	return regions, &r.report, nil
}

// federalLicence is how the BKG wants to be named for VG250 and its like.
const federalLicence = "© GeoBasis-DE / BKG, dl-de/by-2-0"

func (r *reading) finish() (*geo.Regions, *Report, error) {
	r.report.Licence = r.opts.Licence
	if r.report.Licence == "" && r.federal {
		r.report.Licence, r.report.LicenceAssumed = federalLicence, true
	}
	r.importer.SetLicence(r.report.Licence)
	regions, report, err := r.importer.Regions()
	r.report.Report = *report
	return regions, &r.report, err
}

// wanted reports whether a layer is to be read.
func (r *reading) wanted(layer string, columns []string) bool {
	if r.opts.Layer != "" && !strings.EqualFold(r.opts.Layer, layer) {
		return false
	}
	if !geo.HasKey(columns) {
		r.pass(layer, "none of its columns is an ARS or AGS")
		return false
	}
	r.federal = r.federal || slices.Contains(columns, "SDV_ARS") || slices.Contains(columns, "SDV_RS")
	r.report.Layers = append(r.report.Layers, layer)
	return true
}

func (r *reading) pass(layer, why string) {
	r.report.Passed = append(r.report.Passed, layer+": "+why)
}

// system finds the layer's coordinate system, by what was asked for or else by
// what the layer says: a code, or a text in which to look for it.
func (r *reading) system(layer string, code int, text string) (reference.System, error) {
	var ref reference.System
	var ok bool
	switch {
	case r.opts.System != 0:
		ref, ok = reference.ByCode(r.opts.System)
		text = fmt.Sprintf("EPSG:%d", r.opts.System)
	case code != 0:
		if ref, ok = reference.ByCode(code); !ok {
			text = fmt.Sprintf("EPSG:%d", code)
		}
	default:
		ref, ok = reference.ByText(text)
	}
	if ok {
		r.report.System = ref.Projection()
		if name := ref.String(); !slices.Contains(r.report.Systems, name) {
			r.report.Systems = append(r.report.Systems, name)
		}
		return ref, nil
	}
	message := "It does not say in which coordinate system it is (a shapefile's .prj is missing)."
	if text != "" {
		message = fmt.Sprintf("Its coordinate system is not known here: %.120s.", text)
	}
	return ref, &geo.Fault{
		Code: geo.CodeImportCRS, Field: "layer " + layer, Message: message,
		Remedy: "Put its .prj beside it, name the EPSG code in the import (--system 25832 for UTM 32), or export the file with EPSG:4326 (longitude and latitude).",
	}
}

func (r *reading) shapefile(fsys fs.FS, name string) error {
	layer := strings.TrimSuffix(path.Base(name), path.Ext(name))
	file, err := shapefile.Open(fsys, name)
	if errors.Is(err, shapefile.ErrNoAreas) {
		r.pass(layer, "it holds points or lines, not areas")
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if !r.wanted(layer, file.Columns()) {
		return nil
	}
	ref, err := r.system(layer, 0, file.Projection())
	if err != nil {
		return err
	}
	left := r.opts.MaxBytes
	for {
		record, err := file.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		left -= 64 // of a row without a shape, too
		for _, ring := range record.Rings {
			left -= 16 * int64(len(ring))
		}
		if left < 0 {
			return r.tooLarge()
		}
		row := geo.Row{Layer: layer, Properties: record.Values}
		row.Outline, row.Fault = r.outline(ref, r.nest(record.Rings))
		r.importer.Take(row)
	}
}

func (r *reading) tooLarge() error {
	return &geo.Fault{
		Code: geo.CodeImportSize, Field: "file", Message: fmt.Sprintf("The file is larger than %d bytes unpacked.", r.opts.MaxBytes),
		Remedy: "Cut it to the authority's own territory and its neighbours, or simplify the outlines.",
	}
}

func (r *reading) geopackage(file io.ReaderAt, size int64) error {
	if size > r.opts.MaxBytes {
		return r.tooLarge()
	}
	pack, err := geopackage.Open(file, size)
	if err != nil {
		return err
	}
	layers, err := pack.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		if !layer.Areas() {
			r.pass(layer.Name, "it holds points or lines, not areas")
			continue
		}
		if !r.wanted(layer.Name, layer.Columns) {
			continue
		}
		ref, err := r.system(layer.Name, layer.Code, layer.Definition)
		if err != nil {
			return err
		}
		err = layer.Read(func(record geopackage.Record) error {
			row := geo.Row{Layer: layer.Name, Properties: record.Values, Fault: record.Fault}
			if row.Fault == "" {
				row.Outline, row.Fault = r.outline(ref, r.trim(record.Polygons))
			}
			r.importer.Take(row)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return r.found()
}

// found fails if no layer was read.
func (r *reading) found() error {
	if len(r.report.Layers) > 0 {
		return nil
	}
	message := "It has no layer with regions."
	if r.opts.Layer != "" {
		message = fmt.Sprintf("It has no layer %.40q with regions.", r.opts.Layer)
	}
	if len(r.report.Passed) > 0 {
		message += " Passed over: " + strings.Join(r.report.Passed[:min(len(r.report.Passed), 8)], "; ") + "."
	}
	return &geo.Fault{Code: geo.CodeImportEmpty, Field: "file", Message: message, Remedy: "Give a file whose areas have a column ARS with the regional key as text, such as VG250."}
}

// archive reads every shapefile in a .zip, or else its GeoPackage or GeoJSON.
func (r *reading) archive(file io.ReaderAt, size int64) (*geo.Regions, *Report, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, nil, &geo.Fault{Code: geo.CodeImportFormat, Field: "file", Message: "The archive cannot be read: " + err.Error() + ".", Remedy: "Download it again."}
	}
	byEnding := map[string][]string{}
	for _, entry := range z.File {
		if ending := strings.ToLower(path.Ext(entry.Name)); !strings.HasPrefix(entry.Name, "__MACOSX/") && fs.ValidPath(entry.Name) {
			byEnding[ending] = append(byEnding[ending], entry.Name)
		}
	}
	if shapefiles := byEnding[".shp"]; len(shapefiles) > 0 {
		for _, name := range shapefiles {
			if err := r.shapefile(z, name); err != nil {
				return nil, nil, damaged(err)
			}
		}
		if err := r.found(); err != nil {
			return nil, nil, err
		}
		return r.finish()
	}
	if names := slices.Concat(byEnding[".gpkg"], byEnding[".geojson"], byEnding[".json"]); len(names) > 0 {
		entry, err := z.Open(names[0])
		if err != nil {
			return nil, nil, damaged(err)
		}
		defer entry.Close()
		if len(byEnding[".gpkg"]) == 0 {
			return r.geoJSON(entry)
		}
		content, err := io.ReadAll(io.LimitReader(entry, r.opts.MaxBytes+1))
		if err == nil {
			err = r.geopackage(bytes.NewReader(content), int64(len(content)))
		}
		if err != nil {
			return nil, nil, damaged(err)
		}
		return r.finish()
	}
	return nil, nil, &geo.Fault{Code: geo.CodeImportMissing, Field: "file", Message: "The archive holds no shapefile (.shp), GeoPackage (.gpkg) or GeoJSON.", Remedy: "Give the archive with the boundaries, or unpack it and give the file itself."}
}

// damaged makes a fault of an archive that cannot be unpacked.
func damaged(err error) error {
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, zip.ErrAlgorithm) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &geo.Fault{Code: geo.CodeImportFormat, Field: "file", Message: "The archive cannot be unpacked: " + err.Error() + ".", Remedy: "Download it again, or unpack it and give the file itself."}
	}
	return err
}
