// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// WriteGeoJSON writes every inhabited cell as a square with its people, level and
// number of sirens heard, and every siren as a point (RFC 7946).
func (c *Coverage) WriteGeoJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	licence, err := json.Marshal(c.Licence)
	if err != nil {
		return err
	}
	model, err := json.Marshal(c.Model)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `{"type":"FeatureCollection","model":%s,"licence":%s,"features":[`, model, licence)
	half := float64(c.Map.Grid.Side()) / 2
	first := true
	next := func() {
		if !first {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		first = false
	}
	for i, cell := range c.Map.Grid.All() {
		next()
		out.WriteString(`{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[`)
		for n, corner := range [][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}} {
			if n > 0 {
				out.WriteByte(',')
			}
			p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: cell.Centre.Easting + half*corner[0], Northing: cell.Centre.Northing + half*corner[1]})
			if err != nil {
				return fmt.Errorf("cell %d: %w", i, err)
			}
			fmt.Fprintf(out, "[%.6f,%.6f]", p.Lon, p.Lat)
		}
		fmt.Fprintf(out, `]]},"properties":{"people":%d,"level":%.1f,"sirens":%d}}`, cell.People, c.Map.Levels[i], c.Map.Heard[i])
	}
	for n := range c.Map.Sources {
		next()
		if err := c.writeSiren(out, n); err != nil {
			return err
		}
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// WriteSirens writes the sirens alone, as points with whom each serves (RFC 7946).
func (c *Coverage) WriteSirens(w io.Writer) error {
	out := bufio.NewWriter(w)
	out.WriteString(`{"type":"FeatureCollection","features":[`)
	for n := range c.Map.Sources {
		if n > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		if err := c.writeSiren(out, n); err != nil {
			return err
		}
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

func (c *Coverage) writeSiren(out *bufio.Writer, n int) error {
	s := c.Map.Sources[n]
	p, err := projection.LAEAEurope.Inverse(s.Position)
	if err != nil {
		return fmt.Errorf("siren %s: %w", s.ID, err)
	}
	id, err := json.Marshal(s.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `{"type":"Feature","geometry":{"type":"Point","coordinates":[%.6f,%.6f]},"properties":{"siren":%s,"loudest":%d,"alone":%d}}`,
		p.Lon, p.Lat, id, c.Each[n].Loudest, c.Each[n].Alone)
	return nil
}

// WriteCSV writes a row for each region, or one for all where there are none.
func (c *Coverage) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := append([]earshot.RegionCount{}, c.Regions...)
	rows = append(rows, earshot.RegionCount{Name: "all", Count: c.Count})
	out.Write([]string{"ars", "name", "people", "covered", "share", "at_65", "at_70", "at_75", "above_97"})
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, r := range rows {
		out.Write([]string{
			string(r.ARS), r.Name, number(r.People), number(r.Covered), strconv.FormatFloat(r.Share(), 'f', 4, 64),
			number(r.At65), number(r.At70), number(r.At75), number(r.TooLoud),
		})
	}
	out.Flush()
	return out.Error()
}

// WriteGapsCSV writes a row for each place where people hear no siren.
func (c *Coverage) WriteGapsCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"people", "cells", "utmref", "lat", "lon", "ars", "region"})
	for _, g := range c.Gaps {
		out.Write([]string{
			strconv.FormatInt(g.People, 10), strconv.Itoa(g.Cells), g.UTMREF,
			strconv.FormatFloat(g.Position.Lat, 'f', 6, 64), strconv.FormatFloat(g.Position.Lon, 'f', 6, 64), string(g.ARS), g.Region,
		})
	}
	out.Flush()
	return out.Error()
}

// siteColumns are the fields of the application form and what a site brings.
var siteColumns = []string{"id", "name", "ars", "region", "kind", "mount", "level_30m", "height", "lat", "lon", "utm_zone", "utm_easting", "utm_northing", "utmref", "cost_eur", "gains_people", "covered_people", "spent_eur", "axis"}

func (s Site) row() []string {
	number := func(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }
	return []string{
		s.ID, s.Name, string(s.ARS), s.Region, s.Kind, s.Mount, number(s.Rating, 0), number(s.Height, 0),
		number(s.Position.Lat, 6), number(s.Position.Lon, 6), strconv.Itoa(s.Zone), number(s.Easting, 0), number(s.Northing, 0), s.UTMREF,
		number(s.Cost, 0), number(s.Gains, 0), number(s.Covered, 0), number(s.Spent, 0), s.axis(),
	}
}

// axis is the bearing of a siren that sounds to one side, else empty.
func (s Site) axis() string {
	if s.Directivity == (acoustics.Beam{}) {
		return ""
	}
	return strconv.FormatFloat(s.Axis, 'f', -1, 64)
}

// WriteCSV writes a row for each site with the fields of the application form.
func (s *Sites) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write(append([]string{"order"}, siteColumns...))
	for n, site := range s.Sites {
		out.Write(append([]string{strconv.Itoa(n + 1)}, site.row()...))
	}
	out.Flush()
	return out.Error()
}

// WriteCSV writes a row for each site with its year and the area that pays.
func (p *Programme) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write(append([]string{"year", "area"}, siteColumns...))
	for _, site := range p.Sites {
		out.Write(append([]string{strconv.Itoa(site.Year), string(site.Area)}, site.row()...))
	}
	out.Flush()
	return out.Error()
}
