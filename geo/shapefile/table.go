// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package shapefile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/geo"
)

// table reads a dBASE file: the attributes.
type table struct {
	name    string
	in      *bufio.Reader
	columns []column
	left    uint32 // rows to come
	row     int
	record  []byte
	decode  func([]byte) string
}

type column struct {
	name       string
	kind       byte
	begin, end int // in a record
}

// newTable reads the header. encoding is what the .cpg says, or empty.
func newTable(name string, in io.Reader, encoding string) (*table, error) {
	t := &table{name: name, in: bufio.NewReaderSize(in, 64<<10)}
	var h [32]byte
	if _, err := io.ReadFull(t.in, h[:]); err != nil {
		return nil, t.ended(err)
	}
	t.left = binary.LittleEndian.Uint32(h[4:])
	size, length := int(binary.LittleEndian.Uint16(h[8:])), int(binary.LittleEndian.Uint16(h[10:]))
	if size < 33 || length < 1 {
		return nil, t.fault("It is not a dBASE table.")
	}
	if t.decode = decoder(encoding, h[29]); t.decode == nil {
		return nil, t.fault(fmt.Sprintf("The .cpg names the encoding %.20q, which is not known here; known are UTF-8, ISO-8859-1 and Windows-1252.", encoding))
	}
	descriptors := make([]byte, size-32)
	if _, err := io.ReadFull(t.in, descriptors); err != nil {
		return nil, t.ended(err)
	}
	at := 1 // after the mark of deletion
	for ; len(descriptors) >= 32 && descriptors[0] != '\r'; descriptors = descriptors[32:] {
		title, _, _ := bytes.Cut(descriptors[:11], []byte{0})
		c := column{name: strings.TrimSpace(t.decode(title)), kind: descriptors[11], begin: at, end: at + int(descriptors[16])}
		if c.end > length {
			return nil, t.fault(fmt.Sprintf("The column %q is longer than a row.", c.name))
		}
		at = c.end
		t.columns = append(t.columns, c)
	}
	t.record = make([]byte, length)
	return t, nil
}

func (t *table) names() []string {
	var all []string
	for _, c := range t.columns {
		all = append(all, c.name)
	}
	return all
}

func (t *table) fault(message string) error {
	field := t.name
	if t.row > 0 {
		field = fmt.Sprintf("%s, row %d", t.name, t.row)
	}
	return &geo.Fault{Code: geo.CodeImportFormat, Field: field, Message: message, Remedy: "Download the file again; if it was edited, save it again as a shapefile."}
}

func (t *table) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return t.fault("The file ends too early.")
	}
	return fmt.Errorf("read %s: %w", t.name, err)
}

// next reads the next row; io.EOF after the last.
func (t *table) next() (values map[string]any, deleted bool, err error) {
	if t.left == 0 {
		return nil, false, io.EOF
	}
	t.left--
	t.row++
	if _, err := io.ReadFull(t.in, t.record); err != nil {
		return nil, false, t.ended(err)
	}
	values = make(map[string]any, len(t.columns))
	for _, c := range t.columns {
		values[c.name] = t.value(c)
	}
	return values, t.record[0] == '*', nil
}

func (t *table) value(c column) any {
	field := t.record[c.begin:c.end]
	trimmed := strings.Trim(string(field), " \x00")
	switch c.kind {
	case 'N', 'F':
		n, err := strconv.ParseFloat(trimmed, 64)
		if err != nil { // blank, or stars where the number did not fit
			return nil
		}
		return n
	case 'L':
		switch trimmed {
		case "T", "t", "Y", "y":
			return true
		case "F", "f", "N", "n":
			return false
		}
		return nil
	case 'C', 'D':
		return t.decode([]byte(trimmed))
	}
	return nil
}

// decoder gives the reading of texts for what the .cpg or else the table's
// language byte says; nil if it is not known. Latin-1 is read as Windows'
// extension of it.
func decoder(encoding string, language byte) func([]byte) string {
	name := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(encoding))
	switch name {
	case "UTF8", "65001":
		return func(text []byte) string { return strings.ToValidUTF8(string(text), "�") }
	case "ISO88591", "88591", "LATIN1", "1252", "CP1252", "ANSI1252", "WINDOWS1252", "ISO885915", "885915":
		return windows1252
	case "", "SYSTEM":
	default:
		return nil
	}
	if language == 0x57 || language == 0x03 {
		return windows1252
	}
	// Nothing is said: UTF-8 that is valid is hardly ever anything else.
	return func(text []byte) string {
		if utf8.Valid(text) {
			return string(text)
		}
		return windows1252(text)
	}
}

// c1 are the characters that Windows-1252 has in place of the control characters
// of ISO 8859-1 from 0x80 on.
var c1 = [32]rune{
	'€', '�', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '�', 'Ž', '�',
	'�', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '�', 'ž', 'Ÿ',
}

func windows1252(text []byte) string {
	out := make([]rune, 0, len(text))
	for _, b := range text {
		if b >= 0x80 && b < 0xa0 {
			out = append(out, c1[b-0x80])
		} else {
			out = append(out, rune(b))
		}
	}
	return string(out)
}
