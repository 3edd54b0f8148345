// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func TestGeoJSON(t *testing.T) {
	sheet := read(t, `{"type":"FeatureCollection","name":"sirens","features":[
 {"type":"Feature","id":"a-1","properties":{"Name":"Rathaus","Pegel":109,"public":true,"baujahr":null,"extra":{"a":1}},"geometry":{"type":"Point","coordinates":[7.1,50.5,180]}},
 {"type":"Feature","properties":{"name":"Fläche"},"geometry":{"type":"Polygon","coordinates":[]}},
 {"type":"Feature","properties":{"name":"nirgends"},"geometry":null},
 {"type":"Feature","properties":[],"geometry":null},
 {"type":"Feature","properties":{"name":"vertauscht"},"geometry":{"type":"Point","coordinates":[50.5,7.1]}},
 {"type":"Feature","properties":{"@id":"node/17","emergency":"siren","siren:type":"electronic","name":"=1+1","operator":"Stadt","height":"12 m","start_date":"2019-05-01"},"geometry":{"type":"Point","coordinates":[7.2,50.6]}}
]}`)
	want := []siren.Siren{
		{ID: "a-1", Name: "Rathaus", Position: geo.Point{Lat: 50.5, Lon: 7.1}, Equipment: siren.Equipment{Level: 109}, Public: true},
		{ID: "osm-node-17", Position: geo.Point{Lat: 50.6, Lon: 7.2}, Equipment: siren.Equipment{Kind: "electronic", Operator: "Stadt", Height: 12, Built: 2019}},
	}
	if diff := cmp.Diff(want, sheet.Sirens()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"geometry registry.no-point", "geometry registry.no-point", "properties registry.feature", "lat registry.swapped"}, refused(sheet)); diff != "" {
		t.Error(diff)
	}
	if sheet.Rows[1].Row != 6 || sheet.Refused[3].Row != 5 {
		t.Errorf("rows %d and %d", sheet.Rows[1].Row, sheet.Refused[3].Row)
	}
	_, err := Read(strings.NewReader(`{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:25832"}},"features":[]}`), Options{})
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Rule != "registry.crs" {
		t.Errorf("metres: %v", err)
	}
}

func TestOpenStreetMap(t *testing.T) {
	packed, err := os.ReadFile("testdata/sirens.osm.pbf")
	if err != nil {
		t.Fatal(err)
	}
	xml, format, err := Extract(bytes.NewReader(packed), Options{})
	if err != nil || format != OSMXML {
		t.Fatalf("%s, %v", format, err)
	}
	for name, raw := range map[string][]byte{"PBF": packed, "its extract": xml} {
		t.Run(name, func(t *testing.T) {
			sheet, err := Read(bytes.NewReader(raw), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sheet.Sirens() {
				got = append(got, s.ID+" "+s.Name)
			}
			if diff := cmp.Diff([]string{"osm-node-1 Rathaus & Schule", "osm-node--3 "}, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{" registry.no-place", " registry.no-place", " registry.no-place"}, refused(sheet)); diff != "" {
				t.Error(diff)
			}
		})
	}
	table, format, err := Extract(strings.NewReader(german), Options{})
	if err != nil || format != CSV || string(table) != german {
		t.Errorf("a table became %s %q, %v", format, table, err)
	}
	if _, _, err := Extract(bytes.NewReader(packed[:200]), Options{}); !errors.Is(err, problem.Unreadable) {
		t.Errorf("half a file: %v", err)
	}
	var told int64
	if _, err := Read(bytes.NewReader(packed), Options{Progress: func(n int64) { told = n }}); err != nil || told != int64(len(packed)) {
		t.Errorf("told %d of %d bytes, %v", told, len(packed), err)
	}
}
