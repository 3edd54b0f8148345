// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
)

// Reading is one way to read the coordinates of a file.
type Reading struct {
	// Name says which, such as "EPSG:31467" or "DHDN, not ETRS89".
	Name string `json:"name"`
	// Inhabited is the share of the points in an inhabited cell, from 0 to 1.
	Inhabited float64 `json:"inhabited"`
	// Evidence is how many standard deviations the points speak for this reading
	// and against the one used: of those that are in an inhabited cell under one
	// of the two only, (for-against)/sqrt(for+against), McNemar's test. 0 for the
	// reading used.
	Evidence float64 `json:"evidence"`
	// Shift is how far the points lie apart under the two readings, in metres:
	// the median.
	Shift float64 `json:"shift"`
}

// Misreading is what a check of positions found.
type Misreading struct {
	// Suspected says that another reading is plainly better than the one used.
	Suspected bool `json:"suspected"`
	// Used is the reading used, Others the others, the best first.
	Used   Reading   `json:"used"`
	Others []Reading `json:"others"`
	Points int       `json:"points"`
	// Borders says that the points are along borders, which shun people.
	Borders bool `json:"borders,omitempty"`
}

// How much evidence makes a suspicion: more than chance gives, for several
// readings are tried; and more for borders, whose points are not independent.
const (
	enoughForSites   = 3.5
	enoughForBorders = 6
)

// CheckPositions tells whether points that should stand among people, such as
// sirens, were read in the wrong coordinate system. used is the system that
// their file was taken to be in; 0 stands for degrees on ETRS89 or WGS 84. Tried
// are the same numbers in the other systems (with the digit of the Gauß-Krüger
// zone put before the easting or left out) and on the other datum.
//
// What it cannot do: it needs the grid of 100 m, since a datum's 100 to 240 m are
// lost in cells of 1 km, where only a wrong zone or projection shows; it needs
// points that do stand among people; and some dozens of them: of sirens placed at
// people's homes, 50 read on the wrong datum are found nearly always, 20 one time
// in five; of sirens on barns and hills more are needed. No suspicion is no proof.
func (g *Grid) CheckPositions(points []geo.Point, used projection.System) Misreading {
	return g.check(points, used, false)
}

const (
	// borderPoints is how many points of borders are looked at, at most.
	borderPoints = 40_000
	// borderShift is how far a reading may move borders, in metres: further away
	// there is another country, or no grid, where fewer people live anyway.
	borderShift = 5000
)

// CheckBorders is CheckPositions for the outlines of regions. Borders run where
// nobody lives more often than not; wrongly placed they run through houses.
//
// What it cannot do: it needs the grid of 100 m, and as many borders as a Land
// has between its Gemeinden. It finds metres that were read in another projection,
// which moves them by kilometres (Gauß-Krüger without its zone's digit read as
// UTM: 2 km). A datum's 100 to 240 m stay hidden in generalised outlines, and for
// readings that are further apart than 5 km people say nothing: compare the
// regions with known ones (geo.Regions.Misplaced).
func (g *Grid) CheckBorders(regions *geo.Regions, used projection.System) Misreading {
	length := 0.0
	edges := func(yield func(a, b geo.Point, metres float64)) {
		for _, r := range regions.All() {
			for _, polygon := range r.Outline {
				for _, ring := range polygon {
					for i := 1; i < len(ring); i++ {
						yield(ring[i-1], ring[i], ring[i-1].DistanceTo(ring[i]))
					}
				}
			}
		}
	}
	edges(func(_, _ geo.Point, metres float64) { length += metres })
	spacing := max(300, length/borderPoints)
	var points []geo.Point
	next := 0.0 // how far it is to the next point
	edges(func(a, b geo.Point, metres float64) {
		for ; next < metres; next += spacing {
			share := next / metres
			points = append(points, geo.Point{Lat: a.Lat + share*(b.Lat-a.Lat), Lon: a.Lon + share*(b.Lon-a.Lon)})
		}
		next -= metres
	})
	return g.check(points, used, true)
}

