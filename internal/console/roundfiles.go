// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

// CSV is the rounds as a table (RFC 4180) in a language of the catalogue.
func (r LoudspeakerRounds) CSV(tag string) ([]byte, error) {
	words := catalogue.For(tag)
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	var head []string
	for _, column := range []string{"rounds.vehicles", "field-order.number", "rounds.place", "field-order.region", "rounds.people", "field-order.utmref", "field-order.lat", "field-order.lon", "rounds.leg", "rounds.after"} {
		head = append(head, words.T("console."+column))
	}
	rows := [][]string{head}
	for n, v := range r.Vehicles {
		for k, s := range v.Stops {
			rows = append(rows, []string{
				strconv.Itoa(n + 1), strconv.Itoa(k + 1), text(s.Name), text(s.Region), strconv.FormatInt(s.People, 10), s.UTMREF,
				fmt.Sprintf("%.5f", s.Position.Lat), fmt.Sprintf("%.5f", s.Position.Lon), fmt.Sprintf("%.0f", s.Metres), fmt.Sprintf("%.0f", s.Seconds/60),
			})
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write rounds: %w", err)
	}
	return b.Bytes(), nil
}

// gpx is a GPS exchange file (GPX 1.1, https://www.topografix.com/GPX/1/1) with the
// parts that navigation reads: routes of points with names.
type gpx struct {
	XMLName xml.Name   `xml:"http://www.topografix.com/GPX/1/1 gpx"`
	Version string     `xml:"version,attr"`
	Creator string     `xml:"creator,attr"`
	Name    string     `xml:"metadata>name"`
	Time    string     `xml:"metadata>time"`
	Routes  []gpxRoute `xml:"rte"`
}

type gpxRoute struct {
	Name   string     `xml:"name"`
	Number int        `xml:"number"`
	Points []gpxPoint `xml:"rtept"`
}

type gpxPoint struct {
	Lat  string `xml:"lat,attr"`
	Lon  string `xml:"lon,attr"`
	Name string `xml:"name"`
	Note string `xml:"desc"`
}

// GPX is the route of one vehicle, counted from 1, or of all for 0. A vehicle
// that stays has none.
func (r LoudspeakerRounds) GPX(tag string, vehicle int) ([]byte, error) {
	words := catalogue.For(tag)
	out := gpx{Version: "1.1", Creator: "Tocsin", Name: words.T("console.rounds.title") + ": " + r.Summary.Area, Time: r.At.Format(time.RFC3339), Routes: []gpxRoute{}}
	for n, v := range r.Vehicles {
		if vehicle != 0 && n+1 != vehicle || len(v.Stops) == 0 {
			continue
		}
		route := gpxRoute{Name: words.T("console.rounds.vehicle", n+1), Number: n + 1}
		for k, s := range v.Stops {
			route.Points = append(route.Points, gpxPoint{
				Lat: fmt.Sprintf("%.5f", s.Position.Lat), Lon: fmt.Sprintf("%.5f", s.Position.Lon),
				Name: fmt.Sprintf("%d.%d %s", n+1, k+1, cmp.Or(s.Name, s.Region, s.UTMREF)),
				Note: fmt.Sprintf("%s, %s", words.T("console.hearing.people", words.Number(int(s.People))), s.UTMREF),
			})
		}
		out.Routes = append(out.Routes, route)
	}
	raw, err := xml.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write rounds: %w", err)
	}
	return append([]byte(xml.Header), append(raw, '\n')...), nil
}
