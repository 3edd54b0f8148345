// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"maps"
	"net/url"
	"strconv"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	sirensPath    = "/console/sirens"
	sirensPerPage = 100
)

type sirensData struct {
	console.SirenPage
	Filter  console.SirenFilter
	Regions []console.FleetRegion
	// query is the page's own, for links that change one thing of it.
	query url.Values
}

// powers are the kinds of power as a filter names them.
var powers = []string{"mains-battery", "mains", "solar", "unknown"}

// What the filters and the table's head offer.
func (sirensData) Conditions() []siren.Condition { return siren.Conditions }
func (sirensData) Troubles() []string            { return append([]string{"any"}, console.SirenTroubles()...) }
func (sirensData) Paths() []siren.PathKind       { return siren.PathKinds }
func (sirensData) Powers() []string              { return powers }
func (sirensData) Ages() []console.Age           { return console.Ages }
func (sirensData) Columns() []console.SirenOrder {
	return []console.SirenOrder{console.ByName, console.ByCondition, console.ByRegion, console.ByContact, console.ByTest, console.ByBuilt}
}

// Only is the address of the list with nothing but one filter.
func (sirensData) Only(name string, value any) string {
	return sirensPath + "?" + url.Values{name: {text(value)}}.Encode()
}

// text writes a value of one of the named string types.
func text(value any) string {
	switch v := value.(type) {
	case siren.Condition:
		return string(v)
	case geo.ARS:
		return string(v)
	case string:
		return v
	}
	return ""
}

// with is the address of this list with one thing changed, from its first page on.
func (d sirensData) with(path string, changes map[string]string) string {
	query := maps.Clone(d.query)
	query.Del("offset")
	query.Del("part")
	for name, value := range changes {
		query.Set(name, value)
	}
	maps.DeleteFunc(query, func(_ string, values []string) bool { return len(values) == 0 || values[0] == "" })
	return path + "?" + query.Encode()
}

// Export is the address of this list as a file.
func (d sirensData) Export(format string) string {
	return d.with("/api/v1/fleet/export", map[string]string{"format": format})
}

// Map is the address of all sirens that the filter takes, for the map.
func (d sirensData) Map() string { return d.with("/api/v1/sirens", nil) }

// Tests is the address at which these sirens can be tested.
func (d sirensData) Tests() string { return d.with(testsPath, nil) }

// Sorted is the address of this list sorted by a column; again for the other way round.
func (d sirensData) Sorted(by console.SirenOrder) string {
	descending := ""
	if d.Filter.Sort == by && !d.Filter.Descending {
		descending = "true"
	}
	return d.with(sirensPath, map[string]string{"sort": string(by), "descending": descending})
}

// Direction is how a column is sorted, for aria-sort; empty where it is not.
func (d sirensData) Direction(by console.SirenOrder) string {
	switch {
	case d.Filter.Sort != by:
		return ""
	case d.Filter.Descending:
		return "descending"
	default:
		return "ascending"
	}
}

// First and Last are the places of the rows shown, from 1.
func (d sirensData) First() int { return min(d.Filter.Offset+1, d.Matching) }

// Last is the place of the last row shown.
func (d sirensData) Last() int { return d.Filter.Offset + len(d.Sirens) }

// Previous is the address of the page before, empty for none.
func (d sirensData) Previous() string {
	if d.Filter.Offset == 0 {
		return ""
	}
	return d.with(sirensPath, map[string]string{"offset": strconv.Itoa(max(0, d.Filter.Offset-sirensPerPage))})
}

// Next is the address of the page after, empty for none.
func (d sirensData) Next() string {
	if d.Last() >= d.Matching {
		return ""
	}
	return d.with(sirensPath, map[string]string{"offset": strconv.Itoa(d.Filter.Offset + sirensPerPage)})
}

// Filtered reports whether the list leaves anything out.
func (d sirensData) Filtered() bool { return d.Matching != d.Counts.Total }

// sirenFilter reads the filter of a page, whose names are those of the API.
func sirenFilter(query url.Values) console.SirenFilter {
	number := func(name string) int {
		n, err := strconv.Atoi(query.Get(name))
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	return console.SirenFilter{
		Query: query.Get("q"), Condition: siren.Condition(query.Get("condition")), Trouble: query.Get("trouble"), ARS: geo.ARS(query.Get("ars")),
		Path: siren.PathKind(query.Get("path")), Power: query.Get("power"), Age: console.Age(query.Get("age")),
		Sort: console.SirenOrder(query.Get("sort")), Descending: query.Get("descending") == "true",
		Offset: number("offset"),
	}
}

func (s *server) sirens(c *call) error {
	query := c.r.URL.Query()
	filter := sirenFilter(query)
	filter.Limit = sirensPerPage
	found, err := s.Service.Sirens(filter)
	if err != nil {
		return err
	}
	return c.show(view{Template: "sirens", Title: c.T("console.sirens.title"), Data: sirensData{
		SirenPage: found, Filter: filter, Regions: s.Service.FleetRegions(geo.LevelNone), query: query,
	}})
}
