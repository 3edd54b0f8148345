// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package germany holds what Tocsin knows of Germany without any import: the
// outlines of the sixteen Länder, names and populations of the Kreise, populated
// places, and the countries around for the map's background. The README beside
// it names sources, licences and limits.
package germany

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the data files
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/tocsin-alert/tocsin/geo"
)

// Attribution are the credits that the licences ask for wherever the data are
// shown or passed on, one source a line.
const Attribution = "Länder, countries: Made with Natural Earth (public domain)\n" +
	"Kreise, population: © Statistisches Bundesamt (Destatis), 2019, CC BY 4.0 (changed)\n" +
	"Places: GeoNames (geonames.org), CC BY 4.0 (changed)"

// MapAttribution is the credit on a map that shows outlines and places.
const MapAttribution = "Made with Natural Earth · Places: GeoNames, CC BY 4.0"

// OutlineAccuracy is how far the Länder outlines may be from the true boundary,
// in metres, in all but a few spots. They are drawn for a scale of 1:10,000,000.
// Against BKG VG5000 half of the border points of a Land lie within 200 to 950 m
// and nineteen in twenty within 0.8 to 3 km; the worst inland is off by 6 km.
const OutlineAccuracy = 2000

var (
	//go:embed data/laender.geojson.gz
	laenderFile []byte
	//go:embed data/kreise.csv
	kreiseFile string
	//go:embed data/places.tsv.gz
	placesFile []byte
	//go:embed data/neighbours.geojson.gz
	neighboursFile []byte
)

var (
	loadRegions = sync.OnceValues(readRegions)
	loadPlaces  = sync.OnceValues(readPlaces)
	background  = sync.OnceValues(func() ([]byte, error) { return unpack(neighboursFile) })
)

// Load returns the Länder and Kreise, with the neighbouring countries, and the
// places. Only the Länder have outlines. Berlin and Hamburg are Länder and
// Kreise at once and listed as Länder. The first call decodes the data, later
// ones return the same; do not change the slice. An error means a damaged binary.
func Load() (*geo.Regions, []geo.Place, error) {
	regions, err := loadRegions()
	if err != nil {
		return nil, nil, err
	}
	places, err := loadPlaces()
	return regions, places, err
}

// Background returns a GeoJSON FeatureCollection of Germany and the countries
// around, cut to 2-19° east and 44.5-57.5° north, with the properties "code"
// (ISO 3166-1 numeric) and "name" (German). What no country covers is sea.
// Do not change the bytes. An error means a damaged binary.
func Background() ([]byte, error) { return background() }

func readRegions() (*geo.Regions, error) {
	outlines, report, err := geo.ImportGeoJSON(bytes.NewReader(laenderFile), geo.ImportOptions{Accuracy: OutlineAccuracy})
	if err != nil {
		return nil, fmt.Errorf("embedded Länder: %w", err)
	}
	if len(report.Refused) > 0 {
		return nil, fmt.Errorf("embedded Länder: row %d: %s", report.Refused[0].Row, report.Refused[0].Reason)
	}
	kreise, err := readKreise()
	if err != nil {
		return nil, fmt.Errorf("embedded Kreise: %w", err)
	}
	population := map[geo.ARS]int{}
	regions := outlines.All()
	for _, k := range kreise {
		population[k.ARS.Land()] += k.Population
		if k.ARS.Level() == geo.LevelKreis {
			regions = append(regions, k)
		}
	}
	for i := range regions {
		if regions[i].ARS.Level() == geo.LevelLand {
			regions[i].Population = population[regions[i].ARS]
		}
	}
	countries, err := readNeighbours()
	if err != nil {
		return nil, fmt.Errorf("embedded countries: %w", err)
	}
	return geo.NewRegions(regions, countries)
}

func readKreise() ([]geo.Region, error) {
	reader := csv.NewReader(strings.NewReader(kreiseFile))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	var kreise []geo.Region
	for _, row := range rows[1:] {
		key, err := geo.ParseARS(row[0])
		if err != nil {
			return nil, err
		}
		people, err := strconv.Atoi(row[3])
		if err != nil {
			return nil, err
		}
		kreise = append(kreise, geo.Region{ARS: key, Name: row[1], Kind: row[2], Population: people})
	}
	return kreise, nil
}

func readNeighbours() ([]geo.Country, error) {
	content, err := background()
	if err != nil {
		return nil, err
	}
	countries, err := geo.ReadCountries(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	neighbours := countries[:0]
	for _, c := range countries {
		if c.Name != "Deutschland" {
			neighbours = append(neighbours, c)
		}
	}
	return neighbours, nil
}

func readPlaces() ([]geo.Place, error) {
	content, err := unpack(placesFile)
	if err != nil {
		return nil, fmt.Errorf("embedded places: %w", err)
	}
	places := make([]geo.Place, 0, bytes.Count(content, []byte("\n")))
	for line := range strings.Lines(string(content)) {
		place, err := parsePlace(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		if err != nil {
			return nil, fmt.Errorf("embedded places: row %d: %w", len(places)+1, err)
		}
		places = append(places, place)
	}
	return places, nil
}

// parsePlace reads name, Kreis, latitude, longitude, population, residents, part.
func parsePlace(f []string) (geo.Place, error) {
	if len(f) != 7 {
		return geo.Place{}, fmt.Errorf("%d columns instead of 7", len(f))
	}
	key, err := geo.ParseARS(f[1])
	if err != nil {
		return geo.Place{}, err
	}
	place := geo.Place{Name: f[0], ARS: key, Part: f[6] == "1"}
	for i, number := range []*float64{&place.Point.Lat, &place.Point.Lon} {
		if *number, err = strconv.ParseFloat(f[2+i], 64); err != nil {
			return geo.Place{}, err
		}
	}
	for i, number := range []*int{&place.Population, &place.Residents} {
		if *number, err = strconv.Atoi(f[4+i]); err != nil {
			return geo.Place{}, err
		}
	}
	return place, nil
}

func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
