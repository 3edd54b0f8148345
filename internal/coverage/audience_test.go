// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// valley is a made-up square of 10 km with two regions, people in 1,000 cells, and a
// fleet.
type valley struct {
	grid      *population.Grid
	gazetteer *geo.Gazetteer
	fleet     []siren.Siren
}

// at is a position so many metres east and north of the valley's corner.
func at(x, y float64) geo.Point {
	p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: 4_530_000 + x, Northing: 3_260_000 + y})
	if err != nil {
		panic(err)
	}
	return p
}

func box(west, south, east, north float64) geo.Ring {
	return geo.Ring{at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)}
}

func newValley(t *testing.T) valley {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 5))
	taken := map[projection.Coordinate]bool{}
	var cells []population.Cell
	for len(cells) < 1000 {
		at := projection.Coordinate{Easting: 4_530_050 + 100*float64(random.IntN(100)), Northing: 3_260_050 + 100*float64(random.IntN(100))}
		if !taken[at] {
			taken[at] = true
			cells = append(cells, population.Cell{Centre: at, People: 1 + random.IntN(90)})
		}
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	regions, err := geo.NewRegions([]geo.Region{
		{ARS: "120690001001", Name: "Westdorf", Outline: geo.MultiPolygon{{box(0, 0, 5000, 10_000)}}},
		{ARS: "120690001002", Name: "Ostdorf", Outline: geo.MultiPolygon{{box(5000, 0, 10_000, 10_000)}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := valley{grid: grid, gazetteer: geo.NewGazetteer(regions, []geo.Place{
		{Name: "Süd", ARS: "120690001001", Point: at(5000, 2000)}, {Name: "Nord", ARS: "120690001001", Point: at(5000, 8000)},
	})}
	for i := range 40 {
		v.fleet = append(v.fleet, siren.Siren{ID: fmt.Sprint(i), Position: at(10_000*random.Float64(), 10_000*random.Float64()), Equipment: siren.Equipment{Level: 101 + float64(random.IntN(15)), Height: float64(5 * random.IntN(5))}})
	}
	return v
}

func (v valley) audience(t interface{ Fatal(...any) }, assumptions earshot.Assumptions, level float64) *Audience {
	a, err := NewAudience(AudienceOptions{Grid: v.grid, Gazetteer: v.gazetteer, Assumptions: assumptions, Level: level})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sources is the sirens for the planner's map.
func sources(t interface{ Fatal(...any) }, fleet []siren.Siren) []earshot.Source {
	var list []earshot.Source
	for _, s := range fleet {
		at, err := projection.LAEAEurope.Forward(s.Position)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, earshot.Source{ID: s.ID, Position: at, Rating: s.Equipment.Level, Height: s.Equipment.Height})
	}
	return list
}

// TestLiveReachIsThatOfTheMap begins and ends sirens in any order, in areas of any
// kind and by both models: at every moment the people reached are, to the person,
// those that the planner's map of the same sirens gives in the same area, and the
// places, the stops and the numbers agree.
func TestLiveReachIsThatOfTheMap(t *testing.T) {
	v := newValley(t)
	rapid.Check(t, func(t *rapid.T) {
		assumptions := rapid.SampledFrom([]earshot.Assumptions{{}, {PerDoubling: 8}, {Model: earshot.ISO9613}}).Draw(t, "model")
		level := rapid.SampledFrom([]float64{65, 70, 75}).Draw(t, "level")
		metres := rapid.Float64Range(-1000, 11_000)
		area := geo.Area{ARS: rapid.SliceOfNDistinct(rapid.SampledFrom([]geo.ARS{"120690001001", "120690001002"}), 0, 2, rapid.ID).Draw(t, "regions")}
		for range rapid.IntRange(0, 2).Draw(t, "circles") {
			area.Circles = append(area.Circles, geo.Circle{Center: at(metres.Draw(t, "x"), metres.Draw(t, "y")), Radius: rapid.Float64Range(100, 4000).Draw(t, "radius")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "boxes") {
			// Along the cells' own edges, for no middle is to lie on an edge.
			edge := func(name string, low, high int) float64 {
				return 100 * float64(rapid.IntRange(low, high).Draw(t, name))
			}
			x, y := edge("x", -10, 110), edge("y", -10, 110)
			area.Polygons = append(area.Polygons, box(x, y, x+edge("width", 1, 50), y+edge("height", 1, 50)))
		}
		audience := v.audience(t, assumptions, level)
		// A registry that changes on the way keeps what it had reckoned.
		if _, err := audience.Listen(geo.Area{ARS: []geo.ARS{"120690001001"}}, v.fleet[20:]); err != nil {
			t.Fatal(err)
		}
		listeners, err := audience.Listen(area, v.fleet)
		if err != nil {
			t.Fatal(err)
		}
		var inside []int
		for i, cell := range v.grid.All() {
			p := cell.Point()
			region, _ := v.gazetteer.Regions().At(p)
			if v.gazetteer.Regions().Covers(area, p, region.ARS) {
				inside = append(inside, i)
			}
		}
		if listeners == nil {
			if len(inside) > 0 {
				t.Fatalf("nobody lives in %d cells", len(inside))
			}
			return
		}
		on := map[int]bool{}
		for range rapid.IntRange(1, 4).Draw(t, "looks") {
			for range rapid.IntRange(0, 40).Draw(t, "changes") {
				i := rapid.IntRange(0, len(v.fleet)-1).Draw(t, "siren")
				on[i] = rapid.Bool().Draw(t, "sounds")
				listeners.Set(v.fleet[i].ID, on[i])
			}
			var sounding []siren.Siren
			for i, s := range v.fleet {
				if on[i] {
					sounding = append(sounding, s)
				}
			}
			m, err := earshot.Compute(context.Background(), v.grid, sources(t, sounding), earshot.Options{Assumptions: assumptions, Level: level})
			if err != nil {
				t.Fatal(err)
			}
			want := Numbers{Sirens: len(sounding)}
			for _, i := range inside {
				want.People += int64(v.grid.People(i))
				if m.Heard[i] > 0 {
					want.Reached += int64(v.grid.People(i))
				}
			}
			got := listeners.Hearing()
			if diff := cmp.Diff(want, got.Numbers); diff != "" {
				t.Fatal(diff)
			}
			byPlace := map[string]int64{}
			for _, stop := range got.Stops {
				byPlace[stop.Name] += stop.People
			}
			for _, place := range got.Missed {
				if byPlace[place.Name] != place.People {
					t.Fatalf("%d people in %s, and %d at its stops", place.People, place.Name, byPlace[place.Name])
				}
			}
			if len(byPlace) != got.MissedCount || got.Others(len(got.Missed)) != 0 || got.Others(0) != want.People-want.Reached {
				t.Fatalf("%d places, %d listed; %d people elsewhere", len(byPlace), got.MissedCount, got.Others(len(got.Missed)))
			}
		}
	})
}

// TestBereft holds the people left without a siren against two maps: of the whole
// fleet and of those that are ready.
func TestBereft(t *testing.T) {
	v := newValley(t)
	audience := v.audience(t, earshot.Assumptions{}, 0)
	bereft, err := audience.Bereft(v.fleet)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := earshot.Compute(context.Background(), v.grid, sources(t, v.fleet), earshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bereft.People(), whole.Total().Covered; got != want {
		t.Errorf("with none ready %d, want %d", got, want)
	}
	for _, s := range v.fleet {
		bereft.Set(s.ID, true)
	}
	if got := bereft.People(); got != 0 {
		t.Errorf("with all ready %d", got)
	}
	for _, s := range v.fleet[15:] {
		bereft.Set(s.ID, false)
	}
	ready, err := earshot.Compute(context.Background(), v.grid, sources(t, v.fleet[:15]), earshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bereft.People(), whole.Total().Covered-ready.Total().Covered; got != want || want == 0 {
		t.Errorf("with some ready %d, want %d", got, want)
	}
}

// TestPlacesAreNamed names what is not reached by the nearest place, and counts a
// region without an outline by its places.
func TestPlacesAreNamed(t *testing.T) {
	v := newValley(t)
	audience := v.audience(t, earshot.Assumptions{}, 0)
	listeners, err := audience.Listen(geo.Area{ARS: []geo.ARS{"120690001001", "120690001002"}}, v.fleet)
	if err != nil {
		t.Fatal(err)
	}
	hearing := listeners.Hearing()
	var south int64
	for _, cell := range v.grid.All() {
		if cell.Centre.Northing < 3_265_000 {
			south += int64(cell.People)
		}
	}
	want := map[string]int64{"Süd": south, "Nord": v.grid.Residents() - south}
	got := map[string]int64{}
	for _, m := range hearing.Missed {
		got[m.Name] = m.People
		if m.UTMREF == "" || m.Region == "" || m.Position == (geo.Point{}) {
			t.Errorf("%+v", m)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if hearing.Roughly != nil || len(hearing.Stops) != 100 {
		t.Errorf("%v, %d stops", hearing.Roughly, len(hearing.Stops))
	}
	for _, stop := range hearing.Stops {
		surface := 0.0
		for _, ring := range stop.Shape {
			surface += 100 * ring.AreaKm2()
		}
		if math.Abs(surface-float64(stop.Hectares)) > 0.01*surface || stop.Hectares > 100 || !slices.ContainsFunc(stop.Shape, func(r geo.Ring) bool { return r.Box().Contains(stop.Position) }) {
			t.Errorf("%g hectares are drawn: %+v", surface, stop)
		}
	}
	regions, err := geo.NewRegions([]geo.Region{{ARS: "12070", Name: "Kreis"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.gazetteer = geo.NewGazetteer(regions, []geo.Place{{Name: "Süd", ARS: "12071", Point: at(5000, 2000)}, {Name: "Nord", ARS: "12070", Point: at(5000, 8000)}})
	audience = v.audience(t, earshot.Assumptions{}, 0)
	without, err := audience.Listen(geo.Area{ARS: []geo.ARS{"12070"}}, v.fleet)
	if err != nil || without == nil {
		t.Fatalf("a region without an outline: %v", err)
	}
	if h := without.Hearing(); h.People != want["Nord"] || !slices.Equal(h.Roughly, []geo.ARS{"12070"}) {
		t.Errorf("%d people in %v, want %d", h.People, h.Roughly, want["Nord"])
	}
	for name, area := range map[string]geo.Area{
		"a region of which nothing is known": {ARS: []geo.ARS{"13"}},
		"a circle where nobody lives":        {Circles: []geo.Circle{{Center: at(-5000, -5000), Radius: 1000}}},
	} {
		if none, err := audience.Listen(area, v.fleet); none != nil || err != nil {
			t.Errorf("%s: %v, %v", name, none, err)
		}
	}
	if _, err := NewAudience(AudienceOptions{Grid: v.grid, Gazetteer: v.gazetteer, Level: 500}); err == nil {
		t.Error("a level of 500 dB(A): no error")
	}
}
