// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

// town builds a small world: a Land of two Kreise with official populations and
// one without, and places in them.
func town(t testing.TB) *geo.Gazetteer {
	set := regionSet(t, []geo.Region{
		{ARS: "12", Name: "Brandenburg", Population: 3000, Outline: box(51, 12, 54, 15)},
		{ARS: "12061", Name: "Erster", Population: 1000},
		{ARS: "12062", Name: "Zweiter", Population: 2000},
		{ARS: "12063", Name: "Dritter", Outline: box(53, 14, 54, 15)},
	})
	return geo.NewGazetteer(set, []geo.Place{
		{Name: "Adorf", ARS: "12061", Point: geo.Point{Lat: 52, Lon: 13}, Population: 300, Residents: 300},
		{Name: "Bestadt", ARS: "12061", Point: geo.Point{Lat: 52, Lon: 13.2}, Population: 200, Residents: 100},
		{Name: "Bestadt-Nord", ARS: "12061", Point: geo.Point{Lat: 52.02, Lon: 13.2}, Population: 100, Residents: 100, Part: true},
		{Name: "Cedorf", ARS: "12062", Point: geo.Point{Lat: 52.5, Lon: 13}, Population: 400, Residents: 400},
		{Name: "Dedorf", ARS: "12", Point: geo.Point{Lat: 53.5, Lon: 14.5}, Population: 70, Residents: 70},
		{Name: "Leer", ARS: "12061", Point: geo.Point{Lat: 52, Lon: 13.1}},
	})
}

func TestPopulationIn(t *testing.T) {
	g := town(t)
	around := func(lat, lon, radius float64) geo.Circle {
		return geo.Circle{Center: geo.Point{Lat: lat, Lon: lon}, Radius: radius}
	}
	for _, tc := range []struct {
		name string
		area geo.Area
		want geo.Estimate
	}{
		{"Kreis", geo.Area{ARS: []geo.ARS{"12061"}}, geo.Estimate{People: 1000, Official: true}},
		{"Kreis written out, twice", geo.Area{ARS: []geo.ARS{"120610000000", "12061"}}, geo.Estimate{People: 1000, Official: true}},
		{"Land and a Kreis in it", geo.Area{ARS: []geo.ARS{"12061", "12"}}, geo.Estimate{People: 3000, Official: true}},
		{"two Kreise", geo.Area{ARS: []geo.ARS{"12061", "12062"}}, geo.Estimate{People: 3000, Official: true}},
		// The Kreis has twice the residents of its places.
		{"one village", geo.Area{Circles: []geo.Circle{around(52, 13, 1000)}}, geo.Estimate{People: 600}},
		{"overlapping circles", geo.Area{Circles: []geo.Circle{around(52, 13, 1000), around(52, 13, 2000)}}, geo.Estimate{People: 600}},
		{"town with its part", geo.Area{Circles: []geo.Circle{around(52, 13.2, 4000)}}, geo.Estimate{People: 400}},
		{"circle in a region that counts already", geo.Area{ARS: []geo.ARS{"12061"}, Circles: []geo.Circle{around(52, 13, 1000)}}, geo.Estimate{People: 1000}},
		{"circle and another region", geo.Area{ARS: []geo.ARS{"12062"}, Circles: []geo.Circle{around(52, 13, 1000)}}, geo.Estimate{People: 2600}},
		{"polygon", geo.Area{Polygons: []geo.Ring{box(52.4, 12.9, 52.6, 13.1)[0][0]}}, geo.Estimate{People: 2000}},
		{"region by its outline", geo.Area{ARS: []geo.ARS{"12063"}}, geo.Estimate{People: 70}},
		{"region known by nothing", geo.Area{ARS: []geo.ARS{"12064", "12061"}}, geo.Estimate{People: 1000, Unknown: []geo.ARS{"12064"}}},
		{"nobody", geo.Area{Circles: []geo.Circle{around(51.2, 12.2, 1000)}}, geo.Estimate{}},
		{"empty", geo.Area{}, geo.Estimate{Official: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, g.PopulationIn(tc.area)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A place in the outline of a Kreis belongs to it, whatever its key said.
func TestGazetteerAssignsByOutline(t *testing.T) {
	places := town(t).Places()
	if got := places[4].ARS; got != "12063" {
		t.Errorf("Dedorf lies in %q", got)
	}
	if got := places[0].ARS; got != "12061" {
		t.Errorf("Adorf lies in %q", got)
	}
}

func TestLocate(t *testing.T) {
	g := town(t)
	for _, tc := range []struct {
		p     geo.Point
		want  geo.ARS
		exact bool
	}{
		{geo.Point{Lat: 53.5, Lon: 14.2}, "12063", true},
		{geo.Point{Lat: 52.1, Lon: 13}, "12061", false},
		{geo.Point{Lat: 52.45, Lon: 13}, "12062", false},
		{geo.Point{Lat: 48, Lon: 11}, "", false},
	} {
		if got, exact := g.Locate(tc.p); got != tc.want || exact != tc.exact {
			t.Errorf("Locate(%v) = %q, %v; want %q, %v", tc.p, got, exact, tc.want, tc.exact)
		}
	}
}

func TestPlacesInAndSearch(t *testing.T) {
	g := town(t)
	var names []string
	for _, p := range g.PlacesIn(geo.Area{ARS: []geo.ARS{"12061"}}) {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"Adorf", "Bestadt", "Bestadt-Nord", "Leer"}, names); diff != "" {
		t.Error(diff)
	}
	names = nil
	for _, m := range g.Search("bestadt", "12", 10) {
		names = append(names, m.Name+" "+m.Kind+" "+m.Within)
	}
	if diff := cmp.Diff([]string{"Bestadt Ort Erster", "Bestadt-Nord Ortsteil Erster"}, names); diff != "" {
		t.Error(diff)
	}
	if got := g.Search("bestadt", "11", 10); len(got) > 0 {
		t.Errorf("found outside the territory: %v", got)
	}
}

// More area never has fewer people, and two areas together never more than the sum.
func TestPopulationIsMonotone(t *testing.T) {
	g := town(t)
	rapid.Check(t, func(t *rapid.T) {
		circle := func(label string) geo.Circle {
			return geo.Circle{
				Center: geo.Point{Lat: rapid.Float64Range(51.8, 52.6).Draw(t, label+".lat"), Lon: rapid.Float64Range(12.8, 13.4).Draw(t, label+".lon")},
				Radius: rapid.Float64Range(1, 40_000).Draw(t, label+".radius"),
			}
		}
		a, b := circle("a"), circle("b")
		count := func(c ...geo.Circle) int { return g.PopulationIn(geo.Area{Circles: c}).People }
		both := count(a, b)
		if both < max(count(a), count(b)) || both > count(a)+count(b)+1 {
			t.Fatalf("%d and %d together are %d", count(a), count(b), both)
		}
		larger := a
		larger.Radius *= 1.5
		if count(larger) < count(a) {
			t.Fatalf("%d in the circle, %d in a larger one", count(a), count(larger))
		}
	})
}
