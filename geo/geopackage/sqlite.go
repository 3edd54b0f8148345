// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geopackage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Limits of what is read.
const (
	maxRow   = 256 << 20 // bytes of one row
	maxDepth = 24        // of a table's tree; SQLite's own are below 20
)

// File is a GeoPackage, opened for reading.
type File struct {
	in       io.ReaderAt
	pageSize int
	usable   int // of a page, in bytes
	pages    uint32
	tables   map[string]*table // by name in small letters
}

type table struct {
	name    string
	root    uint32
	columns []string
	rowid   int // the column that stands for the row's number; -1 if none does
}

// openDatabase reads the header and the schema (sqlite.org/fileformat2.html).
func openDatabase(in io.ReaderAt, size int64) (*File, error) {
	f := &File{in: in, tables: map[string]*table{}}
	var h [100]byte
	if _, err := in.ReadAt(h[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read GeoPackage: %w", err)
	}
	if string(h[:16]) != "SQLite format 3\x00" {
		return nil, f.fault("", 0, "It is not an SQLite database.")
	}
	f.pageSize = int(binary.BigEndian.Uint16(h[16:]))
	if f.pageSize == 1 {
		f.pageSize = 65536
	}
	f.usable = f.pageSize - int(h[20])
	if f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 || f.usable < 480 {
		return nil, f.fault("", 0, "Its pages are of a size that cannot be.")
	}
	if encoding := binary.BigEndian.Uint32(h[56:]); encoding > 1 {
		return nil, f.fault("", 0, "Its texts are in UTF-16, which is not read here.")
	}
	f.pages = uint32(min(size/int64(f.pageSize), math.MaxUint32))
	schema := &table{name: "sqlite_schema", root: 1, columns: []string{"type", "name", "tbl_name", "rootpage", "sql"}, rowid: -1}
	f.tables[schema.name] = schema
	return f, f.rows(schema.name, func(_ int, row map[string]any) error {
		name, _ := row["name"].(string)
		root, _ := row["rootpage"].(int64)
		sql, _ := row["sql"].(string)
		if row["type"] != "table" || root < 1 || root > int64(f.pages) {
			return nil
		}
		columns, rowid := columnsOf(sql)
		f.tables[strings.ToLower(name)] = &table{name: name, root: uint32(root), columns: columns, rowid: rowid}
		return nil
	})
}

// rows gives take every row of a table, counted from 1, with its values: string,
// int64, float64, []byte or nil. It ends early with take's error.
func (f *File) rows(name string, take func(row int, values map[string]any) error) error {
	t := f.tables[strings.ToLower(name)]
	w := walk{file: f, table: t, take: take, budget: f.pages}
	return w.page(t.root, 0)
}

// walk goes through a table's tree. Each page is read once at most, whatever the
// pages say of each other.
type walk struct {
	file   *File
	table  *table
	take   func(row int, values map[string]any) error
	row    int
	budget uint32 // how many pages may still be read
}

func (w *walk) fault(message string) error {
	return w.file.fault(w.table.name, w.row, "The file is damaged: "+message+".")
}

// read reads a page.
func (w *walk) read(number uint32) ([]byte, error) {
	if number < 1 || number > w.file.pages || w.budget == 0 {
		return nil, w.fault(fmt.Sprintf("it refers to a page %d that is not there", number))
	}
	w.budget--
	page := make([]byte, w.file.pageSize)
	if _, err := w.file.in.ReadAt(page, int64(number-1)*int64(w.file.pageSize)); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read GeoPackage: %w", err)
	}
	return page[:w.file.usable], nil
}