func (g *Grid) check(points []geo.Point, used projection.System, borders bool) Misreading {
	m := Misreading{Points: len(points), Used: Reading{Name: "degrees on ETRS89"}, Borders: borders}
	if used != 0 {
		m.Used.Name = used.String()
	}
	home := make([]bool, len(points))
	for i, p := range points {
		home[i] = g.inhabited(p)
	}
	m.Used.Inhabited = share(home)
	sign, enough := 1.0, enoughForSites
	if borders {
		sign, enough = -1, enoughForBorders
	}
	for _, r := range readings(used) {
		if reading, ok := g.compare(points, home, r); ok && !(borders && reading.Shift > borderShift) {
			reading.Evidence *= sign
			m.Others = append(m.Others, reading)
		}
	}
	slices.SortStableFunc(m.Others, func(a, b Reading) int { return cmp.Compare(b.Evidence, a.Evidence) })
	m.Suspected = len(m.Others) > 0 && m.Others[0].Evidence >= enough
	return m
}

// String says what was found and what to do, in one or two sentences.
func (m Misreading) String() string {
	what := "points"
	if m.Borders {
		what = "points along borders"
	}
	text := fmt.Sprintf("Read as %s, %.1f %% of %d %s are in inhabited cells; ", m.Used.Name, 100*m.Used.Inhabited, m.Points, what)
	if !m.Suspected {
		return text + "nothing speaks for another reading."
	}
	best := m.Others[0]
	return text + fmt.Sprintf("as %s, %.0f m away, it would be %.1f %%. Check the coordinate system of the file.", best.Name, best.Shift, 100*best.Inhabited)
}

func (g *Grid) inhabited(p geo.Point) bool {
	at, err := projection.LAEAEurope.Forward(p)
	if err != nil {
		return false
	}
	_, ok := g.At(at)
	return ok
}

func share(of []bool) float64 {
	n := 0
	for _, b := range of {
		if b {
			n++
		}
	}
	return float64(n) / math.Max(1, float64(len(of)))
}

// rereading gives the place of a point if its numbers had another meaning. It
// fails if they cannot have that.
type rereading struct {
	name string
	of   func(geo.Point) (geo.Point, error)
}

// readings lists what the numbers of a file could also have meant.
func readings(used projection.System) []rereading {
	onDHDN := func(p geo.Point) (geo.Point, error) { return projection.DHDN(p).ETRS89() }
	onETRS89 := func(p geo.Point) (geo.Point, error) {
		old, err := projection.ToDHDN(p)
		return geo.Point(old), err
	}
	gaussKruger := used >= projection.GaussKruger2 && used <= projection.GaussKruger5
	if gaussKruger {
		// The file's numbers are metres on DHDN if read right.
		list := []rereading{{"Gauß-Krüger metres on ETRS89, not DHDN", onETRS89}}
		return append(list, others(used)...)
	}
	return append([]rereading{{"DHDN, not ETRS89", onDHDN}}, others(used)...)
}

// others are the same metres in the other projected systems.
func others(used projection.System) []rereading {
	if used == 0 {
		return nil
	}
	var list []rereading
	for _, other := range projection.Systems() {
		if other == used {
			continue
		}
		list = append(list, rereading{other.String(), func(p geo.Point) (geo.Point, error) {
			c, err := used.Forward(p)
			if err != nil {
				return p, err
			}
			c.Easting += zoneDigit(other) - zoneDigit(used)
			return other.Inverse(c)
		}})
	}
	return list
}

// zoneDigit is the part of the easting that names the zone, in metres.
func zoneDigit(s projection.System) float64 {
	if s >= projection.GaussKruger2 && s <= projection.GaussKruger5 {
		return float64(s-projection.GaussKruger2+2) * 1e6
	}
	return 0
}

// compare weighs a reading against the one used. It is false if fewer than half
// of the points could be read so.
func (g *Grid) compare(points []geo.Point, home []bool, r rereading) (Reading, bool) {
	there := make([]bool, len(points))
	var shifts []float64
	more, fewer := 0, 0
	for i, p := range points {
		q, err := r.of(p)
		if err == nil {
			shifts = append(shifts, p.DistanceTo(q))
			there[i] = g.inhabited(q)
		}
		switch {
		case there[i] && !home[i]:
			more++
		case home[i] && !there[i]:
			fewer++
		}
	}
	if 2*len(shifts) <= len(points) {
		return Reading{}, false
	}
	slices.Sort(shifts)
	reading := Reading{Name: r.name, Inhabited: share(there), Shift: shifts[len(shifts)/2]}
	if n := more + fewer; n > 0 {
		reading.Evidence = float64(more-fewer) / math.Sqrt(float64(n))
	}
	return reading, true
}
