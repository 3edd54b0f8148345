// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

func ring(latLon ...float64) geo.Ring {
	var r geo.Ring
	for i := 0; i < len(latLon); i += 2 {
		r = append(r, geo.Point{Lat: latLon[i], Lon: latLon[i+1]})
	}
	return r
}

func TestValidateArea(t *testing.T) {
	good := ring(52, 13, 52, 14, 53, 14, 52, 13)
	nan, inf := math.NaN(), math.Inf(1)
	circle := func(lat, lon, radius float64) geo.Area {
		return geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: lat, Lon: lon}, Radius: radius}}}
	}
	polygon := func(r geo.Ring) geo.Area { return geo.Area{Polygons: []geo.Ring{r}} }
	for _, tc := range []struct {
		name string
		area geo.Area
		want []string // code and field
	}{
		{"all three kinds", geo.Area{ARS: []geo.ARS{"12"}, Circles: circle(52, 13, 15000).Circles, Polygons: []geo.Ring{good}}, nil},
		{"empty", geo.Area{Name: "nowhere"}, []string{"area.empty area"}},
		{"bad key", geo.Area{ARS: []geo.ARS{"12", "1205"}}, []string{"ars.invalid ars[1]"}},
		{"largest radius", circle(52, 13, 500_000), nil},
		{"no radius", circle(52, 13, 0), []string{"circle.radius circles[0].radius"}},
		{"negative radius", circle(52, 13, -1), []string{"circle.radius circles[0].radius"}},
		{"radius not a number", circle(52, 13, nan), []string{"circle.radius circles[0].radius"}},
		{"radius too large", circle(52, 13, 500_001), []string{"circle.radius circles[0].radius"}},
		{"latitude out of range", circle(91, 13, 5), []string{"position.range circles[0].center"}},
		{"longitude not a number", circle(52, nan, 5), []string{"position.range circles[0].center"}},
		{"infinite", circle(inf, 13, 5), []string{"position.range circles[0].center"}},
		{"over the pole", circle(89.9, 13, 50_000), []string{"circle.wide circles[0].radius"}},
		{"over the 180th meridian", circle(52, 179.9, 50_000), []string{"circle.wide circles[0].radius"}},
		{"open", polygon(ring(52, 13, 52, 14, 53, 14, 53, 13)), []string{"ring.open polygons[0]"}},
		{"no points", geo.Area{Polygons: []geo.Ring{good, nil}}, []string{"ring.short polygons[1]"}},
		{"two points", polygon(ring(52, 13, 52, 14, 52, 13)), []string{"ring.short polygons[0]"}},
		{"two points repeated", polygon(ring(52, 13, 52, 14, 52, 14, 52, 13)), []string{"ring.short polygons[0]"}},
		{"a point out of range", polygon(ring(52, 13, 52, 214, 53, 14, 52, 13)), []string{"position.range polygons[0][1]"}},
		{"half the globe", polygon(ring(52, -170, 52, 170, 53, 0, 52, -170)), []string{"ring.wide polygons[0]"}},
		{"bow tie", polygon(ring(52, 13, 53, 14, 53, 13, 52, 14, 52, 13)), []string{"ring.crosses polygons[0][2]"}},
		{"spike", polygon(ring(52, 13, 52, 14, 53, 14, 54, 14, 53, 14, 53, 13, 52, 13)), []string{"ring.crosses polygons[0][3]"}},
		{"on one line", polygon(ring(52, 13, 52, 14, 52, 15, 52, 13)), []string{"ring.crosses polygons[0][2]"}},
		{"touches a vertex", polygon(ring(50, 10, 50, 14, 52, 12, 54, 14, 54, 10, 52, 12, 50, 10)), []string{"ring.crosses polygons[0][4]"}},
		{"touches an edge", polygon(ring(50, 10, 50, 14, 54, 14, 54, 10, 52, 14, 50, 10)), []string{"ring.crosses polygons[0][3]"}},
		{"overlaps an edge", polygon(ring(50, 10, 50, 14, 54, 14, 54, 12, 50, 12, 50, 11, 54, 11, 54, 10, 50, 10)), []string{"ring.crosses polygons[0][3]"}},
		{"points repeated one after another", polygon(ring(52, 13, 52, 13, 52, 14, 52, 14, 53, 14, 52, 13, 52, 13)), nil},
		{"a point on a straight edge", polygon(ring(52, 13, 52, 13.3, 52, 14, 53, 14, 52, 13)), nil},
		{"many points", polygon(geo.Circle{Center: geo.Point{Lat: 52, Lon: 13}, Radius: 1000}.Ring(100)), []string{"ring.many polygons[0]"}},
		{"as many as are taken", polygon(geo.Circle{Center: geo.Point{Lat: 52, Lon: 13}, Radius: 1000}.Ring(999)), []string{"ring.many polygons[0]"}},
		{"too many points", polygon(geo.Circle{Center: geo.Point{Lat: 52, Lon: 13}, Radius: 1000}.Ring(1000)), []string{"ring.large polygons[0]"}},
		{"several faults", geo.Area{ARS: []geo.ARS{"x"}, Circles: []geo.Circle{{}}, Polygons: []geo.Ring{{}}},
			[]string{"ars.invalid ars[0]", "circle.radius circles[0].radius", "ring.short polygons[0]"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, fault := range geo.ValidateArea(tc.area) {
				got = append(got, fault.Code+" "+fault.Field)
				if fault.Message == "" || fault.Remedy == "" {
					t.Errorf("a fault without words: %+v", fault)
				}
				if fault.Warning != (fault.Code == geo.CodeRingMany) {
					t.Errorf("warning %v for %s", fault.Warning, fault.Code)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func crosses(r geo.Ring) bool {
	for _, fault := range geo.ValidateArea(geo.Area{Polygons: []geo.Ring{r}}) {
		if fault.Code == geo.CodeRingCrosses {
			return true
		}
	}
	return false
}

func TestStarsDoNotCross(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if r := star(t); crosses(r) {
			t.Fatalf("%v", r)
		}
	})
}

// Points on a small grid meet in every way that rings can: in corners, along
// edges, on one line.
func TestCrossingIgnoresDirectionAndStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 9).Draw(t, "points")
		var r geo.Ring
		for range n {
			r = append(r, geo.Point{Lat: float64(rapid.IntRange(0, 4).Draw(t, "lat")) / 10, Lon: float64(rapid.IntRange(0, 4).Draw(t, "lon")) / 10})
		}
		r = append(r, r[0])
		want := crosses(r)
		turned := rotate(r, rapid.IntRange(0, n-1).Draw(t, "start"))
		if crosses(turned) != want || crosses(reverse(turned)) != want {
			t.Fatalf("%v: %v, turned %v, reversed %v", r, want, crosses(turned), crosses(reverse(turned)))
		}
	})
}

func BenchmarkValidateLargestRing(b *testing.B) {
	area := geo.Area{Polygons: []geo.Ring{geo.Circle{Center: geo.Point{Lat: 52, Lon: 13}, Radius: 10_000}.Ring(999)}}
	for b.Loop() {
		geo.ValidateArea(area)
	}
}
