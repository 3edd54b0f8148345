// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// place is a row of GeoNames' cities500.txt and of places.tsv.
type place struct {
	name               string
	feature            string // GeoNames feature code
	municipality       string // AGS, 8 digits
	kreis              string // 5 digits
	lat, lon           string
	population, people int
}

// The columns of a GeoNames table that are used here (readme.txt of its export).
const (
	columnName       = 1
	columnLat        = 4
	columnLon        = 5
	columnFeature    = 7
	columnCountry    = 8
	columnKreis      = 12 // admin3: in Germany the key of the Kreis
	columnGemeinde   = 13 // admin4: in Germany the AGS
	columnPopulation = 14
	columnCount      = 19
)

// places keeps the German places with their Kreis: name, Kreis, latitude,
// longitude, population, residents, and 1 for a part of a place (PPLX).
func places(files map[string][]byte, kreisList []byte) ([]byte, error) {
	official := map[string]string{}
	for _, row := range strings.Split(strings.TrimSpace(string(kreisList)), "\n")[1:] {
		if fields := strings.Split(row, ";"); len(fields) == 4 {
			official[fields[0]] = fields[1]
		}
	}
	list, err := german(files["cities500.txt"])
	if err != nil {
		return nil, err
	}
	byMunicipality := map[string][]*place{}
	for _, p := range list {
		if _, ok := official[p.kreis]; !ok {
			return nil, fmt.Errorf("%s lies in the unknown Kreis %q", p.name, p.kreis)
		}
		byMunicipality[p.municipality] = append(byMunicipality[p.municipality], p)
	}
	for ags, members := range byMunicipality {
		if center := settle(members); center != nil && strings.HasSuffix(ags, "000") {
			// A town that is a Kreis has an official name: München, not Munich.
			center.name = official[center.kreis]
		}
	}
	slices.SortFunc(list, func(a, b *place) int {
		return cmp.Or(cmp.Compare(a.kreis, b.kreis), cmp.Compare(a.name, b.name), cmp.Compare(a.lat, b.lat), cmp.Compare(a.lon, b.lon))
	})
	var out bytes.Buffer
	for _, p := range list {
		part := 0
		if p.feature == "PPLX" {
			part = 1
		}
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\t%d\t%d\t%d\n", p.name, p.kreis, p.lat, p.lon, p.population, p.people, part)
	}
	return out.Bytes(), nil
}

// german reads the rows of Germany that are places where people live and that
// name their Kreis.
func german(table []byte) ([]*place, error) {
	var list []*place
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) != columnCount {
			return nil, fmt.Errorf("a row has %d columns instead of %d", len(f), columnCount)
		}
		switch f[columnFeature] {
		case "PPLH", "PPLW", "PPLQ", "PPLG": // historical, destroyed, abandoned, seat of government
			continue
		}
		if f[columnCountry] != "DE" || f[columnKreis] == "" {
			continue
		}
		population, err := number(f[columnPopulation])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f[columnName], err)
		}
		list = append(list, &place{
			name: f[columnName], feature: f[columnFeature], municipality: f[columnGemeinde], kreis: f[columnKreis],
			lat: f[columnLat], lon: f[columnLon], population: population, people: population,
		})
	}
	return list, nil
}

// settle divides the people of one municipality among its places, so that
// nobody counts twice, and returns its centre. GeoNames gives the centre the
// people of its parts (PPLX) too: they are taken off it, or if the parts claim
// more than there are, shared out in proportion. A part that claims as many as
// the whole is an error of the source: its number is dropped.
func settle(members []*place) (center *place) {
	rank := func(p *place) int {
		switch {
		case p.feature == "PPLX":
			return 2
		case strings.HasPrefix(p.feature, "PPLA") || p.feature == "PPLC":
			return 0
		default:
			return 1
		}
	}
	// The centre is the most populous seat, or else the most populous place.
	for _, p := range members {
		if rank(p) < 2 && (center == nil || cmp.Or(rank(p)-rank(center), center.population-p.population) < 0) {
			center = p
		}
	}
	if center == nil {
		return nil
	}
	claimed := 0
	for _, p := range members {
		if rank(p) == 2 {
			if p.population >= center.population {
				p.population, p.people = 0, 0
			}
			claimed += p.population
		}
	}
	if claimed <= center.population {
		center.people = center.population - claimed
		return center
	}
	center.people = 0
	for _, p := range members {
		if rank(p) == 2 {
			p.people = int(math.Round(float64(p.population) * float64(center.population) / float64(claimed)))
		}
	}
	return center
}

func number(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err == nil && n < 0 {
		err = fmt.Errorf("%d is below zero", n)
	}
	return n, err
}
