// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo/osm"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// sirenQuery is the tag by which OpenStreetMap marks a siren.
var sirenQuery = osm.Query{Tags: []osm.Tag{{Key: "emergency", Value: "siren"}}}

// readOSM reads the sirens of OpenStreetMap; rows count them alone.
func (s *Sheet) readOSM(in io.Reader, read func(io.Reader, osm.Query, func(osm.Element) error) error) error {
	row := 0
	return read(in, sirenQuery, func(e osm.Element) error {
		row++
		return s.takeElement(row, e)
	})
}

// takeElement makes a row of an element's tags. What OpenStreetMap does not
// know, such as addresses, is not given, so that it stays as it is registered.
func (s *Sheet) takeElement(row int, e osm.Element) error {
	name := e.Tags["name"]
	if !e.Located {
		s.refuse(row, siren.Siren{ID: elementID(e), Name: name}, refusal.Fault("", "registry.no-place", fmt.Sprintf("%s %d", e.Kind, e.ID)))
		return nil
	}
	values := map[string]string{
		"lat": strconv.FormatFloat(e.Lat, 'f', -1, 64), "lon": strconv.FormatFloat(e.Lon, 'f', -1, 64),
		"id": elementID(e),
	}
	// OpenStreetMap is for all to edit: what it says in other words is left out.
	for _, tag := range []struct{ key, column string }{
		{"name", "name"}, {"operator", "operator"}, {"siren:model", "type"}, {"model", "type"},
		{"siren:type", "kind"}, {"height", "height"}, {"start_date", "built"}, {"support", "mount"},
	} {
		v := strings.TrimSpace(e.Tags[tag.key])
		if tag.column == "built" {
			v = v[:min(4, len(v))]
		}
		if tag.column == "height" {
			v = strings.TrimSpace(strings.TrimSuffix(v, "m"))
		}
		if v == "" || values[tag.column] != "" || columns[headings[tag.column]].read(&draft{}, v) != nil {
			continue
		}
		values[tag.column] = v
	}
	said, faults := readRow(func(column int) (string, bool) {
		v, has := values[columns[column].name]
		return v, has && v != ""
	})
	return s.add(row, said, faults)
}

func elementID(e osm.Element) string {
	if e.ID == 0 {
		return ""
	}
	kind := e.Kind
	if kind != osm.Way && kind != osm.Relation {
		kind = osm.Node
	}
	return fmt.Sprintf("osm-%s-%d", kind, e.ID)
}
