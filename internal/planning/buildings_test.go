// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
)

// schoolmap is an extract with a school of four corners, 40 by 20 m, its node 5 m
// beside its middle, a town hall with its centre, a fire station whose corners are
// elsewhere, and a pub.
const schoolmap = `<osm version="0.6">
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="amenity" v="school"/></way>
 <node id="1" lat="52.41000" lon="13.07000"/><node id="2" lat="52.41000" lon="13.07060"/>
 <node id="3" lat="52.41020" lon="13.07060"/><node id="4" lat="52.41020" lon="13.07000"/>
 <node id="5" lat="52.41012" lon="13.07036"><tag k="amenity" v="school"/><tag k="name" v="Schule am See"/></node>
 <way id="11"><center lat="52.4201" lon="13.0801"/><nd ref="90"/><tag k="building" v="townhall"/><tag k="name" v="Rathaus"/></way>
 <way id="12"><nd ref="91"/><nd ref="92"/><nd ref="93"/><nd ref="91"/><tag k="amenity" v="fire_station"/></way>
 <node id="6" lat="52.4" lon="13.07"><tag k="amenity" v="pub"/></node>
</osm>`

const schooljson = `{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"name":""},"geometry":{"type":"Polygon","coordinates":[[[13.07000,52.41000],[13.07060,52.41000],[13.07060,52.41020],[13.07000,52.41020],[13.07000,52.41000]]]}},
 {"type":"Feature","properties":{"name":"Schule am See"},"geometry":{"type":"Point","coordinates":[13.07036,52.41012]}},
 {"type":"Feature","properties":{"name":"Rathaus"},"geometry":{"type":"MultiPolygon","coordinates":[
  [[[13.0901,52.4301],[13.0902,52.4301],[13.0902,52.4302],[13.0901,52.4301]]],
  [[[13.0800,52.4200],[13.0802,52.4200],[13.0802,52.4202],[13.0800,52.4202],[13.0800,52.4200]]]]}},
 {"type":"Feature","properties":{"name":"Mast","mount":"mast","cost":"5000"},"geometry":{"type":"Polygon","coordinates":[[[13.0800,52.4200],[13.0802,52.4200],[13.0802,52.4202],[13.0800,52.4202],[13.0800,52.4200]]]}},
 {"type":"Feature","properties":{"name":"Zaun"},"geometry":{"type":"LineString","coordinates":[[13.0800,52.4200],[13.0802,52.4200]]}}
]}`

func TestPublicBuildings(t *testing.T) {
	in := hamlet(t)
	school, hall := geo.Point{Lat: 52.4101, Lon: 13.0703}, geo.Point{Lat: 52.4201, Lon: 13.0801}
	for _, c := range []struct {
		file, content string
		want          []string
		notes         []string
	}{
		{"public.osm", schoolmap,
			[]string{"osm-way-10 Schule am See", "osm-way-11 Rathaus"},
			[]string{"osm-way-12: the file does not tell where it is.", "1 entries lie within 15 m"}},
		{"public.geojson", schooljson,
			[]string{"row-1 Schule am See", "row-3 Rathaus", "row-4 Mast"},
			[]string{"geometry", "1 entries lie within 15 m"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			candidates, notes, err := in.Candidates(path, sites.DefaultKinds())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, candidate := range candidates {
				got = append(got, candidate.ID+" "+candidate.Name)
				want := []geo.Point{school, hall, hall}[i]
				at, err := projection.LAEAEurope.Inverse(candidate.Position)
				if err != nil || at.DistanceTo(want) > 0.5 {
					t.Errorf("%s stands %.1f m beside its middle, %v", candidate.ID, at.DistanceTo(want), err)
				}
				mount := "roof"
				if candidate.Name == "Mast" {
					mount = "mast"
				}
				if diff := cmp.Diff([]string{mount + "-600", mount + "-1200"}, candidate.Kinds); diff != "" {
					t.Errorf("%s: %s", candidate.ID, diff)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			for i, want := range c.notes {
				if i >= len(notes) || !strings.Contains(notes[i].String(), want) {
					t.Errorf("notes %v, want %q", notes, want)
				}
			}
		})
	}
	if f := in.Files[len(in.Files)-1]; f.Role != "candidates" || len(f.SHA256) != 64 {
		t.Errorf("%+v", f)
	}
	path := filepath.Join(t.TempDir(), "half.osm")
	if err := os.WriteFile(path, []byte(schoolmap[:400]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := in.Candidates(path, sites.DefaultKinds()); err == nil || !strings.Contains(err.Error(), "half.osm cannot be") {
		t.Errorf("half a file: %v", err)
	}
	if p, ok := (geo.MultiPolygon{{geo.Ring{{Lat: math.NaN()}, {}, {}}}}).Middle(); ok {
		t.Errorf("the middle of no place is %v", fmt.Sprint(p))
	}
}
