// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSettle(t *testing.T) {
	for _, tc := range []struct {
		name    string
		members []*place
		center  string
		people  []int
	}{
		{"city with districts", []*place{{name: "City", feature: "PPLA3", population: 100}, {name: "North", feature: "PPLX", population: 30}, {name: "South", feature: "PPLX", population: 20}},
			"City", []int{50, 30, 20}},
		{"districts claim twice the city", []*place{{name: "North", feature: "PPLX", population: 90}, {name: "City", feature: "PPLC", population: 100}, {name: "South", feature: "PPLX", population: 90}},
			"City", []int{50, 0, 50}},
		{"a district with the number of the city", []*place{{name: "City", feature: "PPL", population: 100}, {name: "North", feature: "PPLX", population: 100}},
			"City", []int{100, 0}},
		{"villages beside the seat keep theirs", []*place{{name: "Large village", feature: "PPL", population: 70}, {name: "Seat", feature: "PPLA4", population: 50}},
			"Seat", []int{70, 50}},
		{"only a district", []*place{{name: "North", feature: "PPLX", population: 7}}, "", []int{7}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, p := range tc.members {
				p.people = p.population
			}
			name := ""
			if center := settle(tc.members); center != nil {
				name = center.name
			}
			var people []int
			for _, p := range tc.members {
				people = append(people, p.people)
			}
			if name != tc.center || !slices.Equal(people, tc.people) {
				t.Errorf("centre %q, people %v; want %q, %v", name, people, tc.center, tc.people)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	row := func(name, feature, country, kreis, ags, population string) string {
		f := make([]string, columnCount)
		f[columnName], f[columnLat], f[columnLon], f[columnFeature], f[columnCountry] = name, "48.1", "11.5", feature, country
		f[columnKreis], f[columnGemeinde], f[columnPopulation] = kreis, ags, population
		return strings.Join(f, "\t") + "\n"
	}
	table := row("Munich", "PPLA", "DE", "09162", "09162000", "1000") + row("Schwabing", "PPLX", "DE", "09162", "09162000", "300") +
		row("Salzburg", "PPLA", "AT", "501", "50101", "5") + row("Gone", "PPLQ", "DE", "09162", "09162000", "5") +
		row("Nowhere", "PPLX", "DE", "", "", "9")
	got, err := places(map[string][]byte{"cities500.txt": []byte(table)}, []byte("ars;name;kind;population\n09162;München;Kreisfreie Stadt;1471508\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "München\t09162\t48.1\t11.5\t1000\t700\t0\nSchwabing\t09162\t48.1\t11.5\t300\t300\t1\n"; string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := places(map[string][]byte{"cities500.txt": []byte(row("X", "PPL", "DE", "09999", "", "1"))}, nil); err == nil {
		t.Error("a place in an unknown Kreis was taken")
	}
}

func TestKreise(t *testing.T) {
	source := "AGS;type;name;NUTS3;area;population\n16063;Landkreis;Wartburgkreis;x;1;100\n16056;Kreisfreie Stadt;Eisenach, Stadt;x;1;11\n12054;Kreisfreie Stadt;Potsdam, Stadt;x;1;5\n"
	got, err := kreise(map[string][]byte{"districts.csv": []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	if want := "ars;name;kind;population\n12054;Potsdam;Kreisfreie Stadt;5\n16063;Wartburgkreis;Landkreis;111\n"; string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestClipRing(t *testing.T) {
	west, south, east, north := frame[0][0], frame[0][1], frame[1][0], frame[1][1]
	for _, tc := range []struct {
		name string
		ring []position
		want []position
	}{
		{"inside", []position{{8, 50}, {9, 50}, {9, 51}, {8, 50}}, []position{{8, 50}, {9, 50}, {9, 51}}},
		{"outside", []position{{30, 50}, {31, 50}, {31, 51}, {30, 50}}, nil},
		{"over the west side", []position{{west - 1, 50}, {west + 1, 50}, {west + 1, 51}, {west - 1, 51}, {west - 1, 50}}, []position{{west, 50}, {west + 1, 50}, {west + 1, 51}, {west, 51}}},
		{"around the frame", []position{{-20, 20}, {50, 20}, {50, 70}, {-20, 70}, {-20, 20}}, []position{{west, south}, {east, south}, {east, north}, {west, north}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := clipRing(tc.ring)
			if len(got) > 0 && got[0] != got[len(got)-1] {
				t.Errorf("open: %v", got)
			}
			if corners(got) != corners(tc.want) {
				t.Errorf("%s, want %s", corners(got), corners(tc.want))
			}
		})
	}
}

// corners are the different points of a ring in a fixed order.
func corners(ring []position) string {
	sorted := slices.Clone(ring)
	slices.SortFunc(sorted, func(a, b position) int { return slices.Compare(a[:], b[:]) })
	return fmt.Sprint(slices.Compact(sorted))
}

func TestArcs(t *testing.T) {
	var topo topology
	topo.Transform.Scale, topo.Transform.Translate = position{0.5, 0.25}, position{10, 50}
	topo.Arcs = [][]position{{{0, 0}, {2, 0}, {0, 4}}, {{2, 4}, {-2, 0}, {0, -4}}}
	got := topo.polygon([][]int{{0, 1}})
	want := [][]position{{{10, 50}, {11, 50}, {11, 51}, {10, 51}, {10, 50}}}
	if len(got) != 1 || !slices.Equal(got[0], want[0]) {
		t.Errorf("%v, want %v", got, want)
	}
	if back := topo.arc(^0); !slices.Equal(back, []position{{11, 51}, {11, 50}, {10, 50}}) {
		t.Errorf("backwards %v", back)
	}
}
