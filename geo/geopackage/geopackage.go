// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package geopackage reads areas and their attributes from GeoPackages (OGC
// 12-128r18). A GeoPackage is an SQLite database; of that format the package
// reads what it needs: tables, in files at rest.
//
// Errors are *geo.Fault that name the table and the row, but for those of reading.
package geopackage

import (
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
)

// Layer is a table of features.
type Layer struct {
	Name string
	// Columns are the names of the attributes, without the geometry's.
	Columns []string
	// Code is the EPSG code of the coordinates; 0 if it is another's, and then
	// Definition may say what it is (well-known text).
	Code       int
	Definition string

	file     *File
	geometry string // the geometry's column
	kind     string // of geometry, in capitals
	table    *table
}

// Areas reports whether the layer may hold areas.
func (l *Layer) Areas() bool {
	switch l.kind {
	case "GEOMETRY", "GEOMETRYCOLLECTION", "CURVEPOLYGON", "POLYGON", "MULTIPOLYGON", "MULTISURFACE":
		return true
	}
	return false
}

// Record is one row.
type Record struct {
	// Row is counted from 1 in the order of the table.
	Row int
	// Polygons are outer rings followed by their holes. nil if the row has no area.
	Polygons []Polygon
	// Fault says in a few words why there is no area; empty if there is one.
	Fault string
	// Values are the attributes by column: string, float64 or nil.
	Values map[string]any
}

// Layers lists the layers of features.
func (f *File) Layers() ([]*Layer, error) {
	kinds := map[string]string{} // of geometry, by table
	columns := map[string]string{}
	system := map[string]int64{}
	err := f.rows("gpkg_geometry_columns", func(_ int, row map[string]any) error {
		name, _ := row["table_name"].(string)
		columns[name], _ = row["column_name"].(string)
		kind, _ := row["geometry_type_name"].(string)
		kinds[name] = strings.ToUpper(kind)
		system[name], _ = row["srs_id"].(int64)
		return nil
	})
	if err != nil {
		return nil, err
	}
	codes, definitions := map[int64]int{}, map[int64]string{}
	err = f.rows("gpkg_spatial_ref_sys", func(_ int, row map[string]any) error {
		id, _ := row["srs_id"].(int64)
		organization, _ := row["organization"].(string)
		if code, ok := row["organization_coordsys_id"].(int64); ok && strings.EqualFold(organization, "EPSG") {
			codes[id] = int(code)
		}
		definitions[id], _ = row["definition"].(string)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var layers []*Layer
	err = f.rows("gpkg_contents", func(_ int, row map[string]any) error {
		name, _ := row["table_name"].(string)
		if kind, _ := row["data_type"].(string); kind != "features" {
			return nil
		}
		t, ok := f.tables[strings.ToLower(name)]
		if !ok {
			return f.fault(name, 0, "The layer has no table.")
		}
		l := &Layer{Name: name, file: f, table: t, geometry: columns[name], kind: kinds[name], Code: codes[system[name]], Definition: definitions[system[name]]}
		for _, c := range t.columns {
			if !strings.EqualFold(c, l.geometry) {
				l.Columns = append(l.Columns, c)
			}
		}
		layers = append(layers, l)
		return nil
	})
	if err == nil && len(layers) == 0 {
		err = f.fault("gpkg_contents", 0, "The file has no layer of features.")
	}
	return layers, err
}

// Read gives take every row of the layer. It ends early with take's error.
func (l *Layer) Read(take func(Record) error) error {
	return l.file.rows(l.table.name, func(row int, values map[string]any) error {
		r := Record{Row: row, Fault: "it has no geometry", Values: map[string]any{}}
		for name, value := range values {
			if strings.EqualFold(name, l.geometry) {
				blob, _ := value.([]byte)
				r.Polygons, r.Fault = parseGeometry(blob)
				continue
			}
			switch v := value.(type) {
			case int64:
				r.Values[name] = float64(v)
			case float64, string:
				r.Values[name] = v
			case nil:
				r.Values[name] = nil
			}
		}
		return take(r)
	})
}

// Open reads the directory of a GeoPackage.
func Open(file io.ReaderAt, size int64) (*File, error) {
	f, err := openDatabase(file, size)
	if err != nil {
		return nil, err
	}
	for _, needed := range []string{"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"} {
		if _, ok := f.tables[needed]; !ok {
			return nil, f.fault("", 0, fmt.Sprintf("It is an SQLite database without the table %s: no GeoPackage with features.", needed))
		}
	}
	return f, nil
}

func (f *File) fault(table string, row int, message string) error {
	field := "file"
	if table != "" {
		field = "layer " + table
	}
	if row > 0 {
		field = fmt.Sprintf("%s, row %d", field, row)
	}
	return &geo.Fault{Code: geo.CodeImportFormat, Field: field, Message: message, Remedy: "Give a GeoPackage (.gpkg) as downloaded or exported."}
}
