// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// placeSirens spreads sirens over places in proportion to their residents (the
// largest remainder method), and within a place around its centre as far as so
// many people live. The same seed gives the same fleet.
func placeSirens(places []geo.Place, count int, seed uint64) []siren.Siren {
	places = slices.DeleteFunc(slices.Clone(places), func(p geo.Place) bool { return p.Residents <= 0 })
	shares := apportion(places, count)
	random := rand.New(rand.NewPCG(seed, 1))
	var sirens []siren.Siren
	for i, place := range places {
		for k := range shares[i] {
			model := models[random.IntN(len(models))]
			s := siren.Siren{
				Name: place.Name, ARS: place.ARS, Position: place.Point,
				Signals: siren.GermanSignals().Names(), Type: model.name, Equipment: model.Equipment,
			}
			s.Equipment.Built += random.IntN(18)
			if k > 0 {
				s.Name = fmt.Sprintf("%s %d", place.Name, k+1)
				s.Position = scatter(place, random)
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
		sirens[i].Number = uint32(i + 1)
		sirens[i].ID = fmt.Sprintf("bb-%04d", i+1)
	}
	return sirens
}

// models are kinds of sirens as they stand in many towns. Built is the year of the
// oldest; placeSirens makes others up to 17 years younger.
var models = []struct {
	name string
	siren.Equipment
}{
	{"electronic 600 W", siren.Equipment{Kind: "electronic", Level: 101, Cycles: 4, Mount: "roof", Height: 12, Power: "mains-battery", Built: 2008}},
	{"electronic 1200 W", siren.Equipment{Kind: "electronic", Level: 107, Cycles: 4, Mount: "mast", Height: 15, Power: "solar", Built: 2008}},
	{"motor E57", siren.Equipment{Kind: "motor", Level: 100, Mount: "roof", Height: 14, Power: "mains", Built: 1961}},
}

// peoplePerSquareMetre is how densely a small town is settled, about 1,000 per km2.
const peoplePerSquareMetre = 0.001

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
