// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/coverage"
)

// roundsData is the rounds of loudspeaker vehicles.
type roundsData struct {
	console.LoudspeakerRounds
	Number int
}

// loudspeakerRounds shows rounds for as many vehicles as asked for, made to be printed.
func (s *server) loudspeakerRounds(c *call) error {
	vehicles, err := strconv.Atoi(c.r.URL.Query().Get("vehicles"))
	if err != nil || vehicles < 1 {
		vehicles = 1
	}
	rounds, err := s.Service.Rounds(c.r.PathValue("id"), vehicles)
	if err != nil {
		return err
	}
	return c.show(view{Template: "rounds", Title: c.T("console.rounds.title"), Data: roundsData{rounds, len(rounds.Vehicles)}})
}

// Sketch draws the stops of all vehicles, numbered as in the lists.
func (d roundsData) Sketch() template.HTML {
	const side = 600.0
	box := geo.EmptyBox()
	for _, v := range d.Vehicles {
		for _, stop := range v.Stops {
			box = box.Extend(stop.Position)
		}
	}
	middle := math.Cos((box.South + box.North) / 2 * math.Pi / 180)
	width, height := (box.East-box.West)*middle, box.North-box.South
	scale := (side - 60) / max(width, height, 1e-6)
	x := func(p geo.Point) float64 { return 30 + (p.Lon-box.West)*middle*scale }
	y := func(p geo.Point) float64 { return 30 + (box.North-p.Lat)*scale }
	var out strings.Builder
	fmt.Fprintf(&out, `<svg width="%.0f" height="%.0f" viewBox="0 0 %[1]f %[2]f" role="img" aria-labelledby="sketch-title">`, width*scale+60, height*scale+60)
	for _, v := range d.Vehicles {
		out.WriteString(`<polyline fill="none" stroke="currentColor" stroke-width="2" points="`)
		for _, stop := range v.Stops {
			fmt.Fprintf(&out, "%.1f,%.1f ", x(stop.Position), y(stop.Position))
		}
		out.WriteString(`"></polyline>`)
	}
	for n, v := range d.Vehicles {
		for k, stop := range v.Stops {
			fmt.Fprintf(&out, `<circle cx="%.1f" cy="%.1f" r="11" fill="#fff" stroke="#1a1a1a"></circle><text x="%.1f" y="%.1f" text-anchor="middle" font-size="9" fill="#1a1a1a">%d.%d</text>`, x(stop.Position), y(stop.Position), x(stop.Position), y(stop.Position)+3.5, n+1, k+1)
		}
	}
	out.WriteString("</svg>")
	return template.HTML(out.String())
}

// Ordinal is the number of a vehicle, from 1.
func (d roundsData) Ordinal(i int) int { return i + 1 }

// Kilometres writes a length.
func (d roundsData) Kilometres(v console.VehicleRound) string {
	return fmt.Sprintf("%.0f", v.Metres/1000)
}

// PercentOf is the share of the people reached, in whole per cent; not 100 while
// anyone is missed.
func (p *page) PercentOf(h any) string {
	share := 0.0
	switch h := h.(type) {
	case coverage.Hearing:
		share = h.Share()
	case *coverage.Hearing:
		share = h.Share()
	}
	return fmt.Sprintf("%.0f", math.Floor(100*share))
}

// Whole writes a number of people.
func (p *page) Whole(n int64) string { return p.Number(int(n)) }
