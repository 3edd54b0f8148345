// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package generator makes up fleets of sirens that could stand where people live,
// for the demo and for planning without a register. Nothing of them is real:
// every siren says so of itself, and whatever is reckoned with them has to.
//
// How the fleets come about: each place gets sirens in proportion to its
// residents, the first at its centre and the others spread around it as far as so
// many people live at 1,000 to the square kilometre. What stands there follows
// the makers' own figures and what the federal funding rules have paid for since
// 2021; its shares are guesses, since there is no official register.
package generator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Operator is the operator that every siren made here names.
const Operator = "generated"

// Options is a fleet to be made.
type Options struct {
	Count int
	// Within keeps to places under these keys; all places when empty.
	Within []geo.ARS
	// Seed decides on everything that is left to chance: the same seed gives the
	// same fleet.
	Seed uint64
	// Prefix begins every id, before a hyphen and a number; "gen" when empty.
	Prefix string
	// Stands reports whether a siren of a region can stand at a place, such as
	// registry.Ground.Stands; nil takes every place, the sea too.
	Stands func(geo.Point, geo.ARS) bool
	// Signals are what the sirens can give.
	Signals []string
}

// model is a kind of siren as it stands in many towns: levels at 30 m as makers
// name them, and the years in which it was put up.
type model struct {
	name        string
	share       float64 // of all sirens, of 1
	equipment   siren.Equipment
	first, last int
	heights     [2]float64 // metres above the ground
	ways        []siren.PathKind
}

var models = []model{
	{"motor E57", 0.40, siren.Equipment{Kind: "motor", Level: 101, Mount: "roof", Power: "mains"}, 1957, 1988, [2]float64{10, 20}, []siren.PathKind{siren.PathMQTT, siren.PathPOCSAG}},
	{"electronic 300 W", 0.10, siren.Equipment{Kind: "electronic", Level: 103, Cycles: 4, Mount: "roof", Power: "mains-battery"}, 2008, 2022, [2]float64{8, 16}, []siren.PathKind{siren.PathMQTT, siren.PathPOCSAG}},
	{"electronic 600 W", 0.25, siren.Equipment{Kind: "electronic", Level: 109, Cycles: 4, Mount: "roof", Power: "mains-battery"}, 2012, 2025, [2]float64{10, 20}, []siren.PathKind{siren.PathMQTT, siren.PathTETRA}},
	{"electronic 1200 W", 0.20, siren.Equipment{Kind: "electronic", Level: 115, Cycles: 5, Mount: "mast", Power: "mains-battery"}, 2018, 2025, [2]float64{12, 15}, []siren.PathKind{siren.PathMQTT, siren.PathTETRA, siren.PathPOCSAG}},
	{"electronic 600 W solar", 0.05, siren.Equipment{Kind: "electronic", Level: 109, Cycles: 8, Mount: "mast", Power: "solar"}, 2021, 2025, [2]float64{12, 15}, []siren.PathKind{siren.PathMQTT}},
}

// pick chooses a model by its share.
func pick(random *rand.Rand) model {
	chance := random.Float64()
	for _, m := range models {
		if chance < m.share {
			return m
		}
		chance -= m.share
	}
	return models[0]
}

