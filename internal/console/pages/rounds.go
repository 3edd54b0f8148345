// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// roundsData is the rounds of loudspeaker vehicles.
type roundsData struct {
	console.LoudspeakerRounds
	Number int
}

// rounds proposes rounds for as many vehicles as the address asks for.
func (c *call) rounds() (console.LoudspeakerRounds, error) {
	c.spoken()
	vehicles, err := strconv.Atoi(c.r.URL.Query().Get("vehicles"))
	if err != nil || vehicles < 1 {
		vehicles = 1
	}
	return c.s.Service.Rounds(c.r.PathValue("id"), vehicles)
}

// loudspeakerRounds shows the rounds, made to be printed.
func (s *server) loudspeakerRounds(c *call) error {
	rounds, err := c.rounds()
	if err != nil {
		return err
	}
	return c.show(view{Template: "rounds", Title: c.T("console.rounds.title"), Data: roundsData{rounds, len(rounds.Vehicles)}})
}

func (s *server) roundsTable(c *call) error {
	rounds, err := c.rounds()
	if err != nil {
		return err
	}
	content, err := rounds.CSV(c.Tag())
	if err != nil {
		return problem.Wrap(err, problem.Internal, c.T("console.internal"), c.T("console.internal.remedy"))
	}
	return c.download("rounds-"+rounds.Warning+".csv", "text/csv; charset=utf-8", content)
}

// roundsRoute gives the route of one vehicle, or of all, for navigation.
func (s *server) roundsRoute(c *call) error {
	rounds, err := c.rounds()
	if err != nil {
		return err
	}
	name := "rounds-" + rounds.Warning
	vehicle, err := strconv.Atoi(c.r.URL.Query().Get("vehicle"))
	if err != nil || vehicle < 1 || vehicle > len(rounds.Vehicles) {
		vehicle = 0
	} else {
		name += fmt.Sprintf("-%d", vehicle)
	}
	content, err := rounds.GPX(c.Tag(), vehicle)
	if err != nil {
		return problem.Wrap(err, problem.Internal, c.T("console.internal"), c.T("console.internal.remedy"))
	}
	return c.download(name+".gpx", "application/gpx+xml", content)
}

// roundsMap gives the rounds as the map takes them: a line for each vehicle, a
// point with its number for each stop.
func (s *server) roundsMap(c *call) error {
	rounds, err := c.rounds()
	if err != nil {
		return err
	}
	features := []unheardFeature{}
	for n, v := range rounds.Vehicles {
		var way []geo.Point
		for k, stop := range v.Stops {
			way = append(way, stop.Position)
			features = append(features, unheardFeature{
				Type: "Feature", Properties: map[string]any{"vehicle": n + 1, "label": fmt.Sprintf("%d.%d", n+1, k+1)},
				Geometry: unheardShape{"Point", json.RawMessage(position(stop.Position))},
			})
		}
		if len(way) > 1 {
			features = append(features, unheardFeature{Type: "Feature", Properties: map[string]any{"vehicle": n + 1}, Geometry: unheardShape{"LineString", json.RawMessage(positions(way))}})
		}
	}
	return c.writeCollection(features)
}

// Sketch draws the stops of all vehicles, numbered as in the lists.
func (d roundsData) Sketch() template.HTML {
	box := geo.EmptyBox()
	for _, v := range d.Vehicles {
		for _, stop := range v.Stops {
			box = box.Extend(stop.Position)
		}
	}
	s := newSketch(box, 600, 30)
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="sketch" width="%.0f" height="%.0f" viewBox="0 0 %[1]f %[2]f" role="img" aria-labelledby="sketch-title">`, s.width, s.height)
	for n, v := range d.Vehicles {
		fmt.Fprintf(&out, `<polyline class="sketch-way" stroke-dasharray="%s" points="`, dashes[n%len(dashes)])
		for _, stop := range v.Stops {
			x, y := s.at(stop.Position)
			fmt.Fprintf(&out, "%.1f,%.1f ", x, y)
		}
		out.WriteString(`"></polyline>`)
	}
	// Where stops lie close together one of them has its number, the others a dot.
	var labelled [][2]float64
	for n, v := range d.Vehicles {
		for k, stop := range v.Stops {
			x, y := s.at(stop.Position)
			if slices.ContainsFunc(labelled, func(l [2]float64) bool { return math.Hypot(l[0]-x, l[1]-y) < 2*labelRadius }) {
				fmt.Fprintf(&out, `<circle class="sketch-dot" cx="%.1f" cy="%.1f" r="2.5"></circle>`, x, y)
				continue
			}
			labelled = append(labelled, [2]float64{x, y})
			s.label(&out, stop.Position, fmt.Sprintf("%d.%d", n+1, k+1))
		}
	}
	out.WriteString("</svg>")
	return template.HTML(out.String())
}

// dashes tell the ways of vehicles apart without colour.
var dashes = []string{"none", "8 4", "2 3", "10 3 2 3"}

// Ordinal is the number of a vehicle, from 1.
func (d roundsData) Ordinal(i int) int { return i + 1 }

// Kilometres writes a length.
func (p *page) Kilometres(metres float64) string { return p.Decimal(metres / 1000) }

// Minutes writes how long something takes.
func (p *page) Minutes(seconds float64) string {
	minutes := int(math.Ceil(seconds / 60))
	if minutes < 60 {
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
}

// AfterMinutes is a time since the start in minutes.
func (p *page) AfterMinutes(seconds float64) string { return p.Number(int(math.Ceil(seconds / 60))) }
