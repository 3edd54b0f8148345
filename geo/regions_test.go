// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
)

// box is a rectangle as an outline.
func box(south, west, north, east float64) geo.MultiPolygon {
	return geo.MultiPolygon{{ring(south, west, south, east, north, east, north, west, south, west)}}
}

func regionSet(t testing.TB, regions []geo.Region, countries ...geo.Country) *geo.Regions {
	t.Helper()
	set, err := geo.NewRegions(regions, countries)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestRegionsLookup(t *testing.T) {
	set := regionSet(t, []geo.Region{
		{ARS: "120540000000", Name: "Potsdam", Outline: box(52, 13, 53, 14)},
		{ARS: "12", Name: "Brandenburg", Outline: box(51, 12, 54, 15)},
		{ARS: "120640029029", Name: "Bad Freienwalde"},
	})
	if diff := cmp.Diff([]geo.ARS{"12", "12054", "120640029029"}, keys(set)); diff != "" {
		t.Error(diff)
	}
	for _, key := range []geo.ARS{"12054", "120540000000"} {
		if r, ok := set.Lookup(key); !ok || r.Name != "Potsdam" {
			t.Errorf("Lookup(%q) = %q, %v", key, r.Name, ok)
		}
	}
	if _, ok := set.Lookup("11"); ok {
		t.Error("found a region that is not there")
	}
	for _, tc := range []struct {
		p    geo.Point
		want geo.ARS
	}{{geo.Point{Lat: 52.5, Lon: 13.5}, "12054"}, {geo.Point{Lat: 51.5, Lon: 13.5}, "12"}, {geo.Point{Lat: 48, Lon: 11}, ""}} {
		if r, ok := set.At(tc.p); r.ARS != tc.want || ok != (tc.want != "") {
			t.Errorf("At(%v) = %q, %v; want %q", tc.p, r.ARS, ok, tc.want)
		}
	}
	if got := set.Under("12", geo.LevelKreis); len(got) != 1 || got[0].Name != "Potsdam" {
		t.Errorf("Kreise: %v", got)
	}
}

func TestRegionsRefuseDuplicates(t *testing.T) {
	_, err := geo.NewRegions([]geo.Region{{ARS: "12054"}, {ARS: "120540000000"}}, nil)
	var fault *geo.Fault
	if !errors.As(err, &fault) || fault.Code != geo.CodeRegionTwice {
		t.Errorf("%v", err)
	}
	if _, err := geo.NewRegions([]geo.Region{{ARS: "x"}}, nil); !errors.As(err, &fault) || fault.Code != geo.CodeARS {
		t.Errorf("%v", err)
	}
}

func TestRegionsWith(t *testing.T) {
	embedded := regionSet(t, []geo.Region{
		{ARS: "12", Name: "Brandenburg", Outline: box(51, 12, 54, 15), Accuracy: 2000},
		{ARS: "12054", Name: "Potsdam", Kind: "Kreisfreie Stadt", Population: 178089},
	})
	own := regionSet(t, []geo.Region{{ARS: "12054", Outline: box(52, 13, 53, 14), Accuracy: 300}, {ARS: "12064", Name: "Märkisch-Oderland"}})
	merged, err := embedded.With(own)
	if err != nil {
		t.Fatal(err)
	}
	want := []geo.Region{
		{ARS: "12", Name: "Brandenburg", Outline: box(51, 12, 54, 15), Accuracy: 2000},
		{ARS: "12054", Name: "Potsdam", Kind: "Kreisfreie Stadt", Population: 178089, Outline: box(52, 13, 53, 14), Accuracy: 300},
		{ARS: "12064", Name: "Märkisch-Oderland"},
	}
	if diff := cmp.Diff(want, merged.All()); diff != "" {
		t.Error(diff)
	}
	if r, _ := embedded.Lookup("12054"); r.Outline != nil {
		t.Error("the embedded set has changed")
	}
}

func TestCovers(t *testing.T) {
	set := regionSet(t, []geo.Region{{ARS: "12054", Name: "Potsdam", Outline: box(52, 13, 53, 14)}, {ARS: "12064", Name: "Märkisch-Oderland"}})
	inside, outside := geo.Point{Lat: 52.5, Lon: 13.5}, geo.Point{Lat: 48, Lon: 11}
	for _, tc := range []struct {
		name string
		area geo.Area
		p    geo.Point
		at   geo.ARS
		want bool
	}{
		{"by key", geo.Area{ARS: []geo.ARS{"12064"}}, outside, "120640029029", true},
		{"by key of the Land", geo.Area{ARS: []geo.ARS{"12"}}, outside, "12064", true},
		{"by outline", geo.Area{ARS: []geo.ARS{"12054"}}, inside, "", true},
		{"only part of the Land known", geo.Area{ARS: []geo.ARS{"12064"}}, outside, "12", false},
		{"other Kreis", geo.Area{ARS: []geo.ARS{"12064"}}, inside, "12054", false},
		{"by circle", geo.Area{Circles: []geo.Circle{{Center: inside, Radius: 10}}}, inside, "", true},
		{"beside the circle", geo.Area{Circles: []geo.Circle{{Center: outside, Radius: 10}}}, inside, "12054", false},
		{"by polygon", geo.Area{Polygons: []geo.Ring{box(52, 13, 53, 14)[0][0]}}, inside, "", true},
		{"empty", geo.Area{}, inside, "12054", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := set.Covers(tc.area, tc.p, tc.at); got != tc.want {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestSearchNames(t *testing.T) {
	set := regionSet(t, []geo.Region{
		{ARS: "05315", Name: "Köln", Population: 1085664}, {ARS: "09162", Name: "München", Population: 1471508},
		{ARS: "09184", Name: "München", Population: 348871}, {ARS: "05515", Name: "Münster", Population: 314319},
		{ARS: "12064", Name: "Märkisch-Oderland", Population: 194328}, {ARS: "12053", Name: "Frankfurt (Oder)", Population: 57873},
		{ARS: "12067", Name: "Oder-Spree", Population: 178658}, {ARS: "12071", Name: "Spree-Neiße", Population: 114429},
		{ARS: "14626", Name: "Görlitz (Zhorjelc)", Population: 254894}, {ARS: "120640029029", Name: "Oder", Population: 5},
	})
	for _, tc := range []struct {
		query string
		want  []geo.ARS
	}{
		{"Köln", []geo.ARS{"05315"}},
		{"koeln", []geo.ARS{"05315"}},
		{"KOLN", []geo.ARS{"05315"}},
		{"mün", []geo.ARS{"09162", "09184", "05515"}},
		{"muen", []geo.ARS{"09162", "09184", "05515"}},
		{"mun", []geo.ARS{"09162", "09184", "05515"}},
		{"oder", []geo.ARS{"120640029029", "12067", "12064", "12053"}},
		{"  oder-SPREE ", []geo.ARS{"12067"}},
		{"neisse", []geo.ARS{"12071"}},
		{"neiße", []geo.ARS{"12071"}},
		{"1206", []geo.ARS{"12064", "12067", "120640029029"}},
		{"12 0 64", []geo.ARS{"12064", "120640029029"}},
		{"der", nil},
		{"", nil},
		{"-", nil},
		{"zhorj", []geo.ARS{"14626"}},
	} {
		t.Run(tc.query, func(t *testing.T) {
			var got []geo.ARS
			for _, r := range set.Search(tc.query, 10) {
				got = append(got, r.ARS)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := set.Search("m", 2); len(got) != 2 {
		t.Errorf("%d regions, asked for at most 2", len(got))
	}
}

func TestUnknownAndMisplacedRegions(t *testing.T) {
	square := func(lat, lon, side float64) geo.MultiPolygon {
		return geo.MultiPolygon{{{{Lat: lat, Lon: lon}, {Lat: lat, Lon: lon + side}, {Lat: lat + side, Lon: lon + side}, {Lat: lat + side, Lon: lon}, {Lat: lat, Lon: lon}}}}
	}
	set := func(list ...geo.Region) *geo.Regions {
		r, err := geo.NewRegions(list, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	known := set(geo.Region{ARS: "12", Name: "Land", Outline: square(51.5, 12, 2)}, geo.Region{ARS: "12054"}, geo.Region{ARS: "11"})
	own := set(
		geo.Region{ARS: "12", Outline: square(51.5, 12, 2.1)},
		geo.Region{ARS: "12054", Outline: square(52.3, 13, 0.2)},
		geo.Region{ARS: "120540000001", Outline: square(53.6, 13, 0.2)}, // 11 km beyond
		geo.Region{ARS: "12055", Outline: square(47.3, 13, 0.2)},
		geo.Region{ARS: "12056"},
		geo.Region{ARS: "11", Outline: square(47.3, 13, 0.2)},
		geo.Region{ARS: "01"},
	)
	keys := func(list []geo.Region) (all []geo.ARS) {
		for _, r := range list {
			all = append(all, r.ARS)
		}
		return all
	}
	if diff := cmp.Diff([]geo.ARS{"01", "12055", "12056"}, keys(own.Unknown(known))); diff != "" {
		t.Errorf("unknown:\n%s", diff)
	}
	if diff := cmp.Diff([]geo.ARS{"12055"}, keys(own.Misplaced(known))); diff != "" {
		t.Errorf("misplaced:\n%s", diff)
	}
}

func TestLicenceLinesStay(t *testing.T) {
	read := func(text string) *geo.Regions {
		r, _, err := geo.ImportGeoJSON(strings.NewReader(text), geo.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const feature = `"features":[{"type":"Feature","properties":{"ARS":"%s"},"geometry":{"type":"Polygon","coordinates":[[[13,52],[14,52],[14,53],[13,52]]]}}]`
	a := read(`{"type":"FeatureCollection","licence":"© A",` + strings.Replace(feature, "%s", "12", 1) + `}`)
	b := read(`{"type":"FeatureCollection",` + strings.Replace(feature, "%s", "13", 1) + `,"license":"© B"}`)
	plain := read(`{"type":"FeatureCollection","licence":{"no":"line"},` + strings.Replace(feature, "%s", "14", 1) + `}`)
	joined, err := a.With(b)
	if err != nil {
		t.Fatal(err)
	}
	if joined, err = joined.With(plain); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"© A", "© B"}, joined.Licences()); diff != "" {
		t.Error(diff)
	}
	written, err := joined.GeoJSON(0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"© A; © B"}, read(string(written)).Licences()); diff != "" {
		t.Error(diff)
	}
}
