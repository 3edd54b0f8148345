// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// readCSV reads a table whose first line that is not empty names the columns.
func (s *Sheet) readCSV(in io.Reader) error {
	raw, err := everything(in)
	if err != nil {
		return err
	}
	raw, err = decodeText(raw)
	if err != nil {
		return err
	}
	lines := splitter{rest: raw, line: 1}
	headings, found := lines.heading()
	if !found {
		return refusal.New(problem.Unreadable, "registry.empty")
	}
	s.Ignored = headings.unknown
	if !headings.places() {
		return refusal.New(problem.Unreadable, "registry.no-columns", strings.Join(headings.names(), ", "))
	}
	for {
		row, fields, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			s.refuse(row, siren.Siren{}, refusal.Fault("", "registry.quotes"))
			continue
		case blank(fields):
			continue
		}
		var faults []problem.Fault
		if len(fields) > headings.width && !blank(fields[headings.width:]) {
			faults = append(faults, refusal.Fault("", "registry.wide", plain(float64(len(fields))), plain(float64(headings.width))))
		}
		said, broken := readRow(func(column int) (string, bool) {
			at, has := headings.at[column]
			if !has {
				return "", false
			}
			if at >= len(fields) {
				return "", true
			}
			return fields[at], true
		})
		if err := s.add(row, said, append(faults, broken...)); err != nil {
			return err
		}
		s.keep(row, func(yield func(heading, value string) bool) {
			for at, heading := range headings.others {
				if at < len(fields) && !yield(heading, fields[at]) {
					return
				}
			}
		})
	}
}

// decodeText gives UTF-8: the file's own, that of a UTF-16 with its mark, or else
// what reads as Windows-1252, which holds ISO 8859-1.
func decodeText(raw []byte) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if utf8.Valid(raw) {
		return raw, nil
	}
	return charmap.Windows1252.NewDecoder().Bytes(raw)
}

// head is the first line of a table.
type head struct {
	at      map[int]int // column to place
	width   int
	unknown []string
	others  map[int]string // place to heading, of those unknown
}

func (h head) names() []string {
	var names []string
	for i, c := range columns {
		if _, has := h.at[i]; has {
			names = append(names, c.name)
		}
	}
	return append(names, h.unknown...)
}

// places reports whether the columns can say where a siren stands.
func (h head) places() bool {
	has := func(name string) bool { _, ok := h.at[headings[name]]; return ok }
	return has("lat") && has("lon") || has("utmref") || has("utm") || has("easting") && has("northing")
}

// splitter cuts a text into records of fields.
type splitter struct {
	rest  []byte
	line  int
	comma byte
}

// heading reads the first line that is not empty, with the sign between its fields
// that makes most headings known.
func (l *splitter) heading() (best head, found bool) {
	for l.skipBlank() {
	}
	after := *l
	for _, comma := range []byte{';', ',', '\t', '|'} {
		try := splitter{rest: l.rest, line: l.line, comma: comma}
		_, fields, err := try.next()
		if err != nil {
			continue
		}
		h := head{at: map[int]int{}, width: len(fields), others: map[int]string{}}
		for place, name := range fields {
			column, known := headingOf(name)
			if _, twice := h.at[column]; known && !twice {
				h.at[column] = place
			} else if strings.TrimSpace(name) != "" && len(h.unknown) < 100 {
				h.unknown = append(h.unknown, clip(name))
				h.others[place] = name
			}
		}
		if best.at == nil || len(h.at) > len(best.at) {
			best, after = h, try
		}
	}
	*l = after
	return best, best.at != nil
}

// skipBlank passes over an empty line, or one that only tells a spreadsheet the sign.
func (l *splitter) skipBlank() bool {
	if len(l.rest) == 0 {
		return false
	}
	end := bytes.IndexByte(l.rest, '\n')
	if end < 0 {
		end = len(l.rest) - 1
	}
	line := bytes.TrimSpace(l.rest[:end+1])
	if len(line) > 0 && !(bytes.HasPrefix(line, []byte("sep=")) && len(line) <= 5) {
		return false
	}
	l.rest, l.line = l.rest[end+1:], l.line+1
	return true
}

// maxCell bounds a quoted field, so that a quote that nobody closed costs one row
// and not the rest of the file.
const maxCell = 4096

var errQuotes = errors.New("a quote is not closed, or something stands behind it")

// next gives the next record and the line on which it begins (RFC 4180). After an
// error it goes on with the line behind.
func (l *splitter) next() (row int, fields []string, err error) {
	if len(l.rest) == 0 {
		return l.line, nil, io.EOF
	}
	row = l.line
	at, newlines := 0, 0
	for {
		field, n, breaks, ok := l.field(l.rest[at:])
		if !ok {
			end := bytes.IndexByte(l.rest, '\n') + 1
			if end == 0 {
				end = len(l.rest)
			}
			l.rest, l.line = l.rest[end:], l.line+1
			return row, nil, errQuotes
		}
		fields = append(fields, field)
		at, newlines = at+n, newlines+breaks
		if at >= len(l.rest) {
			l.rest, l.line = nil, row+newlines+1
			return row, fields, nil
		}
		end := l.rest[at]
		at++
		if end == '\n' {
			l.rest, l.line = l.rest[at:], row+newlines+1
			return row, fields, nil
		}
	}
}

// field reads one field: its text, its length up to the sign that ends it, and
// the line breaks in it.
func (l *splitter) field(b []byte) (text string, n, breaks int, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		n = bytes.IndexFunc(b, func(r rune) bool { return r == rune(l.comma) || r == '\n' })
		if n < 0 {
			n = len(b)
		}
		return strings.TrimSuffix(string(b[:n]), "\r"), n, 0, true
	}
	var out []byte
	for n = 1; n < len(b) && n < maxCell; n++ {
		switch {
		case b[n] != '"':
			if b[n] == '\n' {
				breaks++
			}
			out = append(out, b[n])
			continue
		case n+1 < len(b) && b[n+1] == '"':
			out = append(out, '"')
			n++
			continue
		}
		n++
		if n < len(b) && b[n] == '\r' {
			n++
		}
		return string(out), n, breaks, n >= len(b) || b[n] == l.comma || b[n] == '\n'
	}
	return "", 0, 0, false
}

func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}
