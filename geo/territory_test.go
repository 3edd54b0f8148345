// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

// twoStates is a world of a Land (12) that surrounds another (11), a third to
// the south (14), a country to the east, and sea to the north.
func twoStates(t testing.TB) *geo.Regions {
	around := geo.MultiPolygon{{box(51, 12, 54, 15)[0][0], box(52, 13, 52.5, 13.5)[0][0]}}
	return regionSet(t, []geo.Region{
		{ARS: "12", Name: "Brandenburg", Outline: around, Accuracy: 2000},
		{ARS: "11", Name: "Berlin", Outline: box(52, 13, 52.5, 13.5), Accuracy: 2000},
		{ARS: "14", Name: "Sachsen", Outline: box(50, 12, 51, 15), Accuracy: 2000},
		{ARS: "12061", Name: "Nord", Outline: box(53, 12, 54, 15), Accuracy: 300},
		{ARS: "12062", Name: "Namenlos"},
	}, geo.Country{Name: "Polen", Outline: box(49, 15, 54.2, 20)})
}

func TestOutside(t *testing.T) {
	set := twoStates(t)
	circle := func(lat, lon, radius float64) geo.Area {
		return geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: lat, Lon: lon}, Radius: radius}}}
	}
	polygon := func(m geo.MultiPolygon) geo.Area { return geo.Area{Polygons: []geo.Ring{m[0][0]}} }
	type found struct {
		Code, Field, Reached string
	}
	outside := func(reached string) []found { return []found{{geo.CodeTerritory, "circles[0]", reached}} }
	drawn := func(reached string) []found { return []found{{geo.CodeTerritory, "polygons[0]", reached}} }
	for _, tc := range []struct {
		name      string
		area      geo.Area
		territory []geo.ARS
		want      []found
	}{
		{"own keys", geo.Area{ARS: []geo.ARS{"12", "12061", "120620000000"}}, []geo.ARS{"12"}, nil},
		{"foreign key", geo.Area{ARS: []geo.ARS{"12", "11"}}, []geo.ARS{"12"}, []found{{geo.CodeTerritory, "ars[1]", "Berlin (11)"}}},
		{"a Kreis may not warn its Land", geo.Area{ARS: []geo.ARS{"12"}}, []geo.ARS{"12061"}, []found{{geo.CodeTerritory, "ars[0]", "Brandenburg (12)"}}},
		{"no territory", geo.Area{ARS: []geo.ARS{"12"}}, nil, []found{{geo.CodeTerritory, "ars[0]", "Brandenburg (12)"}}},
		{"well inside", circle(51.5, 12.5, 10_000), []geo.ARS{"12"}, nil},
		{"over the border within the accuracy", circle(51.1, 14, 11_119+1900), []geo.ARS{"12"}, nil},
		{"over the border", circle(51.1, 14, 11_119+2300), []geo.ARS{"12"}, outside("Sachsen")},
		{"into the hole", circle(52.6, 13.2, 15_000), []geo.ARS{"12"}, outside("Berlin")},
		{"around the hole", circle(52.25, 13.25, 70_000), []geo.ARS{"12"}, outside("Berlin")},
		{"polygon around the hole", polygon(box(51.5, 12.5, 53, 14)), []geo.ARS{"12"}, drawn("Berlin")},
		{"polygon along the hole", polygon(box(52, 12.5, 52.5, 13)), []geo.ARS{"12"}, nil},
		{"both states", polygon(box(51.5, 12.5, 53, 14)), []geo.ARS{"12", "11"}, nil},
		{"the federation", polygon(box(50.5, 12.5, 53, 14)), []geo.ARS{geo.Federation}, nil},
		{"abroad", circle(53, 14.9, 20_000), []geo.ARS{"12"}, outside("Polen")},
		{"wholly elsewhere", circle(50.5, 13, 1000), []geo.ARS{"12"}, outside("Sachsen")},
		{"coastal waters", circle(54, 13, 15_000), []geo.ARS{"12"}, nil},
		{"high sea", circle(54, 13, 30_000), []geo.ARS{"12"}, outside("")},
		{"another continent", circle(-20, 13, 1000), []geo.ARS{"12"}, outside("")},
		{"in the Kreis", circle(53.5, 13, 40_000), []geo.ARS{"12061"}, nil},
		{"beyond the Kreis", circle(53.1, 13, 13_000), []geo.ARS{"12061"}, outside("Brandenburg")},
		{"Kreis without outline", circle(52.8, 13, 100), []geo.ARS{"12062"}, []found{{geo.CodeTerritoryBlind, "circles[0]", ""}}},
		{"polygon without outline", polygon(box(52.6, 13, 52.7, 14)), []geo.ARS{"12062"}, []found{{geo.CodeTerritoryBlind, "polygons[0]", ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if faults := geo.ValidateArea(tc.area); len(faults) > 0 {
				t.Fatal(faults[0])
			}
			var got []found
			for _, v := range set.Outside(tc.area, tc.territory) {
				got = append(got, found{v.Code, v.Field, strings.Join(v.Reached, ", ")})
				if v.Message == "" || v.Remedy == "" {
					t.Errorf("a violation without words: %+v", v)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The radius that a violation proposes fits, and a clearly larger one does not.
func TestLargestRadiusFits(t *testing.T) {
	set := twoStates(t)
	territory := []geo.ARS{"12"}
	rapid.Check(t, func(t *rapid.T) {
		c := geo.Circle{
			Center: geo.Point{Lat: rapid.Float64Range(50.9, 54).Draw(t, "lat"), Lon: rapid.Float64Range(12, 15).Draw(t, "lon")},
			Radius: rapid.Float64Range(500, 60_000).Draw(t, "radius"),
		}
		violations := set.Outside(geo.Area{Circles: []geo.Circle{c}}, territory)
		if len(violations) == 0 {
			return
		}
		best := violations[0].LargestRadius
		if best > c.Radius {
			t.Fatalf("proposes %v m, more than %v", best, c.Radius)
		}
		if c.Radius = best; best > 0 && len(set.Outside(geo.Area{Circles: []geo.Circle{c}}, territory)) > 0 {
			t.Fatalf("%v m does not fit either", best)
		}
		if c.Radius = best + 1500; len(set.Outside(geo.Area{Circles: []geo.Circle{c}}, territory)) == 0 {
			t.Fatalf("%v m fits as well as the %v m proposed", c.Radius, best)
		}
	})
}

// A territory of Gemeinden without the outline of their Kreis.
func TestOutsideUsesSmallerRegions(t *testing.T) {
	set := regionSet(t, []geo.Region{
		{ARS: "12061"},
		{ARS: "120610001001", Outline: box(52, 13, 52.5, 13.5), Accuracy: 300},
		{ARS: "120610001002", Outline: box(52, 13.5, 52.5, 14), Accuracy: 300},
	})
	for radius, want := range map[float64]int{15_000: 0, 30_000: 1} {
		area := geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: 52.25, Lon: 13.5}, Radius: radius}}}
		if got := set.Outside(area, []geo.ARS{"12061"}); len(got) != want {
			t.Errorf("%v m: %v", radius, got)
		}
	}
}

func TestAreaGeoJSON(t *testing.T) {
	area := geo.Area{
		Name: "Probe", ARS: []geo.ARS{"11", "12062"},
		Circles:  []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.06}, Radius: 15000}},
		Polygons: []geo.Ring{ring(52, 13, 52, 14, 53, 14, 52, 13)},
	}
	out, err := area.GeoJSON(twoStates(t))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type     string
		Features []struct {
			Properties struct {
				Part, ARS, Name string
				Radius          float64
				Center          []float64
			}
			Geometry *struct {
				Type        string
				Coordinates [][][]float64
			}
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "FeatureCollection" || len(got.Features) != 4 {
		t.Fatalf("%s", out)
	}
	region, unknown, circle, polygon := got.Features[0], got.Features[1], got.Features[2], got.Features[3]
	if region.Properties.ARS != "110000000000" || region.Properties.Name != "Berlin" || region.Geometry == nil {
		t.Errorf("region %+v", region)
	}
	if unknown.Properties.Part != "ars[1]" || unknown.Geometry != nil {
		t.Errorf("region without outline %+v", unknown)
	}
	if circle.Properties.Radius != 15000 || len(circle.Geometry.Coordinates[0]) != 65 || circle.Properties.Center[0] != 13.06 {
		t.Errorf("circle %+v", circle)
	}
	if diff := cmp.Diff([][][]float64{{{13, 52}, {14, 52}, {14, 53}, {13, 52}}}, polygon.Geometry.Coordinates); diff != "" {
		t.Error(diff)
	}
	if empty, err := (geo.Area{}).GeoJSON(nil); err != nil || string(empty) != `{"type":"FeatureCollection","features":[]}` {
		t.Errorf("%s, %v", empty, err)
	}
	places, err := geo.PlacesGeoJSON([]geo.Place{{Name: "Adorf", ARS: "12061", Point: geo.Point{Lat: 52, Lon: 13.5}, Population: 3}})
	if err != nil || !strings.Contains(string(places), `"coordinates":[13.5,52]`) || !strings.Contains(string(places), `"ars":"120610000000"`) {
		t.Errorf("%s, %v", places, err)
	}
}
