// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// place is what the columns of a row say of its position.
type place struct {
	lat, lon          *float64
	easting, northing *float64
	system            projection.System // of easting and northing; 0 unknown
	utm, utmref       *geo.Point
	used              projection.System // what easting and northing were read in
}

// positions are the columns of the position. Latitude and longitude are written;
// all others are read.
var positions = []column{
	degrees("lat", func(p *place) **float64 { return &p.lat }, func(s siren.Siren) float64 { return s.Position.Lat },
		"latitude", "breite", "breitengrad", "geobreite", "y"),
	degrees("lon", func(p *place) **float64 { return &p.lon }, func(s siren.Siren) float64 { return s.Position.Lon },
		"lng", "long", "longitude", "laenge", "laengengrad", "geolaenge", "x"),
	{
		name: "utmref", also: []string{"mgrs"},
		read: func(d *draft, v string) *problem.Fault {
			u, err := projection.ParseUTMREF(v)
			if err != nil {
				return unless(false, "registry.utmref", clip(v))
			}
			if u.Side > 10 {
				return unless(false, "registry.utmref-coarse", clip(v), strconv.Itoa(u.Side))
			}
			p, err := u.Point()
			d.place.utmref = &p
			return unless(err == nil, "registry.utmref", clip(v))
		},
		write: func(s siren.Siren) string { return utmref(s.Position) },
	},
	{
		name: "utm", also: []string{"utmkoordinate", "utmkoordinaten"},
		read: func(d *draft, v string) *problem.Fault {
			p, ok := parseUTM(v)
			d.place.utm = &p
			return unless(ok, "registry.utm", clip(v))
		},
	},
	{
		name: "zone", also: []string{"system", "epsg", "koordinatensystem", "crs", "utmzone"},
		read: func(d *draft, v string) *problem.Fault {
			system, ok := parseSystem(v)
			d.place.system = system
			return unless(ok, "registry.zone", clip(v))
		},
	},
	metres("easting", func(p *place) **float64 { return &p.easting }, "ostwert", "rechtswert", "ost", "rw", "utmost", "e"),
	metres("northing", func(p *place) **float64 { return &p.northing }, "nordwert", "hochwert", "nord", "hw", "utmnord", "n"),
}

func degrees(name string, member func(*place) **float64, of func(siren.Siren) float64, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			n, ok := number(strings.TrimSuffix(v, "°"))
			*member(&d.place) = &n
			return unless(ok && math.Abs(n) <= 180, "registry.degrees", clip(v))
		},
		write: func(s siren.Siren) string { return strconv.FormatFloat(of(s), 'f', -1, 64) },
	}
}

func metres(name string, member func(*place) **float64, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			n, ok := number(v)
			*member(&d.place) = &n
			return unless(ok, "registry.metres", clip(v))
		},
	}
}

// The Kreise of Germany and its neighbours, generously: what lies elsewhere has
// its numbers exchanged.
const (
	swappedSouth, swappedNorth = 5.0, 19.0
	swappedWest, swappedEast   = 45.0, 56.0
)

// agreement is how far two statements of one position may be apart, in metres.
const agreement = 100

// point is the position that the columns agree on.
func (p *place) point() (geo.Point, *problem.Fault) {
	fault := func(field, rule string, args ...string) (geo.Point, *problem.Fault) {
		f := refusal.Fault(field, rule, args...)
		return geo.Point{}, &f
	}
	var found []geo.Point
	switch {
	case p.lat != nil && p.lon != nil:
		q := geo.Point{Lat: *p.lat, Lon: *p.lon}
		if q.Lat >= swappedSouth && q.Lat <= swappedNorth && q.Lon >= swappedWest && q.Lon <= swappedEast {
			return fault("lat", "registry.swapped", plain(q.Lat), plain(q.Lon))
		}
		if !q.Valid() {
			return fault("lat", "registry.degrees", plain(q.Lat))
		}
		found = append(found, q)
	case p.lat != nil:
		return fault("lon", "registry.half-position", "lon")
	case p.lon != nil:
		return fault("lat", "registry.half-position", "lat")
	}
	for _, q := range []*geo.Point{p.utmref, p.utm} {
		if q != nil {
			found = append(found, *q)
		}
	}
	switch {
	case p.easting != nil && p.northing != nil:
		q, rule := p.projected()
		if rule == "registry.outside-system" {
			if others := p.systems(); len(others) > 0 {
				return fault("easting", "registry.other-system", plain(*p.easting), plain(*p.northing), strings.Join(others, ", "))
			}
		}
		if rule != "" {
			return fault("easting", rule, plain(*p.easting), plain(*p.northing))
		}
		found = append(found, q)
	case p.easting != nil:
		return fault("northing", "registry.half-position", "northing")
	case p.northing != nil:
		return fault("easting", "registry.half-position", "easting")
	}
	if len(found) == 0 {
		return fault("lat", "registry.no-position")
	}
	for _, q := range found[1:] {
		if d := found[0].DistanceTo(q); d > agreement {
			return fault("lat", "registry.positions-differ", strconv.Itoa(int(d)))
		}
	}
	return geo.Point{Lat: round(found[0].Lat), Lon: round(found[0].Lon)}, nil
}

