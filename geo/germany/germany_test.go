// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package germany_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
)

func load(t testing.TB) (*geo.Regions, []geo.Place) {
	t.Helper()
	regions, places, err := germany.Load()
	if err != nil {
		t.Fatal(err)
	}
	return regions, places
}

func TestLoad(t *testing.T) {
	began := time.Now()
	regions, places := load(t)
	t.Logf("loaded %d regions and %d places in %v", regions.Len(), len(places), time.Since(began))
	var laender, people int
	for _, r := range regions.Under(geo.Federation, geo.LevelLand) {
		laender++
		people += r.Population
		if len(r.Outline) == 0 || r.Accuracy != germany.OutlineAccuracy || r.Kind != "Land" || r.Name == "" {
			t.Errorf("%s: %q (%s) has %d polygons, accuracy %v", r.ARS, r.Name, r.Kind, len(r.Outline), r.Accuracy)
		}
	}
	// Destatis, 31 December 2018.
	if laender != 16 || people != 83_019_213 {
		t.Errorf("%d Länder with %d people", laender, people)
	}
	// 401 Kreise at the end of 2018, less Eisenach, less Berlin and Hamburg, which are Länder here.
	if kreise := regions.Under(geo.Federation, geo.LevelKreis); len(kreise) != 398 {
		t.Errorf("%d Kreise", len(kreise))
	}
	for key, want := range map[geo.ARS]string{
		"12054": "Potsdam Kreisfreie Stadt 178089", "01001": "Flensburg Kreisfreie Stadt 89504",
		"12": "Brandenburg Land 2511917", "11": "Berlin Land 3644826", "16063": "Wartburgkreis Landkreis 165395",
	} {
		r, _ := regions.Lookup(key)
		if got := r.Name + " " + r.Kind + " " + strconv.Itoa(r.Population); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if _, ok := regions.Lookup("16056"); ok {
		t.Error("Eisenach is still a Kreis")
	}
}

// What the places add up to against the official population of each Land: the
// source leaves out places below 500 people and is older for some cities.
func TestPlacesAgainstOfficialPopulation(t *testing.T) {
	regions, places := load(t)
	residents, parts := map[geo.ARS]int{}, 0
	for _, p := range places {
		residents[p.ARS.Land()] += p.Residents
		if p.Part {
			parts++
		}
		if p.ARS.Kreis() == "" || !p.Point.Valid() || p.Residents > p.Population && !p.Part {
			t.Errorf("%+v", p)
		}
	}
	if len(places) < 11_000 || parts < 300 {
		t.Errorf("%d places, %d of them parts", len(places), parts)
	}
	for _, land := range regions.Under(geo.Federation, geo.LevelLand) {
		share := float64(residents[land.ARS]) / float64(land.Population)
		t.Logf("%-24s places %9d of %9d people: %.0f %%", land.Name, residents[land.ARS], land.Population, 100*share)
		if share < 0.84 || share > 1.07 {
			t.Errorf("%s: places hold %.2f of the people", land.Name, share)
		}
	}
	// Brandenburg: 2.15 of 2.51 million.
	if got := residents["12"]; got < 2_100_000 || got > 2_200_000 {
		t.Errorf("Brandenburg's places hold %d people", got)
	}
}

func TestSearch(t *testing.T) {
	g := geo.NewGazetteer(load(t))
	for _, tc := range []struct {
		query string
		want  string
	}{
		{"münchen", "München Kreisfreie Stadt 09162"},
		{"koeln", "Köln Kreisfreie Stadt 05315"},
		{"brandenburg", "Brandenburg Land 12"},
		{"bernau bei", "Bernau bei Berlin Ort 12060"},
		{"kreuzberg", "Kreuzberg Ortsteil 11"},
		{"12054", "Potsdam Kreisfreie Stadt 12054"},
	} {
		found := g.Search(tc.query, geo.Federation, 5)
		if len(found) == 0 {
			t.Errorf("%q finds nothing", tc.query)
			continue
		}
		if got := found[0].Name + " " + found[0].Kind + " " + string(found[0].ARS); got != tc.want {
			t.Errorf("%q finds %q first, want %q", tc.query, got, tc.want)
		}
	}
}

// The cases of Brandenburg, which surrounds Berlin.
func TestTerritoryOfBrandenburg(t *testing.T) {
	regions, _ := load(t)
	brandenburg := []geo.ARS{"12"}
	potsdam := geo.Point{Lat: 52.40, Lon: 13.06}
	circle := func(p geo.Point, radius float64) geo.Area {
		return geo.Area{Circles: []geo.Circle{{Center: p, Radius: radius}}}
	}
	frame := geo.Ring{{Lat: 52.2, Lon: 12.9}, {Lat: 52.2, Lon: 13.9}, {Lat: 52.8, Lon: 13.9}, {Lat: 52.8, Lon: 12.9}, {Lat: 52.2, Lon: 12.9}}
	for _, tc := range []struct {
		name      string
		area      geo.Area
		territory []geo.ARS
		want      []string
	}{
		{"5 km around Potsdam", circle(potsdam, 5000), brandenburg, nil},
		{"15 km around Potsdam", circle(potsdam, 15_000), brandenburg, []string{"Berlin"}},
		{"20 km around Cottbus", circle(geo.Point{Lat: 51.76, Lon: 14.33}, 20_000), brandenburg, nil},
		{"polygon around Berlin", geo.Area{Polygons: []geo.Ring{frame}}, brandenburg, []string{"Berlin"}},
		{"the same for both Länder", geo.Area{Polygons: []geo.Ring{frame}}, []geo.ARS{"12", "11"}, nil},
		{"Frankfurt into Poland", circle(geo.Point{Lat: 52.34, Lon: 14.55}, 10_000), brandenburg, []string{"Polen"}},
		{"Rostock over the sea", circle(geo.Point{Lat: 54.15, Lon: 12.1}, 18_000), []geo.ARS{"13"}, nil},
		{"Lübeck into two", circle(geo.Point{Lat: 53.87, Lon: 10.69}, 15_000), []geo.ARS{"01"}, []string{"Mecklenburg-Vorpommern"}},
		{"Bremen's Kreis by coordinates", circle(geo.Point{Lat: 53.08, Lon: 8.8}, 3000), []geo.ARS{"04"}, nil},
		{"all of Germany", circle(geo.Point{Lat: 51.1, Lon: 10.4}, 120_000), []geo.ARS{geo.Federation}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			began := time.Now()
			violations := regions.Outside(tc.area, tc.territory)
			t.Logf("%v in %v", violations, time.Since(began))
			var reached []string
			for _, v := range violations {
				reached = append(reached, v.Reached...)
			}
			if diff := cmp.Diff(tc.want, reached); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := regions.Outside(circle(potsdam, 15_000), brandenburg); len(got) == 1 && (got[0].LargestRadius < 2500 || got[0].LargestRadius > 7000) {
		t.Errorf("%v m would fit around Potsdam", got[0].LargestRadius)
	}
}

func TestBackground(t *testing.T) {
	background, err := germany.Background()
	if err != nil {
		t.Fatal(err)
	}
	countries, err := geo.ReadCountries(strings.NewReader(string(background)))
	if err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]geo.Point{
		"Deutschland": {Lat: 52.4, Lon: 13.06}, "Polen": {Lat: 52.4, Lon: 16.9}, "Dänemark": {Lat: 55.5, Lon: 9.3}, "Österreich": {Lat: 47.3, Lon: 11.4},
		"Schweiz": {Lat: 47, Lon: 8}, "": {Lat: 55, Lon: 4},
	} {
		got := ""
		for _, c := range countries {
			if c.Outline.Contains(p) {
				got += c.Name
			}
		}
		if got != want {
			t.Errorf("%v lies in %q, want %q", p, got, want)
		}
	}
	if len(background) > 1<<20 {
		t.Errorf("%d bytes", len(background))
	}
}

// The places' Kreise against BKG's outlines, and their Länder against the embedded ones.
func TestPlacesAgainstOfficialBoundaries(t *testing.T) {
	regions, places := load(t)
	official, _, err := geo.ImportGeoJSON(openShared(t, "regions/vg5000_kreise.geojson.gz"), geo.ImportOptions{Accuracy: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var wrongKreis, wrongLand int
	for _, p := range places {
		key := p.ARS.Kreis()
		if k, ok := official.At(p.Point); ok && k.ARS.Kreis() != key && k.ARS != "16056" {
			wrongKreis++
		}
		if land, ok := regions.At(p.Point); ok && land.ARS != key.Land() {
			wrongLand++
		}
	}
	t.Logf("of %d places %d lie in another Kreis by BKG's outlines, %d in another Land by the embedded ones", len(places), wrongKreis, wrongLand)
	if wrongKreis > 60 || wrongLand > 150 {
		t.Errorf("%d in another Kreis, %d in another Land", wrongKreis, wrongLand)
	}
}

func BenchmarkPopulationIn(b *testing.B) {
	g := geo.NewGazetteer(load(b))
	area := geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: 52.40, Lon: 13.06}, Radius: 15_000}}}
	for b.Loop() {
		g.PopulationIn(area)
	}
}

func BenchmarkOutside(b *testing.B) {
	regions, _ := load(b)
	area := geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: 51.76, Lon: 14.33}, Radius: 15_000}}}
	for b.Loop() {
		regions.Outside(area, []geo.ARS{"12"})
	}
}

func BenchmarkSearch(b *testing.B) {
	g := geo.NewGazetteer(load(b))
	for b.Loop() {
		g.Search("frank", geo.Federation, 10)
	}
}

func BenchmarkNewGazetteer(b *testing.B) {
	regions, places := load(b)
	for b.Loop() {
		geo.NewGazetteer(regions, places)
	}
}
