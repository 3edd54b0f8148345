// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population_test

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

func mustRegions(t testing.TB, list ...geo.Region) *geo.Regions {
	t.Helper()
	r, err := geo.NewRegions(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sharedRegions(t testing.TB, name string) *geo.Regions {
	t.Helper()
	f, err := os.Open("../../../shared/data/regions/" + name)
	if err != nil {
		t.Skipf("the test data %s is not here", name)
	}
	defer f.Close()
	r, _, err := geo.ImportGeoJSON(f, geo.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// box is a rectangle in EPSG:3035, as an outline in degrees.
func box(t testing.TB, west, south, east, north float64) geo.Ring {
	t.Helper()
	var ring geo.Ring
	for _, c := range []projection.Coordinate{at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)} {
		p, err := projection.LAEAEurope.Inverse(c)
		if err != nil {
			t.Fatal(err)
		}
		ring = append(ring, p)
	}
	return ring
}

func TestJoinTakesTheSmallestRegion(t *testing.T) {
	var cells []population.Cell
	for x := range 100 {
		for y := range 100 {
			cells = append(cells, population.Cell{Centre: at(4_337_050+100*float64(x), 3_000_050+100*float64(y)), People: 2})
		}
	}
	g := mustNew(t, 100, cells)
	hole := box(t, 4_341_000, 3_004_000, 4_342_000, 3_005_000)
	regions := mustRegions(t,
		geo.Region{ARS: "07", Name: "Land", Outline: geo.MultiPolygon{{box(t, 4_337_000, 3_000_000, 4_345_000, 3_010_000), hole}}},
		geo.Region{ARS: "07131", Name: "Kreis", Outline: geo.MultiPolygon{{box(t, 4_338_020, 3_001_020, 4_339_020, 3_002_020)}, {box(t, 4_343_980, 3_008_980, 4_344_980, 3_009_980)}}},
		geo.Region{ARS: "08", Name: "without outline"},
	)
	j := g.Join(regions)
	// The second part of the Kreis reaches no further than the Land does.
	want := []int{8*10*100 - 100 - 200, 200, 0}
	for i, region := range regions.All() {
		if j.Cells[i] != want[i] || j.People[i] != 2*int64(want[i]) {
			t.Errorf("%s: %d cells, %d people, not %d cells", region.Name, j.Cells[i], j.People[i], want[i])
		}
	}
	if j.OutsideCells != 2*10*100+100 || j.OutsidePeople != 2*int64(j.OutsideCells) {
		t.Errorf("outside: %d cells, %d people", j.OutsideCells, j.OutsidePeople)
	}
	inside := 0
	g.Inside(regions.All()[1].Outline, func(int) { inside++ })
	if inside != 200 {
		t.Errorf("%d cells inside the Kreis", inside)
	}
}

// Regions.At looks at every point on its own, in degrees: another way to the same answer.
func TestJoinAgreesWithLookingUpEachCell(t *testing.T) {
	for _, name := range []string{"vg5000_gemeinden.geojson.gz", "vg5000_kreise.geojson.gz", "vg5000_laender.geojson.gz"} {
		t.Run(name, func(t *testing.T) {
			regions := sharedRegions(t, name)
			g := shared(t, "zensus2011_1km.csv.gz")
			all := regions.All()
			j := g.Join(regions)
			different, checked := 0, 0
			for i := 0; i < g.Len(); i += 23 {
				c := g.Cell(i)
				want := geo.ARS("")
				if r, ok := regions.At(c.Point()); ok {
					want = r.ARS
				}
				got := geo.ARS("")
				if j.Region[i] != population.Nowhere {
					got = all[j.Region[i]].ARS
				}
				checked++
				if got != want {
					different++
				}
			}
			// Within a few centimetres of a border the two may differ.
			if different > checked/1000 {
				t.Errorf("%d of %d cells differ", different, checked)
			}
			if share := float64(j.OutsidePeople) / float64(g.Residents()); share > 0.01 {
				t.Errorf("%.2f %% of people are in no region", 100*share)
			}
		})
	}
}

// sirens stands some at the homes of people, who draw the lots.
func sirens(g *population.Grid, count int, seed uint64) []geo.Point {
	random := rand.New(rand.NewPCG(seed, 7))
	var points []geo.Point
	for len(points) < count {
		i := random.IntN(g.Len())
		if random.IntN(200) > g.People(i) {
			continue
		}
		c := g.Cell(i).Centre
		p, err := projection.LAEAEurope.Inverse(at(c.Easting+100*(random.Float64()-0.5), c.Northing+100*(random.Float64()-0.5)))
		if err == nil {
			points = append(points, p)
		}
	}
	return points
}

func TestPositionsOnTheWrongDatumAreFound(t *testing.T) {
	g := shared(t, "brandenburg_100m.csv.gz")
	for name, c := range map[string]struct {
		used  projection.System
		wrong func(p geo.Point) (geo.Point, error)
		best  string
	}{
		"DHDN degrees read as ETRS89": {0, func(p geo.Point) (geo.Point, error) {
			old, err := projection.ToDHDN(p)
			return geo.Point(old), err
		}, "DHDN, not ETRS89"},
		"ETRS89 metres read as Gauß-Krüger on DHDN": {projection.GaussKruger4, func(p geo.Point) (geo.Point, error) {
			return projection.DHDN(p).ETRS89()
		}, "Gauß-Krüger metres on ETRS89, not DHDN"},
		"Gauß-Krüger 5 read as UTM 33": {projection.UTM33, func(p geo.Point) (geo.Point, error) {
			c, err := projection.GaussKruger5.Forward(p)
			if err != nil {
				return p, err
			}
			c.Easting -= 5_000_000
			return projection.UTM33.Inverse(c)
		}, "EPSG:31469"},
		"UTM 33 read as UTM 32": {projection.UTM32, func(p geo.Point) (geo.Point, error) {
			c, err := projection.UTM33.Forward(p)
			if err != nil {
				return p, err
			}
			return projection.UTM32.Inverse(c)
		}, "EPSG:25833"},
	} {
		t.Run(name, func(t *testing.T) {
			found := map[int]int{}
			for _, count := range []int{20, 50, 200} {
				for seed := range uint64(20) {
					right := sirens(g, count, seed)
					if m := g.CheckPositions(right, c.used); m.Suspected {
						t.Fatalf("%d right points are suspected: %s", count, m)
					}
					read := make([]geo.Point, len(right))
					for i, p := range right {
						q, err := c.wrong(p)
						if err != nil {
							t.Fatal(err)
						}
						read[i] = q
					}
					m := g.CheckPositions(read, c.used)
					if m.Suspected && m.Others[0].Name == c.best {
						found[count]++
					} else if count == 200 {
						t.Errorf("seed %d: %s %+v", seed, m, m)
					}
				}
			}
			t.Logf("found of 20 fleets: %v", found)
			if found[50] < 18 {
				t.Errorf("of 20 fleets of 50 sirens, %d were found", found[50])
			}
		})
	}
	if m := g.CheckPositions(nil, 0); m.Suspected || math.IsNaN(m.Used.Inhabited) {
		t.Errorf("no points: %+v", m)
	}
}

func TestBordersInTheWrongProjectionAreFound(t *testing.T) {
	g := shared(t, "brandenburg_100m.csv.gz")
	all := sharedRegions(t, "vg5000_gemeinden.geojson.gz")
	brandenburg := mustRegions(t, all.Under("12", geo.LevelNone)...)
	if m := g.CheckBorders(brandenburg, 0); m.Suspected || m.Points < 1000 {
		t.Errorf("right borders are suspected: %s %+v", m, m)
	}
	if m := g.CheckBorders(brandenburg, projection.UTM33); m.Suspected {
		t.Errorf("right borders are suspected: %s %+v", m, m)
	}
	for name, c := range map[string]struct {
		used  projection.System
		wrong func(p geo.Point) (geo.Point, error)
		best  string
	}{
		"Gauß-Krüger 5 read as UTM 33": {projection.UTM33, func(p geo.Point) (geo.Point, error) {
			c, err := projection.GaussKruger5.Forward(p)
			if err != nil {
				return p, err
			}
			c.Easting -= 5_000_000
			return projection.UTM33.Inverse(c)
		}, "EPSG:31469"},
		"UTM 33 read as Gauß-Krüger 5": {projection.GaussKruger5, func(p geo.Point) (geo.Point, error) {
			c, err := projection.UTM33.Forward(p)
			if err != nil {
				return p, err
			}
			c.Easting += 5_000_000
			return projection.GaussKruger5.Inverse(c)
		}, "EPSG:25833"},
	} {
		t.Run(name, func(t *testing.T) {
			var moved []geo.Region
			for _, r := range brandenburg.All() {
				var outline geo.MultiPolygon
				for _, polygon := range r.Outline {
					var rings geo.Polygon
					for _, ring := range polygon {
						var points geo.Ring
						for _, p := range ring {
							q, err := c.wrong(p)
							if err != nil {
								t.Fatal(err)
							}
							points = append(points, q)
						}
						rings = append(rings, points)
					}
					outline = append(outline, rings)
				}
				r.Outline = outline
				moved = append(moved, r)
			}
			m := g.CheckBorders(mustRegions(t, moved...), c.used)
			if !m.Suspected || m.Others[0].Name != c.best {
				t.Errorf("not found: %+v", m)
			}
		})
	}
}
