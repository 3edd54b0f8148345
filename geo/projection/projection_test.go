// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

func drawPoint(t *rapid.T, box geo.Box) geo.Point {
	return geo.Point{
		Lat: rapid.Float64Range(box.South, box.North).Draw(t, "latitude"),
		Lon: rapid.Float64Range(box.West, box.East).Draw(t, "longitude"),
	}
}

func near(p, q geo.Point) bool {
	return math.Abs(p.Lat-q.Lat) <= 1e-9 && math.Abs(p.Lon-q.Lon) <= 1e-9
}

func TestThereAndBack(t *testing.T) {
	for _, system := range Systems() {
		t.Run(system.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := drawPoint(t, system.Area())
				c, err := system.Forward(p)
				if err != nil {
					t.Fatal(err)
				}
				back, err := system.Inverse(c)
				if err != nil || !near(p, back) {
					t.Fatalf("%v became %v and came back as %v, %v", p, c, back, err)
				}
			})
		})
	}
	t.Run("DHDN", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			p := drawPoint(t, germany)
			old, err := ToDHDN(p)
			if err != nil {
				t.Fatal(err)
			}
			back, err := old.ETRS89()
			if err != nil || !near(p, back) {
				t.Fatalf("%v became %v and came back as %v, %v", p, old, back, err)
			}
		})
	})
}

// TestOneZoneHoldsGermany: the outermost points of the country are in the area
// of every system that data of all Germany come in.
func TestOneZoneHoldsGermany(t *testing.T) {
	corners := []geo.Point{{Lat: 51.0511, Lon: 5.8663}, {Lat: 51.2729, Lon: 15.0419}, {Lat: 55.0584, Lon: 8.4177}, {Lat: 47.2701, Lon: 10.1783}}
	for _, system := range []System{LAEAEurope, UTM32, UTM33, GaussKruger3, GaussKruger4} {
		for _, p := range corners {
			if _, err := system.Forward(p); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestGaussKrugerEastingNamesItsZone(t *testing.T) {
	for i, system := range []System{GaussKruger2, GaussKruger3, GaussKruger4, GaussKruger5} {
		area := system.Area()
		for _, lat := range []float64{area.South, area.North} {
			for _, lon := range []float64{area.West, area.East} {
				c, err := system.Forward(geo.Point{Lat: lat, Lon: lon})
				if err != nil || int(c.Easting/1e6) != i+2 {
					t.Errorf("%v: easting %.0f at %g, %g, error %v", system, c.Easting, lat, lon, err)
				}
			}
		}
	}
}

func TestForwardRefuses(t *testing.T) {
	points := map[string]geo.Point{
		"not a number":     {Lat: math.NaN(), Lon: 9},
		"infinite":         {Lat: 50, Lon: math.Inf(1)},
		"order turned":     {Lat: 9, Lon: 50},
		"the other side":   {Lat: -50, Lon: -171},
		"degrees as turns": {Lat: 50, Lon: 369},
		"metres":           {Lat: 5600236, Lon: 365123},
	}
	for _, system := range Systems() {
		for name, p := range points {
			c, err := system.Forward(p)
			var outside *OutsideError
			if !errors.As(err, &outside) || outside.System != system.String() || c != (Coordinate{}) {
				t.Errorf("%v, %s: %v, %v", system, name, c, err)
			}
		}
	}
	for name, p := range points {
		if _, err := ToDHDN(p); err == nil {
			t.Errorf("ToDHDN takes %s", name)
		}
		if _, err := DHDN(p).ETRS89(); err == nil {
			t.Errorf("ETRS89 takes %s", name)
		}
		if _, err := ToUTMREF(p, 1); err == nil {
			t.Errorf("ToUTMREF takes %s", name)
		}
	}
}

func TestInverseRefuses(t *testing.T) {
	coordinates := map[string]Coordinate{
		"not a number":   {math.NaN(), 5.6e6},
		"infinite":       {500000, math.Inf(-1)},
		"huge":           {1e300, 1e300},
		"round the pole": {500000, 14.4e6},
		"degrees":        {9, 50},
	}
	for _, system := range Systems() {
		for name, c := range coordinates {
			if p, err := system.Inverse(c); err == nil || p != (geo.Point{}) {
				t.Errorf("%v, %s: %v, %v", system, name, p, err)
			}
		}
	}
	// Another zone's easting is refused, not taken for a place in the Atlantic.
	if p, err := GaussKruger2.Inverse(Coordinate{3500000, 5600000}); err == nil {
		t.Errorf("zone 2 takes an easting of zone 3: %v", p)
	}
	// Northing first is refused.
	if p, err := UTM32.Inverse(Coordinate{5600236, 365123}); err == nil {
		t.Errorf("UTM takes northing first: %v", p)
	}
}

func TestUnknownSystem(t *testing.T) {
	const webMercator System = 3857
	var unknown *UnknownError
	if _, err := webMercator.Forward(geo.Point{Lat: 50, Lon: 9}); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "EPSG:25832") {
		t.Error(err)
	}
	if _, err := webMercator.Inverse(Coordinate{}); !errors.As(err, &unknown) {
		t.Error(err)
	}
	if webMercator.Name() != "" || webMercator.Area() != (geo.Box{}) || UTM32.Name() != "ETRS89 / UTM zone 32N" {
		t.Error("names or areas are wrong")
	}
}

func FuzzInverse(f *testing.F) {
	f.Add(500000.0, 5600000.0)
	f.Add(-3e7, 2e7)
	f.Add(math.Inf(1), math.NaN())
	f.Fuzz(func(t *testing.T, easting, northing float64) {
		for _, system := range Systems() {
			c := Coordinate{easting, northing}
			p, err := system.Inverse(c)
			if err != nil {
				continue
			}
			again, err := system.Forward(geo.Point{
				Lat: min(max(p.Lat, system.Area().South), system.Area().North),
				Lon: min(max(p.Lon, system.Area().West), system.Area().East),
			})
			if err != nil || math.Hypot(again.Easting-easting, again.Northing-northing) > 1e-3 {
				t.Fatalf("%v: %v became %v and %v, %v", system, c, p, again, err)
			}
		}
	})
}