// Generate spreads sirens over places in proportion to their residents, by the
// largest remainder method.
func Generate(places []geo.Place, o Options) []siren.Siren {
	if o.Prefix == "" {
		o.Prefix = "gen"
	}
	places = slices.DeleteFunc(slices.Clone(places), func(p geo.Place) bool {
		return p.Residents <= 0 || len(o.Within) > 0 && !slices.ContainsFunc(o.Within, func(key geo.ARS) bool { return key.Contains(p.ARS) })
	})
	shares := apportion(places, o.Count)
	random := rand.New(rand.NewPCG(o.Seed, 1))
	free := spacing{}
	var sirens []siren.Siren
	for i, place := range places {
		open := random.Float64() < 0.5 // some towns publish their sites, some keep them secret
		for k := range shares[i] {
			s := pick(random).site(random)
			s.Name, s.ARS, s.Position = place.Name, place.ARS, place.Point
			s.Signals, s.Public = slices.Clone(o.Signals), open
			free[squareOf(place.Point)] = true
			if k > 0 {
				s.Name = fmt.Sprintf("%s %d", place.Name, k+1)
				s.Position = free.find(place, random, o.Stands)
			}
			sirens = append(sirens, s)
		}
	}
	slices.SortFunc(sirens, func(a, b siren.Siren) int {
		if d := strings.Compare(string(a.ARS), string(b.ARS)); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	for i := range sirens {
		s := &sirens[i]
		s.Number = uint32(i + 1)
		s.ID = fmt.Sprintf("%s-%04d", o.Prefix, i+1)
		for j := range s.Paths {
			address(&s.Paths[j], *s)
		}
	}
	return sirens
}

// site is one siren of the model.
func (m model) site(random *rand.Rand) siren.Siren {
	s := siren.Siren{Type: m.name, Equipment: m.equipment, Generated: true}
	s.Equipment.Operator = Operator
	s.Equipment.Built = m.first + random.IntN(m.last-m.first+1)
	s.Equipment.Height = math.Round(m.heights[0] + random.Float64()*(m.heights[1]-m.heights[0]))
	for _, kind := range m.ways {
		s.Paths = append(s.Paths, siren.Path{Kind: kind})
	}
	return s
}

// address gives a way its address. The numbers are made up: they only differ
// from siren to siren, and the sirens of a Kreis share their groups.
func address(p *siren.Path, s siren.Siren) {
	var kreis uint32
	for _, digit := range s.ARS.Kreis() {
		kreis = 10*kreis + uint32(digit-'0')
	}
	switch p.Kind {
	case siren.PathTETRA:
		p.Address = fmt.Sprintf("%d", 4_000_000+s.Number)
		p.Group = fmt.Sprintf("%d/2000", 7_000_000+kreis)
	case siren.PathPOCSAG:
		p.Address = fmt.Sprintf("%07d", (1_000_000+8*s.Number)%highestRIC)
		p.Group = fmt.Sprintf("%07d", 900_000+kreis)
	}
}

// highestRIC is the highest code of POCSAG (ITU-R M.584), 21 bits.
const highestRIC = 1<<21 - 1

// peoplePerSquareMetre is how densely a small town is settled, about 1,000 per km2.
const peoplePerSquareMetre = 0.001

// spacing keeps sirens apart: it holds the squares in which one stands.
type spacing map[[2]int]bool

// spacingDegrees is the side of a square: 40 m from west to east, 70 m from south
// to north.
const spacingDegrees = 0.0006

func squareOf(p geo.Point) [2]int {
	return [2]int{int(math.Floor(p.Lat / spacingDegrees)), int(math.Floor(p.Lon / spacingDegrees))}
}

// find gives a position around a place that is free. After some tries it takes
// what it has, as a crowded town would.
func (f spacing) find(place geo.Place, random *rand.Rand, stands func(geo.Point, geo.ARS) bool) geo.Point {
	p := place.Point
	for range 50 {
		try := scatter(place, random)
		own := squareOf(try)
		taken := stands != nil && !stands(try, place.ARS)
		for north := -1; north <= 1; north++ {
			for east := -1; east <= 1; east++ {
				taken = taken || f[[2]int{own[0] + north, own[1] + east}]
			}
		}
		if p = try; !taken {
			f[own] = true
			break
		}
	}
	return p
}

func scatter(place geo.Place, random *rand.Rand) geo.Point {
	radius := math.Sqrt(float64(place.Residents)/peoplePerSquareMetre/math.Pi) * math.Sqrt(random.Float64())
	angle := random.Float64() * 2 * math.Pi
	const metresPerDegree = 111_195
	return geo.Point{
		Lat: round(place.Point.Lat + radius*math.Cos(angle)/metresPerDegree),
		Lon: round(place.Point.Lon + radius*math.Sin(angle)/metresPerDegree/math.Cos(place.Point.Lat*math.Pi/180)),
	}
}

// round keeps five decimals of a degree, about a metre.
func round(degrees float64) float64 { return math.Round(degrees*1e5) / 1e5 }

// apportion shares count among places by residents.
func apportion(places []geo.Place, count int) []int {
	total := 0
	for _, p := range places {
		total += p.Residents
	}
	shares := make([]int, len(places))
	if total == 0 {
		return shares
	}
	type remainder struct {
		place int
		rest  float64
	}
	var rests []remainder
	given := 0
	for i, p := range places {
		quota := float64(count) * float64(p.Residents) / float64(total)
		shares[i] = int(quota)
		given += shares[i]
		rests = append(rests, remainder{i, quota - math.Floor(quota)})
	}
	slices.SortStableFunc(rests, func(a, b remainder) int {
		switch {
		case a.rest > b.rest:
			return -1
		case a.rest < b.rest:
			return 1
		}
		return 0
	})
	for _, r := range rests[:min(count-given, len(rests))] {
		shares[r.place]++
	}
	return shares
}