// round keeps seven decimals of a degree, about a centimetre.
func round(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// projected is the position of easting and northing, or the rule that they break.
func (p *place) projected() (geo.Point, string) {
	c := projection.Coordinate{Easting: *p.easting, Northing: *p.northing}
	system := p.system
	if system == 0 {
		switch {
		case c.Easting >= 31e6 && c.Easting < 34e6: // the zone stands before the easting
			system = projection.UTM31 + projection.System(int(c.Easting/1e6)-31)
		case c.Easting >= 2e6 && c.Easting < 6e6: // Gauß-Krüger names its zone itself
			system = projection.GaussKruger2 + projection.System(int(c.Easting/1e6)-2)
		default:
			return geo.Point{}, "registry.zone-missing"
		}
	}
	if isUTM(system) && c.Easting >= 31e6 && c.Easting < 34e6 {
		c.Easting = math.Mod(c.Easting, 1e6)
	}
	if isUTM(system) && (c.Easting < leastEasting || c.Easting >= 1e6) {
		return geo.Point{}, "registry.outside-system"
	}
	q, err := system.Inverse(c)
	if err != nil {
		return geo.Point{}, "registry.outside-system"
	}
	p.used = system
	return q, ""
}

// country is about Germany: in which system easting and northing make sense.
var country = geo.Box{South: 47.2, West: 5.8, North: 55.1, East: 15.1}

// systems lists those in which easting and northing would be in Germany.
func (p *place) systems() []string {
	var names []string
	for _, s := range projection.Systems() {
		if isUTM(s) && (*p.easting < leastEasting || *p.easting >= 1e6) {
			continue
		}
		q, err := s.Inverse(projection.Coordinate{Easting: *p.easting, Northing: *p.northing})
		if err == nil && country.Contains(q) {
			names = append(names, s.String())
		}
	}
	return names
}

// leastEasting is the least easting in metres that a zone of UTM is used for.
// 363.456 is a number whose sign between thousands was meant.
const leastEasting = 1e5

func isUTM(s projection.System) bool { return s >= projection.UTM31 && s <= projection.UTM33 }

// parseSystem reads a zone as people write it: 32, 32U, UTM32, UTM 32N, GK3,
// EPSG:25832, 31467.
func parseSystem(v string) (projection.System, bool) {
	word := fold(v)
	for _, prefix := range []string{"epsg", "etrs89utm", "utm", "zone"} {
		word = strings.TrimPrefix(word, prefix)
	}
	if zone, gk := strings.CutPrefix(word, "gk"); gk {
		n, err := strconv.Atoi(zone)
		return projection.GaussKruger2 + projection.System(n-2), err == nil && n >= 2 && n <= 5
	}
	if n, err := strconv.Atoi(strings.TrimRight(word, "untw")); err == nil {
		if n >= 31 && n <= 33 {
			return projection.UTM31 + projection.System(n-31), true
		}
		if n >= 32631 && n <= 32633 { // the same zones on WGS 84
			return projection.UTM31 + projection.System(n-32631), true
		}
		s := projection.System(n)
		return s, s.Name() != ""
	}
	return 0, false
}

// parseUTM reads zone, easting and northing in one text: 32U 363456 5601234.
func parseUTM(v string) (geo.Point, bool) {
	words := strings.Fields(strings.NewReplacer(",", " ", ";", " ").Replace(v))
	if len(words) == 4 { // 32 U 363456 5601234
		words = []string{words[0] + words[1], words[2], words[3]}
	}
	if len(words) != 3 {
		return geo.Point{}, false
	}
	system, ok := parseSystem(words[0])
	easting, isEasting := number(words[1])
	northing, isNorthing := number(words[2])
	if !ok || !isUTM(system) || !isEasting || !isNorthing || easting < leastEasting {
		return geo.Point{}, false
	}
	p, err := system.Inverse(projection.Coordinate{Easting: easting, Northing: northing})
	return p, err == nil
}
