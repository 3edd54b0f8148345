// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package shapefile reads areas and their attributes from shapefiles (ESRI
// Shapefile Technical Description, 1998): the shapes from .shp, the attributes
// from the .dbf beside it, the coordinate system's text from .prj and the
// characters' encoding from .cpg.
//
// Errors are *geo.Fault that name the file and the row, but for those of reading.
package shapefile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Limits of what is read.
const (
	maxRecord = 256 << 20 // bytes of one shape
	maxRings  = 20_000    // of one shape
	maxText   = 64 << 10  // bytes of .prj and .cpg
)

// ErrNoAreas is the error for a shapefile of points or lines.
var ErrNoAreas = errors.New("the shapefile holds no areas")

// Record is one row.
type Record struct {
	// Row is counted from 1, deleted rows included.
	Row int
	// Rings are closed or not, as the file has them: outer rings run clockwise,
	// holes the other way. nil if the row has no shape.
	Rings [][]projection.Coordinate
	// Values are the attributes by column: string, float64, bool or nil.
	Values map[string]any
}

// Reader reads a shapefile row by row.
type Reader struct {
	name       string
	projection string
	shapes     *bufio.Reader
	table      *table
	files      []fs.File
	row        int
	scratch    []byte
}

// Open opens the shapefile whose .shp has the given name in fsys. Its companions
// are found whatever the case of their endings.
func Open(fsys fs.FS, name string) (*Reader, error) {
	r := &Reader{name: path.Base(name)}
	shapes, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open shapefile: %w", err)
	}
	r.files = append(r.files, shapes)
	if err := r.open(fsys, name); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) open(fsys fs.FS, name string) error {
	r.shapes = bufio.NewReaderSize(r.files[0], 256<<10)
	if err := r.header(); err != nil {
		return err
	}
	tableName, err := companion(fsys, name, ".dbf")
	if err != nil {
		return err
	}
	if tableName == "" {
		missing := strings.TrimSuffix(r.name, path.Ext(r.name)) + ".dbf"
		return &geo.Fault{
			Code: geo.CodeImportMissing, Field: "file", Message: fmt.Sprintf("%s is missing beside %s: it holds the keys and names.", missing, r.name),
			Remedy: "Give the whole .zip as downloaded, or put the file beside the other.",
		}
	}
	content, err := fsys.Open(tableName)
	if err != nil {
		return fmt.Errorf("open shapefile: %w", err)
	}
	r.files = append(r.files, content)
	encoding, err := text(fsys, name, ".cpg")
	if err != nil {
		return err
	}
	if r.projection, err = text(fsys, name, ".prj"); err != nil {
		return err
	}
	r.table, err = newTable(path.Base(tableName), content, encoding)
	return err
}

// Close closes the files.
func (r *Reader) Close() error {
	var all []error
	for _, f := range r.files {
		all = append(all, f.Close())
	}
	return errors.Join(all...)
}

// Projection is the text of the .prj; empty if there is none.
func (r *Reader) Projection() string { return r.projection }

// Columns are the names of the attributes.
func (r *Reader) Columns() []string { return r.table.names() }

// companion finds the file beside name with another ending; "" if there is none.
func companion(fsys fs.FS, name, ending string) (string, error) {
	entries, err := fs.ReadDir(fsys, path.Dir(name))
	if err != nil {
		return "", fmt.Errorf("look beside %s: %w", name, err)
	}
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	for _, e := range entries {
		if strings.EqualFold(e.Name(), base+ending) {
			return path.Join(path.Dir(name), e.Name()), nil
		}
	}
	return "", nil
}

// text reads a small companion; "" if there is none.
func text(fsys fs.FS, name, ending string) (string, error) {
	beside, err := companion(fsys, name, ending)
	if err != nil || beside == "" {
		return "", err
	}
	f, err := fsys.Open(beside)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", path.Base(beside), err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxText))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path.Base(beside), err)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(content), "\ufeff")), nil
}

func (r *Reader) fault(message string) error {
	field := r.name
	if r.row > 0 {
		field = fmt.Sprintf("%s, row %d", r.name, r.row)
	}
	return &geo.Fault{Code: geo.CodeImportFormat, Field: field, Message: message, Remedy: "Download the file again; if it was edited, save it again as a shapefile."}
}

