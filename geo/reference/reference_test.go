// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package reference_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/reference"
)

func TestEveryCodeGoesThereAndBack(t *testing.T) {
	p := geo.Point{Lat: 51.2, Lon: 10.4}
	for _, code := range []int{4326, 4258, 4314, 3035, 25831, 25832, 25833, 32631, 32632, 32633, 5649, 4647, 5650, 31466, 31467, 31468, 31469, 5676, 5677, 5678, 5679} {
		s, ok := reference.ByCode(code)
		if !ok {
			t.Errorf("%d is not known", code)
			continue
		}
		c, err := s.Coordinate(p)
		if err != nil {
			t.Errorf("%d: %v", code, err)
			continue
		}
		q, err := s.Point(c)
		if err != nil || math.Abs(q.Lat-p.Lat) > 1e-8 || math.Abs(q.Lon-p.Lon) > 1e-8 {
			t.Errorf("%d: %v comes back as %v, %v", code, p, q, err)
		}
		if s.Degrees() != (math.Abs(c.Easting) < 180) {
			t.Errorf("%d: %v, degrees %v", code, c, s.Degrees())
		}
	}
	if _, ok := reference.ByCode(2056); ok {
		t.Error("the Swiss system is not known")
	}
}

func TestSystemsFromTexts(t *testing.T) {
	const etrs = `GEOGCS["ETRS89",DATUM["European_Terrestrial_Reference_System_1989",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]`
	const old = `GEOGCS["GCS_Deutsches_Hauptdreiecksnetz",DATUM["D_Deutsches_Hauptdreiecksnetz",SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	mercator := func(datum, numbers string) string {
		p := strings.Split(numbers, " ")
		return fmt.Sprintf(`PROJCS["x",%s,PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",%s],PARAMETER["scale_factor",%s],PARAMETER["false_easting",%s],PARAMETER["false_northing",0],UNIT["metre",1]]`, datum, p[0], p[1], p[2])
	}
	for name, c := range map[string]struct{ text, want string }{
		"by code":              {etrs + `,AUTHORITY["EPSG","4258"]]`, "EPSG:4326"},
		"degrees":              {etrs + `]`, "EPSG:4326"},
		"old degrees":          {old, "EPSG:4314"},
		"UTM 33":               {mercator(etrs+"]", "15 0.9996 500000"), "EPSG:25833"},
		"UTM 32 with zone":     {mercator(etrs+"]", "9 0.9996 32500000"), "EPSG:25832 with +32000000 to the easting"},
		"Gauß-Krüger 3":        {mercator(old, "9 1 3500000"), "EPSG:31467"},
		"Gauß-Krüger cut":      {mercator(old, "12 1.0 500000"), "EPSG:31468 with -4000000 to the easting"},
		"LAEA":                 {`PROJCS["ETRS89 / LAEA Europe",` + etrs + `],PROJECTION["Lambert_Azimuthal_Equal_Area"],PARAMETER["latitude_of_center",52],PARAMETER["longitude_of_center",10],PARAMETER["false_easting",4321000],PARAMETER["false_northing",3210000]]`, "EPSG:3035"},
		"an unknown code":      {mercator(etrs+"]", "9 0.9996 500000")[:len(mercator(etrs+"]", "9 0.9996 500000"))-1] + `,AUTHORITY["EPSG","999999"]]`, "EPSG:25832"},
		"another scale":        {mercator(etrs+"]", "9 1 500000"), ""},
		"another meridian":     {mercator(etrs+"]", "10 0.9996 500000"), ""},
		"a half zone":          {mercator(old, "10.5 1 500000"), ""},
		"another datum":        {`GEOGCS["x",DATUM["CH1903"]]`, ""},
		"another projection":   {`PROJCS["x",` + etrs + `],PROJECTION["Lambert_Conformal_Conic_2SP"]]`, ""},
		"numbers missing":      {`PROJCS["x",` + etrs + `],PROJECTION["Transverse_Mercator"]]`, ""},
		"no text":              {"", ""},
		"open brackets":        {`GEOGCS["x"`, ""},
		"something after it":   {etrs + `]]`, ""},
		"an unfinished string": {`GEOGCS["x`, ""},
		"deep":                 {strings.Repeat("A[", 60), ""},
	} {
		ref, ok := reference.ByText(c.text)
		if ok != (c.want != "") || ok && ref.String() != c.want {
			t.Errorf("%s: %v %v, not %q", name, ref, ok, c.want)
		}
	}
}

func FuzzSystem(f *testing.F) {
	f.Add(`GEOGCS["ETRS89",DATUM["European_Terrestrial_Reference_System_1989"]]`)
	f.Add(`PROJCS["x",GEOGCS["ETRS89",DATUM["DHDN"]],PROJECTION["Transverse_Mercator"],PARAMETER["central_meridian",NaN]]`)
	f.Fuzz(func(t *testing.T, text string) {
		ref, ok := reference.ByText(text)
		if !ok {
			return
		}
		if _, err := ref.Point(projection.Coordinate{Easting: 500_000, Northing: 5_800_000}); ref.Degrees() && err == nil {
			t.Fatalf("%q: metres are taken for degrees", text)
		}
	})
}
