// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func TestDistance(t *testing.T) {
	// Great circle distances on the sphere of 6,371,008.8 m, worked out by hand.
	for _, tc := range []struct {
		name string
		a, b geo.Point
		want float64
	}{
		{"one degree north", geo.Point{Lat: 52, Lon: 13}, geo.Point{Lat: 53, Lon: 13}, 111195.08},
		{"quarter of the equator", geo.Point{}, geo.Point{Lon: 90}, 6371008.8 * math.Pi / 2},
		{"pole to pole", geo.Point{Lat: 90}, geo.Point{Lat: -90, Lon: 77}, 6371008.8 * math.Pi},
		{"nowhere", geo.Point{Lat: 52.4, Lon: 13.06}, geo.Point{Lat: 52.4, Lon: 13.06}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.a.DistanceTo(tc.b); !near(got, tc.want, 0.5) {
				t.Errorf("%.2f m, want %.2f", got, tc.want)
			}
		})
	}
}

func TestBorderDistance(t *testing.T) {
	square := geo.MultiPolygon{{{{Lat: 52, Lon: 13}, {Lat: 52, Lon: 14}, {Lat: 53, Lon: 14}, {Lat: 53, Lon: 13}, {Lat: 52, Lon: 13}}}}
	for _, tc := range []struct {
		name      string
		p         geo.Point
		want, off float64
	}{
		{"south of the edge", geo.Point{Lat: 51.9, Lon: 13.5}, 11119.5, 15},
		{"inside near the south edge", geo.Point{Lat: 52.01, Lon: 13.5}, 1112, 3},
		{"on a corner", geo.Point{Lat: 52, Lon: 13}, 0, 1e-6},
		{"west of the edge", geo.Point{Lat: 52.5, Lon: 12.9}, 111195.08 * 0.1 * math.Cos(52.5*math.Pi/180), 10},
		{"far from a corner", geo.Point{Lat: 50, Lon: 11}, geo.Point{Lat: 50, Lon: 11}.DistanceTo(geo.Point{Lat: 52, Lon: 13}), 300},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := square.BorderDistance(tc.p); !near(got, tc.want, tc.off) {
				t.Errorf("%.1f m, want %.1f ± %g", got, tc.want, tc.off)
			}
		})
	}
	if got := (geo.MultiPolygon{}).BorderDistance(geo.Point{}); !math.IsInf(got, 1) {
		t.Errorf("no border at %v m", got)
	}
}

func TestPolygonContains(t *testing.T) {
	square := func(from, to float64) geo.Ring {
		return geo.Ring{{Lat: from, Lon: from}, {Lat: from, Lon: to}, {Lat: to, Lon: to}, {Lat: to, Lon: from}, {Lat: from, Lon: from}}
	}
	shape := geo.MultiPolygon{{square(0, 10), square(4, 6)}, {square(20, 21)}}
	for _, tc := range []struct {
		name string
		p    geo.Point
		want bool
	}{
		{"inside", geo.Point{Lat: 2, Lon: 2}, true},
		{"in the hole", geo.Point{Lat: 5, Lon: 5}, false},
		{"beyond the hole", geo.Point{Lat: 5, Lon: 8}, true},
		{"second polygon", geo.Point{Lat: 20.5, Lon: 20.5}, true},
		{"between", geo.Point{Lat: 15, Lon: 15}, false},
		{"level with corners", geo.Point{Lat: 10, Lon: -1}, false},
		{"level with the hole's corner", geo.Point{Lat: 4, Lon: 2}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := shape.Contains(tc.p); got != tc.want {
				t.Errorf("%v", got)
			}
		})
	}
	// A square between meridians and parallels has R²·Δλ·(sin φ2 - sin φ1).
	surface := func(from, to float64) float64 {
		const rad = math.Pi / 180
		return 6371.0088 * 6371.0088 * (to - from) * rad * (math.Sin(to*rad) - math.Sin(from*rad))
	}
	want := surface(0, 10) - surface(4, 6) + surface(20, 21)
	if got := shape.AreaKm2(); !near(got, want, 1e-6*want) {
		t.Errorf("%.1f km², want %.1f", got, want)
	}
}