// ended tells a file that is cut off from one that cannot be read.
func (r *Reader) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fault("The file ends too early.")
	}
	return fmt.Errorf("read %s: %w", r.name, err)
}

// The types of shapes that are areas, and that of a row without a shape.
const (
	typeNone     = 0
	typePolygon  = 5
	typePolygonZ = 15
	typePolygonM = 25
)

func area(kind uint32) bool {
	return kind == typePolygon || kind == typePolygonZ || kind == typePolygonM
}

func (r *Reader) header() error {
	var h [100]byte
	if _, err := io.ReadFull(r.shapes, h[:]); err != nil {
		return r.ended(err)
	}
	if binary.BigEndian.Uint32(h[:]) != 9994 || binary.LittleEndian.Uint32(h[28:]) != 1000 {
		return r.fault("It is not a shapefile.")
	}
	if !area(binary.LittleEndian.Uint32(h[32:])) {
		return ErrNoAreas
	}
	return nil
}

// Next gives the next row that is not deleted; io.EOF after the last.
func (r *Reader) Next() (Record, error) {
	for {
		var h [8]byte
		if _, err := io.ReadFull(r.shapes, h[:1]); errors.Is(err, io.EOF) {
			return Record{}, io.EOF
		} else if err != nil {
			return Record{}, r.ended(err)
		}
		r.row++
		if _, err := io.ReadFull(r.shapes, h[1:]); err != nil {
			return Record{}, r.ended(err)
		}
		rings, err := r.shape(int64(binary.BigEndian.Uint32(h[4:])) * 2)
		if err != nil {
			return Record{}, err
		}
		values, deleted, err := r.table.next()
		if errors.Is(err, io.EOF) {
			return Record{}, r.fault(fmt.Sprintf("%s has only %d rows.", r.table.name, r.row-1))
		}
		if err != nil {
			return Record{}, err
		}
		if !deleted {
			return Record{Row: r.row, Rings: rings, Values: values}, nil
		}
	}
}

// shape reads the content of a record of so many bytes.
func (r *Reader) shape(size int64) ([][]projection.Coordinate, error) {
	if size < 4 || size > maxRecord {
		return nil, r.fault(fmt.Sprintf("The shape has %d bytes.", size))
	}
	// Memory grows with what comes, not with what is promised.
	r.scratch = r.scratch[:0]
	for int64(len(r.scratch)) < size {
		at := len(r.scratch)
		n := int(min(size-int64(at), 64<<10))
		r.scratch = append(r.scratch, make([]byte, n)...)
		if _, err := io.ReadFull(r.shapes, r.scratch[at:]); err != nil {
			return nil, r.ended(err)
		}
	}
	content := r.scratch
	kind := binary.LittleEndian.Uint32(content)
	if kind == typeNone {
		return nil, nil
	}
	if !area(kind) || len(content) < 44 {
		return nil, r.fault(fmt.Sprintf("The shape is of type %d, not an area.", kind))
	}
	parts, points := int64(binary.LittleEndian.Uint32(content[36:])), int64(binary.LittleEndian.Uint32(content[40:]))
	if parts > maxRings {
		return nil, r.fault(fmt.Sprintf("The shape has %d rings; %d are taken.", parts, maxRings))
	}
	if 44+4*parts+16*points > size {
		return nil, r.fault(fmt.Sprintf("The shape promises %d points and holds fewer.", points))
	}
	coordinates := content[44+4*parts:]
	rings := make([][]projection.Coordinate, 0, parts)
	for i := range parts {
		begin, end := int64(binary.LittleEndian.Uint32(content[44+4*i:])), points
		if i+1 < parts {
			end = int64(binary.LittleEndian.Uint32(content[48+4*i:]))
		}
		if begin > end || end > points {
			return nil, r.fault("Its rings are out of order.")
		}
		ring := make([]projection.Coordinate, 0, end-begin)
		for k := begin; k < end; k++ {
			ring = append(ring, projection.Coordinate{
				Easting:  math.Float64frombits(binary.LittleEndian.Uint64(coordinates[16*k:])),
				Northing: math.Float64frombits(binary.LittleEndian.Uint64(coordinates[16*k+8:])),
			})
		}
		rings = append(rings, ring)
	}
	return rings, nil
}
