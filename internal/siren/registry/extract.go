// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/tocsin-alert/tocsin/geo/osm"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Extract gives a list as it is sent to a node: files of OpenStreetMap of any
// size are cut down to their sirens, others are given as they are. Its error is
// a *problem.Error.
func Extract(r io.Reader, o Options) (raw []byte, format Format, err error) {
	in := bufio.NewReaderSize(&counting{r: r, tell: o.Progress}, 64<<10)
	if o.Format == "" {
		head, err := in.Peek(4096)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, "", unreadable(err)
		}
		o.Format = FormatOf(head)
	}
	if _, err := in.Peek(1); errors.Is(err, io.EOF) {
		return nil, "", refusal.New(problem.Unreadable, "registry.empty")
	}
	read := map[Format]func(io.Reader, osm.Query, func(osm.Element) error) error{OSMXML: osm.ReadXML, OSMPBF: osm.ReadPBF}[o.Format]
	if read == nil {
		if raw, err = everything(in); err != nil {
			return nil, "", unreadable(err)
		}
		return raw, o.Format, nil
	}
	var found []osm.Element
	err = read(in, sirenQuery, func(e osm.Element) error {
		if len(found) == MaxRows {
			return tooMany()
		}
		found = append(found, e)
		return nil
	})
	if err != nil {
		return nil, "", unreadable(err)
	}
	var out bytes.Buffer
	if err := osm.WriteXML(&out, found); err != nil {
		return nil, "", unreadable(err)
	}
	return out.Bytes(), OSMXML, nil
}