// germanPoint draws points in and around Germany.
func germanPoint(t *rapid.T) geo.Point {
	return geo.Point{
		Lat: rapid.Float64Range(47, 55).Draw(t, "lat"),
		Lon: rapid.Float64Range(6, 15).Draw(t, "lon"),
	}
}

func TestCircleAgreesWithItsRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := geo.Circle{Center: germanPoint(t), Radius: rapid.Float64Range(10, 100_000).Draw(t, "radius")}
		ring := c.Ring(360)
		if faults := geo.ValidateArea(geo.Area{Circles: []geo.Circle{c}, Polygons: []geo.Ring{ring}}); len(faults) != 1 || !faults[0].Warning {
			t.Fatalf("faults %v", faults)
		}
		for _, p := range ring {
			if d := c.Center.DistanceTo(p); !near(d, c.Radius, 0.01) {
				t.Fatalf("a point of the ring is %v m away", d)
			}
		}
		span := c.Box()
		p := geo.Point{
			Lat: rapid.Float64Range(span.South, span.North).Draw(t, "p.lat"),
			Lon: rapid.Float64Range(span.West, span.East).Draw(t, "p.lon"),
		}
		// Edges straight in degrees bow away from the circle by up to 0.3 % at 100 km.
		margin := 0.004 * c.Radius
		if d := c.Center.DistanceTo(p); math.Abs(d-c.Radius) > margin && ring.Contains(p) != c.Contains(p) {
			t.Fatalf("%v at %v of %v m: ring %v, circle %v", p, d, c.Radius, ring.Contains(p), c.Contains(p))
		}
		if !near(ring.AreaKm2(), c.AreaKm2(), 0.005*c.AreaKm2()) {
			t.Fatalf("ring %v km², circle %v km²", ring.AreaKm2(), c.AreaKm2())
		}
	})
}

func TestRingAreaIgnoresDirectionAndStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := star(t)
		area := ring.AreaKm2()
		turned := rotate(ring, rapid.IntRange(0, len(ring)-2).Draw(t, "start"))
		back := reverse(turned)
		if !near(turned.AreaKm2(), area, 1e-9*area+1e-9) || !near(back.AreaKm2(), area, 1e-9*area+1e-9) {
			t.Fatalf("%v, turned %v, reversed %v km²", area, turned.AreaKm2(), back.AreaKm2())
		}
	})
}

// star draws a ring that runs once round a centre, so never crosses itself.
func star(t *rapid.T) geo.Ring {
	center := germanPoint(t)
	n := rapid.IntRange(3, 40).Draw(t, "points")
	var ring geo.Ring
	for i := range n {
		radius := rapid.Float64Range(0.01, 0.5).Draw(t, "reach")
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring = append(ring, geo.Point{Lat: center.Lat + radius*sin, Lon: center.Lon + radius*cos})
	}
	return append(ring, ring[0])
}

func rotate(r geo.Ring, start int) geo.Ring {
	open := r[:len(r)-1]
	out := append(append(geo.Ring{}, open[start:]...), open[:start]...)
	return append(out, out[0])
}

func reverse(r geo.Ring) geo.Ring {
	out := make(geo.Ring, 0, len(r))
	for i := len(r) - 1; i >= 0; i-- {
		out = append(out, r[i])
	}
	return out
}

func TestSimplifyStaysNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := geo.Circle{Center: germanPoint(t), Radius: rapid.Float64Range(1000, 50_000).Draw(t, "radius")}
		ring := c.Ring(500)
		tolerance := rapid.Float64Range(1, 500).Draw(t, "tolerance")
		simple := geo.MultiPolygon{{ring}}.Simplify(tolerance)
		if len(simple[0][0]) >= len(ring) && tolerance > c.Radius/1000 {
			t.Fatalf("still %d points", len(ring))
		}
		for _, p := range ring {
			if d := simple.BorderDistance(p); d > tolerance*1.02 {
				t.Fatalf("moved by %v m, more than %v", d, tolerance)
			}
		}
	})
}