// page goes through a page of the tree and what lies under it.
func (w *walk) page(number uint32, depth int) error {
	if depth > maxDepth {
		return w.fault("its tree is too deep")
	}
	page, err := w.read(number)
	if err != nil {
		return err
	}
	head := page
	if number == 1 {
		head = page[100:]
	}
	kind, cells := head[0], int(binary.BigEndian.Uint16(head[3:]))
	size := 8
	if kind == 5 {
		size = 12
	}
	if kind != 5 && kind != 13 || size+2*cells > len(head) {
		return w.fault("a page is not one of a table")
	}
	room := len(page) // cells do not overlap, so that a small page cannot mean much work
	for i := range cells {
		at := int(binary.BigEndian.Uint16(head[size+2*i:]))
		if at+4 > len(page) {
			return w.fault("a cell is outside its page")
		}
		if kind == 5 {
			err = w.page(binary.BigEndian.Uint32(page[at:]), depth+1)
		} else {
			var used int
			used, err = w.cell(page, at)
			room -= used
		}
		if err != nil {
			return err
		}
		if room < 0 {
			return w.fault("the rows of a page overlap")
		}
	}
	if kind == 5 {
		return w.page(binary.BigEndian.Uint32(head[8:]), depth+1)
	}
	return nil
}

// cell reads a row, with the pages on which it goes on, and says how many bytes
// of its own page it takes.
func (w *walk) cell(page []byte, at int) (used int, err error) {
	w.row++
	size, n := uvarint(page[at:])
	rowid, m := uvarint(page[at+n:])
	if n == 0 || m == 0 || size > maxRow {
		return 0, w.fault("the row's length cannot be")
	}
	at += n + m
	// How much of a row is on its own page: "Cell Payload Overflow Pages".
	usable, total := w.file.usable, int(size)
	local := total
	if most := usable - 35; total > most {
		least := (usable-12)*32/255 - 23
		local = least + (total-least)%(usable-4)
		if local > most {
			local = least
		}
	}
	if at+local > len(page) || local < total && at+local+4 > len(page) {
		return 0, w.fault("the row is outside its page")
	}
	payload := append([]byte(nil), page[at:at+local]...)
	if local < total {
		next := binary.BigEndian.Uint32(page[at+local:])
		for len(payload) < total {
			more, err := w.read(next)
			if err != nil {
				return 0, err
			}
			next = binary.BigEndian.Uint32(more)
			payload = append(payload, more[4:min(len(more), 4+total-len(payload))]...)
		}
	}
	values, ok := w.table.record(payload, int64(rowid))
	if !ok {
		return 0, w.fault("the row is not one")
	}
	return n + m + local, w.take(w.row, values)
}

// record reads the values of a row: "Record Format".
func (t *table) record(payload []byte, rowid int64) (map[string]any, bool) {
	size, n := uvarint(payload)
	if n == 0 || size < uint64(n) || size > uint64(len(payload)) {
		return nil, false
	}
	types, content := payload[n:size], payload[size:]
	values := make(map[string]any, len(t.columns))
	for i := 0; len(types) > 0 && i < len(t.columns); i++ {
		kind, n := uvarint(types)
		if n == 0 {
			return nil, false
		}
		types = types[n:]
		var value any
		length := 0
		switch {
		case kind == 0:
		case kind <= 6:
			length = [...]int{0, 1, 2, 3, 4, 6, 8}[kind]
		case kind == 7:
			length = 8
		case kind == 8, kind == 9:
			value = int64(kind - 8)
		case kind < 12:
			return nil, false
		case (kind-12)/2 > uint64(len(content)):
			return nil, false
		default:
			length = int(kind-12) / 2
		}
		if length > len(content) {
			return nil, false
		}
		field := content[:length]
		content = content[length:]
		switch {
		case kind >= 1 && kind <= 6:
			var n int64
			for k, b := range field {
				if k == 0 {
					n = int64(int8(b))
				} else {
					n = n<<8 | int64(b)
				}
			}
			value = n
		case kind == 7:
			value = math.Float64frombits(binary.BigEndian.Uint64(field))
		case kind >= 12 && kind%2 == 0:
			value = field
		case kind >= 12:
			value = strings.ToValidUTF8(string(field), "�")
		case i == t.rowid && kind == 0:
			value = rowid
		}
		values[t.columns[i]] = value
	}
	return values, true
}

// uvarint reads SQLite's integer of 1 to 9 bytes, high bits first. n is 0 if it
// is cut off.
func uvarint(b []byte) (x uint64, n int) {
	for n < len(b) && n < 8 {
		c := b[n]
		n++
		x = x<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return x, n
		}
	}
	if n == 8 && len(b) > 8 {
		return x<<8 | uint64(b[8]), 9
	}
	return 0, 0
}
